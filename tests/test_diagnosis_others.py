"""The other features of a model, seen from one of them."""

import gc

import numpy as np
import pytest

from detector.detection.diagnosis.catalogue import catalogue_of, image, images
from detector.detection.diagnosis.others import Others, arriving, levels, middles
from detector.detection.faults import Column, catalogue
from detector.detection.faults.columns import swapped_values
from detector.detection.view import view_of
from tests.streams import fitted, rng

TRAINING = {
    "price": np.round(rng(1).lognormal(3, 0.8, 600), 2),
    "temp": np.round(rng(2).normal(12, 8, 600), 1),
    "time": rng(3).gamma(3, 140, 600),
}


def column(values):
    scaler = fitted(TRAINING)
    views = {name: view_of(name, one, values) for name, one in scaler.features.items()}
    return Column(view=views["temp"], views=views)


@pytest.mark.parametrize("values", ["raw", "scaled"])
def test_the_catalogue_holds_what_the_families_name_in_their_order(values):
    """The second method makes every fault and its law at once."""
    own = column(values)
    laws = [
        (fault.cause, fault.variant, np.sort(fault.map.forward(own.view.law.knots)))
        for fault in catalogue(own)
        if fault.map is not None
    ]
    finite = [one for one in laws if np.isfinite(one[2]).all()]

    made = catalogue_of(own)

    for one, (cause, variant, law) in zip(made, finite, strict=True):
        assert (one.fault.cause, one.fault.variant) == (cause, variant)
        assert np.array_equal(one.law, law)
    assert len(made.lines.places) + len(made.curves) == len(made)


def test_levels_of_another_scaler_are_those_of_its_law():
    made = catalogue_of(column("scaled"))
    places, expected = made.by_others

    assert [made[i].fault.feature for i in places] == ["price", "time"]
    for i, row in zip(places, expected, strict=True):
        assert np.array_equal(levels(made[i].law), row)


@pytest.mark.parametrize("values", ["raw", "scaled"])
def test_the_middle_of_a_few_values_is_their_median_in_the_other_place(values):
    own = column(values)
    others = Others(own.views)
    few = np.array([[0.3, 0.1, 0.2], [0.5, 0.1, np.nan], [0.7, np.nan, np.nan]])

    found = middles(own.view, others.raw(few))

    for view, row, middle in zip(own.views.values(), few, found, strict=True):
        assert middle == np.median(swapped_values(own.view, view, row[~np.isnan(row)]))
    assert np.isnan(middles(own.view, np.full((3, 3), np.nan))).all()


def test_ends_are_those_of_each_law_in_the_other_place():
    own = column("scaled")

    ends = arriving(own.view, Others(own.views).ends)

    for view, row in zip(own.views.values(), ends, strict=True):
        law = np.sort(swapped_values(own.view, view, view.law.knots))
        assert [row[0], row[-1]] == [law[0], law[-1]]
        assert np.array_equal(row[1:-1], levels(law))


@pytest.mark.parametrize("values", ["raw", "scaled"])
def test_images_made_at_once_are_those_made_one_by_one(values):
    """Of any ascending sample, ascending, whichever way a map turns it."""
    maps = [one.map for one in catalogue_of(column(values))]
    sample = np.sort(rng(4).normal(3.0, 2.0, 50))

    with np.errstate(all="ignore"):
        for one, made in zip(maps, images(maps, sample), strict=True):
            assert np.array_equal(made, image(one, sample), equal_nan=True)


def test_a_catalogue_is_no_work_for_garbage_collection():
    """Models of hundreds of features keep hundreds of suspects for each."""
    for one in catalogue_of(column("raw")):
        assert not any(map(gc.is_tracked, (one, one.fault, one.map, one.law)))
