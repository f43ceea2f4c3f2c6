"""What differs between two scalers, in words."""

from dataclasses import replace

import numpy as np
from hypothesis import given

from detector.scaler import (
    FeatureScaler,
    IdentityParameters,
    MinMaxParameters,
    PhaseLaw,
    Phases,
    Reference,
    Scaler,
    StandardParameters,
)
from detector.scaler.diff import differences
from tests.scalers import scalers

LAW = Reference(
    count=4, probabilities=np.array([0.25, 0.75]), quantiles=np.array([1.0, 2.0]), decimals=1
)
TEMP = FeatureScaler(
    parameters=StandardParameters(mean=55.0, scale=10.0), unit="degF", reference=LAW
)


def scaler(**features):
    return Scaler(name="a", version="1", kind="standard", features=features)


@given(scalers)
def test_scaler_does_not_differ_from_itself(one):
    dated = replace(one, created_at="2027-01-01T00:00:00Z", source={"rows": 1})

    assert differences(one, dated) == []


def test_parameters_say_how_far_they_moved_in_scales():
    other = replace(TEMP, parameters=StandardParameters(mean=50.0, scale=10.0))

    lines = differences(scaler(temp=TEMP), scaler(temp=other))

    assert lines == ["temp: mean: 55.0 became 50.0 (-0.5 of the first's scale)"]


def test_features_names_and_versions_that_differ_are_named():
    new = replace(scaler(b=TEMP), version="2")

    lines = differences(scaler(a=TEMP), new)

    assert lines == ["version: 1 became 2", "a: only in the first", "b: only in the second"]


def test_order_of_the_features_does_not_count():
    other = replace(TEMP, unit=None)

    assert differences(scaler(a=TEMP, b=other), scaler(b=other, a=TEMP)) == []


def test_kind_unit_and_before_are_compared():
    other = FeatureScaler(
        parameters=MinMaxParameters(data_min=0.0, data_max=1.0), before="log1p", reference=LAW
    )

    lines = differences(scaler(temp=TEMP), scaler(temp=other))

    assert lines == [
        "temp: kind: standard became minmax",
        "temp: unit: degF became nothing",
        "temp: before: nothing became log1p",
    ]


def test_clip_is_no_distance():
    parameters = MinMaxParameters(data_min=0.0, data_max=2.0)
    old = FeatureScaler(parameters=parameters)
    new = FeatureScaler(parameters=replace(parameters, clip=True, data_max=3.0))

    lines = differences(scaler(a=old), scaler(a=new))

    assert lines == [
        "a: data_max: 2.0 became 3.0 (+0.5 of the first's data range)",
        "a: clip: False became True",
    ]


def test_reference_is_compared_by_figure_and_by_its_largest_move():
    """At 0.75 the second law stands at 5 where the first stood at 2."""
    law = replace(LAW, decimals=None, atoms=((1.0, 0.5),), quantiles=np.array([1.0, 5.0]))

    lines = differences(scaler(temp=TEMP), scaler(temp=replace(TEMP, reference=law)))

    assert lines == [
        "temp: reference.atoms: 0 became 1, or other shares",
        "temp: reference.decimals: 1 became nothing",
        "temp: reference.quantiles: largest move +3, at 0.75",
    ]


def test_laws_on_probabilities_that_do_not_meet_cannot_be_compared():
    law = replace(LAW, probabilities=np.array([0.8, 0.9]))

    lines = differences(scaler(temp=TEMP), scaler(temp=replace(TEMP, reference=law)))

    assert lines == ["temp: reference.quantiles: on other probabilities"]


def test_laws_by_phase_are_compared_by_number_and_by_what_they_say():
    laws = tuple(
        PhaseLaw(count=2, probabilities=LAW.probabilities, quantiles=np.array([1.0, high]))
        for high in (2.0, 3.0)
    )
    weekend = Phases(by="day_of_week", table=(0, 0, 0, 0, 0, 1, 1), laws=laws)
    sunday = replace(weekend, table=(0, 0, 0, 0, 0, 0, 1))
    moved = replace(weekend, laws=laws[::-1])

    def lines(old, new):
        features = [replace(TEMP, reference=replace(LAW, phases=phases)) for phases in (old, new)]
        return differences(*(scaler(temp=feature) for feature in features))

    assert lines(weekend, replace(weekend)) == []
    assert lines(weekend, None) == [
        "temp: reference.phases: 2 laws by day_of_week became nothing",
    ]
    assert lines(weekend, sunday) == [
        "temp: reference.phases: 2 laws by day_of_week, and other phases for them",
    ]
    assert lines(weekend, moved) == [
        "temp: reference.phases: 2 laws by day_of_week, and other laws"
    ]


def test_reference_on_one_side_only_is_named():
    bare = replace(TEMP, reference=None)

    assert differences(scaler(t=TEMP), scaler(t=bare)) == ["t: reference: only in the first"]
    assert differences(scaler(t=bare), scaler(t=TEMP)) == ["t: reference: only in the second"]


def test_identity_features_have_nothing_to_compare():
    one = FeatureScaler(parameters=IdentityParameters())

    assert differences(scaler(a=one), scaler(a=one)) == []
