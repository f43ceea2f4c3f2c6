"""What watches a feature, in words."""

from dataclasses import replace

import numpy as np
import pytest

from detector.detection import FeatureSettings, FeatureTests, describe
from detector.scaler import FeatureScaler, Scaler
from tests.streams import (
    IDENTITY,
    MAXABS,
    MINMAX,
    ROBUST,
    STANDARD,
    bare,
    detector,
    fitted,
    model,
    normal,
    rng,
)

BARE = bare(mean=STANDARD, median=ROBUST, range=MINMAX, peak=MAXABS, free=IDENTITY)


def described(scaler: Scaler, **features: FeatureSettings) -> dict[str, FeatureTests]:
    return {own.feature: own for own in describe(model(scaler, features))}


def promised(own: FeatureTests) -> dict[str, bool]:
    return {test.name: test.promised for test in own.tests}


@pytest.mark.parametrize(
    ("feature", "name"),
    [
        ("mean", "shift and upward spread"),
        ("median", "median and quartiles"),
        ("range", "range"),
        ("peak", "range"),
    ],
)
def test_a_scaler_alone_has_a_test_of_its_own_inside_the_promise(feature, name):
    own = described(BARE)[feature]

    assert promised(own)[name]
    assert not promised(own)["change"]
    assert not promised(own)["missing"]
    assert "detector fit" in own.hints[0]


def test_of_an_identity_feature_only_change_and_quality_are_watched_and_it_is_said():
    own = described(BARE)["free"]

    assert set(promised(own)) == {"change", "missing", "invalid", "constant"}
    assert not any(promised(own).values())
    assert "nothing is known of training" in own.hints[0]


def test_a_fitted_feature_is_watched_inside_the_promise_altogether_and_needs_no_hint():
    own = described(fitted({"x": normal(2000, 1).round(1)}))["x"]

    assert promised(own) == dict.fromkeys(
        ["departure", "missing", "invalid", "precision", "constant"], True
    )
    assert own.hints == ()


def test_what_a_reference_lacks_is_named():
    feature = fitted({"x": normal(2000, 1).round(1)}).features["x"]
    assert feature.reference is not None
    bald = replace(
        feature.reference, decimals=None, coarser=(), longest_run=None, missing_rate=None
    )
    scaler = replace(BARE, features={"x": replace(feature, reference=bald)}, digest="")

    own = described(scaler)["x"]

    assert own.hints == ("the reference does not say: decimals, missing_rate, longest_run",)
    assert "precision" not in promised(own)
    assert not promised(own)["missing"]


def test_a_feature_that_hardly_varies_has_no_test_for_a_stuck_value():
    rare = (rng(3).random(3000) < 0.004).astype(float)

    assert "constant" not in promised(described(fitted({"x": rare}))["x"])


def test_an_accepted_change_of_precision_is_still_watched():
    """At the decimals that the user accepts."""
    scaler = fitted({"x": normal(2000, 1).round(1)})

    assert "precision" in promised(described(scaler, x=FeatureSettings(accept_decimals=2))["x"])


def test_status_lists_the_tests_that_check_describes():
    scaler = fitted({"x": normal(2000, 1).round(1)})
    status = detector(model(scaler)).status("fares")

    assert [s.tests for s in status] == [tuple(t.name for t in described(scaler)["x"].tests)]


def test_every_test_says_in_a_few_words_what_it_asks():
    features = {**BARE.features, **fitted({"x": normal(500, 1)}).features}
    scaler = Scaler(name="m", version="1", kind="standard", features=features)

    for own in described(scaler).values():
        for test in own.tests:
            assert 10 < len(test.words) < 100


def test_a_feature_whose_reference_is_unusable_falls_back_on_its_scaler():
    """A scaled topic behind a logarithm of zero: no law on it, so the parameters speak."""
    feature = fitted({"x": normal(500, 1)}).features["x"]
    assert feature.reference is not None
    quantiles = feature.reference.quantiles - feature.reference.quantiles[0]
    zeros = replace(feature.reference, quantiles=quantiles, min=0.0)
    logged = FeatureScaler(parameters=STANDARD, before="log", reference=zeros)
    scaler = Scaler(name="m", version="1", kind="standard", features={"x": logged})

    (own,) = describe(model(scaler, values="scaled"))

    assert "shift and upward spread" in promised(own)


def test_a_reference_without_any_spread_is_no_law():
    """Two equal quantiles written by hand: nothing to measure a departure by."""
    feature = fitted({"x": normal(500, 1)}).features["x"]
    assert feature.reference is not None
    flat = replace(
        feature.reference, quantiles=np.full(500, 3.0), mean=None, std=None, min=None, max=None
    )
    scaler = replace(BARE, features={"x": replace(feature, reference=flat)}, digest="")

    assert "change" in promised(described(scaler)["x"])
