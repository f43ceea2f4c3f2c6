"""Digits that a coarser lattice shows to be lost: how many are left, and what that says.

Asked only where the test of the coarser lattice speaks. What the world does to a feature, and
constants in the place of some values, leave the digits of the others as they are: beside lost
digits they are no explanation. Maps that lead to round numbers are.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import NATURAL, PILED, Hypothesis
from detector.detection.diagnosis.lattice import Lattice, reveals
from detector.detection.diagnosis.rounded import decimal_step
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Fault, rounding
from detector.scaler.coarser import LEAST_DIGITS, stands_on

_COUNTED = 24  # latest values that must all be short, and half of all must mostly be
_SOME = 8  # of which speak for lost digits: another column's grid may be as coarse
_STRAY = 0.05  # of them that may be longer, but for the latest
_LONG = 5.0  # short values that one longer one outweighs
_FEW = 3  # values, and distinct ones, without which digits say nothing
_MOST_DIGITS = 8
_SIGNIFICANT = range(1, 6)
_DRIFT, _NEAR = 0.02, 4.0  # training scales that the world may have moved; nats of a mean
_TELLING = 4.0  # nats by which significant digits say more than digits after the point
_CUT_OFF = 3.0  # nats by which means must tell a cut from a rounding, the common one
_ORDINARY = 0.7  # share of training values that are as short: then shortness says nothing
_TEN = 10**0.5  # halfway to ten times as much
_ROOM, _INSIDE = 0.05, 0.8  # of the range around it; of the values that a loss leaves near it
_AFTER = 1.0  # nats for a law that was cut after another fault, beside what the grid asks for it
_NO_EXPLANATION = (*NATURAL, *PILED)


@dataclass(frozen=True, slots=True)
class Lost:
    """The digits that are left.

    faults:    the ways in which they may have been lost, the most common first.
    digits:    that are left: after the point, or significant ones.
    step:      of the raw values.
    cut:       how far the loss may have moved a value of the topic.
    each:      nats that one short value says against training's digits.
    count:     of values that say so, at most 24.
    seen:      nats that they say for the grid of decimals they stand on, as maps have for the
               training grid.
    """

    faults: tuple[Fault, ...]
    digits: int
    step: float
    cut: float
    each: float
    count: int
    seen: float
    significant: bool = False

    def leaves(self, raw: FloatArray) -> npt.NDArray[np.bool_]:
        """Which raw values do with the digits that are left, shape (n,)."""
        one = _has_significant if self.significant else stands_on
        return one(raw, self.digits)

    @property
    def fault(self) -> Fault:
        """The most common way, told as one that others may stand behind."""
        first = self.faults[0]
        return first if len(self.faults) == 1 else rounding.unsure(first)

    @property
    def evidence(self) -> float:
        """Nats for a loss of digits and nothing else."""
        return min(self.count, _SOME) * self.each + self.seen


def lost_digits(suspects: Suspects, sample: Sample) -> Lost | None:
    """The fewest digits with which the latest values do and training's mostly do not."""
    view = suspects.column.view
    if view.reference is None or view.law is None or view.bends:
        return None
    some = max(_COUNTED, len(sample.since) // 2)  # the onset may be a little early
    values = sample.since[-some:]
    raw, training = view.to_raw(values), view.to_raw(view.law.knots)
    values = values[(np.diff(values, prepend=np.nan) != 0) & (raw != 0)]
    raw = view.to_raw(values)
    if len(np.unique(raw)) < _FEW:
        return None
    decimals = _decimals(suspects, values, raw, training)
    figures = _figures(suspects, values, raw, training)
    if decimals is None or figures is None:
        return decimals or figures
    place = rounding.last_place(raw[-_COUNTED:], figures.digits)
    more = float(np.maximum(np.log(place / decimals.step), 0.0).sum())
    return figures if more > _TELLING else decimals


def _decimals(
    suspects: Suspects, values: FloatArray, raw: FloatArray, training: FloatArray
) -> Lost | None:
    """Digits after the point."""
    reference = suspects.column.view.reference
    known = None if reference is None else reference.decimals
    for digits in range(LEAST_DIGITS, _MOST_DIGITS if known is None else known):
        each = _nats(stands_on(training, digits))
        if each and _do_without(stands_on(raw, digits)):
            faults = tuple(rounding.rounded(suspects.column, digits))
            step, count = 10.0**-digits, min(len(raw), _COUNTED)
            seen = _on_grid(suspects, values[-_COUNTED:], step)
            return Lost(faults, digits, step, _in_topic(suspects, step), each, count, seen)
    return None


def _figures(
    suspects: Suspects, values: FloatArray, raw: FloatArray, training: FloatArray
) -> Lost | None:
    """Significant digits: they leave the decimals that all values share, as a rounded map does."""
    for digits in _SIGNIFICANT:
        each = _nats(_has_significant(training, digits))
        if each and _do_without(_has_significant(raw, digits)):
            faults = (rounding.significant(suspects.column, digits),)
            step = float(np.median(rounding.last_place(raw, digits)))
            cut, count = _in_topic(suspects, step), min(len(raw), _COUNTED)
            grid = decimal_step(raw[-_COUNTED:])
            seen = 0.0 if grid is None else _on_grid(suspects, values[-_COUNTED:], grid)
            return Lost(faults, digits, step, cut, each, count, max(seen, 0.0), True)
    return None


def goes_on(suspects: Suspects, sample: Sample, lost: Lost) -> bool:
    """Whether the values stay where they were, as they do where nothing but digits is lost: within
    the range of training, no further from the last one before than training ever moved at once,
    and not as far as another power of ten leads.
    """
    view = suspects.column.view
    law, reference = view.law, view.reference
    if law is None or reference is None:
        return False
    values = np.concatenate((sample.before, sample.since))
    first = _first(lost.leaves(view.to_raw(values)))
    if first < len(sample.before) - _COUNTED:
        return False  # they were lost long before
    if not _is_inside(values[first:], np.array([law.low, law.high]), lost.cut):
        return False
    if not first or reference.step is None:
        return True
    before, since = values[max(first - _COUNTED, 0) : first], values[first : first + _COUNTED]
    before, since = view.to_raw(before), view.to_raw(since)
    if _is_larger(before, since):
        return False
    return bool(abs(since[0] - before[-1]) <= reference.step.max + lost.step)


def is_revealed(suspects: Suspects, lost: Lost) -> bool:
    """Whether values without the function that training applied have as few digits."""
    view = suspects.column.view
    if view.law is None:
        return False
    return reveals(view.to_raw(view.law.knots), lost.digits, significant=lost.significant)


def _first(short: npt.NDArray[np.bool_]) -> int:
    """Since which of the values the latest are short, but for stray ones."""
    gains = np.where(short, 1.0, -_LONG)
    return len(gains) - 1 - int(np.argmax(np.cumsum(gains[::-1])))


def _is_larger(before: FloatArray, since: FloatArray) -> bool:
    """Whether raw values lie beyond those of just before, by more than halfway to ten times."""
    low, middle, high = np.quantile(before, (0.0, 0.5, 1.0)).tolist()
    now = float(np.median(since))
    return not low <= now <= high and abs(now) > _TEN * abs(middle)


def as_lost(found: Sequence[Hypothesis], lost: Lost, known: Fault | None) -> list[Hypothesis]:
    """*found* beside lost digits: what the world did, it did to values that were cut, too.

    known: the fault of before the onset, where it is this one.
    """
    fault = lost.fault if known is None or known.cause != "precision" else known
    return [another for one in found for another in _beside(one, lost, fault)]


def shortened_by(
    lost: Lost, live: FloatArray, base: FloatArray, count: int, weight: float
) -> Iterator[Hypothesis]:
    """Every way in which values of *base* may have lost their digits; both ascending.

    count: values that *base* stands for.
    """
    if not _is_inside(live, base, lost.cut):
        return
    laws = [fault.law_of(base) for fault in lost.faults]
    error = float(base.std()) * np.sqrt(1 / (len(live) * weight) + 1 / count + _DRIFT**2)
    nats = 0.5 * np.array([(live.mean() - law.mean()) / error for law in laws]) ** 2
    told = _tell_apart(nats)
    missed = nats - nats.min() if told else np.where(np.arange(len(nats)) == 0, 0.0, _CUT_OFF)
    faults = lost.faults if told else (lost.fault, *lost.faults[1:])
    for fault, law, less in zip(faults, laws, missed.tolist(), strict=True):
        evidence = fault.prior + lost.evidence - less
        yield Hypothesis(fault=fault, law=law, evidence=evidence, weight=weight)


def _tell_apart(nats: FloatArray) -> bool:
    """Whether the means tell a rounding from the cuts, by the nats against each; where none is
    near, the world has moved, too.
    """
    lead = abs(float(nats[0]) - float(nats[1:].min(initial=np.inf)))
    return lead > _CUT_OFF and float(nats.min()) < _NEAR


def _beside(one: Hypothesis, lost: Lost, fault: Fault) -> Iterator[Hypothesis]:
    explains = one.fault.cause not in _NO_EXPLANATION
    yield one if explains else replace(one, evidence=one.evidence - lost.count * lost.each)
    if one.fault.cause == "precision":
        return
    law = fault.law_of(one.law)
    if explains:  # and what it made was cut
        yield replace(one, law=law, evidence=one.evidence - _AFTER)
    elif not one.natural:  # constants among values that were cut
        yield replace(one, law=law, evidence=one.evidence + fault.prior - _AFTER)
    else:
        evidence = one.evidence + fault.prior + max(lost.seen, 0.0)
        yield replace(one, fault=fault, law=law, evidence=evidence)


def _is_inside(live: FloatArray, base: FloatArray, cut: float) -> bool:
    """Whether a loss of digits may have put the values where they are; *base* is ascending."""
    room = cut + _ROOM * float(base[-1] - base[0])
    inside = (live >= base[0] - room) & (live <= base[-1] + room)
    return float(inside.mean()) >= _INSIDE


def _in_topic(suspects: Suspects, step: float) -> float:
    """A step of raw values in the topic's unit."""
    first, second = suspects.column.view.from_raw(np.array([0.0, step])).tolist()
    return float(abs(second - first))


def _do_without(short: npt.NDArray[np.bool_]) -> bool:
    return bool(short[-_COUNTED:].all() and (~short).mean() < _STRAY)


def _nats(short: npt.NDArray[np.bool_]) -> float:
    """What one short value says where training had so many *short* ones; 0 for too little."""
    ordinary = (int(short.sum()) + 0.5) / (len(short) + 1)
    return 0.0 if ordinary > _ORDINARY else -float(np.log(ordinary))


def _on_grid(suspects: Suspects, values: FloatArray, step: float) -> float:
    """Nats that topic *values* say for a grid of whole steps; 0 where training had none."""
    if suspects.lattice is None:
        return 0.0
    one = dataclasses.replace(suspects, lattice=Lattice(step))
    return float(one.on_lattice([IDENTITY], values)[0])


def _has_significant(values: FloatArray, digits: int) -> npt.NDArray[np.bool_]:
    steps = values / rounding.last_place(values, digits)
    return np.asarray(np.abs(steps - np.rint(steps)) < 1e-6 + 1e-7 * np.abs(steps))
