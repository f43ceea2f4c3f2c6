"""Parameters as scikit-learn stores them; the numbers are worked out by hand."""

import numpy as np
import pytest

from detector.scaler import (
    IdentityParameters,
    MaxAbsParameters,
    MinMaxParameters,
    RobustParameters,
    StandardParameters,
)
from detector.scaler.estimate import estimate_parameters, is_constant

VALUES = np.array([-8.0, 0.0, 2.0, 6.0])


def test_standard_divides_by_n():
    """Mean 0; squares 64 + 0 + 4 + 36 = 104, a quarter is 26."""
    assert estimate_parameters(VALUES, "standard") == StandardParameters(mean=0.0, scale=26**0.5)


def test_minmax_keeps_the_range_of_the_data():
    assert estimate_parameters(VALUES, "minmax") == MinMaxParameters(data_min=-8.0, data_max=6.0)


def test_robust_takes_linear_percentiles():
    """25 % of three steps is 0.75 of the first: -2; 75 % is 0.25 of the last: 3."""
    assert estimate_parameters(VALUES, "robust") == RobustParameters(center=1.0, scale=5.0)


def test_maxabs_takes_the_largest_magnitude():
    assert estimate_parameters(VALUES, "maxabs") == MaxAbsParameters(max_abs=8.0)


def test_identity_stores_nothing():
    assert estimate_parameters(VALUES, "identity") == IdentityParameters()


def test_interquartile_range_of_zero_becomes_one():
    """What ``_handle_zeros_in_scale`` does for a column that is mostly one value."""
    values = np.array([0.0, 0.0, 0.0, 0.0, 9.0])

    assert estimate_parameters(values, "robust") == RobustParameters(center=0.0, scale=1.0)


@pytest.mark.parametrize(
    ("values", "constant"),
    [
        ([0.1, 0.1, 0.1], True),  # the variance comes out as 1.9e-34
        ([5.0, 5.0], True),
        ([1e9, 1e9 + 1], False),
        ([1e-20, 2e-20], False),
        ([1e200, -1e200], False),  # whose variance overflows
    ],
)
def test_constant_means_no_more_variance_than_rounding(values, constant):
    with np.errstate(over="ignore", invalid="ignore"):
        assert is_constant(np.array(values)) is constant
