"""A second fault inside an open episode: found, named, dated; and nothing named that is none."""

import numpy as np
import pytest

from detector.detection import kernels
from detector.detection.batch import FloatArray, IntArray
from detector.detection.bins import MISSING
from detector.detection.rupture import rupture
from detector.detection.window import LOOK_BACK
from tests import second_faults
from tests.second_faults import causes, maps, told
from tests.streams import fitted, model, rng, run, statuses, stream, written

FIRST, SECOND = 600, 1600  # records at which the faults begin


def gamma(n: int, seed: int) -> FloatArray:
    """Skewed values with one decimal, far from zero and on one side of it."""
    return np.round(20 + rng(seed, 3).gamma(2.0, 9.0, n), 1)


TRAINED = fitted({"x": gamma(4000, 1)})
MAPS = maps(gamma(4000, 1))


def two_faults(first: str, second: str, *, on_top: bool, n: int = 3200) -> FloatArray:
    faults, begins = (MAPS[first], MAPS[second]), (FIRST, SECOND)
    return second_faults.two_faults(gamma(n, 2), faults, begins, on_top=on_top)


# ------------------------------------------------------------------ where the law changed


def brute_force(cells: IntArray, least: int, latest: int) -> tuple[int, float]:
    """Twice the sum of count times log share on either side, less that of the whole."""

    def law(part: IntArray) -> float:
        counts = np.unique(part, return_counts=True)[1]
        return float((counts * np.log(counts / len(part))).sum())

    gains = [
        law(cells[:k]) + law(cells[k:]) - law(cells) for k in range(least, len(cells) - latest + 1)
    ]
    return least + int(np.argmax(gains)), max(gains)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_split_is_the_one_of_the_formula(seed):
    cells = rng(seed).integers(0, 8, 200)
    cells[120:] = rng(seed, 1).integers(0, 4, 80)
    place, gain = kernels.best_split(cells, 10, 16, 4)

    best, most = brute_force(cells, 16, 4)
    assert place == best
    assert gain == pytest.approx(most)


def test_one_law_has_no_rupture():
    """1,000 looks at as many records as a window holds."""
    codes = np.zeros(LOOK_BACK, np.uint8)
    found = [rupture(rng(seed).normal(size=LOOK_BACK), codes) for seed in range(1000)]

    assert sum(place is not None for place in found) <= 2


@pytest.mark.parametrize("behind", [12, 40, 400])
def test_a_rupture_is_where_the_values_moved(behind):
    values = rng(behind).normal(size=800)
    values[-behind:] += 6

    place = rupture(values, np.zeros(800, np.uint8))

    assert place is not None
    assert abs(place - (800 - behind)) <= 1


def test_values_that_stop_coming_are_a_rupture_too():
    codes = np.zeros(400, np.uint8)
    codes[300::2] = MISSING

    assert rupture(rng(4).normal(size=400), codes) in range(296, 305)


def test_a_slow_drift_is_no_rupture():
    values = rng(5).normal(size=2000) + np.linspace(0, 2, 2000)

    assert rupture(values, np.zeros(2000, np.uint8)) is None


# ------------------------------------------------------------------ what it is called


@pytest.mark.parametrize("on_top", [False, True], ids=["in its place", "on top of it"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("unit", "sign_flip"),
        ("sign_flip", "unit"),
        ("log_extra", "unit"),
        ("double_scaling", "sign_flip"),
    ],
)
def test_a_second_fault_is_named_and_dated(first, second, on_top):
    """In the episode that is open, within 160 records of its beginning, most within 32."""
    events = run(model(TRAINED), stream({"x": two_faults(first, second, on_top=on_top)}))

    before, after = told(events, SECOND)
    assert causes(before)[-1] == first
    assert set(causes(after)) == {second}
    named = after[0].data
    assert named.position.offset < SECOND + 160
    assert named.since == before[0].data.since
    assert named.diagnosis is not None
    assert named.diagnosis.since is not None
    assert abs(named.diagnosis.since.offset - SECOND) <= 2
    assert named.diagnosis.succeeds == first
    upon = f"on top of the {first.replace('_', ' ')} before"
    assert (upon in named.diagnosis.explanation) == on_top
    assert before[-1].data.diagnosis is not None
    assert before[-1].data.diagnosis.since is None


def test_a_third_one_as_well():
    live = two_faults("unit", "sign_flip", on_top=False, n=4200)
    live[2600:] = np.log1p(gamma(4200, 2)[2600:])
    events = run(model(TRAINED), stream({"x": live}))

    named = list(dict.fromkeys(causes(events)))
    assert named == ["unit", "sign_flip", "log_extra"]


def test_a_fault_that_ends_keeps_its_name_until_the_episode_is_resolved():
    live = gamma(4000, 2)
    live[FIRST:SECOND] = -live[FIRST:SECOND]
    events = run(model(TRAINED), stream({"x": live}))

    assert statuses(events)[-1] == "resolved"
    assert set(causes(events)) == {"sign_flip"}


def test_values_lost_on_top_of_a_fault_are_told_and_its_name_stays():
    live = two_faults("unit", "unit", on_top=False)
    live[FIRST:] = gamma(3200, 2)[FIRST:] * 1000
    live[SECOND::3] = np.nan
    events = run(model(TRAINED), stream({"x": live}))

    assert set(causes(events)) == {"unit"}
    last = events[-1].data
    assert SECOND < last.position.offset < SECOND + 200
    assert "missing" in {signal.kind for signal in last.signals}


def test_the_world_that_moves_under_a_fault_does_not_change_its_name():
    live = gamma(4000, 2)
    live[SECOND:] += 8
    live[FIRST:] *= 1000
    events = run(model(TRAINED), stream({"x": live}))

    assert set(causes(events)) == {"unit"}


def test_a_cause_that_is_settled_is_not_told_again():
    live = gamma(30_000, 2)
    live[FIRST:] *= 1000
    events = run(model(TRAINED), stream({"x": live}))

    assert events[-1].data.position.offset < FIRST + LOOK_BACK


@pytest.mark.parametrize("cuts", [range(0, 3200, 7), [1609, 1610, 1611], range(0, 3200, 500)])
def test_how_records_were_fetched_changes_nothing(cuts):
    records = stream({"x": two_faults("unit", "sign_flip", on_top=True)})

    assert written(run(model(TRAINED), records, cuts)) == written(run(model(TRAINED), records))
