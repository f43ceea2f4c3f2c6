"""The sound path behind a fault: what it looks like, and what is named by it."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.behind import SoundPath, behind, instead
from detector.detection.diagnosis.explain import diagnosis
from detector.detection.diagnosis.innovation import learn
from detector.detection.diagnosis.suspects import IDENTITY, suspects
from detector.detection.diagnosis.upon import within
from detector.detection.faults import Affine, Column, Curve, nature
from detector.detection.view import view_of
from tests import second_faults
from tests.scenes import lone
from tests.second_faults import causes, maps, told
from tests.streams import fitted, model, rng, run, stream

FIRST, SECOND, N = 600, 1500, 2400
LOG = Curve(forward=np.log1p, inverse=np.expm1)


def path(n: int, seed: int) -> FloatArray:
    """A level that wanders between about 20 and 80, with one decimal."""
    steps = rng(seed, 11).normal(size=n + 500) * 1.5
    found = np.zeros(n + 500)
    for i in range(1, n + 500):
        found[i] = 0.98 * found[i - 1] + steps[i]
    return np.round(50 + found[500:], 1)


TRAINED = fitted({"x": path(4000, 1)})
MAPS = maps(path(4000, 1))
PAIRS = [
    ("unit", "sign_flip"),
    ("sign_flip", "unit"),
    ("sign_flip", "log_extra"),
    ("unit", "log_extra"),
    ("double_scaling", "unit"),
    ("log_extra", "sign_flip"),
    ("log_extra", "unit"),
]


def two_faults(first: str, second: str, *, on_top: bool = False) -> FloatArray:
    faults, begins = (MAPS[first], MAPS[second]), (FIRST, SECOND)
    return second_faults.two_faults(path(N, 2), faults, begins, on_top=on_top)


def column() -> Column:
    own = view_of("x", TRAINED.features["x"], "raw")
    return Column(view=own, views={"x": own}, versions=())


ADDED = next(
    one
    for one in suspects(column(), None).maps
    if (one.fault.cause, one.fault.variant) == ("log_extra", "log1p")
)


# ------------------------------------------------------------------ the maps


@given(
    gain=st.floats(0.1, 10) | st.floats(-10, -0.1),
    offset=st.floats(-10, 10),
    raw=st.lists(st.floats(1, 90), min_size=1, max_size=8),
)
@example(gain=1.0, offset=0.0, raw=[1.0])
def test_behind_a_map_every_other_one_leads_back_to_the_sound_values(gain, offset, raw):
    """Y = A^-1(B(s)) gives s under the map that stands for B, whichever A is; A^-1(s) under the
    end of A.
    """
    sound = np.array(raw)
    own = suspects(column(), None)
    end = nature.shift(own.column, 1.0, 0.0, prior=0.0)
    for first in (Affine(gain, offset), LOG):
        found = {one.fault: one.map for one in instead(own, first, ("gain", None), end).maps}
        with np.errstate(all="ignore"):
            for one in own.maps:
                if one.fault not in found:
                    continue
                arrived = one.map.forward(sound)
                again = found[one.fault].inverse(first.inverse(arrived))
                usable = np.isfinite(again) & (isinstance(first, Affine) | (np.abs(arrived) < 10))
                assert again[usable] == pytest.approx(one.map.inverse(arrived)[usable], rel=1e-5)
            if first == IDENTITY:  # where nothing was changed, nothing ends
                assert end not in found
                continue
            assert found[end].inverse(first.inverse(sound)) == pytest.approx(sound, rel=1e-6)


@given(raw=st.lists(st.floats(1, 90), min_size=1, max_size=8))
def test_along_a_path_that_bends_every_map_leads_back_to_that_path(raw):
    """B(s), which took the place of A(s), gives A(s) under the map that stands for B, and so does
    B(A(s)), which came on top; s itself under the end of A.
    """
    sound = np.array(raw)
    own = suspects(column(), None)
    end = nature.shift(own.column, 1.0, 0.0, prior=0.0)
    named = diagnosis(ADDED.fault, "x is a logarithm", ADDED.fault.figures, confidence=0.99)

    found = within(own, ADDED.map, named, end)

    assert found is not None
    known = {one.fault.looks: one.map for one in found.maps}
    path_ = ADDED.map.forward(sound)
    assert known[end.looks].inverse(sound) == pytest.approx(path_, rel=1e-6)
    for one in own.maps:
        if not isinstance(one.map, Affine) or one.fault.looks not in known:
            continue
        arrived = one.map.forward(sound)
        again = known[one.fault.looks].inverse(arrived)
        assert again == pytest.approx(path_, rel=1e-5, abs=1e-6)
        upon = known.get(f"{one.fault.looks}, on top of the log extra before")
        if upon is not None:
            assert upon.inverse(one.map.forward(path_)) == pytest.approx(path_, rel=1e-5, abs=1e-6)
    assert any(looks.endswith("on top of the log extra before") for looks in known)


def test_the_known_fault_is_not_among_those_that_take_its_place():
    own = suspects(column(), None)
    end = nature.shift(own.column, 1.0, 0.0, prior=0.0)
    known = next(one for one in own.maps if one.fault.cause == "sign_flip")
    key = (known.fault.cause, known.fault.variant)

    found = instead(own, known.map, key, end).maps

    assert key not in [(one.fault.cause, one.fault.variant) for one in found]
    assert len(found) > len(own.maps)  # in its place, and on top of it


def test_values_put_in_the_place_of_others_are_no_steps_of_the_sound_path():
    """What was imputed by the first fault; the rest goes on as it arrives."""
    history = path(1024, 3)
    law = learn(history, np.sort(history))
    assert law is not None
    own = suspects(column(), None)
    arrived = np.where(np.arange(60) % 3 == 0, 0.0, path(60, 4))
    scene = lone(own, arrived, history[-256:], law)

    found = behind(scene, own, IDENTITY, SoundPath(law, history[-256:]), (0.0,))

    assert found is not None
    assert found.values.tolist() == arrived[arrived != 0].tolist()


# ------------------------------------------------------------------ what is named


CASES = [(*pair, on_top) for pair in PAIRS for on_top in (False, True)]
CASES.remove(("sign_flip", "log_extra", True))  # negative values have no logarithm


@pytest.mark.parametrize(("first", "second", "on_top"), CASES)
def test_a_second_fault_of_a_path_is_named_and_dated(first, second, on_top):
    """In the episode that is open, within 64 records of its beginning."""
    events = run(model(TRAINED), stream({"x": two_faults(first, second, on_top=on_top)}))

    before, after = told(events, SECOND)
    assert causes(before)[-1] == first
    changed = causes(after).index(second)
    assert set(causes(after)[:changed]) <= {first}
    assert set(causes(after)[changed:]) == {second}
    named = after[changed].data
    assert named.position.offset < SECOND + 64
    assert named.diagnosis is not None
    assert named.diagnosis.since is not None
    assert abs(named.diagnosis.since.offset - SECOND) <= 1
    assert named.diagnosis.succeeds == first
    assert (f"on top of the {first.replace('_', ' ')} before" in named.diagnosis.explanation) == (
        on_top
    )


def test_a_third_one_as_well():
    live = two_faults("unit", "sign_flip")
    live[2000:] = np.log1p(path(N, 2)[2000:])

    events = run(model(TRAINED), stream({"x": live}))

    assert list(dict.fromkeys(causes(events))) == ["unit", "sign_flip", "log_extra"]


@pytest.mark.parametrize("first", sorted(MAPS))
def test_a_fault_that_lasts_is_followed_by_none(first):
    for seed in range(2, 8):
        live = path(6000, seed)
        live[FIRST:] = MAPS[first](live[FIRST:])

        events = run(model(TRAINED), stream({"x": live}))

        assert causes(events)[-1] == first
        assert all(
            e.data.diagnosis and e.data.diagnosis.succeeds in (None, "distribution_shift")
            for e in events
        )


@pytest.mark.parametrize("first", sorted(MAPS))
def test_the_end_of_a_fault_is_no_other_one(first):
    live = path(N, 2)
    live[FIRST:SECOND] = MAPS[first](live[FIRST:SECOND])

    events = run(model(TRAINED), stream({"x": live}))

    told = [cause for cause in causes(events) if cause != "distribution_shift"]
    assert set(told) == {first}
