"""What an event says in words: the user's feature, unit and numbers, and what to do."""

import re
from dataclasses import replace

import numpy as np
import pytest

from detector.detection.diagnosis.explain import explained, restated
from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.posterior import Verdict
from detector.detection.diagnosis.sample import Sample
from detector.detection.faults import (
    Column,
    bounds,
    catalogue,
    constants,
    exact,
    nature,
    quality,
    refit,
    rounding,
)
from detector.detection.view import view_of
from detector.scaler import FeatureScaler, Scaler, StandardParameters
from tests.streams import fitted, rng

COLUMNS = {
    "temp": np.round(rng(1).normal(55.0, 17.0, 2000), 1),
    "price": np.round(rng(2).lognormal(3.0, 0.7, 2000), 2),
    "share": rng(3).beta(2.0, 400.0, 2000),
    "clicks": rng(4).poisson(3e5, 2000).astype(float),
}
UNITS = {"temp": "degF", "price": "USD"}
OLDER = Scaler(
    name="fares",
    version="2",
    kind="standard",
    features={
        n: FeatureScaler(parameters=StandardParameters(mean=40.0, scale=9.0)) for n in COLUMNS
    },
)


def columns(values, units=UNITS):
    scalers = {
        name: replace(own, unit=units.get(name)) for name, own in fitted(COLUMNS).features.items()
    }
    views = {name: view_of(name, own, values) for name, own in scalers.items()}
    return {n: Column(view=view, views=views, versions=(OLDER,)) for n, view in views.items()}


def sample(since, before=()):
    since = np.asarray(since, np.float64)
    before = np.asarray(before, np.float64)
    return Sample(since=since, before=before, records=len(since), missing=0, invalid=0)


def said(column, fault, *, share=1.0, since=None, before=()):
    """The diagnosis of *column* by a verdict of *fault*."""
    if since is None:
        law = column.view.law.knots
        since = law if fault.map is None else fault.map.forward(law)
    verdict = Verdict(Scored(fault=fault, score=0.0, share=share), 0.97, (), ())
    return explained(column, verdict, sample(since, before))


def measured(column):
    """The faults that need figures from live values, with some."""
    law = column.view.law
    yield from (
        bounds.clipped(column, law.knots[50], None, prior=0),
        bounds.clipped(column, None, law.knots[-50], prior=0),
        bounds.clipped(column, law.knots[50], law.knots[-50], prior=0),
        constants.imputed(column, 0.0, 0.004, prior=0),
        constants.imputed(column, law.mean, 0.3, prior=0),
        constants.stuck(column, law.high, 40),
        *(one for decimals in (0, 1, 2) for one in rounding.rounded(column, decimals)),
        rounding.stored(column, 32),
        exact.offset(column, 0.1 * law.std, prior=0),
        exact.gain(column, 1.7, 0.2 * law.std, prior=0),
        quality.missing(column, 0.37),
        quality.invalid(column, 0.0004),
        refit.refit(column, 50),
        nature.shift(column, 1.2, law.std, prior=0),
        nature.reshaped(column, 0.3, 1.1, prior=0),
    )


ALL = [
    pytest.param(column, fault, id=f"{values}-{name}-{i}-{fault.cause}-{fault.variant}")
    for values in ("raw", "scaled")
    for name, column in columns(values).items()
    for i, fault in enumerate([*catalogue(column), *measured(column)])
]


@pytest.mark.parametrize(("column", "fault"), ALL)
def test_every_sentence_has_the_feature_and_numbers_that_people_read(column, fault):
    """At most six significant digits but for a value as it was sent; no share of nothing."""
    found = said(column, fault)

    assert found.explanation.startswith(f"{column.name} ")
    assert re.search(r"\d", found.explanation) or "whole numbers" in found.explanation
    assert len(found.explanation) <= 250
    assert found.fix is not None
    assert len(found.fix) <= 160
    for text in (found.explanation, found.fix):
        assert not re.search(r"None|nan|inf\b|e\+|\b0% of the records\b|\d{12}|: -0\b", text)


OWN = f"{COLUMNS['temp'].mean():.4g}) / {COLUMNS['temp'].std():.4g}"  # as a scaler divides
MEDIAN = np.median(COLUMNS["price"])
SENTENCES = {
    ("raw", "temp", "unit", "degF_degC"): (
        "temp looks like degC where training had degF: live ≈ 0.5556 × training - 17.78 ("  # noqa: RUF001 - the sign of multiplication
    ),
    ("raw", "temp", "unit", "x1000"): "temp is 1,000 times too large for degF: live",
    ("raw", "share", "unit", "/100"): (
        "share is 100 times too small (shares for percent, whole amounts for cents?)"
    ),
    ("raw", "price", "unit", "mile_km"): (
        "price is 1.609 times too large for USD, as where miles become km"
    ),
    ("scaled", "temp", "unit", "degC_kelvin"): "before scaling, live ≈ training + 273.1",
    ("scaled", "temp", "scaler_version", "2"): (
        "temp is scaled by version 2 of the scaler: live ≈ (raw - 40) / 9, where (raw -"
        f" {OWN} belongs"
    ),
    ("raw", "temp", "double_scaling", "already_scaled"): f"live ≈ (training - {OWN} (",
    ("raw", "price", "log_extra", "log1p"): (
        "price looks like the log1p of training's values (training's median,"
        f" {MEDIAN:.4g} USD, becomes {np.log1p(MEDIAN):.4f}"[:-2]
    ),
}


@pytest.mark.parametrize(("which", "sentence"), SENTENCES.items())
def test_sentences(which, sentence):
    """Means, deviations and medians are numpy's, of the training column."""
    values, name, *key = which
    column = columns(values)[name]
    fault = next(f for f in catalogue(column) if [f.cause, f.variant] == key)

    assert sentence in said(column, fault).explanation


@pytest.mark.parametrize(
    ("variant", "way"),
    [
        ("x1000", "divide by 1,000"),
        ("/100", "multiply by 100"),
        ("degF_degC", "multiply by 1.8, then add 32"),
        ("degC_degF", "subtract 32, then divide by 1.8"),
        ("degC_kelvin", "subtract 273.15"),
        ("kelvin_degC", "add 273.15"),
        ("degF_kelvin", "multiply by 1.8, then subtract 459.67"),
    ],
)
def test_the_fix_of_a_unit_is_the_way_back(variant, way):
    column = columns("raw")["temp"]
    fault = next(f for f in catalogue(column) if f.variant == variant)

    assert f"({way})" in fault.fix


def test_a_unit_of_the_file_is_a_name_and_a_factor_without_one_a_guess():
    def looks(unit):
        column = columns("raw", {"price": unit})["price"]
        return next(f.looks for f in catalogue(column) if f.variant == "mile_km")

    assert looks("mi") == "looks like km where training had miles"
    assert looks(None) == "is 1.609 times too large, as where miles become km"


def test_a_share_of_the_records_is_told_and_what_is_common_to_all_is_not():
    column = columns("raw")["temp"]
    fault = next(f for f in catalogue(column) if f.variant == "x1000")

    assert said(column, fault, share=0.1).explanation == (
        "temp is 1,000 times too large for degF, in about 10% of the records:"
        " live ≈ 1,000 × training"  # noqa: RUF001 - the sign of multiplication
    )


def test_a_path_is_explained_by_where_it_came_from():
    """It was at 30 before the onset, which makes -1.1; training's median makes another value."""
    column = columns("raw")["temp"]
    fault = next(f for f in catalogue(column) if f.variant == "degF_degC")

    text = said(column, fault, since=np.full(9, -1.0), before=np.full(40, 30.0)).explanation

    assert "the median just before, 30 degF, becomes -1.111; the live one is -1" in text


def test_a_constant_of_a_scaled_topic_is_told_as_a_raw_value_too():
    column = columns("scaled")["temp"]
    raw = COLUMNS["temp"].mean() + 2 * COLUMNS["temp"].std()

    assert constants.stuck(column, 2.0, 40).looks == (
        f"is stuck at 2 (scaled; raw: {raw:.4g} degF) for 40 values in a row, where training had"
        " 2 at most"
    )
    assert "exactly 0, the mean of training," in constants.imputed(column, 0.0, 0.1, prior=0).looks


def test_a_natural_change_is_told_by_what_the_values_are_not_by_the_law_that_explains_them():
    """Nothing moved since the records before, which had left training already."""
    column = columns("raw")["temp"]
    law = column.view.law
    nothing = nature.shift(column, 1.0, 0.0, prior=0)
    seen = sample(np.linspace(-1, 1, 101) * 2.0 * law.std * np.sqrt(3) + law.mean + 1.5 * law.std)

    verdict = restated(column, Verdict(Scored(fault=nothing, score=0.0), 0.9, (), ()), seen)

    assert verdict.best.fault.figures.shift == pytest.approx(1.5, rel=0.01)
    assert verdict.best.fault.figures.scale == pytest.approx(2.0, rel=0.03)
    assert f"up by {1.5 * law.std:.3g} degF (1.5 training scales)" in verdict.best.fault.looks


def test_of_a_few_values_no_spread_is_told():
    column = columns("raw")["temp"]
    nothing = nature.shift(column, 1.0, 0.0, prior=0)

    verdict = restated(
        column, Verdict(Scored(fault=nothing, score=0.0), 0.9, (), ()), sample([90.0, 90.1, 90.2])
    )

    assert "spreads" not in verdict.best.fault.looks


def test_equal_explanations_are_listed_by_variant_or_by_cause():
    column = columns("scaled")["temp"]
    flips = [f for f in catalogue(column) if f.cause == "sign_flip"]
    verdict = Verdict(
        Scored(fault=flips[1], score=0.0), 0.9, (), (Scored(fault=flips[0], score=-0.5),)
    )

    text = explained(column, verdict, sample(column.view.law.knots)).explanation

    assert text.endswith("; sign_flip would look the same")
