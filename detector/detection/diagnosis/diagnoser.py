"""Name the cause of one feature's departure, from the records around its onset."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.certain import certain
from detector.detection.diagnosis.constants import largest_excess, piles
from detector.detection.diagnosis.explain import diagnosis, explained
from detector.detection.diagnosis.hypothesis import NATURAL, QUALITY, Hypothesis, Scored
from detector.detection.diagnosis.lattice import LAST, Lattice, lattice_of
from detector.detection.diagnosis.nature import natural, reshaped
from detector.detection.diagnosis.posterior import SURE, verdict
from detector.detection.diagnosis.refit import batch_of
from detector.detection.diagnosis.sample import BEFORE, Sample, sample
from detector.detection.diagnosis.scoring import misfits, saturated
from detector.detection.diagnosis.suspects import IDENTITY, Suspects, suspects
from detector.detection.diagnosis.swap import swaps
from detector.detection.faults import Column, Fault, nature, refit
from detector.detection.settings import ModelSettings
from detector.detection.view import View
from detector.detection.window import Window
from detector.events import Diagnosis, Signal

_CERTAIN = 0.97
_RECENT = -0.5  # the recent law is the second choice
_PILE = 0.05  # share of one value that is no longer one of many
_FITS = 10.0  # nats against training's law below which present values count as ordinary


def is_fault(found: Diagnosis | None) -> bool:
    """True for a named preprocessing fault; missing and invalid values are data quality."""
    return found is not None and found.cause not in NATURAL + QUALITY


def is_sure(found: Diagnosis | None) -> bool:
    """True where the cause is meant to be relied on."""
    return found is not None and found.confidence >= SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked: the cause of a departure of *feature* between two records.

    feature: index in the model.
    onset, record: numbers of the first record of the departure and of the last that may be used.
    signals: what the tests say, the one that tipped first.
    """

    feature: int
    onset: int
    record: int
    signals: tuple[Signal, ...]


class Diagnoser:
    """Names causes for one model. A feature's catalogue is made ready when it first departs."""

    def __init__(self, views: Sequence[View], settings: ModelSettings) -> None:
        self._views = {view.name: view for view in views}
        self._indices = {view.name: i for i, view in enumerate(views)}
        self._names = [view.name for view in views]
        self._settings = settings
        self._suspects: dict[int, Suspects] = {}
        self._lattices: dict[str, Lattice | None] = {}

    def diagnose(self, case: Case, window: Window, previous: Diagnosis | None) -> Diagnosis | None:
        """The cause, a function of the records up to ``case.record``; None without a signal."""
        if not case.signals:
            return previous
        own = self._of(case.feature)
        name = own.column.name
        seen = sample(window, case.feature, case.onset, case.record)
        kinds = [signal.kind for signal in case.signals]
        fault = certain(own, seen, kinds, fits=_fits(own, seen))
        if fault is None and own.column.view.values == "scaled":
            fault = self._refit(own, window, case)
        if fault is None and (own.column.view.law is None or len(seen.since) < 2):  # noqa: PLR2004
            fault = nature.unknown(own.column)
        if fault is not None:
            text = f"{name} {fault.looks}"
            sure = 0.0 if fault.cause == "unknown" else _CERTAIN
            return diagnosis(fault, text, fault.figures, confidence=sure)
        known = None if previous is None else (previous.cause, previous.variant)
        return explained(name, verdict(self._scores(own, seen, case, window), known))

    def _of(self, feature: int) -> Suspects:
        if feature not in self._suspects:
            column = Column(
                view=self._views[self._names[feature]],
                views=self._views,
                versions=self._settings.versions,
            )
            self._suspects[feature] = suspects(column)
        return self._suspects[feature]

    def _refit(self, own: Suspects, window: Window, case: Case) -> Fault | None:
        first = max(case.onset - BEFORE // 4, case.record - 511)
        batch = batch_of(window.slice(case.feature, max(first, 0), case.record).values)
        return None if batch is None else refit.refit(own.column, batch)

    def _scores(self, own: Suspects, seen: Sample, case: Case, window: Window) -> list[Scored]:
        law = own.column.view.law
        assert law is not None  # noqa: S101 - the caller looked
        top, share, _ = largest_excess(own, seen)
        body = seen.since[seen.since != top] if _PILE < share < 1 else seen.since
        tail = (body if len(body) > 1 else seen.since)[-LAST:]
        grid = own.on_lattice([*(suspect.map for suspect in own.maps), IDENTITY], tail).tolist()
        found = _hypotheses(own, seen, law.knots, grid, 0.0)
        if seen.recent is not None:
            found += _hypotheses(own, seen, seen.recent, grid, _RECENT)
        found += self._swaps(own, seen, case, window)
        scored = _scored(found, seen, np.array([top, seen.ordered[0], seen.ordered[-1]]))
        best = int(np.argmax([s.score for s in scored]))
        return [*scored, reshaped(own, seen, found[best], scored[best].score)]

    def _swaps(
        self, own: Suspects, seen: Sample, case: Case, window: Window
    ) -> Iterator[Hypothesis]:
        def theirs(name: str) -> tuple[Sample, Lattice | None]:
            if name not in self._lattices:
                self._lattices[name] = lattice_of(self._views[name])
            there = sample(window, self._indices[name], case.onset, case.record)
            return there, self._lattices[name]

        return swaps(own, seen, theirs, 1.0)


def _fits(own: Suspects, seen: Sample) -> bool:
    """Whether the values that there are follow training."""
    law = own.column.view.law
    if law is None or not len(seen.since):
        return True
    values = seen.ordered
    chance = float(misfits(values, [law.knots, values], values[:1], None)[0])
    return bool(saturated(np.array([chance]), len(values))[0] < _FITS)


def _hypotheses(
    own: Suspects, seen: Sample, base: FloatArray, grid: list[float], prior: float
) -> list[Hypothesis]:
    """Everything that may have happened to *base*, ascending; grid: evidence of each map, then of
    the values as they are.
    """
    training = own.column.view.law
    known = training is not None and base is training.knots
    found = [
        Hypothesis(
            fault=one.fault,
            law=one.law if known else one.law_of(base),
            evidence=one.fault.prior + on_grid + prior,
        )
        for one, on_grid in zip(own.maps, grid[:-1], strict=True)
    ]
    others = (*natural(own, seen, base, grid[-1], 1.0), *piles(own, seen, base, 1.0))
    return found + [replace(other, evidence=other.evidence + prior) for other in others]


def _scored(found: Sequence[Hypothesis], seen: Sample, marks: FloatArray) -> list[Scored]:
    divergence = misfits(seen.ordered, [h.law for h in found], marks, None)
    n = len(seen.since) * np.array([h.weight for h in found])
    evidence = np.array([h.evidence for h in found])
    scores = evidence - saturated(divergence, n)
    return [
        Scored(fault=h.fault, score=float(s), share=h.share)
        for h, s in zip(found, scores, strict=True)
    ]
