"""Records that name another scaler than the configured one: told at once, with shares, and over
when they have stopped.
"""

import jsonschema
import msgspec
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from detector.detection import Named, ScalerName
from detector.detection.watch.roster import MOST_UNKNOWN
from detector.detection.watch.tally import FEWEST_CLEAN, WINDOW
from detector.detection.watch.versions import FORGOTTEN
from detector.events import (
    Diagnosis,
    DriftEvent,
    Transform,
    VersionShare,
    decode,
    encode,
    event_schema,
)
from detector.scaler import FeatureScaler, Scaler, StandardParameters
from tests.streams import (
    EPOCH,
    MODEL,
    STANDARD,
    TOPIC,
    detector,
    kinds,
    model,
    normal,
    rng,
    run,
    statuses,
    stream,
    written,
)


def version(number: str, mean: float) -> Scaler:
    parameters = StandardParameters(mean=mean, scale=STANDARD.scale)
    features = {"x": FeatureScaler(parameters=parameters)}
    return Scaler(name=MODEL, version=number, kind="standard", features=features)


OWN = version("3", STANDARD.mean)
OLD = version("2", 45.0)
SAME = version("3-again", STANDARD.mean)  # other words, the same predictions
STRANGE = "sha256:" + "1a2b3c4d" * 8

CONFIGURED, KNOWN, LABEL, UNKNOWN, GARBLED = range(5)
NAMES = (
    ScalerName(digest=OWN.digest, version="3"),
    ScalerName(digest=OLD.digest, version="2"),
    ScalerName(version="9"),
    ScalerName(digest=STRANGE, version="3"),
    ScalerName(version=r"\xff", readable=False),
)


def judged(**kw):
    return model(OWN, versions=(OLD, SAME), **kw)


def records(codes, names=NAMES, **kw):
    """Sound records that name these scalers."""
    return stream({"x": normal(len(codes), 1)}, named=codes, names=names, **kw)


def naming(*parts: tuple[int, int]) -> np.ndarray:
    """So many records that name this and then so many that name that."""
    return np.repeat([code for code, _ in parts], [count for _, count in parts])


def canary(n: int, one_in: int, seed: int, code: int = KNOWN) -> np.ndarray:
    """Records of which one in so many, by chance, comes from the instance with the other scaler."""
    return np.where(rng(seed, one_in).random(n) < 1 / one_in, code, CONFIGURED)


def told(event: DriftEvent) -> tuple[VersionShare, ...]:
    """The scalers that an event says records name."""
    assert event.data.versions is not None
    return event.data.versions


def shares(event: DriftEvent) -> dict[str | None, float]:
    return {each.version: each.share for each in told(event)}


def cause(event: DriftEvent) -> Diagnosis:
    assert event.data.diagnosis is not None
    return event.data.diagnosis


def share(event: DriftEvent) -> float:
    """Of the records that name another scaler."""
    (signal,) = event.data.signals
    assert signal.value is not None
    return signal.value


# ------------------------------------------------------------------ who is named


def test_the_first_record_that_names_another_version_opens_an_episode_with_everything_known():
    (opened,) = run(judged(), records(naming((CONFIGURED, 70), (KNOWN, 1))))

    data = opened.data
    assert (data.feature, data.status, data.severity) == ("*", "opened", "critical")
    assert data.position.offset == data.since.offset == 70
    assert kinds(opened) == ["version"]
    assert (data.signals[0].value, data.signals[0].unit) == (1.0, "share of records")
    assert data.summary == f"a record of {TOPIC} names another scaler than {MODEL} version 3"
    why = cause(opened)
    assert (why.cause, why.variant, why.alternatives) == ("scaler_version", "2", ())
    assert why.transform == Transform(version="2", share=1.0)
    assert why.explanation == (
        f"a record names {MODEL} version 2 ({OLD.digest[:15]}…);"
        f" configured is {MODEL} version 3 ({OWN.digest[:15]}…)"
    )
    assert (
        why.fix
        == f"scale with version 3 where these records are made, or configure {MODEL} version 2 here"
    )
    assert why.confidence == 0.99
    assert [(each.scaler, each.version, each.digest) for each in told(opened)] == [
        (MODEL, "3", OWN.digest),
        (MODEL, "2", OLD.digest),
    ]
    assert [(each.records, each.configured) for each in told(opened)] == [(0, True), (1, False)]
    jsonschema.validate(msgspec.json.decode(encode(opened)), event_schema())
    assert decode(encode(opened)) == opened


@pytest.mark.parametrize(
    "name",
    [
        ScalerName(),
        ScalerName(digest=OWN.digest),
        ScalerName(version="3"),
        ScalerName(digest=OWN.digest, version="2"),  # the digest decides
        ScalerName(digest=SAME.digest, version="3-again"),
        ScalerName(version="3-again"),  # a file that makes the same predictions
    ],
)
def test_records_that_name_the_configured_scaler_or_none_are_no_event(name):
    assert run(judged(), records([0] * 10, [name])) == []


@pytest.mark.parametrize(
    ("name", "called", "sure"),
    [
        (ScalerName(digest=OLD.digest), f"{MODEL} version 2 ({OLD.digest[:15]}…)", 0.99),
        (ScalerName(version="2"), f"{MODEL} version 2 ({OLD.digest[:15]}…)", 0.99),
        (ScalerName(digest=STRANGE, version="3"), "version 3 (sha256:1a2b3c4d…)", 0.99),
        (ScalerName(digest=STRANGE), "digest sha256:1a2b3c4d…", 0.99),
        (ScalerName(version="9"), "version 9", 0.9),
        (ScalerName(version=r"\xff", readable=False), r"an unreadable version \xff", 0.5),
        (ScalerName(digest="3", readable=False), "an unreadable digest 3", 0.5),
    ],
)
def test_a_scaler_is_called_by_its_file_or_by_what_the_record_says(name, called, sure):
    """The digest decides, also where the version is the configured one."""
    (opened,) = run(judged(), records([0], [name]))

    assert f"a record names {called};" in cause(opened).explanation
    assert cause(opened).confidence == sure


def test_what_is_unreadable_is_never_taken_for_the_scaler_that_is_spelled_like_it():
    odd = version(r"\xff", 1.0)

    (opened,) = run(model(odd), records([0], [ScalerName(version=r"\xff", readable=False)]))

    assert (cause(opened).fix or "").startswith("write the headers as UTF-8 text")


def test_dead_letters_name_nothing():
    assert run(judged(), records([CONFIGURED, KNOWN, CONFIGURED], rejected=[1])) == []


def test_python_users_name_scalers_by_codes_and_hear_what_is_wrong_with_them():
    engine = detector(judged())
    values = {"x": normal(3, 1)}

    (opened,) = engine.update(MODEL, values, named=Named(codes=np.array([-1, 1, 0]), names=NAMES))

    assert opened.data.position.offset == 1
    assert engine.mismatches(MODEL) == 1
    for codes in ([0, 0], [0, 0, 5], [-2, 0, 0], [0.0, 0.0, 0.0]):
        with pytest.raises(ValueError, match="codes"):
            engine.update(MODEL, values, named=Named(codes=np.array(codes), names=NAMES))


# ------------------------------------------------------------------ updates


def test_a_full_switch_is_told_once():
    """The first event says 100 % of one record, and nothing else is ever true of it."""
    assert statuses(run(judged(), records(naming((CONFIGURED, 500), (KNOWN, 20_000))))) == [
        "opened"
    ]


@pytest.mark.parametrize("seed", range(5))
def test_the_share_of_a_canary_is_corrected_soon_and_then_left_alone(seed):
    """A tenth: 16 records later it is known roughly, hundreds later better."""
    events = run(judged(), records(canary(20_000, 10, seed)))

    assert statuses(events)[0] == "opened"
    assert set(statuses(events)[1:]) == {"updated"}
    assert 2 <= len(events) <= 5
    assert events[1].data.position.offset - events[0].data.position.offset == 16
    assert share(events[-1]) == pytest.approx(0.1, abs=0.06)


def test_each_version_has_its_share_and_another_one_is_an_update():
    """After 3,000 records of a tenth, from record 4,000 on a third version in every 20th."""
    codes = canary(8_000, 10, 1)
    codes[4_000::20] = LABEL
    events = run(judged(), records(codes))

    new = next(event for event in events if len(told(event)) == 3)
    assert 4_000 <= new.data.position.offset <= 4_000 + 512
    assert "name version 9" in cause(new).explanation
    for event in events:
        assert sum(shares(event).values()) == pytest.approx(1)
        assert share(event) == pytest.approx(1 - shares(event)["3"])
        assert told(event)[0].configured
    window = codes[new.data.position.offset + 1 - WINDOW : new.data.position.offset + 1]
    assert shares(new) == {
        "3": np.mean(window == CONFIGURED),
        "2": np.mean(window == KNOWN),
        "9": np.mean(window == LABEL),
    }


def test_a_rollout_in_steps_is_told_step_by_step():
    """1, 10, 50 and 100 per cent: the last of the events of each stage is near its share."""
    stages = [100, 10, 2, 1]
    codes = np.concatenate([canary(5_000, one_in, 7) for one_in in stages])
    events = run(judged(), records(codes))

    assert set(statuses(events)[1:]) == {"updated"}
    assert len(events) <= 25
    for stage, one_in in enumerate(stages):
        last = [e for e in events if e.data.position.offset < 5_000 * (stage + 1)][-1]
        assert share(last) == pytest.approx(1 / one_in, rel=0.5, abs=0.02)


def test_a_producer_that_writes_another_version_into_every_record_fills_neither_event_nor_memory():
    names = [ScalerName(version=f"v{i}") for i in range(4_000)]
    events = run(judged(), records(np.arange(4_000), names))

    assert len(events) < 15
    assert max(len(told(event)) for event in events) <= MOST_UNKNOWN + 2
    assert share(events[-1]) == 1.0
    assert "more" in cause(events[-1]).explanation


# ------------------------------------------------------------------ the end


def test_it_is_over_after_some_hundreds_of_records_that_name_ours():
    codes = naming((CONFIGURED, 100), (KNOWN, 1_000), (CONFIGURED, 3_000))
    opened, *_, resolved = run(judged(), records(codes))

    assert (opened.data.status, resolved.data.status) == ("opened", "resolved")
    assert resolved.data.position.offset == 1_099 + FEWEST_CLEAN
    assert resolved.data.summary == f"records of {TOPIC} name {MODEL} version 3 again"
    assert resolved.data.alert == opened.data.alert


def test_records_that_name_no_scaler_say_nothing_of_its_end():
    codes = naming((KNOWN, 1_000), (-1, 5_000), (CONFIGURED, 499), (-1, 10), (CONFIGURED, 1))
    events = run(judged(), records(codes))

    assert statuses(events)[-1] == "resolved"
    assert events[-1].data.position.offset == len(codes) - 1


def test_where_nobody_names_a_scaler_any_more_it_is_over_in_the_end():
    codes = naming((KNOWN, 10), (-1, FORGOTTEN + 10))
    events = run(judged(), records(codes))

    assert statuses(events) == ["opened", "resolved"]
    assert events[-1].data.position.offset == 9 + FORGOTTEN
    assert "no record of" in events[-1].data.summary


@pytest.mark.parametrize("one_in", [10, 100, 300])
def test_a_canary_is_one_episode(one_in):
    """Ten of them, each of 100,000 records: opened once, and over only after the last."""
    for seed in range(10):
        codes = np.concatenate([canary(100_000, one_in, seed), np.zeros(20_000, np.int64)])
        events = run(named_only(), records(codes))

        assert statuses(events).count("opened") == 1
        assert statuses(events)[-1] == "resolved"
        assert events[-1].data.position.offset > 100_000


def named_only():
    """A model that is quick to judge."""
    return judged(silence_after_s=None)


def test_partitions_that_are_fetched_by_turns_are_one_episode():
    """Long runs of a partition whose producer is right between those of one that is wrong."""
    run_of = 3_000
    codes = naming(*[(KNOWN, run_of), (CONFIGURED, run_of)] * 5)
    turns = np.arange(run_of, len(codes), run_of)
    events = run(judged(), records(codes, turns=turns))

    assert statuses(events).count("opened") == 1
    assert "resolved" not in statuses(events)
    assert share(events[-1]) == pytest.approx(0.5, rel=0.2)  # a thousand of each


def test_it_is_over_once_every_partition_is_clean():
    codes = naming((KNOWN, 1_000), (KNOWN, 1_000), (CONFIGURED, 2_000), (CONFIGURED, 2_000))
    events = run(judged(), records(codes, turns=[1_000, 2_000, 4_000]))

    resolved = events[-1].data
    assert resolved.status == "resolved"
    assert (resolved.position.partition, resolved.position.offset) == (1, 1_000 + FEWEST_CLEAN - 1)


def test_after_its_end_another_mismatch_is_another_episode_with_shares_of_its_own():
    codes = naming((KNOWN, 1_000), (CONFIGURED, 600), (LABEL, 1))
    events = run(judged(), records(codes))

    assert statuses(events) == ["opened", "resolved", "opened"]
    assert events[0].data.alert != events[-1].data.alert
    assert shares(events[-1]) == {"3": 0.0, "9": 1.0}


# ------------------------------------------------------------------ with other conditions


def test_it_lives_with_silence_and_garbage_in_one_episode():
    """Each says that it joins and that it leaves; the diagnosis goes with the version."""
    codes = naming((CONFIGURED, 50), (KNOWN, 1_500), (CONFIGURED, 3_450))
    times = EPOCH + np.arange(5_000.0)
    times[1_000:] += 1_000
    events = run(judged(), records(codes, times=times, rejected=np.arange(1_200, 2_700)))

    assert statuses(events)[0] == "opened"
    assert statuses(events)[-1] == "resolved"
    assert set(statuses(events)[1:-1]) == {"updated"}
    said = [tuple(kinds(event)) for event in events[:-1]]
    assert list(dict.fromkeys(said)) == [
        ("version",),
        ("version", "silence"),
        ("version", "invalid"),
        ("invalid",),
    ]
    for event in events[:-1]:
        is_there = "version" in kinds(event)
        assert (event.data.diagnosis is not None) == (event.data.versions is not None) == is_there
        assert event.data.severity == "critical"
    assert len({event.data.alert for event in events}) == 1
    assert [event.data.sequence for event in events] == list(range(len(events)))


def test_an_adopted_episode_goes_on_and_ends_as_if_there_had_been_no_restart():
    """A half: 20.7 / 0.5 records are fewer than the fewest, so 500 clean ones end it."""
    first = run(judged(), records(canary(3_000, 2, 1)))
    later = detector(judged())
    later.adopt([first[-1]])

    assert run(later, records(naming((CONFIGURED, FEWEST_CLEAN - 1)))) == []
    (resolved,) = run(later, records(naming((CONFIGURED, 1))))

    assert resolved.data.status == "resolved"
    assert resolved.data.alert == first[0].data.alert
    assert resolved.data.sequence == first[-1].data.sequence + 1
    assert later.open_model_event(MODEL) is None


def test_an_adopted_episode_is_not_told_again_while_its_shares_stand():
    first = run(judged(), records(canary(3_000, 10, 1)))
    later = detector(judged())
    later.adopt([first[-1]])

    assert run(later, records(canary(3_000, 10, 2))) == []
    (updated, *_) = run(later, records(naming((LABEL, 1_000))))
    assert updated.data.status == "updated"
    assert "version 9" in cause(updated).explanation


def test_an_adopted_episode_of_more_versions_than_are_told_apart_goes_on():
    names = [ScalerName(version=f"v{i}") for i in range(100)]
    first = run(judged(), records(np.arange(100), names))
    assert any(each.version is each.digest is None for each in told(first[-1]))
    later = detector(judged())
    later.adopt([first[-1]])

    events = run(later, records(naming((CONFIGURED, 3_000))))

    assert statuses(events)[-1] == "resolved"


def test_the_end_of_a_first_mismatch_waits_longer_than_that_of_a_known_fault():
    """One record may be a canary of one per cent: 2,073 clean ones (its chance then is 1e-9)."""
    events = run(judged(), records(naming((KNOWN, 1), (CONFIGURED, 3_000))))

    assert statuses(events)[-1] == "resolved"
    assert events[-1].data.position.offset == 2_073


# ------------------------------------------------------------------ any split


@st.composite
def named_streams(draw: st.DrawFn):
    """Runs of this and that scaler, canaries, dead letters, silences, two partitions."""
    runs = st.tuples(
        st.sampled_from([-1, *range(len(NAMES))]),
        st.sampled_from([1, 2, 40, 600, 2_500]),
        st.sampled_from([1, 10, 100]),
    )
    parts = draw(st.lists(runs, min_size=1, max_size=6))
    codes = np.concatenate(
        [
            canary(count, one_in, seed, code) if one_in > 1 else np.full(count, code)
            for seed, (code, count, one_in) in enumerate(parts)
        ]
    )
    places = st.integers(0, len(codes) - 1)
    gaps = np.ones(len(codes))
    gaps[draw(st.lists(places, max_size=2), label="silences")] = 601.0
    rejected = np.array(draw(st.lists(places, max_size=3), label="dead letters"), np.int64)
    if draw(st.booleans(), label="garbage"):
        first = draw(places)
        rejected = np.union1d(rejected, np.arange(first, min(first + 1_200, len(codes))))
    turns = draw(st.lists(places, max_size=3), label="turns")
    return records(codes, times=EPOCH + np.cumsum(gaps), rejected=rejected, turns=turns)


CUTS = st.one_of(
    st.sampled_from([5, 97, 500, 512, 1_000]).map(lambda size: range(size, 20_000, size)),
    st.lists(st.integers(1, 15_000), max_size=40),
    st.integers(1, 5_000).map(lambda first: range(first, first + 80)),
)


@given(said=named_streams(), cuts=CUTS)
@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would run for minutes
)
def test_any_split_of_the_same_records_gives_the_same_bytes(said, cuts):
    assert written(run(judged(), said, cuts)) == written(run(judged(), said))


def test_a_batch_longer_than_all_windows_is_judged_record_by_record():
    """What is forgotten and what is clean lies in the midst of a batch as between two."""
    codes = naming((KNOWN, 3), (-1, FORGOTTEN + 5), (LABEL, 1_200), (CONFIGURED, 700), (KNOWN, 9))
    said = records(codes)

    whole = run(judged(), said)

    assert statuses(whole).count("opened") == 3
    assert written(run(judged(), said, range(777, len(codes), 777))) == written(whole)
