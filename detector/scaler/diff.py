"""What differs between two scalers, in words."""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from detector.scaler.reference import Phases, Reference
from detector.scaler.scaler import FeatureScaler, Scaler

_ARRAYS = {"probabilities", "quantiles"}


def differences(old: Scaler, new: Scaler) -> list[str]:
    """A line for each difference in meaning; none where the scalers say the same.

    ``created_at`` and ``source`` do not count, nor does the order of the features.
    """
    return [
        *_changed("name", old.name, new.name),
        *_changed("version", old.version, new.version),
        *_features(old, new),
    ]


def _features(old: Scaler, new: Scaler) -> Iterator[str]:
    for name, feature in old.features.items():
        if name in new.features:
            yield from (f"{name}: {line}" for line in _feature(feature, new.features[name]))
        else:
            yield f"{name}: only in the first"
    for name in new.features:
        if name not in old.features:
            yield f"{name}: only in the second"


def _feature(old: FeatureScaler, new: FeatureScaler) -> Iterator[str]:
    yield from _changed("kind", old.kind, new.kind)
    if old.kind == new.kind:
        for field in fields(old.parameters):
            before, after = getattr(old.parameters, field.name), getattr(new.parameters, field.name)
            for line in _changed(field.name, before, after):
                yield line + _in_scales(before, after, old)
    yield from _changed("unit", old.unit, new.unit)
    yield from _changed("before", old.before, new.before)
    if old.reference is None or new.reference is None:
        if (old.reference is None) != (new.reference is None):
            where = "second" if old.reference is None else "first"
            yield f"reference: only in the {where}"
        return
    yield from _reference(old.reference, new.reference)


def _in_scales(before: object, after: object, old: FeatureScaler) -> str:
    """How large a difference is in the first scaler's spread, where that means something."""
    spread = old.parameters.spread
    if spread is None or not isinstance(before, float) or not isinstance(after, float):
        return ""
    return f" ({(after - before) / spread:+.3g} of the first's {_spread_name(old)})"


def _spread_name(feature: FeatureScaler) -> str:
    names = {"minmax": "data range", "maxabs": "max_abs"}
    return names.get(feature.kind, "scale")


def _reference(old: Reference, new: Reference) -> Iterator[str]:
    for field in fields(Reference):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name == "atoms":
            if before != after:
                yield f"reference.atoms: {len(before)} became {len(after)}, or other shares"
        elif field.name == "coarser":
            yield from _changed("reference.coarser", _lattices(old), _lattices(new))
        elif field.name == "phases":
            yield from _phases(old.phases, new.phases)
        elif field.name not in _ARRAYS:
            yield from _changed(f"reference.{field.name}", before, after)
    yield from _quantiles(old, new)


def _lattices(reference: Reference) -> str:
    """The shares of values that stand on coarser lattices, by digits."""
    if reference.coarser is None:
        return "not measured"
    shares = (f"{one.share:.3g} with {one.digits} digits" for one in reference.coarser)
    return ", ".join(shares) or "no lattice"


def _phases(old: Phases | None, new: Phases | None) -> Iterator[str]:
    """A line where the laws by phase differ, in their number or in what they say."""
    if old == new:
        return
    before, after = _phases_shown(old), _phases_shown(new)
    if before != after:
        yield f"reference.phases: {before} became {after}"
        return
    assert old is not None and new is not None  # noqa: S101, PT018 - else both show as nothing
    what = "other laws" if old.table == new.table else "other phases for them"
    yield f"reference.phases: {before}, and {what}"


def _phases_shown(phases: Phases | None) -> str:
    return "nothing" if phases is None else f"{len(phases.laws)} laws by {phases.by}"


def _quantiles(old: Reference, new: Reference) -> Iterator[str]:
    """The largest move of the law, on the probabilities of the first that the second covers."""
    same = np.array_equal(old.probabilities, new.probabilities)
    if same and np.array_equal(old.quantiles, new.quantiles):
        return
    low, high = new.probabilities[0], new.probabilities[-1]
    common = (old.probabilities >= low) & (old.probabilities <= high)
    at = old.probabilities[common]
    if not len(at):
        yield "reference.quantiles: on other probabilities"
        return
    moves = np.interp(at, new.probabilities, new.quantiles) - old.quantiles[common]
    largest = int(np.argmax(np.abs(moves)))
    yield f"reference.quantiles: largest move {moves[largest]:+.6g}, at {at[largest]:.4g}"


def _changed(name: str, before: object, after: object) -> Iterator[str]:
    if before != after:
        yield f"{name}: {_shown(before)} became {_shown(after)}"


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
