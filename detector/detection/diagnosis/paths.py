"""Name the cause of a departure where rows depend on time: the margin of each fault over nature."""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Suspect
from detector.detection.diagnosis.continuation import (
    Path,
    nature,
    newly_negative,
    surprised,
)
from detector.detection.diagnosis.differences import Difference
from detector.detection.diagnosis.exchanges import exchanges
from detector.detection.diagnosis.free_maps import free_maps, is_free, other_grid
from detector.detection.diagnosis.hypothesis import NATURAL, Scored
from detector.detection.diagnosis.interruptions import interruptions
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.map_margins import maps, scored
from detector.detection.diagnosis.scene import FEW, Key, Scene
from detector.detection.diagnosis.scoring import misfits, saturated
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.diagnosis.thresholds import LEAST_MARGIN, LEAST_OF_ALL
from detector.detection.faults import Fault

_LONGEST = 512  # values since the onset that are followed
_LEAST_SURPRISE = 8.0
_AT_ONCE, _AT_ONCE_MARGIN = 16, 4.0  # a fault is abrupt: the first records must speak for it
_CLOSE = 10.0  # nats from the best within which the marginal law decides
_MOST_GAIN = 3.0  # nats that the law of the values adds: nature pays for the way there already
_HOPELESS = 0.0  # margin of the best map below which none is worth a closer look
_DISORDER = 4.0  # nats that nature pays for an order of columns that was never reversed before
_OTHER_GRID = 20.0  # nats more for the way back to training's grid from another one
_MOVES = 3  # distinct values that a path is followed by
_SAME = 1e-6  # relative difference of values that are the same one after a map
_REST = 6  # equal values that are no chance


def is_hopeless(scene: Scene) -> bool:
    """Whether no fault reaches the lowest threshold: what most suspicions turn out to be."""
    return not margins(scene, least=LEAST_OF_ALL)


def margins(scene: Scene, named: Key = None, least: float = -np.inf) -> list[Scored]:
    """Every fault with its margin over nature in nats, the best first.

    named: cause and variant of the fault that is known already.
    least: a margin. Where no fault reaches it, the list is empty.
    """
    own, values = scene.own, scene.values[:_LONGEST]
    found = list(interruptions(own, values, scene.before, scene.law))
    for one in found:
        if one.fault.cause == "imputed_constant" and one.score > LEAST_MARGIN:
            values = values[values != one.fault.figures.constant]  # no map explains them
    if len(values) >= FEW:
        path = Path(values, scene.law)
        odd = scene.turned or newly_negative(own.column, values)
        if odd or surprised(path, _LEAST_SURPRISE) or _is_off(own, values):
            recent, gap = np.sort(scene.before), bool(scene.together) or _rested(scene)
            natural = nature(own.column, path, recent, together=gap)
            natural -= _DISORDER if scene.turned else 0.0
            found += _by_law(scene, values, _maps(scene, path, natural, named, least))
            found += exchanges(scene, path, natural, named)
    return sorted((one for one in found if one.score >= least), key=lambda one: -one.score)


def _maps(
    scene: Scene, path: Path, natural: float, named: Key, least: float
) -> list[tuple[Suspect, Scored]]:
    """The margins of maps: of all where the path moves; where it rests, which many a map fits, of
    those that lead from a level it never had to the very last value before.
    """
    own, values, before = scene.own, path.values, scene.before
    moves = len(np.unique(values)) >= _MOVES
    if not moves and (not len(before) or (before == values[0]).any()):
        return []
    grids = other_grid(own, before, values)
    extra = 0.0 if grids is None else _OTHER_GRID
    found = maps(own, path, natural, least - _MOST_GAIN, extra=extra)
    if grids is not None and (named is None or named[0] in NATURAL or is_free(*named)):
        found += scored(own, path, natural, list(free_maps(own, path, grids)), extra=extra)
    return found if moves else [(one, nats) for one, nats in found if _lands(one, before, values)]


def _is_off(own: Suspects, values: FloatArray) -> bool:
    """Whether the last values left the training grid, which nature does not."""
    return float(own.on_lattice([IDENTITY], values[-LAST:])[0]) < 0


def abrupt(scene: Scene, named: Fault) -> bool:
    """Whether the first records speak for the fault, too: nature may come to look like it."""
    n, least = _begin(scene), _AT_ONCE_MARGIN
    if named.cause == "imputed_constant":  # a few records hold few of them
        n, least = max(n, scene.age // 2), 0.0
    if scene.age <= n:
        return True
    first = dataclasses.replace(
        scene, values=scene.values[:n], less=lambda name: _first(scene.less(name), n)
    )
    return any(
        one.score >= least and (one.fault.cause, one.fault.variant) == (named.cause, named.variant)
        for one in margins(first)
    )


def _begin(scene: Scene) -> int:
    """How many records count as the first ones: more where a path rests first."""
    moves = np.flatnonzero(np.diff(scene.values, prepend=np.nan))
    return max(_AT_ONCE, int(moves[_MOVES]) + 1) if len(moves) > _MOVES else _AT_ONCE


def _first(pair: Difference | None, n: int) -> Difference | None:
    return None if pair is None else dataclasses.replace(pair, since=pair.since[:n])


def _lands(one: Suspect, before: FloatArray, values: FloatArray) -> bool:
    """Whether the path rests on under the map, exactly where it did before."""
    sound = float(one.map.inverse(values[:1])[0])
    return abs(sound - float(before[-1])) <= _SAME * abs(sound)


def _rested(scene: Scene) -> bool:
    """Whether the path rested before the onset for as long as it rarely did: a gap is over."""
    if not len(scene.before):
        return False
    moved = np.flatnonzero(scene.before != scene.before[-1])
    rest = len(scene.before) - 1 - int(moved[-1]) if len(moved) else len(scene.before)
    reference = scene.own.column.view.reference
    known = 1 if reference is None or not reference.longest_run else reference.longest_run
    return rest >= max(_REST, known)


def _by_law(
    scene: Scene, values: FloatArray, scored: Sequence[tuple[Suspect, Scored]]
) -> Iterator[Scored]:
    """Among maps that are close, the one under which the law is training's or the recent one."""
    best = max([margin.score for _, margin in scored], default=-np.inf)
    if best < _HOPELESS:
        return
    close = [(one, margin) for one, margin in scored if margin.score > best - _CLOSE]
    law = scene.own.column.view.law
    if not close or law is None:
        return
    reference = scene.own.column.view.reference
    time = 1.0 if reference is None else reference.autocorrelation_time or 1.0
    ordered, recent = np.sort(values), np.sort(scene.before)
    laws = [law.knots, *(one.law for one, _ in close)]
    laws += [recent, *(one.law_of(recent) for one, _ in close)] if len(recent) else []
    usable = [k if np.isfinite(k).all() else ordered[:1] for k in laws]
    divergence = misfits(ordered, usable, ordered[:1]).reshape(-1, len(close) + 1).min(axis=0)
    losses = saturated(divergence, len(values) / max(time, 1.0))
    unmoved, losses = float(losses[0]), losses[1:]
    gain = float(np.clip(unmoved - losses.min(), 0.0, _MOST_GAIN))  # x is where it never was
    losses = losses - losses.min()
    for (_, margin), loss in zip(close, losses.tolist(), strict=True):
        yield replace(margin, score=margin.score - loss + gain)
