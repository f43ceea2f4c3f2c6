"""Paths followed behind maps: the compiled score against its formula, and the cheap first look."""

import functools
from collections.abc import Callable

import numpy as np
import pytest

from detector.detection import kernels
from detector.detection.batch import FloatArray
from detector.detection.diagnosis.innovation import learn
from detector.detection.diagnosis.lattice import lattice_of
from detector.detection.diagnosis.paths import is_hopeless, margins
from detector.detection.diagnosis.suspects import suspects
from detector.detection.diagnosis.thresholds import threshold
from detector.detection.faults import Column
from detector.detection.view import view_of
from tests.scenes import lone
from tests.streams import fitted, rng

UNITS = (1.0, 1e6, 1e-9, 1e90, 1e-90)  # in the last two, densities leave the range of products


def walk(n, seed, unit=1.0):
    """Steps with heavy tails; every fifth value is a tie."""
    steps = rng(seed).standard_t(3, n)
    steps[::5] = 0.0
    return np.cumsum(steps) * unit


def followed(law, values, sound, log_slopes, scales, prices, *, alone):
    out = np.empty(1)
    kernels.continuations(
        values, sound[None], log_slopes[None], law.state, law.shape, law.table, law.edges,
        law.density, law.habit, law.lengths, law.deficits, np.array(scales), np.array(prices),
        alone, out,
    )  # fmt: skip
    return float(out[0])


def formula(law, values, sound, log_slopes, scale, price, weight, habit):
    """The sum of ``path``'s log densities and slopes, less what is beyond ordinary surprise."""
    n = len(values)
    logs, surprises, states = np.empty(n), np.empty(n), np.empty((n, 4))
    state, shape = law.state.copy(), law.shape.copy()
    state[3], shape[4] = scale, weight
    kernels.path(sound, state, shape, law.table, law.edges, law.density, logs, surprises, states)
    before = np.concatenate(([state[0]], sound[:-1]))
    moves, differs = sound != before, np.concatenate(([True], values[1:] != values[:-1]))
    total = (logs + log_slopes)[moves].sum() - 30.0 * (~moves & differs)[1:].sum()
    if not moves[0]:
        total += log_slopes[0] - np.log(20.0 * shape[3])
    beyond = np.cumsum(np.where(moves, surprises - habit, 0.0))
    reached = law.lengths <= n
    excess = beyond[law.lengths[reached] - 1] - law.deficits[reached]
    return total - max(0.0, *excess, 0.0) - price


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("length", [3, 8, 33, 128])
@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (1000.0, 0.0), (0.02, 7.0), (-1.0, 0.0)])
def test_a_continuation_is_worth_the_log_densities_of_its_best_story(unit, length, gain, offset):
    path = walk(1024 + length, 4, unit)
    law = learn(path[:1024], np.sort(path[:1024]))
    assert law is not None
    values = path[1024:]
    sound = (values - offset * unit) / gain
    slopes = np.full(length, -np.log(abs(gain)))
    scales, prices = [law.scale, max(law.scale / 3, law.shape[3])], [0.0, 2.1]

    found = followed(law, values, sound, slopes, scales, prices, alone=True)

    stories = [
        formula(law, values, sound, slopes, scale, price + more, weight, law.habit + more)
        for scale, price in zip(scales, prices, strict=True)
        for weight, more in ((law.weight, 0.0), (0.999, 1.0))
    ]
    assert found == pytest.approx(max(stories), rel=1e-9, abs=1e-9)


def level(seed, digits):
    noise = rng(seed).normal(0, 0.3, 3000)
    return np.round(40.0 + np.convolve(noise, 0.98 ** np.arange(400), "full")[:3000], digits)


@functools.cache
def catalogue(digits):
    view = view_of("x", fitted({"x": level(1, digits)}).features["x"], "raw")
    return suspects(Column(view=view, views={"x": view}), lattice_of(view))


def scene(own, live, age):
    view = own.column.view
    law = learn(live[:1024], view.law.knots)
    assert law is not None
    return lone(own, live[1024 : 1024 + age], live[768:1024], law)


FAULTS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "none": lambda x: x,
    "another unit": lambda x: x * 25.4,
    "a temperature": lambda x: x * 1.8 + 32,
    "a logarithm": np.log1p,
    "a sign": np.negative,
    "a jump": lambda x: x + 6.5,
}


@pytest.mark.parametrize("digits", [1, 9])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("age", [8, 16, 64, 128])
def test_what_reaches_its_threshold_is_never_taken_for_hopeless(fault, age, digits):
    live = level(2, digits)
    live[1024:] = FAULTS[fault](live[1024:])
    one = scene(catalogue(digits), live, age)

    found = margins(one)
    named = bool(found) and found[0].score >= threshold(one, found[0])

    assert not (named and is_hopeless(one))
    if fault == "another unit" and age >= 64:
        assert named
    if fault == "none":
        assert not named
