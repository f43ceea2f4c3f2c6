"""The compiled loops over grids, against the same formulas in plain Python and numpy."""

from fractions import Fraction
from math import gcd

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.detection import kernels

EXACT, RELATIVE, FLOAT, CLEAR, GENERIC, SQUEEZED, MOST = LIMITS = (
    1e-6, 2e-9, 4e-16, 0.05, 1e-7, 1e-3, 16.0,
)  # fmt: skip
NUMBERS = np.array([1.0, 5, 10, 50, 100, 500, 1000])
NOTHING = np.zeros(0)

whole = st.integers(-(10**6), 10**6)


def roundest(number):
    """Index of the last of NUMBERS that divides it."""
    return max(i for i, one in enumerate(NUMBERS.tolist()) if number % int(one) == 0)


def said_of(steps, slopes, values, moved, habits, low, high):
    """What ``grid_evidence`` finds, value by value."""
    size = np.abs(values) + np.abs(values).mean()
    rows = []
    for at, slope, shift in zip(steps, slopes, np.broadcast_to(moved, steps.shape), strict=True):
        missed, gains, habit = [], [], []
        for x, s, z, m in zip(at, slope, size, shift, strict=True):
            with np.errstate(all="ignore"):
                near = EXACT * min(1.0, s * z) + RELATIVE * abs(x) + (m + FLOAT * z) * s + 1e-15
                told = near < CLEAR
                off = told and abs(x - np.rint(x)) > near
                missed.append(off or not np.isfinite(x) or not low <= x <= high)
                gain = min(-np.log(s * GENERIC * (z + 1e-9)), -np.log(2 * near))
            counts = told and s * z > SQUEEZED and np.isfinite(gain)
            gains.append(float(np.clip(gain, 0, MOST)) if counts else 0.0)
            round_ = told and len(habits) and np.rint(x) != 0
            habit.append(habits[roundest(int(np.rint(x)))] if round_ else 0.0)
        rows.append([np.mean(missed), np.median(gains), np.mean(habit)])
    return np.array(rows)


@settings(deadline=None)
@given(
    grid=st.lists(st.lists(whole, min_size=5, max_size=5), min_size=1, max_size=4),
    off=st.sampled_from([0.0, 1e-9, 0.3, np.nan, np.inf]),
    step=st.sampled_from([1e-4, 0.1, 1.0, 1e5]),
    moved=st.sampled_from([0.0, 1e-7, 0.01]),
    each=st.booleans(),
    habits=st.booleans(),
    span=st.sampled_from([(-np.inf, np.inf), (-100.0, 5000.0)]),
)
def test_what_a_grid_says_is_its_formula(grid, off, step, moved, each, habits, span):
    steps = np.array(grid, float)
    steps[0, -1] += off
    values = np.array(grid[0], float) * step
    slopes = np.full(steps.shape, 1 / step)
    shifts = np.full(steps.shape if each else (1, steps.shape[1]), moved)
    learned = np.linspace(-1.0, 2.0, len(NUMBERS)) if habits else NOTHING
    sizes, out = np.abs(values) + np.abs(values).mean(), np.empty((len(steps), 3))

    kernels.grid_evidence(steps, slopes, sizes, shifts, learned, NUMBERS, *span, LIMITS, out)

    expected = said_of(steps, slopes, values, shifts, learned, *span)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)


@settings(deadline=None)
@given(numbers=st.lists(whole, min_size=1, max_size=30))
def test_each_whole_number_counts_for_the_roundest_that_divides_it(numbers):
    counts = np.empty(len(NUMBERS), np.int64)

    kernels.count_roundness(np.array(numbers, float), NUMBERS, counts)

    assert counts.tolist() == np.bincount(
        [roundest(n) for n in numbers], minlength=len(NUMBERS)
    ).tolist()  # fmt: skip


@settings(deadline=None)
@given(
    numbers=st.sets(st.integers(-2000, 2000), min_size=3, max_size=40),
    step=st.floats(1e-3, 1e3),
    guess=st.floats(-1e-5, 1e-5),
)
def test_a_step_is_refined_to_what_all_values_show(numbers, step, guess):
    values = np.sort(np.array(list(numbers), float) * step)

    found = kernels.refined_step(values, step * (1 + guess), EXACT, RELATIVE)

    assert found == pytest.approx(step, rel=1e-12)


@settings(deadline=None)
@given(step=st.floats(0.3, 3.0))
def test_values_on_no_grid_have_no_step(step):
    values = np.cumsum(np.sqrt(np.arange(1.0, 40.0)))

    assert kernels.refined_step(values, step, EXACT, RELATIVE) == 0


@settings(deadline=None)
@given(gaps=st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_a_common_divisor_is_euclids(gaps):
    found = kernels.common_divisor(np.array(gaps, float) * 0.25, 1e-6)

    assert found == pytest.approx(0.25 * gcd(*gaps), rel=1e-9)


def test_a_divisor_that_roundings_leave_is_none():
    assert kernels.common_divisor(np.array([1.0, np.sqrt(2.0)]), 1e-7) == 0


def digits_of(number):
    """Digits after the point of a short decimal."""
    tens = (digits for digits in range(12) if (number * 10**digits).denominator == 1)
    return next(tens)


decimals = st.builds(
    lambda digits, number: Fraction(number, 10**digits), st.integers(0, 6), st.integers(-999, 999)
)


@settings(deadline=None)
@given(numbers=st.lists(decimals, min_size=1, max_size=10))
def test_decimals_are_counted(numbers):
    values, needed = np.array(numbers, float), max(digits_of(n) for n in numbers)

    assert kernels.transported_digits(values, 5, 9, 1e-3) == max(needed, 5)


@pytest.mark.parametrize("value", [np.nan, np.inf, np.pi])
def test_what_is_no_short_decimal_has_no_digits(value):
    values = np.array([1.0, value])

    assert kernels.transported_digits(values, 5, 9, 1e-3) == -1


@settings(deadline=None)
@given(
    laws=st.lists(st.lists(st.floats(-9, 9), min_size=1, max_size=40), min_size=1, max_size=5),
    edges=st.sets(st.floats(-9, 9), min_size=1, max_size=8),
)
def test_shares_of_laws_at_edges_are_counted(laws, edges):
    ordered, at = [np.sort(law) for law in laws], np.sort(list(edges))
    starts, out = np.cumsum([0, *map(len, laws)]), np.empty((len(laws), len(at)))

    kernels.shares_upto(np.concatenate(ordered), starts, at, out)

    expected = [[np.mean(law <= edge) for edge in at] for law in ordered]
    np.testing.assert_allclose(out, expected, rtol=1e-15)
