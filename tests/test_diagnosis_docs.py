"""docs/causes.md has a section for every cause, says the five things about each, and knows every
variant.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from detector.detection.diagnosis import pieces
from detector.detection.faults import (
    Affine,
    Column,
    Fault,
    bounds,
    catalogue,
    nature,
    refit,
    rounding,
)
from detector.detection.view import view_of
from detector.events import Cause, Evidence
from detector.scaler import Before, FeatureScaler, Kind, Scaler, StandardParameters
from tests.streams import fitted, rng

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
PARTS = ("Where", "Looks like", "Confused with", "Confirm", "Fix")
COLUMNS = {
    "positive": rng(1).lognormal(1.0, 0.4, 500),
    "signed": rng(2).normal(0.5, 3.0, 500),
    "zeros": np.maximum(rng(3).normal(1.0, 1.0, 500), 0.0),
}
VERSION = Scaler(
    name="fares",
    version="7",
    kind="standard",
    features={
        n: FeatureScaler(parameters=StandardParameters(mean=4.0, scale=3.0)) for n in COLUMNS
    },
)
NAMED_BY = {"7": "version", **dict.fromkeys(COLUMNS, "the other feature")}  # by what they vary


def columns(kind: Kind, before: Before | None) -> Iterator[Column]:
    """Every column of every topic, scaled by *kind* after *before*."""
    scalers = {
        name: FeatureScaler(parameters=own.parameters, before=before, reference=own.reference)
        for name, own in fitted(COLUMNS, kind=kind).features.items()
        if before is None or name == "positive"
    }
    for values in ("raw", "scaled"):
        views = {name: view_of(name, own, values) for name, own in scalers.items()}
        for view in views.values():
            yield Column(view=view, views=views, versions=(VERSION,))


def faults() -> Iterator[Fault]:
    """Whatever the catalogue can name, and what has figures that only live values give."""
    kinds: list[tuple[Kind, Before | None]] = [
        *((kind, None) for kind in get_args(Kind)),
        *(("standard", before) for before in get_args(Before)),
    ]
    for kind, before in kinds:
        for column in columns(kind, before):
            yield from catalogue(column)
            yield from rounding.rounded(column, 0)
            yield from rounding.on_pairs(column)
            yield from rounding.rounded(column, 0, scaled=True)
            yield from (rounding.stored(column, bits) for bits in (16, 32))
            yield from (refit.refit(column, None, each) for each in get_args(refit.Kind))
            yield pieces.called(column, Affine(1 / 7, -1.0), 1e-6)
            yield nature.reshaped(column, 0.0, 1.0, prior=0.0)
            for low, high in ((0.0, None), (None, 1.0), (0.0, 1.0)):
                yield bounds.clipped(column, low, high, prior=0.0)


VARIANTS = sorted({(fault.cause, fault.variant) for fault in faults() if fault.variant is not None})


def test_every_cause_of_the_vocabulary_has_a_section_and_no_other():
    assert sorted(SECTIONS) == sorted(get_args(Cause))


@pytest.mark.parametrize("cause", get_args(Cause))
def test_each_section_says_where_signature_confusion_confirmation_and_fix(cause):
    for part in PARTS:
        assert re.search(rf"^- \*\*{part}\*\*: \S", SECTIONS[cause], re.MULTILINE), part


@pytest.mark.parametrize(("cause", "variant"), VARIANTS)
def test_every_variant_of_a_cause_is_in_its_section(cause, variant):
    """One that is the name of a feature or a version is described instead."""
    if variant in NAMED_BY:
        assert re.search(rf"`variant`[^.;]*{NAMED_BY[variant]}", SECTIONS[cause])
    else:
        assert re.search(rf"`(variant: )?{re.escape(variant)}`", SECTIONS[cause])


def test_units_on_the_page_are_those_of_the_catalogue():
    """Every name between the word Variants and the next item, and no other."""
    listed = re.findall(r"`([^`]+)`", SECTIONS["unit"].split("- **Variants**")[1].split("- **")[0])

    assert sorted(listed) == sorted(variant for cause, variant in VARIANTS if cause == "unit")


@pytest.mark.parametrize("cause", get_args(Cause))
def test_where_a_cause_can_be_named_is_where_the_catalogue_has_it(cause):
    """Raw and scaled topics; causes with figures of live values alone are not in the catalogue."""
    there = {
        column.view.values
        for kind, before in (("standard", None), ("standard", "log1p"))
        for column in columns(kind, before)  # type: ignore[arg-type]  # of the two lists above
        if any(fault.cause == cause for fault in catalogue(column))
    }
    where = SECTIONS[cause].split("**Where**: ")[1].split("\n")[0]

    for values in there:
        assert values in where
    if there == {"scaled"}:
        assert "raw" not in where.split("(")[0]


def test_the_page_explains_every_kind_of_evidence():
    field = next(f for f in Evidence.__annotations__ if f == "of")

    for kind in get_args(Evidence.__annotations__[field]):
        assert f"| `{kind}` |" in PAGE
