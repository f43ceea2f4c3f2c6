"""The grid of training values: found among them, and what it proves of a map."""

import numpy as np
import pytest

from detector.detection.diagnosis.lattice import Lattice, common_step, evidence, lattice_of, slope
from detector.detection.view import view_of
from tests.streams import fitted, rng


def lattice(values):
    return lattice_of(view_of("x", fitted({"x": values}).features["x"], "raw"))


def step_of(values):
    found = common_step(values)
    assert found is not None
    return found.step


def test_decimals_are_a_grid():
    assert lattice(np.round(rng(1).normal(50, 9, 3000), 1)).step == pytest.approx(0.1)


def test_decimals_times_any_factor_are_a_grid():
    """A unit that nobody knows keeps the steps equal."""
    found = lattice(np.round(rng(1).normal(50, 9, 3000), 1) * 0.97310585786300049)

    assert found.step == pytest.approx(0.1 * 0.97310585786300049, rel=1e-9)


def test_a_converted_thermometer_has_the_coarser_grid_of_what_it_was():
    """Whole degrees Celsius written in Fahrenheit: 1.8 apart, though one decimal suffices."""
    assert lattice(rng(1).integers(-10, 35, 3000) * 1.8 + 32).step == pytest.approx(1.8)


def test_logarithms_of_round_numbers_have_a_grid_behind_the_logarithm():
    found = lattice(np.log1p(rng(1).integers(0, 5000, 3000)))

    np.testing.assert_allclose(found.steps(np.log1p(np.array([7.0, 12.0]))), [7.0, 12.0])


@pytest.mark.parametrize(
    "values", [rng(1).normal(size=3000), np.exp(rng(2).normal(size=3000)) * 1e6]
)
def test_continuous_values_have_none(values):
    assert lattice(values) is None


def test_a_step_that_no_pair_shows_alone_is_found_among_the_differences():
    """Gaps of 0.4 and 0.6 have the common step 0.2, which is no gap itself."""
    assert step_of(np.array([0.0, 0.4, 1.0, 1.4, 2.0, 2.4, 3.0])) == pytest.approx(0.2)


def test_values_on_a_coarse_grid_speak_for_it_and_values_off_it_against():
    """Each value on the grid is worth the log of the generic values between two of its points."""
    steps = np.array([[100.0, 203.0, 305.0], [100.3, 203.1, 305.7]])
    values = steps[0] * 0.1
    slopes = np.full((2, 3), 10.0)
    on, off = evidence(steps, slopes, values, np.zeros(3))

    assert on > 10
    assert off == pytest.approx(-8.0 * 3)


def test_a_number_far_smaller_than_a_step_is_not_on_the_grid():
    """1e-9 of a step from zero is no zero: under x1e9 every value would prove the map."""
    values = np.array([50.1, 61.3, 47.2])
    steps = values[None] * 1e-9

    assert evidence(steps, np.full((1, 3), 1e-9), values, np.zeros(3))[0] < 0


def test_digits_lost_in_transport_are_no_evidence_against_a_map():
    """Values cut to 32 bits miss the grid by their last bit."""
    sound = np.round(rng(3).normal(50, 9, 24), 3)
    scaled = ((sound - 50) / 9).astype(np.float32).astype(np.float64)
    steps = (scaled * 9 + 50) / 0.001
    slopes = np.full((1, 24), 9000.0)
    blind = evidence(steps[None], slopes, scaled, np.zeros(24))[0]
    aware = evidence(steps[None], slopes, scaled, np.abs(scaled) * 2.0**-24)[0]

    assert blind < 0 < aware


def test_a_lattice_counts_its_steps_from_its_origin():
    assert Lattice(0.5, 0.2).steps(np.array([0.2, 1.2])).tolist() == [0.0, 2.0]


def test_a_slope_is_right_where_values_differ_in_their_last_digits_only():
    """Scaled twice by 1e7: ten to the power of what is left takes decades from value to value."""
    values = -2.0 + 1e-7 * rng(4).normal(size=24)

    found = slope(lambda v: np.exp(1e7 * (v + 2.0)), values)

    np.testing.assert_allclose(found, 1e7 * np.exp(1e7 * (values + 2.0)), rtol=1e-3)


def test_a_step_far_below_every_gap_is_found_by_euclids_algorithm():
    """Gaps of 91, 65 and 143 steps: the greatest common divisor is 13 of them."""
    values = 0.01 * np.cumsum([0.0, 91, 65, 143, 91, 130, 65, 208])

    found = common_step(values)

    assert found is not None
    assert found.step == pytest.approx(0.13)


def test_a_map_that_leads_out_of_the_span_of_sound_values_is_refuted():
    values = np.arange(100.0, 124.0)
    steps, slopes, moved = values[None], np.ones((1, 24)), np.zeros(24)

    inside = evidence(steps, slopes, values, moved, span=(50.0, 200.0))
    outside = evidence(steps, slopes, values, moved, span=(0.0, 50.0))

    assert inside[0] > 0 > outside[0]


def test_round_numbers_tell_the_tenth_of_a_price_from_a_price():
    """Prices end in 00: a tenth of them is whole, too, but ends in one 0."""
    prices = 100 * np.sort(rng(3).integers(300, 9000, 2000)).astype(float)
    some = 7.0 + np.zeros(20)  # a few end in anything, so that the grid is 1
    grid = lattice(np.append(prices, some))
    live = rng(4).choice(prices, 24) / 10

    def said(values):
        ones = np.ones((1, 24))
        return evidence(values[None], ones, values, np.zeros(24), habits=grid.habits)[0]

    assert grid.step == 1
    assert said(10 * live) > said(live) + 10
