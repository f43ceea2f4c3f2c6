"""Episodes: opened once, resolved once, counted without a gap, and never a flood."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detector.detection import FeatureSettings, Tolerance
from detector.detection.episode import FIRST_CHECK, LAST_DOUBLING, Episode
from detector.detection.window import LOOK_BACK
from detector.events import DriftEvent, Since, alert_id, decode, encode, event_id
from tests.streams import (
    EPOCH,
    STANDARD,
    bare,
    detector,
    fitted,
    kinds,
    model,
    normal,
    rng,
    run,
    statuses,
    stream,
    written,
)
from tests.test_detection_invariance import mixed_model, streams

RANK = {"info": 0, "warning": 1, "critical": 2}
TRAINED = fitted({"x": normal(4000, 99)})
BARE = bare(x=STANDARD)


def check_life(events: Iterable[DriftEvent]) -> None:
    """What holds of any stream: of the events of one feature, in order."""
    lives: dict[str, list[DriftEvent]] = defaultdict(list)
    for event in events:
        lives[event.data.feature].append(event)
    for own in lives.values():
        current: DriftEvent | None = None
        seen: set[str] = set()
        for event in own:
            data = event.data
            assert event.id == event_id(data.alert, data.sequence)
            assert event.type == f"detector.drift.{data.status}"
            assert data.signals
            assert data.summary.strip() not in ("", data.feature)
            if data.status == "opened":
                assert current is None, "a second episode of an open feature"
                assert data.alert not in seen, "an alert opened twice"
                assert data.sequence == 0
                seen.add(data.alert)
            else:
                assert current is not None, f"{data.status} of what is not open"
                before = current.data
                assert data.alert == before.alert
                assert data.sequence == before.sequence + 1
                assert RANK[data.severity] >= RANK[before.severity]
                assert data.since == before.since
            if data.group is not None:
                assert data.feature in data.group.features
                assert len(data.group.features) >= 2
            current = None if data.status == "resolved" else event


@given(records=streams(), values=st.sampled_from(["raw", "scaled"]))
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would run for minutes
    suppress_health_check=list(HealthCheck),
)
def test_every_episode_lives_by_the_rules(records, values):
    """Any incidents: one open episode a feature, one `opened`, at most one `resolved`, sequence
    0, 1, 2…, a severity that never falls, an alert that is never used again.
    """
    check_life(run(mixed_model(values, 100), records))


def shifted(n: int, *spans: tuple[int, int], by: float = 30.0, seed: int = 1):
    live = normal(n, seed)
    for first, last in spans:
        live[first:last] += by
    return stream({"x": live})


@pytest.mark.parametrize("scaler", [TRAINED, BARE])
def test_an_episode_opens_and_resolves_and_opens_again_under_another_alert(scaler):
    events = run(model(scaler), shifted(20_000, (2000, 4000), (12_000, 14_000)))

    first, *_, second_end = events
    assert statuses(events).count("opened") == 2
    assert statuses(events).count("resolved") == 2
    assert len({event.data.alert for event in events}) == 2
    assert abs(first.data.since.offset - 2000) <= 3
    assert second_end.data.status == "resolved"
    check_life(events)


def test_a_fault_that_lasts_is_one_episode():
    events = run(model(TRAINED), shifted(20_000, (2000, 20_000)))

    assert statuses(events).count("opened") == 1
    assert "resolved" not in statuses(events)
    assert len(events) <= 4


def test_an_episode_that_grows_says_so():
    """A shift of a quarter, later of three scales: updates with a higher severity each."""
    live = normal(8000, 3)
    live[1000:] += 2.5
    live[4000:] += 30

    events = run(model(BARE), stream({"x": live}))

    assert statuses(events) == ["opened", "updated", "updated"]
    assert [event.data.severity for event in events] == ["info", "warning", "critical"]
    assert events[1].data.position.offset > 4000
    check_life(events)


@pytest.mark.parametrize(("good", "bad", "opened"), [(700, 300, 25), (150, 50, 5)])
def test_a_flapping_feature_does_not_flood(good, bad, opened):
    """Up and down through 50,000 records, 50 or 250 times: within the cool-down each return must
    prove itself with four times the evidence of the one before, so most are never told.
    """
    period = good + bad
    spans = [(period * i + good, period * (i + 1)) for i in range(50_000 // period)]

    events = run(model(TRAINED), shifted(50_000, *spans))

    assert 1 <= statuses(events).count("opened") <= opened
    assert len(events) <= 4 * opened
    check_life(events)


def test_a_return_needs_evidence_it_is_not_resolved_at_the_first_quiet_record():
    events = run(model(TRAINED), shifted(6000, (1000, 2000)))

    resolved = [e for e in events if e.data.status == "resolved"]
    assert len(resolved) == 1
    assert 2010 < resolved[0].data.position.offset < 3500


def test_within_twice_the_tolerance_counts_as_returned_without_a_sequential_test():
    """A scaler alone: 512 records that look like training, or nearly so."""
    live = normal(6000, 4)
    live[1000:2000] += 30
    live[2000:] += 1.0  # a tenth of a training scale: the tolerance

    events = run(model(BARE), stream({"x": live}))

    assert statuses(events)[-1] == "resolved"


def test_a_feature_that_stays_away_is_not_resolved_by_a_half_way_return():
    live = normal(8000, 5)
    live[1000:2000] += 30
    live[2000:] += 10

    assert "resolved" not in statuses(run(model(TRAINED), stream({"x": live})))
    assert "resolved" not in statuses(run(model(BARE), stream({"x": live})))


# ------------------------------------------------------------------ mute


def muted_until(seconds: float, scaler=TRAINED):
    return model(scaler, {"x": FeatureSettings(mute_until=EPOCH + seconds)})


def test_an_episode_that_is_open_when_the_mute_ends_is_opened_then():
    records = shifted(4000, (1000, 4000))

    loud = run(model(TRAINED), records)
    events = run(muted_until(2500), records)

    assert statuses(events)[0] == "opened"
    assert events[0].data.position.offset == 2500
    assert events[0].data.sequence == 0
    assert events[0].data.alert == loud[0].data.alert
    assert events[0].data.since == loud[0].data.since


def test_an_episode_that_ends_before_the_mute_does_is_counted_and_not_told():
    engine = detector(muted_until(5000))

    assert run(engine, shifted(6000, (1000, 2000))) == []
    (status,) = engine.status("fares")
    assert status.muted_events >= 2  # at least opened and resolved


def test_after_the_mute_everything_is_as_usual():
    records = shifted(9000, (6000, 9000))

    assert written(run(muted_until(100), records)) == written(run(model(TRAINED), records))


# ------------------------------------------------------------------ deployments


def deployed(lag: int = 0, *, n: int = 4000, **settings):
    """Two features that depart at record 2000, the second *lag* records later; a third stays."""
    columns = {name: normal(n, seed) for seed, name in enumerate("abc")}
    columns["a"][2000:] += 40
    columns["b"][2000 + lag :] -= 40
    scaler = fitted({name: normal(4000, seed + 50) for seed, name in enumerate("abc")})
    return run(model(scaler, **settings), stream(columns))


def test_features_that_depart_at_one_record_are_one_deployment():
    events = deployed()

    groups = [event.data.group for event in events if event.data.group]
    assert groups
    assert {group.features for group in groups} == {("a", "b")}
    assert len({group.id for group in groups}) == 1
    last = {event.data.feature: event.data.group for event in events}
    assert last["a"] == last["b"]
    check_life(events)


def test_features_that_depart_a_hundred_records_apart_are_none():
    events = deployed(100)

    assert {event.data.feature for event in events} == {"a", "b"}
    assert all(event.data.group is None for event in events)


def test_muted_features_take_no_part_in_a_deployment():
    muted = {"b": FeatureSettings(mute_until=EPOCH + 10**6)}

    events = deployed(features=muted)

    assert {event.data.feature for event in events} == {"a"}
    assert all(event.data.group is None for event in events)


def test_a_third_feature_joins_the_deployment_and_the_others_hear_of_it():
    """Its slower test tips later, its onset is the same: `updated` for those already told."""
    columns = {name: normal(4000, seed) for seed, name in enumerate("abc")}
    columns["a"][2000:] += 60
    columns["b"][2000:] += 60
    columns["c"][2000:] += 14
    scaler = fitted({name: normal(4000, seed + 50) for seed, name in enumerate("abc")})

    events = run(model(scaler), stream(columns))

    joined = [e for e in events if e.data.group and e.data.group.features == ("a", "b", "c")]
    assert {e.data.feature for e in joined} == {"a", "b", "c"}
    assert {e.data.status for e in joined} >= {"opened", "updated"}
    assert len({e.data.group.id for e in events if e.data.group}) == 1
    check_life(events)


# ------------------------------------------------------------------ adoption


@pytest.mark.parametrize("scaler", [TRAINED, BARE])
@pytest.mark.parametrize("cut", [2100, 3000])
def test_an_adopted_episode_goes_on_under_its_alert_and_is_resolved(scaler, cut):
    """A new process starts in the midst of an episode: no second `opened`, the sequence goes on,
    and the same alert is resolved.
    """
    old, new = shifted(9000, (2000, 4000)).batches((cut,))
    before = detector(model(scaler)).update_batch(old)
    later = detector(model(scaler))

    later.adopt([decode(encode(before[-1]))])
    after = later.update_batch(new)

    assert statuses(after).count("opened") == 0
    assert statuses(after)[-1] == "resolved"
    assert {event.data.alert for event in after} == {before[-1].data.alert}
    check_life([*before, *after])


def test_what_is_adopted_is_open_in_the_status_and_resolved_events_are_passed_over():
    events = run(model(TRAINED), shifted(6000, (2000, 3000)))
    opened, resolved = events[0], events[-1]
    engine = detector(model(TRAINED))

    engine.adopt([resolved])
    assert engine.status("fares")[0].open is None
    engine.adopt([opened])
    assert engine.status("fares")[0].open == opened


def test_events_of_what_is_no_longer_configured_are_passed_over():
    (opened, *_) = run(model(TRAINED), shifted(3000, (2000, 3000)))
    other = detector(model(fitted({"y": normal(500, 1)})))

    other.adopt([opened])

    assert other.status("fares")[0].open is None


def test_an_adopted_episode_that_goes_on_is_revised():
    """The new process does not know the onset; it judges what it sees."""
    before = run(model(TRAINED), shifted(2200, (2000, 2200), by=12.0))
    engine = detector(model(TRAINED))
    engine.adopt(before[-1:])

    events = run(engine, shifted(4000, (0, 4000), by=80.0))

    assert set(statuses(events)) == {"updated"}
    assert events[-1].data.since == before[-1].data.since
    check_life([*before, *events])


# ------------------------------------------------------------------ figures


def test_live_figures_cover_the_window_since_the_onset():
    """At most the last 2,048 records since the cause began; every figure by numpy."""
    live = normal(9000, 8)
    live[3000:7000] += 40
    live[3500:3600] = np.nan
    events = run(model(TRAINED), stream({"x": live}))

    for event in events:
        assert event.data.diagnosis is not None
        began = event.data.diagnosis.since or event.data.since
        since, at = began.offset, event.data.position.offset
        part = live[max(since, at - LOOK_BACK + 1) : at + 1]
        valid = part[np.isfinite(part)]
        own = event.data.live
        assert own is not None
        assert own.count == len(part)
        assert own.missing_rate == pytest.approx(np.isnan(part).mean())
        if not len(valid):
            assert (own.mean, own.quantiles) == (None, None)
            continue
        assert own.mean == pytest.approx(valid.mean())
        assert own.std == pytest.approx(valid.std())
        assert (own.min, own.max) == (valid.min(), valid.max())
        assert own.quantiles is not None
        assert own.quantiles["0.5"] == pytest.approx(np.quantile(valid, 0.5))


def test_the_shift_is_told_in_training_scales_and_the_spread_as_a_ratio():
    """Three scales up and half as wide: location 3, spread 0.5, within their errors."""
    live = normal(4000, 9)
    live[2000:] = 80 + (live[2000:] - 50) / 2
    (opened, *_) = run(
        model(TRAINED, {"x": FeatureSettings(tolerance=Tolerance(shift=0.2, scale=1.2))}),
        stream({"x": live}),
    )

    told = {signal.kind: signal for signal in opened.data.signals}
    n = opened.data.position.offset - opened.data.since.offset + 1
    assert told["location"].value == pytest.approx(3.0, abs=4 * 0.5 / np.sqrt(n))
    assert told["location"].tolerance == 0.2


@pytest.mark.parametrize(
    ("shift", "severity"), [(0.25, "info"), (0.8, "warning"), (3.0, "critical")]
)
def test_severity_is_the_rung_of_the_tolerance_that_is_left_behind(shift, severity):
    """0.1 x 1, x 5, x 20, where no cause is named: a scaler alone names none. Which test speaks
    first is open: ADWIN finds a small change before the test against the scaler does.
    """
    live = normal(6000, 10)
    live[2000:] += 10 * shift

    events = [e for e in run(model(BARE), stream({"x": live})) if e.data.status != "resolved"]

    assert events[-1].data.severity == severity
    assert {"location", "change"} & set(kinds(events[-1]))


# ------------------------------------------------------------------ identity


def test_the_alert_is_a_function_of_group_model_feature_onset_and_scaler():
    (opened, *_) = run(model(TRAINED), shifted(3000, (2000, 3000)))
    data = opened.data

    assert data.alert == alert_id(
        group="tests",
        model="fares",
        feature="x",
        since=f"{data.since.partition}/{data.since.offset}",
        digest=TRAINED.digest,
    )
    assert opened.source == "/detector/tests/fares"


def test_checks_come_at_16_32_64_records_and_then_every_512():
    episode = Episode(
        model="m",
        feature="x",
        alert="a",
        since=Since(partition=0, offset=0, time=""),
        onset=0,
        opened=1000,
        severity="info",
        signals=(),
    )

    ages = []
    for _ in range(9):
        ages.append(episode.next_check - 1000)
        episode.checked()

    assert ages == [16, 32, 64, 128, 256, 512, 1024, 1536, 2048]
    assert (FIRST_CHECK, LAST_DOUBLING) == (16, 512)


def test_noise_opens_nothing():
    assert run(model(TRAINED), stream({"x": rng(3).normal(50, 10, 20_000)})) == []


@pytest.mark.parametrize("fault", [lambda x: 1000 * x, lambda x: np.full(len(x), x[0])])
def test_a_cause_is_not_renamed_while_the_feature_comes_back(fault):
    """A window that mixes wrong and right records would be called neither."""
    rng = np.random.default_rng(11)
    live = np.round(rng.lognormal(2, 0.5, 6000), 1)
    live[1000:3000] = fault(live[1000:3000])
    train = np.round(rng.lognormal(2, 0.5, 4000), 1)

    events = run(model(fitted({"x": train})), stream({"x": live}))

    causes = [event.data.diagnosis.cause for event in events if event.data.diagnosis]
    assert statuses(events)[-1] == "resolved"
    assert causes[-1] == causes[-2] in ("unit", "stuck_value")
