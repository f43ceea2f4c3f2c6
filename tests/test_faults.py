"""The catalogue: every fault has a law, its inverse, a sentence and a fix."""

from dataclasses import replace

import numpy as np
import pytest

from detector.detection.diagnosis.formulas import formula
from detector.detection.faults import Affine, Column, Curve, catalogue
from detector.detection.view import view_of
from detector.scaler import FeatureScaler, Scaler, StandardParameters
from tests.streams import fitted, rng

COLUMNS = {
    "temp": np.round(rng(1).normal(55, 17, 2000), 1),
    "fare": np.round(rng(2).lognormal(3, 0.7, 2000), 2),
    "lag": rng(3).normal(0, 3, 2000),
}
OLDER = Scaler(
    name="fares",
    version="0",
    kind="standard",
    features={"temp": FeatureScaler(parameters=StandardParameters(mean=40.0, scale=9.0))},
)


def column(name, values):
    scaler = fitted(COLUMNS)
    views = {n: view_of(n, scaler.features[n], values) for n in COLUMNS}
    return Column(view=views[name], views=views, versions=(OLDER,))


def found(name, values):
    return {(f.cause, f.variant): f for f in catalogue(column(name, values))}


ALL = [
    pytest.param(values, name, fault, id=f"{values}-{name}-{fault.cause}-{fault.variant}")
    for values in ("raw", "scaled")
    for name in COLUMNS
    for fault in catalogue(column(name, values))
]


@pytest.mark.parametrize(("values", "name", "fault"), ALL)
def test_every_fault_has_a_sentence_and_a_fix_and_undoes_its_map(values, name, fault):
    sound = column(name, values).view.law.knots

    assert fault.looks
    assert fault.fix
    if isinstance(fault.map, Affine | Curve):
        back = fault.map.inverse(fault.map.forward(sound))
        np.testing.assert_allclose(back, sound, rtol=1e-6, atol=1e-6)


def test_a_fahrenheit_thermometer_read_in_celsius():
    """(F - 32) / 1.8, from the definition of the scales."""
    fault = found("temp", "raw")["unit", "degF_degC"]

    np.testing.assert_allclose(fault.map.forward(np.array([32.0, 212.0])), [0.0, 100.0], atol=1e-12)
    assert "degC" in fault.looks


def test_a_scaled_topic_sees_a_unit_between_two_scalings():
    """Back to x = z scale + mean, times 1000, and scaled again."""
    own = column("temp", "scaled")
    gain, offset = own.view.scaler.parameters.affine()
    fault = found("temp", "scaled")["unit", "x1000"]
    x = 71.3

    assert fault.map.forward(np.array([gain * x + offset]))[0] == pytest.approx(
        gain * 1000 * x + offset
    )


def test_another_version_of_the_scaler_is_named_with_its_parameters():
    fault = found("temp", "scaled")["scaler_version", "0"]

    assert fault.figures.version == "0"
    assert (fault.figures.mean, fault.figures.scale) == (40.0, 9.0)


def test_what_training_rules_out_is_not_in_the_catalogue():
    """No logarithm of values that were negative, no swap or scaler of the feature itself."""
    causes = {cause for cause, _ in found("lag", "raw")}

    assert "log_extra" not in causes
    assert all(f.feature != "lag" for f in found("lag", "scaled").values())


@pytest.mark.parametrize(
    ("unit", "says"), [("degF", "too large for degF"), (None, "1,000 times too large")]
)
def test_the_unit_of_the_file_is_in_the_words(unit, says):
    scaler = fitted(COLUMNS)
    feature = scaler.features["temp"]
    own = FeatureScaler(parameters=feature.parameters, unit=unit, reference=feature.reference)
    views = {"temp": view_of("temp", own, "raw")}
    faults = catalogue(Column(view=views["temp"], views=views))
    thousand = next(f for f in faults if f.variant == "x1000")

    assert says in thousand.looks


def test_a_file_that_names_another_temperature_unit_makes_the_map_unlikely():
    scaler = fitted(COLUMNS)
    feature = scaler.features["temp"]

    def prior(unit):
        own = FeatureScaler(parameters=feature.parameters, unit=unit, reference=feature.reference)
        views = {"temp": view_of("temp", own, "raw")}
        faults = catalogue(Column(view=views["temp"], views=views))
        return next(f.prior for f in faults if f.variant == "degC_degF")

    assert prior("degF") < prior(None) < prior("degC")


@pytest.mark.parametrize(
    ("unit", "variant", "more"),
    [("mile", "mile_km", True), ("km", "km_mile", True), ("km", "mile_km", False)],
)
def test_a_file_that_names_the_unit_makes_maps_from_it_likelier(unit, variant, more):
    def prior(unit):
        own = replace(fitted(COLUMNS).features["temp"], unit=unit)
        views = {"temp": view_of("temp", own, "raw")}
        faults = catalogue(Column(view=views["temp"], views=views))
        return next(f.prior for f in faults if f.variant == variant)

    assert (prior(unit) > prior(None)) == more


@pytest.mark.parametrize(
    ("unit", "left_out", "kept"),
    [
        ("m/s", {"degC_degF", "kelvin_degF", "kg_lb"}, {"knot_kmh", "foot_metre", "mph_ms"}),
        ("degC", {"mile_km", "psi_bar"}, {"degC_degF", "degF_degC", "degC_kelvin"}),
        ("hPa", {"degF_degC", "inch_mm"}, {"inHg_hPa", "mmHg_kPa"}),
        ("USD", {"degF_degC", "knot_ms"}, {"kg_lb"}),
        ("%", {"degF_degC", "mile_km", "degree_radian"}, set()),
        (None, set(), {"degC_degF", "mile_km", "psi_bar"}),
        ("ms", set(), {"knot_ms", "degC_degF", "mile_km"}),
        ("widgets", set(), {"degC_degF", "mile_km"}),
    ],
)
def test_a_unit_of_what_the_files_unit_does_not_measure_is_not_in_the_catalogue(
    unit, left_out, kept
):
    """No metres a second become degrees; what the file does not say, or says unclearly, stays."""
    feature = fitted(COLUMNS).features["temp"]
    own = FeatureScaler(parameters=feature.parameters, unit=unit, reference=feature.reference)
    views = {"temp": view_of("temp", own, "raw")}
    variants = {f.variant for f in catalogue(Column(view=views["temp"], views=views))}

    assert not variants & left_out
    assert kept | {"x1000", "/60"} <= variants


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (Affine(1.0, 3.0), "live ≈ training + 3"),
        (Affine(-1.0, 0.0), "live ≈ -training"),
        (Affine(0.001, 0.0), "live ≈ training / 1,000"),
        (Affine(1.8, 32.0), "live ≈ 1.8 × training + 32"),  # noqa: RUF001 - as people write it
        (Affine(2.0, 8e-16), "live ≈ 2 × training"),  # noqa: RUF001 - an offset of mere arithmetic
    ],
)
def test_a_map_in_figures(one, text):
    assert formula(one) == text


def test_binary_logarithms_are_in_the_catalogue():
    """log2(8) = 3, and back."""
    fault = found("fare", "raw")["log_extra", "log2"]

    np.testing.assert_allclose(fault.map.forward(np.array([8.0, 32.0])), [3.0, 5.0])
    np.testing.assert_allclose(fault.map.inverse(np.array([3.0, 5.0])), [8.0, 32.0])


def test_other_kinds_of_scaler_before_a_raw_topic_are_in_the_catalogue():
    """Max-abs divides by the largest magnitude, min-max takes the ends to 0 and 1."""
    x = COLUMNS["temp"]
    raw = found("temp", "raw")

    assert raw["double_scaling", "maxabs"].map.forward(np.array([np.abs(x).max()])) == [1.0]
    ends = raw["double_scaling", "minmax"].map.forward(np.array([x.min(), x.max()]))
    np.testing.assert_allclose(ends, [0.0, 1.0], atol=1e-12)
    assert raw["double_scaling", "robust"].estimated


def logged(values, before="log1p"):
    """A feature that training took the logarithm of, and a version with other parameters."""
    own = fitted({"fare": np.log1p(COLUMNS["fare"])}).features["fare"]
    reference = fitted({"fare": COLUMNS["fare"]}).features["fare"].reference
    scaler = FeatureScaler(parameters=own.parameters, before="log1p", reference=reference)
    other = FeatureScaler(parameters=StandardParameters(mean=2.0, scale=0.5), before=before)
    version = Scaler(name="fares", version="7", kind="standard", features={"fare": other})
    views = {"fare": view_of("fare", scaler, values)}
    faults = catalogue(Column(view=views["fare"], views=views, versions=(version,)))
    return scaler, {(f.cause, f.variant): f for f in faults}


@pytest.mark.parametrize(
    ("before", "expected"), [("log1p", (np.log1p(19.0) - 2) / 0.5), (None, (19.0 - 2) / 0.5)]
)
def test_another_version_of_a_scaler_after_a_logarithm(before, expected):
    """The version's own formula, with its own transformation before it."""
    scaler, faults = logged("scaled", before)
    z = scaler.transform(np.array([19.0]))

    assert faults["scaler_version", "7"].map.forward(z) == pytest.approx([expected])
    assert faults["scaler_version", "7"].map.inverse(np.array([expected])) == pytest.approx(z)


def test_scaling_may_fail_alone_where_a_logarithm_comes_before_it():
    scaler, faults = logged("scaled")
    mean, scale = scaler.parameters.mean, scaler.parameters.scale
    z = (np.log1p(19.0) - mean) / scale

    assert faults["unscaled", "log1p"].map.forward(z) == pytest.approx(np.log1p(19.0))
    assert faults["double_scaling", "log1p"].map.forward(z) == pytest.approx((z - mean) / scale)


def test_a_version_before_a_raw_topic_applies_its_own_logarithm():
    _, faults = logged("raw")

    scaled = faults["double_scaling", "older_scaler"].map.forward(np.array([19.0]))
    assert scaled == pytest.approx([(np.log1p(19.0) - 2) / 0.5])
