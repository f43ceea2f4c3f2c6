"""The reference measured from rows: each figure by a formula or a second method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from detector.scaler import Reference
from detector.scaler.profile import BLOCK, MAX_ATOMS, decimals, longest_run, measure_reference


def normal(n, seed=1):
    return np.random.default_rng(seed).normal(size=n)


def test_figures_are_those_of_numpy():
    values = normal(5000)

    reference = measure_reference(values)

    assert reference.count == 5000
    assert (reference.min, reference.max) == (values.min(), values.max())
    assert reference.mean == values.mean()
    assert reference.std == values.std()  # divides by n
    assert reference.distinct == 5000
    assert reference.missing_rate == 0.0


def test_quantiles_are_training_values_in_the_middle_of_equal_shares():
    """The i-th of k stands above (i + 0.5) / k of the values, exactly, ties or not."""
    values = np.random.default_rng(2).permutation(np.arange(1024.0))

    reference = measure_reference(values, quantiles=512)

    np.testing.assert_array_equal(reference.quantiles, np.arange(512) * 2 + 1)
    np.testing.assert_array_equal(reference.probabilities, (np.arange(512) + 0.5) / 512)


def test_few_rows_are_all_kept():
    reference = measure_reference(np.array([3.0, 1.0, 2.0]))

    np.testing.assert_array_equal(reference.quantiles, [1.0, 2.0, 3.0])
    np.testing.assert_allclose(reference.probabilities, [1 / 6, 3 / 6, 5 / 6])


@given(
    hnp.arrays(np.float64, st.integers(2, 80), elements=st.integers(-50, 50)).filter(
        lambda values: len(np.unique(values)) > 1
    )
)
def test_every_profile_makes_a_valid_reference(values):
    """Sorted quantiles within min and max, shares that sum to at most one, a run of at least 1."""
    reference = measure_reference(values)

    assert (np.diff(reference.quantiles) >= 0).all()
    assert reference.min is not None
    assert reference.max is not None
    assert reference.mean is not None
    assert reference.step is not None
    assert reference.longest_run is not None
    assert reference.min <= reference.quantiles[0] <= reference.quantiles[-1] <= reference.max
    assert reference.min <= reference.mean <= reference.max
    assert sum(share for _, share in reference.atoms) <= 1 + 1e-12
    assert reference.step.mean <= reference.step.max >= reference.step.q99
    assert 1 <= reference.longest_run <= len(values)


def test_missing_values_are_a_rate_and_invalid_ones_take_no_part():
    values = np.array([1.0, np.nan, 2.0, np.inf, 3.0, np.nan, -np.inf, 4.0])

    reference = measure_reference(values)

    assert reference.count == 4
    assert reference.missing_rate == 2 / 8
    assert reference.max == 4.0


def test_atoms_carry_their_share_heaviest_first():
    """A tenth of a thousand rows is an atom; three rows of a thousand are chance."""
    values = np.concatenate([np.full(100, 7.0), np.full(200, -0.0), np.full(3, 5.0), normal(697)])

    reference = measure_reference(values)

    assert reference.atoms == ((0.0, 0.2), (7.0, 0.1))


def test_number_of_atoms_is_bounded():
    values = np.repeat(np.arange(100.0), 10)

    assert len(measure_reference(values).atoms) == MAX_ATOMS


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ([1.0, -3.0, 1e6], 0),
        ([1.5, 2.0], 1),
        ([0.1 + 0.2, 1.0], 1),  # 0.30000000000000004
        ([1.23456, 2.0], 5),
        ([1.234567, 2.0], None),
        ([1 / 3, 2.0], None),
    ],
)
def test_decimals_suffice_for_every_value(values, digits):
    assert decimals(np.array(values)) == digits


def test_large_values_show_no_decimals():
    """At 5e7 the tolerance of nine digits is a twentieth of a step: anything would fit."""
    fractional = np.array([60_000_000.3, 70_000_000.7])

    assert decimals(fractional) is None
    assert decimals(np.exp(np.array([20.0, 21.0]))) is None


def test_values_of_a_float32_pipeline_have_no_decimals():
    assert decimals(np.array([12.1, 13.7], np.float32).astype(np.float64)) is None


def test_longest_run_is_counted_over_consecutive_valid_values():
    values = np.array([1.0, 2.0, 2.0, np.nan, 2.0, 1.0])

    assert longest_run(np.array([1.0])) == 1
    assert measure_reference(values).longest_run == 3


def test_steps_are_those_between_consecutive_rows():
    """Of 0, 1, 0, 1… with one jump: the mean is clipped at the 99.5 % quantile, max is not."""
    values = np.tile([0.0, 1.0], 500)
    values[500:] += 10.0

    step = measure_reference(values).step

    assert step is not None
    assert step.max == 9.0  # from 1 to 10
    assert step.q99 == 1.0
    assert step.mean == pytest.approx(1.0)


def test_block_change_is_the_largest_between_neighbouring_blocks():
    """Blocks alternate -1, 1 around 0 and then around 4: a move of 4 in standard deviations."""
    calm = np.tile([-1.0, 1.0], BLOCK)
    values = np.concatenate([calm, calm + 4.0])

    change = measure_reference(values).block_change

    assert change is not None
    assert change.mean == pytest.approx(4.0 / values.std())
    assert change.log_std == 0.0


def test_change_of_spread_is_a_logarithm():
    """From a spread of 1 to 3, each with 2 % of the standard deviation as a floor."""
    calm = np.tile([-1.0, 1.0], BLOCK // 2)
    values = np.concatenate([calm, 3.0 * calm])

    change = measure_reference(values).block_change

    floor = 0.02 * values.std()
    assert change is not None
    assert change.log_std == pytest.approx(np.log((3 + floor) / (1 + floor)))


def test_rows_that_make_no_two_blocks_have_no_block_change():
    assert measure_reference(normal(2 * BLOCK - 1)).block_change is None


def test_reference_is_equal_to_itself_and_to_nothing_else():
    reference = measure_reference(normal(100))

    assert reference == measure_reference(normal(100))
    assert reference != measure_reference(normal(100, seed=2))
    assert isinstance(reference, Reference)
    assert reference != "a reference"
