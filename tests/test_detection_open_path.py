"""What may begin along the path of an open episode: told in time, once, and found by the whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.detection.bins import INVALID
from detector.detection.open_path import OpenPath
from detector.detection.view import view_of
from detector.detection.window import Window
from tests.second_faults import causes, told, two_faults
from tests.streams import fitted, model, rng, run, stream, written

FIRST, SECOND, N = 600, 2000, 2800
LEAST = 12  # values of a rest that is told


def path(n, seed):
    """A level that wanders between about 20 and 80, with one decimal."""
    steps = rng(seed, 11).normal(size=n + 500) * 1.5
    found = np.zeros(n + 500)
    for i in range(1, n + 500):
        found[i] = 0.98 * found[i - 1] + steps[i]
    return np.round(50 + found[500:], 1)


def wave(n, seed):
    """A slow swing between 30 and 70 under a little weather, with one decimal."""
    weather = rng(seed, 5).normal(size=n) * 0.3
    for i in range(1, n):
        weather[i] += 0.95 * weather[i - 1]
    swing = 20 * np.sin(2 * np.pi * (np.arange(n) + 977 * seed) / 365)
    return np.round(50 + swing + weather, 1)


TRAINED = fitted({"x": path(4000, 1)})


def watched(values, codes=None):
    """A watch of an episode since record 0, and the window that holds *values*."""
    window = Window(["x"])
    (batch,) = stream({"x": np.array(values, float)}).batches(())
    window.append(batch, 0, len(batch))
    window.codes[0, : len(values)] = 0 if codes is None else codes
    watch = OpenPath(0, window, view_of("x", TRAINED.features["x"], "raw"))
    watch.begin(0, 0)
    return watch


def looks(watch, last):
    """The records of the looks up to *last*."""
    while watch.next_look <= last:
        yield watch.next_look


# ------------------------------------------------------------------ a rest


@settings(deadline=None)
@given(
    rests=st.lists(st.integers(1, 150), min_size=1, max_size=8),
    lost=st.sets(st.integers(0, 1000), max_size=60),
)
def test_a_rest_is_told_from_its_first_value_and_again_when_it_has_grown(rests, lost):
    values = np.repeat(np.arange(len(rests)), rests).astype(float)
    codes = np.zeros(len(values), np.uint8)
    codes[[i for i in lost if i < len(values)]] = INVALID
    valid = codes < INVALID
    watch = watched(values, codes)
    known: dict[int, int] = {}

    for record in looks(watch, len(values) - 1):
        seen = np.flatnonzero(valid[: record + 1])
        found = watch.look(record, followed=False)
        level = values[seen[-1]] if len(seen) else -1.0
        same = seen[values[seen] == level]
        began = bool(len(seen)) and len(same) < len(seen)  # else it may have begun before
        grown = began and len(same) >= max(LEAST, 1.5 * known.get(int(same[0]), 0))
        assert [(one.record, one.onsets) for one in found] == (
            [(record, (same[0],))] if grown else []
        )
        if grown:
            known = {int(same[0]): len(same)}


def test_a_rest_may_be_as_far_away_as_a_number_can_be():
    values = np.array([-1.7e308] * 20 + [1.7e308] * 40)

    (told,) = watched(values).look(59, followed=False)

    assert told.onsets == (20,)


# ------------------------------------------------------------------ steps


def test_what_steps_suggest_is_told_once_and_not_before_it_is_known():
    """A path that turns over under a fault, far from where training was."""
    arrived = two_faults(path(N, 2), (lambda x: x * 1000, np.negative), (0, SECOND), on_top=True)
    watch = watched(arrived)
    found = []

    for record in looks(watch, N - 1):
        suspicions = watch.look(record, followed=True)
        assert len({one.onsets for one in suspicions}) == len(suspicions)
        assert all(onset <= record == one.record for one in suspicions for onset in one.onsets)
        found += suspicions

    assert any(SECOND in one.onsets for one in found)


def test_a_path_that_grows_restless_is_learned_again():
    """What was usual at first would make each later record a suspicion."""
    calm, restless = path(1000, 2), 50 + 4 * (path(7000, 3) - 50)
    watch = watched(np.concatenate((calm, restless)))

    told = [len(watch.look(record, followed=True)) for record in looks(watch, 7_999)]

    assert sum(told[-90:]) < 0.4 * 90  # of the last 90 looks


# ------------------------------------------------------------------ the whole


def first_of(events, cause):
    """The first event that names *cause*."""
    return next(e.data for e in events if e.data.diagnosis and e.data.diagnosis.cause == cause)


@pytest.mark.parametrize("first", ["unit", "distribution_shift"])
@pytest.mark.parametrize("begin", [1000, 1700, 2450])
def test_a_value_that_stays_within_an_open_episode_is_stuck(first, begin):
    """No step surprises where there is none; checks alone would be a thousand records late."""
    live = path(N, 2)
    live[FIRST:] = live[FIRST:] * 1000 if first == "unit" else live[FIRST:] + 40.7
    live[begin:] = live[begin]

    events = run(model(TRAINED), stream({"x": live}))

    before, after = told(events, begin)
    assert causes(before)[-1] != "stuck_value"
    named = first_of(after, "stuck_value")
    assert named.position.offset < begin + 2 * 32  # a look that sees a dozen, or the next one
    assert abs(named.diagnosis.since.offset - begin) <= 1


@pytest.mark.parametrize("start", [FIRST, 900])
def test_a_second_fault_is_found_where_the_usual_step_was_learned_across_the_first(start):
    """Records before the fault and under it, together, are surprised by neither."""
    faults = (lambda x: x * 1000, np.negative)
    live = two_faults(wave(N, 2), faults, (start, SECOND), on_top=True)

    events = run(model(fitted({"x": wave(4000, 1)})), stream({"x": live}))

    before, after = told(events, SECOND)
    assert causes(before)[-1] == "unit"
    assert first_of(after, "sign_flip").position.offset < SECOND + 160


@pytest.mark.parametrize("cuts", [range(0, N, 7), [SECOND + 9, SECOND + 10], range(0, N, 500)])
def test_how_records_were_fetched_changes_nothing(cuts):
    live = two_faults(path(N, 2), (lambda x: x * 1000, np.negative), (FIRST, SECOND), on_top=True)
    live[SECOND + 400 :] = live[SECOND + 400]
    records = stream({"x": live})

    assert written(run(model(TRAINED), records, cuts)) == written(run(model(TRAINED), records))
