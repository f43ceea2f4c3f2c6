"""Invariant 2: evidence adds."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.detection.measure import Evidence
from tests.streams import normal, rng


def measured(column) -> Evidence:
    """The evidence of a column in which NaN is missing and an infinity invalid."""
    evidence = Evidence()
    take(evidence, np.asarray(column, float))
    return evidence


def take(evidence, column):
    valid = column[np.isfinite(column)]
    evidence.measure(
        valid,
        missing=int(np.isnan(column).sum()),
        invalid=int(np.isinf(column).sum()),
        minimum=min(valid, default=math.inf),
        maximum=max(valid, default=-math.inf),
    )


def same(one: Evidence, other: Evidence) -> None:
    """Equal counts and extremes; moments to what a mean square less a squared mean of values up
    to 1,000 leaves: 1e-9 of the variance, whose root is 3e-5.
    """
    assert (one.missing, one.invalid, one.count) == (other.missing, other.invalid, other.count)
    assert (one.minimum, one.maximum) == (other.minimum, other.maximum)
    if one.mean is None or one.std is None:
        assert one.count == 0
        assert other.mean is other.std is None
        return
    assert one.mean == pytest.approx(other.mean, rel=1e-9, abs=1e-11)
    assert one.std == pytest.approx(other.std, rel=1e-9, abs=3e-5)


columns = st.lists(
    st.floats(-1e3, 1e3) | st.sampled_from([math.nan, math.inf, -math.inf]), max_size=60
)


def test_twelve_partitions_added_are_one():
    """Counts exactly, extremes exactly, moments to the digits that River's formula leaves."""
    column = normal(12_000, 1)
    column[rng(1).random(12_000) < 0.1] = np.nan
    column[rng(2).random(12_000) < 0.01] = np.inf

    parts = [measured(column[i::12]) for i in range(12)]

    total = Evidence()
    for part in parts:
        total = total + part
    same(total, measured(column))


@given(columns, columns, columns)
@settings(max_examples=150, deadline=None)
def test_adding_is_associative_and_commutative_and_nothing_adds_nothing(one, other, third):
    a, b, c = measured(one), measured(other), measured(third)

    same((a + b) + c, a + (b + c))
    same(a + b, b + a)
    same(a + Evidence(), a)
    same(Evidence() + a, a)
    same(a + b, measured([*one, *other]))


@given(columns, st.integers(0, 60))
@settings(max_examples=100, deadline=None)
def test_two_batches_are_the_evidence_of_both(column, cut):
    evidence = Evidence()
    for part in (column[:cut], column[cut:]):
        take(evidence, np.asarray(part, float))

    same(evidence, measured(column))


def test_mean_and_deviation_are_those_of_numpy():
    column = normal(5000, 3)

    evidence = measured(column)

    assert evidence.mean == pytest.approx(column.mean(), rel=1e-12)
    assert evidence.std == pytest.approx(column.std(), rel=1e-9)  # dividing by n
    assert (evidence.minimum, evidence.maximum) == (column.min(), column.max())


def test_nothing_is_known_before_the_first_valid_value():
    """None, not 0.0: a constant feature is something else."""
    evidence = measured([math.nan, math.inf])

    assert (evidence.count, evidence.missing, evidence.invalid) == (0, 1, 1)
    assert evidence.mean is None
    assert evidence.std is None


def test_one_value_has_no_spread():
    evidence = measured([7.0])

    assert (evidence.mean, evidence.std) == (7.0, 0.0)


def test_moments_beyond_float64_are_unknown_not_infinite():
    with np.errstate(all="ignore"):
        evidence = measured([1e308, 1e308, -1e308])

        assert evidence.count == 3
        assert evidence.std is None
        assert measured([1.7e308, 1.7e308]).mean is None


def test_figures_are_the_same_digits_in_any_split_and_however_often_they_are_read():
    """River's own array update differs in its last digits with the split."""
    column = normal(10_000, 5)

    whole, split = measured(column), Evidence()
    for part in np.array_split(column, 337):
        take(split, part)
        assert split.std is not None

    assert (split.count, split.mean, split.std) == (whole.count, whole.mean, whole.std)
