"""Two columns exchanged, where rows depend on time: each goes on along the other's path."""

from collections.abc import Iterator

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.continuation import Path, continued, nature
from detector.detection.diagnosis.differences import exchanged
from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.map_margins import MOST_GRID
from detector.detection.diagnosis.others import middles
from detector.detection.diagnosis.scene import FEW, Key, Neighbour, Scene
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.diagnosis.swap import on_other_grid
from detector.detection.faults import Column, Curve, Fault
from detector.detection.faults.columns import swapped_values

_HALF = 3.0  # nats that each half must give by itself
_MOST = 4  # other columns whose path is tried
_MOST_TURNED = 8  # of those whose order was reversed: where a whole model departs, most are


def exchanges(scene: Scene, path: Path, natural: float, named: Key) -> Iterator[Scored]:
    """Every other column that may stand here, and this one there, with the margin over nature.

    natural: log likelihood of nature's best story, of this column by itself.
    named:   what is known already.
    """
    own = scene.own
    unmoved = float(own.on_lattice([IDENTITY], path.values[-LAST:])[0])
    for fault in _likely(scene):
        name = fault.feature or ""
        other = scene.others(name)
        if other is None or len(other.values) < FEW:
            continue
        turned, known = name in scene.turned, (fault.cause, fault.variant) == named
        halves = _halves(scene, path, natural, name, other)
        mine = next(halves)
        if mine < _HALF and not turned:
            continue
        back = next(halves)
        if known and mine >= _HALF:
            back = max(back, 0.0)  # the other column may have drifted since the two were exchanged
        elif back < _HALF and not turned:
            continue
        pair = scene.less(name)
        if pair is not None and pair.is_kept:
            continue
        reversal = exchanged(pair) if turned and pair is not None and pair.is_reversed else 0.0
        if min(mine, back) < _HALF and not reversal and not known:
            continue
        grid = 0.0
        if unmoved < 0:
            theirs = on_other_grid(own.column.view, other.lattice(), path.values[-LAST:])
            grid = float(np.clip(theirs - unmoved, 0.0, MOST_GRID))
        score = max(mine + back + grid, reversal + min(mine, 0.0) + min(back, 0.0))
        proof = max(grid, min(reversal, MOST_GRID))
        yield Scored(fault=fault, score=score + fault.prior, proof=proof)


def _halves(
    scene: Scene, path: Path, natural: float, name: str, other: Neighbour
) -> Iterator[float]:
    """Margin over nature of this column as the other's path, then of the other as this one's.

    What startled only these two is no gap in the recording.
    """
    there, here = _maps(scene.own, other.column)
    others = any(n != name for n in scene.together)
    if others != bool(scene.together):
        natural = nature(scene.own.column, path, np.sort(scene.before), together=others)
    yield continued(path.values, there, other.law) - natural
    theirs = Path(other.values[: len(path.values)], other.law)
    same = nature(other.column, theirs, np.sort(other.before()), together=others)
    yield continued(theirs.values, here, scene.law) - same


def _likely(scene: Scene) -> list[Fault]:
    """The columns whose last values lie nearest to what arrives here."""
    own = scene.own
    if own.others is None:
        return []
    with np.errstate(all="ignore"):
        gaps = np.abs(_middle(scene.values[:3]) - middles(own.column.view, scene.last()))
        apart = gaps / own.widths
    known = np.flatnonzero(np.isfinite(gaps) & (own.widths > 0))
    order = known[np.argsort(apart[known], kind="stable")].tolist()
    ranked = [own.others.names[i] for i in order]
    turned = [name for name in ranked if name in scene.turned][:_MOST_TURNED]
    near = [name for name in ranked if name not in scene.turned][:_MOST]
    return [own.swap(name) for name in (*turned, *near)]


def _middle(values: FloatArray) -> float:
    """The median of a few values; not a number if one is none."""
    ordered, half = sorted(values.tolist()), len(values) // 2
    if not np.isfinite(values).all():
        return float(np.median(values))
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _maps(own: Suspects, other: Column) -> tuple[Curve | None, Curve | None]:
    """Maps that take what arrives in one place to the sound values of the other; None: as it is."""
    if own.column.view.values == "raw":
        return None, None
    mine, theirs = own.column.view, other.view

    def to_mine(values: FloatArray) -> FloatArray:
        return swapped_values(mine, theirs, values)

    def to_theirs(values: FloatArray) -> FloatArray:
        return swapped_values(theirs, mine, values)

    return Curve(to_mine, to_theirs), Curve(to_theirs, to_mine)
