"""Where rows depend on time: by how much each map explains a path better than nature does."""

from collections.abc import Sequence

import numpy as np

from detector.detection.diagnosis.catalogue import Suspect
from detector.detection.diagnosis.continuation import (
    IMPOSSIBLE,
    Path,
    follow_curves,
    follow_lines,
)
from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.others import Lines
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Affine

MOST_GRID, _LEAST_GRID = 15.0, -40.0
_LEADS_BACK = 10.0  # nats of the grid beyond which a map leads back to it
_MILD, _MILD_PRICE = 1.5, -3.0  # log gain below which natural changes of level look alike
_BENT = {
    "sqrt": _MILD_PRICE,
    "log2": 2 * _MILD_PRICE,
}  # the bursts of a positive feature are like them
_RESCALED = ("scaler_kind", "scaler_version", "column_scaler")
_SHORT = 1.5  # training scales
_HOPELESS = -30.0
_FIRST, _FOLLOWED = 24, 16  # values, and maps that are followed further than these


def maps(
    own: Suspects,
    path: Path,
    natural: float,
    least: float = -np.inf,
    *,
    extra: float = 0.0,
) -> list[tuple[Suspect, Scored]]:
    """Margins of the maps of the catalogue over nature, in nats; hopeless ones are left out.

    least: a margin; maps that cannot reach it are left out, too.
    extra: nats for what leads back to training's grid, beyond what that says by itself.
    """
    found = np.full(len(own.maps), IMPOSSIBLE)
    promising = _promising(path, own.lines)
    found[promising.places] = follow_lines(path.values, promising, path.law)
    found[own.curves] = follow_curves(path.values, [own.maps[i].map for i in own.curves], path.law)
    hopeful = np.flatnonzero(found - natural > _HOPELESS).tolist()
    margins = [
        (one, float(found[i]) - natural + one.fault.prior + _mild(own, one))
        for i, one in ((i, own.maps[i]) for i in hopeful)
    ]
    return _with_grid(own, path, margins, extra, least)


def scored(
    own: Suspects,
    path: Path,
    natural: float,
    lines: Sequence[Suspect],
    *,
    extra: float = 0.0,
) -> list[tuple[Suspect, Scored]]:
    """Margins of affine maps that are in no catalogue over nature, in nats."""
    affine = [one.map for one in lines if isinstance(one.map, Affine)]
    if not affine:
        return []
    origins = np.array([-one.offset / one.gain for one in affine])
    slopes = np.array([1 / one.gain for one in affine])
    places = np.arange(len(affine))
    found = follow_lines(path.values, Lines(places, origins, slopes), path.law) - natural
    margins = [
        (one, margin + one.fault.prior) for one, margin in zip(lines, found.tolist(), strict=True)
    ]
    return _with_grid(own, path, margins, extra)


def _with_grid(
    own: Suspects,
    path: Path,
    margins: list[tuple[Suspect, float]],
    extra: float,
    least: float = -np.inf,
) -> list[tuple[Suspect, Scored]]:
    """What training's grid adds to the *margins*; those that cannot reach *least* are left out."""
    most = 0.0 if own.lattice is None else MOST_GRID + extra
    margins = [(one, margin) for one, margin in margins if margin + most >= least]
    if not margins:
        return []
    grid = own.on_lattice([*(one.map for one, _ in margins), IDENTITY], path.values[-LAST:])
    proof = np.clip(grid[:-1] - grid[-1], _LEAST_GRID, MOST_GRID)
    told = np.where(proof > _LEADS_BACK, proof + extra, proof).tolist()
    left = bool(grid[-1] < 0)  # the grid: that nature does not do, while coarser it may become
    return [
        (one, Scored(fault=one.fault, score=margin + nats, proof=nats if left else 0.0))
        for (one, margin), nats in zip(margins, told, strict=True)
    ]


def _promising(path: Path, lines: Lines) -> Lines:
    """Those that the first records speak for; the others are not followed to the end."""
    if not len(lines.places):
        return lines
    first = follow_lines(path.values[:_FIRST], lines, path.law, calmer=False)
    best = np.argsort(-first, kind="stable")[:_FOLLOWED]
    return lines.some(np.sort(best[first[best] > first[best[0]] + 2 * _HOPELESS]))


def _mild(own: Suspects, one: Suspect) -> float:
    """Price of a map that natural changes imitate: nearly a shift, and not a long one."""
    fault, law = one.fault, own.column.view.law
    if fault.variant in _BENT:
        return _BENT[fault.variant]
    if not isinstance(one.map, Affine) or abs(np.log(abs(one.map.gain))) >= _MILD:
        return 0.0
    if fault.cause == "unit" and "deg" not in (fault.variant or ""):
        return _MILD_PRICE
    if fault.cause not in _RESCALED or law is None or one.map.gain < 0:
        return 0.0
    moved = one.map.offset + (one.map.gain - 1) * law.mean
    return _MILD_PRICE if abs(moved) < _SHORT * law.std else 0.0
