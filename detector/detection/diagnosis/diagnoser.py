"""Name the cause of one feature's departure, from the records around its onset."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from detector.detection.diagnosis import laws
from detector.detection.diagnosis.before import Before
from detector.detection.diagnosis.by_path import PathDiagnoser
from detector.detection.diagnosis.case import Case, Known, swapped
from detector.detection.diagnosis.catalogues import Catalogues, is_dependent, is_ordered
from detector.detection.diagnosis.certain import certain, refitted
from detector.detection.diagnosis.evidence import evidence
from detector.detection.diagnosis.explain import diagnosis, explained, restated
from detector.detection.diagnosis.free_maps import other_grid
from detector.detection.diagnosis.hypothesis import MARGIN, NATURAL, Scored
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.lost import goes_on, is_revealed, lost_digits
from detector.detection.diagnosis.memory import comes_by_itself
from detector.detection.diagnosis.posterior import Verdict, verdict
from detector.detection.diagnosis.sample import BEFORE, Sample
from detector.detection.diagnosis.surroundings import Surroundings, Watched
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Column, Fault, nature
from detector.detection.settings import ModelSettings
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Window
from detector.events import Diagnosis, Evidence

_CERTAIN = 0.97
_OTHERWISE_NATURAL = 12.0  # nats more for what even a short memory does by itself
_LATE = ((LOOK_BACK, 10.0), (1024, 6.0))  # records since the onset: a first name needs more nats


class Diagnoser:
    """Names causes for one model. A feature's catalogue is made ready when it first departs."""

    def __init__(self, views: Sequence[View], settings: ModelSettings, watched: Watched) -> None:
        self._catalogues = Catalogues(views, settings)
        self._around = Surroundings(self._catalogues, watched)
        self._paths = PathDiagnoser(self._around)

    @np.errstate(all="ignore")  # values near the end of float64 overflow
    def diagnose(self, case: Case, window: Window, previous: Diagnosis | None) -> Diagnosis | None:
        """The cause, a function of the records up to ``case.record``; None without a signal."""
        if not case.signals:
            return previous
        name = self._around.name(case.feature)
        own = self._catalogues.suspects(name)
        seen = self._around.sample(name, window, case.onset, case.record)
        fault = self._certain(own, seen, case, window, previous)
        if fault is not None:
            text = f"{name} {fault.looks}"
            sure = 0.0 if fault.cause == "unknown" else _CERTAIN
            return diagnosis(fault, text, fault.figures, confidence=sure)
        known = None if previous is None else (previous.cause, previous.variant)
        found = (
            self._paths.verdict(case, own, seen, window, known)
            if is_dependent(own.column.view)
            else self._by_law(case, own, seen, window, known)
        )
        if case.fewer and (found is None or found.best.fault.cause in NATURAL):
            found = self._without_digits(own, seen, previous) or found
        alone = case.digits_only and not is_dependent(own.column.view)  # there other tests are slow
        if alone and found is not None and found.best.fault.cause != "precision":
            previous, found = _in_doubt(own.column, previous), None
        if found is None:
            return previous
        if case.under is not None and found.best.fault is self._goes_on(case):
            return replace(case.under, confidence=round(found.confidence, 3))
        return explained(own.column, restated(own.column, found, seen), seen)

    @np.errstate(all="ignore")
    def evidence(self, case: Case, found: Diagnosis, window: Window) -> Evidence | None:
        """What *found* foretells of the records beside what they hold."""
        own = self._catalogues.suspects(self._around.name(case.feature))

        def sample(name: str) -> Sample:
            return self._around.sample(name, window, case.onset, case.record)

        faults = own.maps.named(found.cause, found.variant)
        seen = sample(own.column.name)
        return evidence(found, own.column, faults, seen, lambda other: sample(other).before)

    @np.errstate(all="ignore")
    def fits(self, feature: int, window: Window, onset: int, record: int) -> bool:
        """Whether the values of the records *onset*..*record* follow training's law."""
        name = self._around.name(feature)
        seen = self._around.sample(name, window, onset, record)
        own = self._catalogues.suspects(name)
        on_grid = own.on_lattice([IDENTITY], seen.since[-LAST:])[0] >= 0
        return bool(on_grid) and laws.fits(own, seen)

    def _by_law(
        self, case: Case, own: Suspects, seen: Sample, window: Window, known: Known
    ) -> Verdict:
        """The verdict where rows are independent."""
        natural = known is not None and known[0] in NATURAL
        age = case.record - case.onset
        late = next((more for since, more in _LATE if natural and age > since), 0.0)
        theirs = self._around.theirs(window, case.onset, case.record)
        scores = laws.scores(own, seen, theirs, before=self._before(case), fewer=case.fewer)
        if is_ordered(own.column.view):
            gridded = other_grid(own, seen.before, seen.since) is not None
            scores = [
                replace(one, score=one.score - _OTHERWISE_NATURAL)
                if comes_by_itself(own, one.fault, gridded=gridded)
                else one
                for one in scores
            ]
        return verdict(scores, known, margin=MARGIN + late)

    def _without_digits(
        self, own: Suspects, seen: Sample, previous: Diagnosis | None
    ) -> Verdict | None:
        """The verdict where nothing but the digits is lost; None where another name stands, or
        another fault is likelier that leaves as few.
        """
        if previous is not None and (previous.cause not in NATURAL or _is_doubted(previous)):
            return None
        lost = lost_digits(own, seen)
        if lost is None or is_revealed(own, lost) or not goes_on(own, seen, lost):
            return None
        best = Scored(fault=lost.fault, score=lost.evidence)
        return Verdict(best, _CERTAIN, (), ())

    def _before(self, case: Case) -> Before | None:
        return self._catalogues.before(self._around.name(case.feature), case.fault_before)

    def _goes_on(self, case: Case) -> Fault | None:
        before = self._before(case)
        return None if before is None else before.fault

    def _certain(
        self, own: Suspects, seen: Sample, case: Case, window: Window, previous: Diagnosis | None
    ) -> Fault | None:
        """A cause that needs no comparison, or the admission that there is nothing to compare."""
        kinds = [signal.kind for signal in case.signals]
        known = case.under is not None
        other = swapped(previous) or swapped(case.under)
        fault = certain(own, seen, kinds, lambda: laws.fits(own, seen), known=known, swapped=other)
        if fault is not None and fault.cause == "stuck_value" and is_dependent(own.column.view):
            run = seen.longest_last_run
            if self._around.rest_too(own.column.name, window, case.record, run):
                return None
        if fault is None and own.column.view.values == "scaled":
            earlier = 0 if known else BEFORE // 4
            first = max(case.onset - earlier, case.record - 2047, 0)
            values = window.valid(case.feature, first, case.record)
            fault = refitted(own, seen, values)
        if fault is None and (own.column.view.law is None or len(seen.since) < 2):  # noqa: PLR2004
            return nature.unknown(own.column)
        return fault


def _in_doubt(column: Column, previous: Diagnosis | None) -> Diagnosis:
    """What is said where values lost digits, not all of them, and nothing else has changed."""
    if previous is not None and previous.cause == "precision":
        return previous  # a few records of another producer are no news
    fault = nature.fewer_digits(column)
    return diagnosis(fault, f"{column.name} {fault.looks}", fault.figures, confidence=0.0)


def _is_doubted(found: Diagnosis) -> bool:
    """Whether a fault is likelier than the natural cause, and came too late for a name."""
    return any(other.confidence > found.confidence for other in found.alternatives)
