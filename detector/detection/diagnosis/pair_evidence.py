"""Records whose raw and scaled value disagree, beside what a diagnosis foretells of them."""

from collections.abc import Iterable

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.evidence import map_of
from detector.detection.diagnosis.sample import Pairs
from detector.detection.faults import Column, Fault, OneWay, rounding
from detector.events import Diagnosis, Evidence, Pair, Transform

_AT = (0.1, 0.5, 0.9)  # of the raw values by their rank: apart from each other, and no strays
_DIGITS = 9  # of what is computed; what arrived is told as it is


def pair_evidence(
    found: Diagnosis, column: Column, faults: Iterable[Fault], pairs: Pairs
) -> Evidence | None:
    """At most three pairs that disagree; None where none has a raw value.

    column, faults: the feature as a scaled topic shows it.
    """
    with_raw = np.flatnonzero(pairs.wrong & np.isfinite(pairs.raw))
    if not len(with_raw):
        return None
    by_size = with_raw[np.argsort(pairs.raw[with_raw], kind="stable")]
    shown = dict.fromkeys(int(by_size[int(at * len(by_size))]) for at in _AT)
    training = column.view.scaler.transform(pairs.raw)
    expected = _expected(found, column, faults, pairs, training)
    return Evidence(
        of="pairs",
        count=int(pairs.wrong.sum()),
        pairs=tuple(
            Pair(
                partition=int(pairs.partitions[i]),
                offset=int(pairs.offsets[i]),
                raw=float(pairs.raw[i]),
                scaled=_finite(float(pairs.scaled[i])),
                training=_rounded(training[i]),
                expected=None if expected is None else _rounded(expected[i]),
            )
            for i in shown
        ),
    )


def _expected(
    found: Diagnosis, column: Column, faults: Iterable[Fault], pairs: Pairs, training: FloatArray
) -> FloatArray | None:
    """What the diagnosis foretells of each pair, shape (n,); None where it foretells nothing."""
    figures = found.transform or Transform()
    match found.cause:
        case "column_swap":
            return pairs.swapped.get(figures.feature or "")
        case "clipping":
            low = -np.inf if figures.lower is None else figures.lower
            high = np.inf if figures.upper is None else figures.upper
            return np.clip(training, low, high)
        case "imputed_constant" | "stuck_value" if figures.constant is not None:
            return np.full(len(training), figures.constant)
        case "precision":
            return _cut(found, column, pairs)
    one = map_of(found, column, faults)
    return None if one is None or isinstance(one, OneWay) else one.forward(training)


def _cut(found: Diagnosis, column: Column, pairs: Pairs) -> FloatArray | None:
    """Digits may be cut before the scaler or after it: the nearer of the two."""
    decimals = None if found.transform is None else found.transform.decimals
    images = [
        one.map.forward(pairs.raw)
        for one in rounding.on_pairs(column)
        if one.variant == found.variant
        and one.figures.decimals == decimals
        and isinstance(one.map, OneWay)
    ]
    off = [float(np.nansum(np.abs(pairs.scaled - image)[pairs.wrong])) for image in images]
    return images[int(np.argmin(off))] if images else None


def _rounded(value: float) -> float | None:
    return _finite(float(f"{value:.{_DIGITS}g}"))


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
