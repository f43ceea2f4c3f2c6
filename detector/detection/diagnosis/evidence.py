"""What a diagnosis foretells beside what arrived: two tables of quantiles that a reader can
compare.

Everything is found again from the diagnosis and the records, so a later event, or another process
that went on with the episode, shows the evidence as it is then.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec
import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.explain import known
from detector.detection.diagnosis.sample import ENOUGH_BEFORE, Sample
from detector.detection.faults import Affine, Column, Curve, Fault, OneWay, rounding
from detector.detection.faults.columns import swapped_values
from detector.detection.figures import law_table, quantile_table
from detector.detection.view import View
from detector.events import Diagnosis, Evidence, Transform

_NEVER = ("unknown", "refit_on_live")  # nothing is foretold, or nothing that quantiles show
_FOUND = ("offset", "gain", "scaler_version")  # maps that no catalogue holds
Before = Callable[[str], FloatArray]


@dataclass(frozen=True, slots=True)
class _Base:
    """Sound values of equal weight in the order of their size or of the records, shape (k,).

    shown: whether the event has to show them: they are not training's.
    """

    values: FloatArray
    shown: bool


def evidence(
    found: Diagnosis, column: Column, faults: Iterable[Fault], seen: Sample, before: Before
) -> Evidence | None:
    """The tables for *found*; None where there is nothing to compare.

    faults: the feature's catalogue.
    before: valid values of another feature of the model in the records before the onset.
    """
    if found.cause in _NEVER or not len(seen.since):
        return None
    figures = found.transform or Transform()
    if found.cause == "stuck_value" and figures.constant is not None:
        return _of_all(seen.since, np.full(1, figures.constant), None)
    if found.cause == "column_swap":
        return _swapped(column, figures, seen, before)
    untouched = _untouched(found, figures)
    if untouched is not None:
        return _of_others(column, seen, untouched)
    forward = map_of(found, column, faults)
    if forward is None:
        return None
    bases = _bases(column.view, seen)
    if found.cause == "distribution_shift":
        bases = bases[:1]  # its figures are against training
    tables = [
        _of_all(seen.since, _mixed(base.values, forward, figures.share), base) for base in bases
    ]
    return _closest(tables)


def map_of(
    found: Diagnosis, column: Column, faults: Iterable[Fault]
) -> Affine | Curve | OneWay | None:
    """The map from sound values of the topic to what the diagnosis says arrives; None: it has
    none.
    """
    figures = found.transform or Transform()
    if found.cause == "distribution_shift":
        return _moved(column.view, figures) if found.variant is None else None
    if found.cause == "precision":
        return _cut(column, found, figures)
    own = [one for one in faults if (one.cause, one.variant) == (found.cause, found.variant)]
    plain = msgspec.structs.replace(figures, share=None)
    same = [one for one in own if known(one.figures) == plain]
    for one in same or own[:1]:
        return one.map
    if found.cause in _FOUND and figures.gain is not None and figures.offset is not None:
        return Affine(figures.gain, figures.offset)
    return None


def _moved(view: View, figures: Transform) -> Affine | None:
    if figures.shift is None or figures.scale is None:
        return None
    centre, spread = view.centre or 0.0, view.spread or 1.0
    return Affine(figures.scale, centre * (1 - figures.scale) + figures.shift * spread)


def _cut(column: Column, found: Diagnosis, figures: Transform) -> Affine | Curve | OneWay | None:
    variant = found.variant or ""
    if variant.startswith("float"):
        return Affine(1.0, 0.0)
    if variant.startswith("significant_"):
        return rounding.significant(column, int(variant.rpartition("_")[2])).map
    scaled = variant.endswith("_after_scaling")
    decimals = figures.decimals
    ways = [] if decimals is None else rounding.rounded(column, decimals, scaled=scaled)
    return next((one.map for one in ways if one.variant == found.variant), None)


def _untouched(found: Diagnosis, figures: Transform) -> Callable[[FloatArray], FloatArray] | None:
    """Which values the fault leaves alone, for the faults that do; else None."""
    match found.cause:
        case "missing_values" | "invalid_values":
            return lambda values: values
        case "imputed_constant" if figures.constant is not None:
            constant = figures.constant
            return lambda values: values[values != constant]
        case "clipping":
            low = -np.inf if figures.lower is None else figures.lower
            high = np.inf if figures.upper is None else figures.upper
            return lambda values: values[(values > low) & (values < high)]
        case _:
            return None


def _of_others(
    column: Column, seen: Sample, untouched: Callable[[FloatArray], FloatArray]
) -> Evidence | None:
    live = untouched(seen.since)
    tables = [
        _of_all(live, untouched(base.values), base, of="others")
        for base in _bases(column.view, seen)
    ]
    return _closest(tables)


def _swapped(column: Column, figures: Transform, seen: Sample, before: Before) -> Evidence | None:
    """What the other feature would look like in this place."""
    other = column.views.get(figures.feature or "")
    if other is None:
        return None
    laws = [] if other.law is None else [_Base(other.law.knots, shown=False)]
    recent = before(other.name)
    laws += [_Base(recent, shown=True)] if len(recent) >= ENOUGH_BEFORE else []
    tables = []
    for law in laws:
        image = swapped_values(column.view, other, law.values)
        tables.append(_of_all(seen.since, image, _Base(image, shown=law.shown)))
    return _closest(tables)


def _bases(view: View, seen: Sample) -> list[_Base]:
    """Training's law, and the records before the onset where there are enough."""
    bases = [] if view.law is None else [_Base(view.law.knots, shown=False)]
    if len(seen.before) >= ENOUGH_BEFORE:
        bases.append(_Base(seen.before, shown=True))
    return bases


def _mixed(base: FloatArray, forward: Affine | Curve | OneWay, share: float | None) -> FloatArray:
    """What arrives for *base* where the map reaches a *share* of the records; None: all."""
    image = forward.forward(base)
    if share is None or not 0 < share < 1:
        return image
    whole = 100  # parts: shares are told to a percent
    parts = min(max(round(whole * share), 1), whole - 1)
    return np.concatenate((np.tile(image, parts), np.tile(base, whole - parts)))


def _of_all(
    live: FloatArray, expected: FloatArray, base: _Base | None, of: str = "all"
) -> Evidence | None:
    if not (len(live) and len(expected)):
        return None
    told, arrived = law_table(expected), quantile_table(live)
    before = law_table(base.values) if base is not None and base.shown else None
    if told is None or arrived is None or (base is not None and base.shown and before is None):
        return None
    return Evidence(
        of=of,  # type: ignore[arg-type]  # one of the two
        count=len(live),
        before=before,
        expected=told,
        live=arrived,
    )


def _closest(tables: Iterable[Evidence | None]) -> Evidence | None:
    """Training's table, unless that of the records before is twice as close."""
    return min((one for one in tables if one is not None), key=_distance, default=None)


def _distance(one: Evidence) -> float:
    expected, live = one.expected or {}, one.live or {}
    distance = sum(abs(expected[q] - live[q]) for q in expected)
    return distance if one.before is None else 2 * distance
