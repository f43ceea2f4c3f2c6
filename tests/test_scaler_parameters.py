"""The maps of scikit-learn's scalers, and that they have an inverse."""

import numpy as np
import pytest
from hypothesis import given

from detector.scaler import MinMaxParameters, RobustParameters, StandardParameters
from detector.scaler.parameters import inverse_transform, transform
from detector.scaler.scaler import FeatureScaler, apply_before, undo_before
from tests.scalers import maxabs, minmax, robust, standard


@given(standard | robust | maxabs | minmax())
def test_affine_is_the_map(parameters):
    gain, offset = parameters.affine()
    values = np.array([parameters.centre, parameters.centre + parameters.spread / 4])
    unclipped = gain * values + offset

    scaled = transform(parameters, values)

    np.testing.assert_allclose(scaled, unclipped, atol=1e-6 * (1 + abs(offset)))


@given(standard | robust | maxabs | minmax())
def test_inverse_gives_the_value_back(parameters):
    values = np.array([parameters.centre, parameters.centre + parameters.spread / 4])

    back = inverse_transform(parameters, transform(parameters, values))

    np.testing.assert_allclose(
        back, values, atol=1e-9 * (abs(parameters.centre) + parameters.spread)
    )


def test_minmax_fills_its_range_and_clips_where_it_was_told():
    plain = MinMaxParameters(data_min=10.0, data_max=20.0, feature_range=(-1.0, 1.0))
    clipping = MinMaxParameters(data_min=10.0, data_max=20.0, feature_range=(-1.0, 1.0), clip=True)
    values = np.array([10.0, 15.0, 20.0, 25.0])

    np.testing.assert_allclose(transform(plain, values), [-1.0, 0.0, 1.0, 2.0])
    np.testing.assert_allclose(transform(clipping, values), [-1.0, 0.0, 1.0, 1.0])


@pytest.mark.parametrize("before", [None, "log", "log1p", "sqrt"])
def test_before_is_undone(before):
    values = np.array([0.5, 3.0, 1000.0])

    np.testing.assert_allclose(undo_before(before, apply_before(before, values)), values)


def test_feature_applies_before_and_then_scales():
    """log1p(e - 1) is 1, so the scaled value is (1 - 3) / 2."""
    feature = FeatureScaler(parameters=RobustParameters(center=3.0, scale=2.0), before="log1p")
    values = np.array([np.e - 1, -2.0])

    scaled = feature.transform(values)

    assert scaled[0] == pytest.approx(-1.0)
    assert np.isnan(scaled[1])  # log1p of -2 is not defined
    assert feature.inverse_transform(scaled)[0] == pytest.approx(np.e - 1)


def test_missing_stays_missing():
    assert np.isnan(transform(StandardParameters(mean=0.0, scale=1.0), np.array([np.nan]))).all()
