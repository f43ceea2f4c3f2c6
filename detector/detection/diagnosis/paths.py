"""Name the cause of a departure where rows depend on time: margins over nature, and when to trust
them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.continuation import Path, continued, maps, nature, surprised
from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.innovation import HISTORY, Innovation
from detector.detection.diagnosis.interruptions import interruptions
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.scoring import misfits, saturated
from detector.detection.diagnosis.suspects import IDENTITY, Suspect, Suspects
from detector.detection.faults import Column, Curve, Fault
from detector.detection.faults.columns import swapped_values

LONGEST = 512  # values since the onset that are followed
LEAST_MARGIN = 11.0  # nats over nature: what natural gaps and bursts reach in thousands of records
_UNSEASONED = 6.0  # nats more while hardly anything is known of ordinary steps
_FAMILIAR = 6.0  # nats more for a change that training rows have made, too
_UNHEARD, _FAR = -3.0, 3.0  # and less for a step that is so many times training's largest
_LEAST_OF_ALL = LEAST_MARGIN + _UNHEARD  # no threshold is lower
BLOCK, _BLOCK_FLOOR = 16, 0.02  # as the reference measures the changes of neighbouring blocks
_EARLY = ((16, 12.0), (32, 6.0), (64, 3.0))  # and more while few records have spoken
_LEAST_SURPRISE = 8.0
_AT_ONCE, _AT_ONCE_MARGIN = 16, 4.0  # a fault is abrupt: the first records must speak for it
_CLOSE = 10.0  # nats from the best within which the marginal law decides
_HOPELESS = 0.0  # margin of the best map below which none is worth a closer look
_HALF = 3.0  # nats that each half of a swap must give by itself
_SWAPS = 4  # other columns whose path is tried
_FEW = 4
_PROVEN = 10.0
_PATHLESS = ("imputed_constant", "clipping", "column_swap")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another column at the same records."""

    values: FloatArray
    before: Callable[[], FloatArray]
    law: Innovation
    column: Column


Others = Callable[[str], Neighbour | None]
LastValues = Callable[[str], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One feature since an onset, and what surrounds it.

    values, before: valid values since the onset and of the 256 records before, in order.
    law:      learned from the records before the onset.
    together: other columns that the same record startled.
    last:     the last values before the onset of another column.
    """

    own: Suspects
    values: FloatArray
    before: FloatArray
    law: Innovation
    together: Sequence[str]
    others: Others
    last: LastValues

    @property
    def age(self) -> int:
        """Values since the onset."""
        return len(self.values)


def is_hopeless(scene: Scene) -> bool:
    """Whether no fault reaches the lowest threshold: what most suspicions turn out to be."""
    return not margins(scene, _LEAST_OF_ALL)


def margins(scene: Scene, least: float = -np.inf) -> list[Scored]:
    """Every fault with its margin over nature in nats, the best first.

    least: a margin. Where no fault reaches it, the list is empty.
    """
    own, values = scene.own, scene.values[:LONGEST]
    found = list(interruptions(own, values, scene.before, scene.law))
    if len(values) >= _FEW:
        path = Path(values, scene.law)
        if surprised(path, _LEAST_SURPRISE) or _is_off(own, values):
            recent = np.sort(scene.before)
            natural = nature(own.column, path, recent, together=bool(scene.together))
            found += _by_law(scene, values, maps(own, path, natural, least))
            found += _swaps(scene, path, natural)
    return sorted((one for one in found if one.score >= least), key=lambda one: -one.score)


def _is_off(own: Suspects, values: FloatArray) -> bool:
    """Whether the last values left the training grid, which nature does not."""
    return float(own.on_lattice([IDENTITY], values[-LAST:])[0]) < 0


def threshold(scene: Scene, one: Scored) -> float:
    """The margin at which a fault is named."""
    if one.proof > _PROVEN:  # nature does not leave the grid, and comes back to it under no map
        return LEAST_MARGIN
    least = LEAST_MARGIN + _UNSEASONED * max(0.0, 1 - scene.law.learned / HISTORY)
    if one.fault.cause == "imputed_constant":
        return least
    least += next((extra for until, extra in _EARLY if scene.age < until), 0.0)
    if _is_unheard_of(scene):
        return least + _UNHEARD
    return least + (_FAMILIAR if _is_familiar(scene) else 0.0)


def _is_unheard_of(scene: Scene) -> bool:
    """Whether the first step is far beyond the largest one of training."""
    reference, law = scene.own.column.view.reference, scene.own.column.view.law
    if reference is None or reference.step is None or law is None or not len(scene.before):
        return False
    unit = law.std / reference.std if reference.std else 1.0  # of the topic, in the feature's own
    step = abs(float(scene.values[0] - scene.before[-1]))
    return step > _FAR * reference.step.max * unit


def _is_familiar(scene: Scene) -> bool:
    """Whether neighbouring blocks of training rows changed as much by themselves."""
    reference, view = scene.own.column.view.reference, scene.own.column.view
    change = None if reference is None else reference.block_change
    before, after = scene.before[-BLOCK:], scene.values[:BLOCK]
    if change is None or view.spread is None or len(before) < BLOCK or len(after) < _FEW:
        return False
    moved = abs(float(after.mean() - before.mean())) / view.spread
    floor = _BLOCK_FLOOR * view.spread
    stretched = abs(float(np.log((after.std() + floor) / (before.std() + floor))))
    return moved <= change.mean and stretched <= change.log_std


def abrupt(scene: Scene, named: Fault) -> bool:
    """Whether the first records speak for the fault, too: nature may come to look like it."""
    if scene.age <= _AT_ONCE:
        return True
    first = Scene(
        own=scene.own, values=scene.values[:_AT_ONCE], before=scene.before, law=scene.law,
        together=scene.together, others=scene.others, last=scene.last,
    )  # fmt: skip
    least = 0.0 if named.cause == "imputed_constant" else _AT_ONCE_MARGIN
    return any(
        one.score >= least and (one.fault.cause, one.fault.variant) == (named.cause, named.variant)
        for one in margins(first)
    )


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
    laws = [one.law for one, _ in close]
    laws += [one.law_of(recent) for one, _ in close] if len(recent) else []
    usable = [k if np.isfinite(k).all() else ordered[:1] for k in laws]
    divergence = misfits(ordered, usable, ordered[:1]).reshape(-1, len(close)).min(axis=0)
    losses = saturated(divergence, len(values) / max(time, 1.0))
    losses = losses - losses.min()
    for (_, margin), loss in zip(close, losses.tolist(), strict=True):
        yield replace(margin, score=margin.score - loss)


def _swaps(scene: Scene, path: Path, natural: float) -> Iterator[Scored]:
    own = scene.own
    for fault in _likely(scene):
        name = fault.feature or ""
        other = scene.others(name)
        if other is None or len(other.values) < _FEW:
            continue
        there, here = _exchange(own, other.column)
        others = [n for n in scene.together if n != name]
        lone = natural if bool(others) == bool(scene.together) else nature(
            own.column, path, np.sort(scene.before), together=bool(others)
        )  # fmt: skip
        mine = continued(path.values, there, other.law) - lone
        if mine < _HALF:
            continue
        theirs = Path(other.values[: len(path.values)], other.law)
        same = nature(other.column, theirs, np.sort(other.before()), together=bool(others))
        back = continued(theirs.values, here, scene.law) - same
        if back < _HALF:
            continue
        yield Scored(fault=fault, score=mine + back + fault.prior)


def _likely(scene: Scene) -> list[Fault]:
    """The columns whose last values lie nearest to what arrives here."""
    view = scene.own.column.view
    here = _middle(scene.values[:3])
    ranked: list[tuple[float, int, Fault]] = []
    for i, fault in enumerate(scene.own.swaps):
        other = scene.own.column.views[fault.feature or ""]
        last = scene.last(other.name)
        if not len(last) or other.spread is None:
            continue
        with np.errstate(all="ignore"):
            gap = abs(here - _middle(swapped_values(view, other, last)))
        width = scene.own.widths[other.name]
        if np.isfinite(gap) and width > 0:
            ranked.append((gap / width, i, fault))
    ranked.sort(key=lambda entry: entry[:2])
    return [fault for _, _, fault in ranked[:_SWAPS]]


def _middle(values: FloatArray) -> float:
    """The median of a few values; not a number if one is none."""
    ordered, half = sorted(values.tolist()), len(values) // 2
    if not np.isfinite(values).all():
        return float(np.median(values))
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _exchange(own: Suspects, other: Column) -> tuple[Suspect | None, Suspect | None]:
    """Maps that take what arrives in one place to the sound values of the other; None: as it is."""
    if own.column.view.values == "raw":
        return None, None
    mine, theirs = own.column.view, other.view

    def to_mine(values: FloatArray) -> FloatArray:
        return swapped_values(mine, theirs, values)

    def to_theirs(values: FloatArray) -> FloatArray:
        return swapped_values(theirs, mine, values)

    nothing = np.zeros(0)
    fault = own.maps[0].fault
    return (
        Suspect(fault, Curve(to_mine, to_theirs), nothing),
        Suspect(fault, Curve(to_theirs, to_mine), nothing),
    )
