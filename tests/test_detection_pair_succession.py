"""Several faults in one episode of pairs.

The invariant: each pair that disagrees obeys the map that is named, or it does not, by arithmetic.
So a map in the place of another is named from its own points alone and dated at the first of them;
one that goes on beside it is told besides; a fault that the raw values had before is told besides
as well; and a single fault, or two that run side by side, are never a succession.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection.besides import besides as as_besides
from detector.detection.besides import with_besides, without_besides
from detector.detection.diagnosis.pairs import PairDiagnoser
from detector.detection.parity import ParityDetector
from detector.detection.window import Window
from detector.events import Diagnosis, Since, decode, encode
from tests.pair_faults import CAUSES, N, formula_by_batch, iqr, largest, of, pairs, per_batch
from tests.second_faults import Maps, causes, told
from tests.streams import detector, diagnosed, kinds, model, rng, run, statuses, stream, written

FIRST, SECOND, END = 600, 1400, 2600
HIT = rng(11).random(N)
NAMED = ["unscaled", "twice", "other column's", "x1000", "negated", "clipped", "stuck", "min-max"]
CANARIES = ["unscaled", "inverse", "x1024", "negated", "log", "other column"]
RAW: Maps = {"unit": lambda x: x * 1000, "sign_flip": lambda x: -x, "log_extra": np.log1p}


def spread(share):
    """Which records a *share* of them are."""
    return share > HIT


def made(name, raw, scaled, trained):
    """Scaled values of ``temp`` under one of CAUSES."""
    return CAUSES[name][0](raw, scaled, trained)


def two(first, second, *, share=1.0, until=END, beside=False):
    """Pairs under *first*, then under *second*, each on a *share* of the records; and the records
    of the second that disagree.
    """
    trained, raw, scaled = pairs()
    at = np.arange(N)
    ours = (at >= FIRST) & (at < (until if beside else SECOND)) & spread(share)
    theirs = (at >= SECOND) & (at < until)
    theirs &= (1 - share <= HIT) if share < 1 else True
    sound = scaled["temp"]
    one, other = (made(name, raw, scaled, trained) for name in (first, second))
    scaled["temp"] = np.where(ours, one, np.where(theirs, other, sound))
    wrong = np.flatnonzero(theirs & ~np.isclose(scaled["temp"], sound, rtol=1e-9, atol=1e-9))
    return trained, raw, scaled, wrong


def events_of(trained, raw, scaled, n=END, cuts=()):
    columns = [{name: values[:n] for name, values in part.items()} for part in (raw, scaled)]
    return run(model(trained, values="both"), stream(columns[0], scaled=columns[1]), cuts)


def besides(event):
    return [one.cause for one in diagnosed(event).besides]


# ------------------------------------------------------------------ one in the place of another


@pytest.mark.parametrize(
    ("first", "second"), [*pairwise(NAMED), *pairwise(NAMED[::-1]), ("x1000", "by batch")]
)
def test_a_second_map_is_named_from_its_own_points_and_dated_at_the_first(first, second):
    """At its fifth point, or as soon as five points of it can be told from other causes."""
    trained, raw, scaled, wrong = two(first, second)

    before, after = told(events_of(trained, raw, scaled), SECOND)

    assert causes(before)[-1] == CAUSES[first][1]
    assert causes(after)[0] == causes(after)[-1] == CAUSES[second][1]
    named = diagnosed(after[0])
    points = np.searchsorted(wrong, after[0].data.position.offset, side="right")
    assert 5 <= points <= (72 if second == "by batch" else 24)
    assert named.since is not None
    assert named.since.offset == wrong[0]
    assert named.succeeds == CAUSES[first][1]
    assert after[0].data.since == before[0].data.since


@pytest.mark.parametrize(("first", "second"), [*pairwise(CANARIES), *pairwise(CANARIES[::-1])])
def test_a_canary_in_the_place_of_another_as_well(first, second):
    """Within so many points that a canary of the same size would not miss by chance."""
    trained, raw, scaled, wrong = two(first, second, share=0.1)

    before, after = told(events_of(trained, raw, scaled), SECOND)

    assert causes(before)[-1] == CAUSES[first][1]
    assert set(causes(after)) == {CAUSES[second][1]}
    assert np.searchsorted(wrong, after[0].data.position.offset, side="right") <= 8
    since = diagnosed(after[0]).since
    assert since is not None
    assert since.offset == wrong[0]


def test_a_third_map_and_the_first_one_again():
    trained, raw, scaled, _ = two("unscaled", "negated")
    at = np.arange(N)
    scaled["temp"] = np.where(at >= 2000, raw["temp"], scaled["temp"])

    events = events_of(trained, raw, scaled)

    assert list(dict.fromkeys((c.cause, c.succeeds) for c in map(diagnosed, events))) == [
        ("unscaled", None),
        ("sign_flip", "unscaled"),
        ("unscaled", "sign_flip"),
    ]


def test_the_end_of_the_second_fault_is_the_end_of_the_episode():
    trained, raw, scaled, _ = two("twice", "negated", until=1800)

    events = events_of(trained, raw, scaled)

    assert statuses(events)[-1] == "resolved"
    assert diagnosed(events[-1]).cause == "sign_flip"
    assert events[-1].data.position.offset == 1799 + 688


def test_the_figures_after_a_succession_are_those_of_its_own_records():
    """Share of records that disagree, evidence and live values since the second map began."""
    trained, raw, scaled, _ = two("unscaled", "negated")
    at = np.arange(N)
    spared = (at >= SECOND) & (HIT > 0.2)
    scaled["temp"] = np.where(spared, of(trained).transform(raw["temp"]), scaled["temp"])

    last = events_of(trained, raw, scaled)[-1].data

    assert last.diagnosis is not None
    assert last.diagnosis.evidence is not None
    assert last.diagnosis.since is not None
    assert all(pair.offset >= SECOND for pair in last.diagnosis.evidence.pairs)
    assert last.live is not None
    assert last.live.count == last.position.offset - last.diagnosis.since.offset + 1
    assert next(s.value for s in last.signals if s.kind == "parity") < 0.5


# ------------------------------------------------------------------ what is no succession

SINGLE = [(name, 1.0) for name in CAUSES] + [
    (name, 0.1) for name in CAUSES if name not in ("by batch", "stuck")
]


@pytest.mark.parametrize(("name", "share"), SINGLE)
def test_a_single_fault_succeeds_nothing_and_stands_alone(name, share):
    trained, raw, scaled = pairs()
    hit = (np.arange(N) >= FIRST) & spread(share)
    scaled["temp"] = np.where(hit, made(name, raw, scaled, trained), scaled["temp"])

    events = events_of(trained, raw, scaled, n=N)

    assert {(d.since, d.succeeds, d.besides) for d in map(diagnosed, events)} == {(None, None, ())}


@pytest.mark.parametrize("size", [16, 50, 100, 250])
def test_batches_that_are_each_scaled_by_themselves_are_no_succession(size):
    """Every batch has a line of its own: none of them is a second map."""
    trained, raw, scaled = pairs()
    batches = per_batch(raw["temp"][FIRST : FIRST + (N - FIRST) // size * size], size)
    scaled["temp"][FIRST : FIRST + len(batches)] = batches

    events = events_of(trained, raw, scaled, n=FIRST + len(batches))

    assert causes(events)[-1] == "refit_on_live"
    assert all(d.succeeds is None for d in map(diagnosed, events))


@pytest.mark.parametrize(("first", "second"), [*pairwise(CANARIES), *pairwise(CANARIES[::-1])])
def test_two_canaries_side_by_side_are_no_succession(first, second):
    """Both go on: the later one is told besides, since its first record, at its fifth."""
    trained, raw, scaled, wrong = two(first, second, share=0.1, beside=True)

    events = events_of(trained, raw, scaled)

    assert all(d.succeeds is None for d in map(diagnosed, events))
    assert causes(events)[-1] == CAUSES[first][1]
    named = next(e for e in events if besides(e))
    assert besides(named) == besides(events[-1]) == [CAUSES[second][1]]
    assert diagnosed(named).besides[0].since.offset == wrong[0]
    assert np.searchsorted(wrong, named.data.position.offset, side="right") <= 6
    assert CAUSES[second][0] is not None
    assert diagnosed(named).besides[0].explanation in diagnosed(named).explanation


@pytest.mark.parametrize("seed", range(12))
def test_of_two_canaries_that_start_together_the_one_told_first_stays_the_first(seed):
    """Two of every ten records each, so that none pauses: which one leads is told once, and the
    other is dated at its own first record.
    """
    trained, raw, scaled = pairs()
    draw, at = rng(seed), np.arange(N) >= FIRST
    lot = np.concatenate([draw.permutation(10) for _ in range(N // 10 + 1)])[:N]
    parts = {"unscaled": at & (lot < 2), "sign_flip": at & (lot > 7)}
    scaled["temp"] = np.where(parts["unscaled"], raw["temp"], scaled["temp"])
    scaled["temp"] = np.where(parts["sign_flip"], -scaled["temp"], scaled["temp"])

    events = events_of(trained, raw, scaled)

    assert len(set(causes(events))) == 1
    (second,) = diagnosed(events[-1]).besides
    assert {causes(events)[-1], second.cause} == set(parts)
    assert second.since.offset == np.flatnonzero(parts[second.cause])[0]


def test_a_constant_of_a_canary_is_not_called_a_bound_when_it_comes_second():
    trained, raw, scaled, wrong = two("unscaled", "negated", share=0.1)
    at = np.arange(N) >= SECOND
    scaled["temp"] = np.where(at, of(trained).transform(raw["temp"]), scaled["temp"])
    scaled["temp"][wrong] = -99.5

    _, after = told(events_of(trained, raw, scaled), SECOND)

    assert set(causes(after)) == {"imputed_constant"}


# ------------------------------------------------------------------ raw values with a fault


def upstream(cause, *, first, second):
    """Raw values with a fault from *first* on, scaled twice from *second* on."""
    trained, raw, _ = pairs()
    raw["temp"][first:] = RAW[cause](raw["temp"][first:])
    scaled = {name: of(trained, name).transform(values) for name, values in raw.items()}
    scaled["temp"][second:] = of(trained).transform(scaled["temp"])[second:]
    return trained, raw, scaled


@pytest.mark.parametrize("cause", RAW)
def test_a_fault_of_the_raw_values_is_told_while_their_pairs_disagree(cause):
    trained, raw, scaled = upstream(cause, first=SECOND, second=FIRST)

    before, after = told(events_of(trained, raw, scaled), SECOND)

    assert [besides(event) for event in before] == [[]] * len(before)
    assert causes(after)[-1] == "double_scaling"
    assert diagnosed(after[-1]).confidence > 0.9
    assert besides(after[-1]) == [cause]
    assert after[0].data.position.offset < SECOND + 40
    assert kinds(after[-1])[0] == "parity"
    assert len(kinds(after[-1])) > 1
    beside = diagnosed(after[-1]).besides[0]
    assert abs(beside.since.offset - SECOND) <= 2
    assert beside.explanation in diagnosed(after[-1]).explanation
    assert beside.fix is not None
    assert beside.fix in (diagnosed(after[-1]).fix or "")


@pytest.mark.parametrize("cause", RAW)
def test_pairs_that_disagree_later_take_over_and_the_raw_fault_stays_besides(cause):
    trained, raw, scaled = upstream(cause, first=FIRST, second=SECOND)

    before, after = told(events_of(trained, raw, scaled), SECOND)

    assert set(causes(before)) == {cause}
    assert set(causes(after)) == {"double_scaling"}
    assert besides(after[-1]) == [cause]
    named = diagnosed(after[0])
    assert after[0].data.position.offset == SECOND + 1
    assert named.since is not None
    assert (named.since.offset, named.succeeds) == (SECOND, cause)


def test_what_is_left_when_the_pairs_agree_again_is_the_raw_fault():
    trained, raw, scaled = upstream("unit", first=SECOND, second=FIRST)
    scaled["temp"][1700:] = of(trained).transform(raw["temp"][1700:])

    events = events_of(trained, raw, scaled, n=N)

    assert [e.data.status for e in events].count("opened") == 1
    assert causes(events)[-1] == "unit"
    assert diagnosed(events[-1]).besides == ()
    assert events[-1].data.position.offset == 1699 + 688
    assert "parity" not in kinds(events[-1])


def test_what_is_left_when_the_raw_values_return_is_what_the_pairs_prove():
    trained, raw, _ = pairs()
    raw["temp"][900:1300] *= 1000
    scaled = {name: of(trained, name).transform(values) for name, values in raw.items()}
    scaled["temp"][FIRST:] = -scaled["temp"][FIRST:]

    events = events_of(trained, raw, scaled, n=N)

    assert set(statuses(events)[1:]) == {"updated"}
    assert any(besides(event) == ["unit"] for event in events)
    assert (causes(events)[-1], besides(events[-1])) == ("sign_flip", [])
    assert kinds(events[-1]) == ["parity"]


def test_a_raw_departure_without_a_fault_is_told_with_its_signals():
    trained, raw, _ = pairs()
    raw["temp"][SECOND:] += 6.2
    scaled = {name: of(trained, name).transform(values) for name, values in raw.items()}
    scaled["temp"][FIRST:] = -scaled["temp"][FIRST:]

    before, after = told(events_of(trained, raw, scaled), SECOND)

    assert {tuple(kinds(event)) for event in before} == {("parity",)}
    assert kinds(after[0])[:2] == ["parity", "location"]
    assert set(causes(after)) == {"sign_flip"}


def test_both_faults_of_an_adopted_episode_go_on_as_they_were_told():
    """Another process: nothing is told twice, and what ends is told."""
    trained, raw, scaled = upstream("unit", first=SECOND, second=FIRST)
    opened = events_of(trained, raw, scaled, n=2400)[-1]
    later = detector(model(trained, values="both"))
    later.adopt([opened])
    raw["temp"][3000:] /= 1000
    scaled["temp"][3000:] = of(trained).transform(of(trained).transform(raw["temp"][3000:]))
    rest = [{name: values[2400:] for name, values in part.items()} for part in (raw, scaled)]

    events = run(later, stream(rest[0], scaled=rest[1]))

    assert besides(opened) == ["unit"]
    assert [e.data.position.offset >= 600 for e in events] == [True] * len(events)
    assert (causes(events)[-1], besides(events[-1])) == ("double_scaling", [])
    assert diagnosed(events[-1]).fix == diagnosed(events_of(*two("twice", "twice")[:3])[-1]).fix


@pytest.mark.parametrize(("first", "second"), [(600, 1400), (1400, 600), (600, 600)])
def test_pairs_without_a_map_do_not_go_before_a_named_fault_of_the_values(first, second):
    """Nor does it matter which of both came first."""
    trained, raw, _ = pairs()
    raw["temp"][first:] *= 1000
    scaled = {name: of(trained, name).transform(values) for name, values in raw.items()}
    scaled["temp"][second:] = rng(3).normal(size=N - second)

    events = events_of(trained, raw, scaled)

    seen = [diagnosed(e) for e in events if "unit" in [diagnosed(e).cause, *besides(e)]]
    assert seen
    assert "unknown" not in {found.cause for found in seen}
    both = [d for d in seen if any(one.cause == "unknown" for one in d.besides)]
    assert both
    for found in both:
        (other,) = found.besides
        assert (found.cause, other.of, other.succeeds) == ("unit", "pairs", None)
        assert abs(other.since.offset - second) <= 1
        assert other.explanation in found.explanation


def restarted(trained, raw, scaled, at):
    """The last event before a restart, and those of the process that goes on from *at*."""
    last = decode(encode(events_of(trained, raw, scaled, n=at)[-1]))
    later = detector(model(trained, values="both"))
    later.adopt([last])
    rest = [{name: values[at:] for name, values in part.items()} for part in (raw, scaled)]
    return last, run(later, stream(rest[0], scaled=rest[1]))


@pytest.mark.parametrize("at", [1450, 2000, 2600])
@pytest.mark.parametrize("cause", RAW)
def test_a_restart_keeps_where_the_pairs_took_over_from_the_values(cause, at):
    """And while the fault of the raw values goes on, as once it has ended."""
    trained, raw, scaled = upstream(cause, first=FIRST, second=SECOND)
    raw["temp"][2400:] = pairs()[1]["temp"][2400:]
    scaled["temp"][2400:] = of(trained).transform(of(trained).transform(raw["temp"][2400:]))

    last, events = restarted(trained, raw, scaled, at)

    before = diagnosed(last)
    assert (before.cause, before.succeeds) == ("double_scaling", cause)
    told = {(d.cause, d.since, d.succeeds) for d in map(diagnosed, events)}
    assert told == {("double_scaling", before.since, cause)}


def test_a_restart_keeps_where_one_map_took_over_from_another():
    trained, raw, scaled, _ = two("unscaled", "negated", until=2200)

    last, events = restarted(trained, raw, scaled, 1800)

    since = diagnosed(last).since
    assert since is not None
    told = {(d.cause, d.since, d.succeeds) for d in map(diagnosed, events)}
    assert told == {("sign_flip", since, "unscaled")}


def test_a_restart_keeps_where_one_fault_of_the_values_took_over_from_another():
    trained, raw, _ = pairs()
    raw["temp"][FIRST:SECOND] *= 1000
    raw["temp"][SECOND:2200] *= -1
    scaled = {name: of(trained, name).transform(values) for name, values in raw.items()}

    last, events = restarted(trained, raw, scaled, 1800)

    before = diagnosed(last)
    assert (before.cause, before.succeeds) == ("sign_flip", "unit")
    assert before.since is not None
    told = {(d.cause, d.since, d.succeeds) for d in map(diagnosed, events)}
    assert told == {("sign_flip", before.since, "unit")}


FOUND = st.builds(
    Diagnosis,
    cause=st.sampled_from(["unit", "sign_flip", "unscaled", "unknown"]),
    variant=st.none(),
    confidence=st.floats(0, 1),
    explanation=st.text(max_size=20) | st.just("a; besides, before the scaler: b"),
    transform=st.none(),
    fix=st.none() | st.text(max_size=20) | st.just("a; besides: b"),
    alternatives=st.just(()),
)


@given(FOUND, st.lists(st.tuples(FOUND, st.sampled_from(["pairs", "values"])), max_size=3))
def test_what_stands_besides_is_taken_away_again_whatever_the_words_are(found, others):
    told = found
    for i, (one, what) in enumerate(others):
        since = Since(partition=0, offset=i, time="2013-01-01T00:00:00.000Z")
        told = with_besides(told, as_besides(one, what, since))

    assert [(b.cause, b.of, b.fix) for b in told.besides] == [
        (one.cause, what, one.fix) for one, what in others
    ]
    assert without_besides(told) == found


# ------------------------------------------------------------------ splits, and the test itself

SPLITS = [range(0, END, 7), range(SECOND - 20, SECOND + 60), range(0, END, 500)]


@pytest.mark.parametrize("cuts", SPLITS, ids=["by 7", "one by one", "by 500"])
@pytest.mark.parametrize("case", ["whole", "canary", "beside", "batches", "raw"])
def test_how_records_were_fetched_changes_nothing(case, cuts):
    match case:
        case "whole":
            trained, raw, scaled, _ = two("twice", "clipped")
        case "batches":
            trained, raw, scaled, _ = two("by batch", "x1000")
        case "raw":
            trained, raw, scaled = upstream("log_extra", first=SECOND, second=FIRST)
        case _:
            names = "unscaled", "negated"
            trained, raw, scaled, _ = two(*names, share=0.1, beside=case == "beside")

    whole = events_of(trained, raw, scaled)

    assert any(d.succeeds or d.besides for d in map(diagnosed, whole))
    assert written(events_of(trained, raw, scaled, cuts=cuts)) == written(whole)


def with_strays(name, seed, until=900):
    """Pairs under a map, then without any to *until*, with a few under the map again."""
    trained, raw, scaled = pairs()
    draw = rng(seed)
    first, cease, end = 100, int(draw.integers(110, 300)), int(draw.integers(400, 700))
    old = made(name, raw, scaled, trained)
    strays = draw.integers(cease + 10, end, 4)
    scaled["temp"][first:cease] = old[first:cease]
    scaled["temp"][cease:end] = draw.normal(size=end - cease)
    scaled["temp"][strays] = old[strays]
    columns = [{name: values[:until] for name, values in part.items()} for part in (raw, scaled)]
    return trained, *columns


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", ["negated", "unscaled", "x1000"])
def test_a_map_that_seems_to_have_ceased_is_judged_from_the_records_so_far(name, seed):
    """A stray point of the first map, later in the same batch, tells nothing of now."""
    trained, raw, scaled = with_strays(name, seed)

    whole = events_of(trained, raw, scaled, n=900)

    for cuts in (range(0, 900, 3), sorted(rng(seed).integers(1, 900, 40).tolist())):
        assert written(events_of(trained, raw, scaled, n=900, cuts=cuts)) == written(whole)


@pytest.mark.parametrize("name", [name for name in CAUSES if name != "by batch"])
def test_the_points_that_name_a_map_obey_it_and_sound_ones_and_others_do_not(name):
    trained, raw, scaled = pairs()
    scaled["temp"][:50] = made(name, raw, scaled, trained)[:50]
    scaled["temp"][50:] += rng(12).normal(size=N - 50)
    window, settings = Window(list(raw), pairs=True), model(trained, values="both")
    window.append(stream(raw, scaled=scaled).batch(0, 400), 0, 400)
    ParityDetector([of(trained, one) for one in raw]).update(window, 0, 400)
    pair = PairDiagnoser(settings)
    proof = pair.diagnose(0, window, 0, 49)
    wrong = np.flatnonzero(window.unequal(0, slice(0, 400)))

    assert proof.reading is not None
    obeys = pair.obeying(0, window, wrong, proof.reading)

    assert obeys[wrong < 50].all()
    assert not obeys[wrong >= 50].any()


@pytest.mark.parametrize(
    ("fit", "variant"),
    [
        ((np.min, np.ptp), "minmax"),
        ((lambda x: (x.min() + x.max()) / 2, lambda x: np.ptp(x) / 2), "minmax_pm1"),
        ((np.zeros_like, largest), "maxabs"),
        ((np.median, iqr), "robust"),
    ],
)
def test_a_refit_on_every_batch_says_by_which_formula(fit, variant):
    trained, raw, scaled = pairs()
    scaled["temp"][FIRST:] = formula_by_batch(raw["temp"], *fit)[FIRST:]

    events = events_of(trained, raw, scaled, n=N)

    found = diagnosed(events[-1])
    assert (found.cause, found.variant) == ("refit_on_live", variant)


def test_the_figures_of_an_event_are_those_of_its_signals():
    """Pairs broke long before the raw values did: both are told of one window."""
    trained, raw, scaled, _ = two("negated", "negated")
    raw["temp"] = np.where(np.arange(N) >= SECOND, raw["temp"] * 1000, raw["temp"])
    scaled["temp"] = np.where(np.arange(N) >= SECOND, 1000 * scaled["temp"], scaled["temp"])

    told = []
    for data in [event.data for event in events_of(trained, raw, scaled)]:
        location = [s.value for s in data.signals if s.kind == "location"]
        if data.status == "updated" and location and data.live and data.training:
            assert data.live.mean is not None
            assert data.training.mean is not None
            assert data.training.scale is not None
            moved = (data.live.mean - data.training.mean) / data.training.scale
            told.append((location[0], moved))
    assert told
    assert [one for one, _ in told] == pytest.approx([other for _, other in told], rel=0.05)
