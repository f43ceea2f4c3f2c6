"""The digest covers what changes a prediction; the meaning digest covers the whole file."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from detector.scaler import (
    FeatureScaler,
    MinMaxParameters,
    PhaseLaw,
    Phases,
    Reference,
    Scaler,
    StandardParameters,
)
from detector.scaler.digest import meaning_digest

LAW = Reference(count=4, probabilities=np.array([0.25, 0.75]), quantiles=np.array([1.0, 2.0]))
TEMP = FeatureScaler(parameters=StandardParameters(mean=55.0, scale=17.5), unit="degF")
DIST = FeatureScaler(parameters=MinMaxParameters(data_min=0.0, data_max=5.0), before="log1p")


def scaler(**features):
    return Scaler(name="a", version="1", kind="standard", features=features)


def test_digest_is_that_of_a_text_written_by_hand():
    """The documented form: sorted, defaults filled in, whole numbers without a point."""
    text = (
        '{"features":{"dist":{"before":"log1p","clip":false,"data_max":5,"data_min":0,'
        '"feature_range":[0,1],"kind":"minmax"},'
        '"temp":{"before":null,"kind":"standard","mean":55,"scale":17.5}}}'
    )

    assert scaler(temp=TEMP, dist=DIST).digest == (
        "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    )


def test_digest_does_not_know_names_units_references_or_order():
    plain = scaler(temp=TEMP, dist=DIST)
    dressed = Scaler(
        name="b",
        version="2",
        kind="minmax",
        features={"dist": DIST, "temp": replace(TEMP, unit="degC", reference=LAW)},
        created_at="2026-11-20T09:30:00Z",
        source={"rows": 3},
    )

    assert dressed.digest == plain.digest


@pytest.mark.parametrize(
    "other",
    [
        replace(TEMP, before="sqrt"),
        replace(TEMP, parameters=StandardParameters(mean=55.0, scale=np.nextafter(17.5, 18))),
        DIST,
    ],
)
def test_digest_changes_with_what_changes_a_prediction(other):
    assert scaler(temp=other).digest != scaler(temp=TEMP).digest


def test_minus_zero_is_zero():
    zeros = [
        scaler(a=FeatureScaler(parameters=StandardParameters(mean=zero, scale=1.0)))
        for zero in (0.0, -0.0)
    ]

    assert zeros[0].digest == zeros[1].digest
    assert meaning_digest(zeros[0]) == meaning_digest(zeros[1])


def test_meaning_knows_names_units_and_references():
    moved = replace(LAW, quantiles=np.array([1.0, 2.5]))
    variants = [
        scaler(temp=TEMP),
        scaler(temp=replace(TEMP, unit="degC")),
        scaler(temp=replace(TEMP, reference=LAW)),
        scaler(temp=replace(TEMP, reference=moved)),
        scaler(temp=replace(TEMP, reference=replace(LAW, decimals=1))),
        scaler(temp=replace(TEMP, reference=replace(LAW, atoms=((1.0, 0.5),)))),
        replace(scaler(temp=TEMP), version="2"),
    ]

    assert len({meaning_digest(variant) for variant in variants}) == len(variants)


def test_meaning_knows_the_laws_by_phase_and_the_digest_does_not():
    law = PhaseLaw(count=2, probabilities=LAW.probabilities, quantiles=LAW.quantiles)
    phases = Phases(by="day_of_week", table=(0, 0, 0, 0, 0, 1, 1), laws=(law, law))
    variants = [
        scaler(temp=replace(TEMP, reference=replace(LAW, phases=variant)))
        for variant in (
            None,
            phases,
            replace(phases, table=(0, 0, 0, 0, 0, 0, 1)),
            replace(phases, laws=(law, replace(law, count=3))),
            replace(phases, laws=(law, replace(law, quantiles=np.array([1.0, 2.5])))),
            replace(phases, by="hour_of_day", table=(0, 1) * 12),
        )
    ]

    assert len({meaning_digest(variant) for variant in variants}) == len(variants)
    assert len({variant.digest for variant in variants}) == 1


def test_meaning_does_not_know_the_date_or_the_source():
    dated = replace(scaler(temp=TEMP), created_at="2026-11-20T09:30:00Z", source={"rows": 3})

    assert meaning_digest(dated) == meaning_digest(scaler(temp=TEMP))
