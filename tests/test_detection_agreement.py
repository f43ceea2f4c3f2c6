"""What the width of numbers allows: arithmetic and transport agree, faults do not."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from detector.detection.agreement import disagree
from detector.scaler import (
    FeatureScaler,
    IdentityParameters,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    RobustParameters,
    StandardParameters,
)
from tests.streams import STANDARD, normal

SCALER = FeatureScaler(parameters=STANDARD)
single = np.float32
centres = st.floats(-1e4, 1e4)
spreads = st.floats(1e-3, 1e4)
scores = st.lists(st.floats(-6, 6), min_size=1, max_size=20)


def sklearn(kind, centre, spread):
    """Parameters, and the formulas by which libraries apply them, in two orders or more."""
    low, high = centre, centre + spread
    parameters: Parameters
    match kind:
        case "standard":
            parameters = StandardParameters(mean=centre, scale=spread)
        case "robust":
            parameters = RobustParameters(center=centre, scale=spread)
        case "maxabs":
            return MaxAbsParameters(max_abs=spread), [
                lambda x, f: x / f(spread),
                lambda x, f: x * (f(1) / f(spread)),
            ]
        case "minmax":
            return MinMaxParameters(data_min=low, data_max=high), [
                lambda x, f: (x - f(low)) / (f(high) - f(low)),
                lambda x, f: x * (f(1) / (f(high) - f(low))) - f(low) / (f(high) - f(low)),
            ]
        case "identity":
            return IdentityParameters(), [lambda x, f: x * f(1)]
    return parameters, [
        lambda x, f: (x - f(centre)) / f(spread),
        lambda x, f: x / f(spread) - f(centre) / f(spread),
        lambda x, f: (x - f(centre)) * (f(1) / f(spread)),
    ]


@pytest.mark.parametrize("kind", ["standard", "robust", "minmax", "maxabs", "identity"])
@given(centre=centres, spread=spreads, scores=scores)
def test_any_order_of_operations_agrees_in_float64_and_in_float32(kind, centre, spread, scores):
    """Raw values and scaled ones of a pipeline of one width, as numbers and as shortest text."""
    assume(kind != "minmax" or single(centre + spread) - single(centre) > 0.5 * spread)
    assume(kind != "minmax" or abs(centre) < 1e3 * spread)  # else float32 has no digits left
    parameters, formulas = sklearn(kind, centre, spread)
    scaler = FeatureScaler(parameters=parameters)
    raw = centre + spread * np.array(scores)
    narrow = raw.astype(single)

    for formula in formulas:
        assert not disagree(scaler, raw, formula(raw, np.float64)).any()
        scaled = formula(narrow, single)
        text = np.array([float(str(value)) for value in scaled])
        assert not disagree(scaler, narrow.astype(np.float64), scaled.astype(np.float64)).any()
        assert not disagree(scaler, narrow.astype(np.float64), text).any()


@pytest.mark.parametrize("before", ["log", "log1p", "sqrt"])
@given(centre=st.floats(0.1, 9), spread=st.floats(0.05, 3), scores=st.lists(st.floats(1e-3, 1e6)))
def test_a_transformation_before_the_scaler_agrees_in_both_widths(before, centre, spread, scores):
    scaler = FeatureScaler(parameters=StandardParameters(mean=centre, scale=spread), before=before)
    raw = np.array(scores)
    narrow = raw.astype(single)
    inner = getattr(np, before)

    assert not disagree(scaler, raw, (inner(raw) - centre) / spread).any()
    scaled = (inner(narrow) - single(centre)) / single(spread)
    assert not disagree(scaler, narrow.astype(np.float64), scaled.astype(np.float64)).any()


@given(
    centre=centres,
    spread=spreads,
    score=st.floats(0.1, 6),
    off=st.floats(1e-4, 1e3),
    negative=st.booleans(),
)
def test_a_gain_off_by_more_than_a_ten_thousandth_disagrees_at_the_first_record(
    centre, spread, score, off, negative
):
    """Unless the wrong value is so short that transport may have rounded it, or the location is a
    thousand scales away from zero and float32 would not tell.
    """
    assume(abs(centre) < 1e3 * spread)
    scaler = FeatureScaler(parameters=StandardParameters(mean=centre, scale=spread))
    raw = np.array([centre + spread * (-score if negative else score)])
    wrong = scaler.transform(raw) * (1 + off)
    digits = f"{abs(wrong[0]):.12e}".split("e")[0].rstrip("0")
    assume(len(digits) > 10)

    assert disagree(scaler, raw, wrong).all()


def test_one_cast_to_float32_on_the_way_agrees():
    """Of the raw value or of the parameters, the rest being computed in float64."""
    raw = normal(1000, 3)
    mean, scale = 50.123456789, 10.987654321
    scaler = FeatureScaler(parameters=StandardParameters(mean=mean, scale=scale))
    cast = raw.astype(single).astype(np.float64)

    assert not disagree(scaler, raw, (cast - mean) / scale).any()
    wide = np.float64(single(mean)), np.float64(single(scale))
    assert not disagree(scaler, raw, (raw - wide[0]) / wide[1]).any()


def test_a_raw_value_stored_in_32_bits_beside_a_scaled_one_of_64_agrees():
    raw = normal(1000, 3)

    assert not disagree(SCALER, raw.astype(single).astype(np.float64), (raw - 50) / 10).any()


def test_scaled_values_stored_in_16_bits_agree():
    raw = normal(1000, 3)

    assert not disagree(SCALER, raw, ((raw - 50) / 10).astype(np.float16).astype(np.float64)).any()


@pytest.mark.parametrize("scale", [1e-4, 10.0, 1e5])
def test_text_of_six_significant_digits_agrees_on_both_sides(scale):
    """What ``%g`` prints; the raw value loses digits as well."""
    scaler = FeatureScaler(parameters=StandardParameters(mean=5 * scale, scale=scale))
    raw = normal(1000, 3, mean=5 * scale, std=scale)
    printed = [
        np.array([float(f"{value:g}") for value in values])
        for values in (raw, (raw - 5 * scale) / scale)
    ]

    assert not disagree(scaler, *printed).any()


def test_integer_raw_values_agree():
    raw = np.arange(-500.0, 500.0)

    assert not disagree(SCALER, raw, (raw - 50) / 10).any()
