"""Name the cause of one feature's departure, from the records around its onset."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from detector.detection.diagnosis import laws
from detector.detection.diagnosis.before import Before, Former
from detector.detection.diagnosis.behind import behind
from detector.detection.diagnosis.catalogues import (
    Catalogues,
    autocorrelation_time,
    is_dependent,
    is_ordered,
)
from detector.detection.diagnosis.certain import certain, refitted
from detector.detection.diagnosis.evidence import evidence
from detector.detection.diagnosis.explain import diagnosis, explained, restated
from detector.detection.diagnosis.free_maps import is_free, other_grid
from detector.detection.diagnosis.hypothesis import MARGIN, NATURAL, QUALITY, Scored
from detector.detection.diagnosis.lattice import LAST
from detector.detection.diagnosis.lost import goes_on, is_revealed, lost_digits
from detector.detection.diagnosis.memory import (
    as_moved,
    comes_by_itself,
    is_elsewhere,
    is_unnatural,
)
from detector.detection.diagnosis.paths import is_hopeless
from detector.detection.diagnosis.posterior import PILED, SURE, Verdict, path_verdict, verdict
from detector.detection.diagnosis.sample import BEFORE, Sample
from detector.detection.diagnosis.scene import Scene
from detector.detection.diagnosis.surroundings import Surroundings, Watched
from detector.detection.diagnosis.suspects import IDENTITY, Suspects
from detector.detection.faults import Column, Fault, nature
from detector.detection.settings import ModelSettings
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Window
from detector.events import Besides, Diagnosis, Evidence, Signal

_CERTAIN = 0.97
_OTHERWISE_NATURAL = 12.0  # nats more for what even a short memory does by itself
_BLIND = 0.8  # how sure nature's doing can be where nothing is known of the path before
_DEPENDENT_MARGIN = 6.0  # nats by which a law must beat nature's where rows depend on time
_LATE = ((LOOK_BACK, 10.0), (1024, 6.0))  # records since the onset: a first name needs more nats
_NATURAL_TOO = ("offset", "gain", "precision")  # what a path does by itself, too
_OLD = 500  # records since the onset after which a path has said all it can
Known = tuple[str, str | None] | None  # the cause and variant named before


def is_fault(found: Diagnosis | None) -> bool:
    """True for a named preprocessing fault; missing and invalid values are data quality."""
    return found is not None and found.cause not in NATURAL + QUALITY


def is_sure(found: Diagnosis | Besides | None) -> bool:
    """True where the cause is meant to be relied on."""
    return found is not None and found.confidence >= SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked: the cause of a departure of *feature* between two records.

    feature: index in the model.
    onset, record: numbers of the first record of the departure and of the last that may be used.
    signals: what the tests say, the one that tipped first.
    former:    what held before *onset*: another fault may have come on top of it, or in its place.
    suspected: whether no test has tipped: the onset was picked among many for its surprise.
    fewer:     whether a test says that digits were lost.
    digits_only: whether no test says anything else.
    """

    feature: int
    onset: int
    record: int
    signals: tuple[Signal, ...]
    suspected: bool = False
    digits_only: bool = False
    fewer: bool = False
    former: Former | None = None

    @property
    def under(self) -> Diagnosis | None:
        """What was named before the onset."""
        return None if self.former is None else self.former.named


class Diagnoser:
    """Names causes for one model. A feature's catalogue is made ready when it first departs."""

    def __init__(self, views: Sequence[View], settings: ModelSettings, watched: Watched) -> None:
        self._catalogues = Catalogues(views, settings)
        self._around = Surroundings(self._catalogues, watched)

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
            self._by_path(case, own, seen, window, known)
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
        scores = laws.scores(
            own, seen, self._theirs(case, window), before=self._before(case), fewer=case.fewer
        )
        if is_ordered(own.column.view):
            gridded = other_grid(own, seen.before, seen.since) is not None
            scores = [
                dataclasses.replace(one, score=one.score - _OTHERWISE_NATURAL)
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
        best = Scored(fault=lost.faults[0], score=lost.evidence)
        return Verdict(best, _CERTAIN, (), ())

    def _theirs(self, case: Case, window: Window) -> laws.Theirs:
        """The other features over the same records."""
        return lambda other: self._around.other(other, window, case.onset, case.record)

    def _before(self, case: Case) -> Before | None:
        under = case.under if is_fault(case.under) else None
        return self._catalogues.before(self._around.name(case.feature), under)

    def _goes_on(self, case: Case) -> Fault | None:
        before = self._before(case)
        return None if before is None else before.fault

    def _by_path(
        self, case: Case, own: Suspects, seen: Sample, window: Window, known: Known
    ) -> Verdict | None:
        """The verdict where rows depend on time; None where the last one stands."""
        old = known is not None and case.record - case.onset > _OLD
        if old or (case.suspected and _swapped(case.under) is not None):
            return None  # it said all it can; or it is another column's, of which little is known
        name = own.column.name
        scene = self._around.scene(name, seen, window, case.onset, case.record)
        followed = None
        if scene is not None:
            followed = self._followed(case, scene, as_moved(own, seen), window, known)
            named = followed is None or followed.best.fault.cause not in NATURAL
            if named or not scene.law.is_noise:
                return followed
        if case.suspected:
            return followed  # the law of a few dependent values proves no onset among many
        return self._by_sparse_law(case, own, seen, window, known, blind=scene is None)

    def _followed(
        self, case: Case, scene: Scene, moved: Fault, window: Window, known: Known
    ) -> Verdict | None:
        """The verdict of the path; None where the last one stands, or none is worth a look."""
        replaced = self._in_its_place(case, scene, window, known)
        if replaced is not None:
            return replaced
        if is_fault(case.under):
            faulty = self._around.under(scene, case.former, window, case.onset, case.record)
            if faulty is None:
                return None
            scene = faulty
        if case.suspected and is_hopeless(scene):
            return None
        found = path_verdict(scene, moved, known)
        before = self._before(case)
        if found is None or before is None or not before.replaced:
            return found
        # other maps than the sound path's own would have to make steps of what was put in its way
        return found if found.best.fault.cause in (*NATURAL, *PILED) else None

    def _in_its_place(
        self, case: Case, scene: Scene, window: Window, known: Known
    ) -> Verdict | None:
        """The fault that took the place of the one before; None where none is seen to have."""
        before, former = self._before(case), case.former
        if former is None or before is None or before.map is None or before.instead is None:
            return None
        name = scene.own.column.name
        path = self._around.behind(name, before, former, window, case.onset, case.record)
        if path is None:
            return None
        found = behind(scene, before.instead, before.map, path, before.replaced)
        if found is None or (case.suspected and is_hopeless(found)):
            return None
        told = path_verdict(found, before.fault, known)
        if told is None or told.best.fault is before.fault:
            return None  # constants are told along the path as it arrives: no map moves them
        return None if told.best.fault.cause in (*NATURAL, *PILED) else told

    def _by_sparse_law(
        self, case: Case, own: Suspects, seen: Sample, window: Window, known: Known, *, blind: bool
    ) -> Verdict:
        """The verdict of the law alone where rows depend on time.

        blind: nothing is known of the path before the onset.
        """
        weight = 1 / autocorrelation_time(own.column.view)
        scores = laws.scores(own, seen, self._theirs(case, window), weight)
        proven = not blind or is_unnatural(own, seen)
        unsure = not proven and not is_elsewhere(own, seen)
        scores = [
            one
            for one in scores
            if one.fault.cause not in _NATURAL_TOO
            and not is_free(*one.key)
            and (not unsure or one.fault.cause in NATURAL)
        ]
        found = verdict(scores, known, margin=_DEPENDENT_MARGIN)
        if proven or found.best.fault.cause not in NATURAL:
            return found
        return dataclasses.replace(found, confidence=min(found.confidence, _BLIND))

    def _certain(
        self, own: Suspects, seen: Sample, case: Case, window: Window, previous: Diagnosis | None
    ) -> Fault | None:
        """A cause that needs no comparison, or the admission that there is nothing to compare."""
        kinds = [signal.kind for signal in case.signals]
        known = case.under is not None
        swapped = _swapped(previous) or _swapped(case.under)
        fault = certain(
            own, seen, kinds, lambda: laws.fits(own, seen), known=known, swapped=swapped
        )
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


def _swapped(found: Diagnosis | None) -> str | None:
    """The feature whose values are known to stand here."""
    return found.variant if found is not None and found.cause == "column_swap" else None


def _is_doubted(found: Diagnosis) -> bool:
    """Whether a fault is likelier than the natural cause, and came too late for a name."""
    return any(other.confidence > found.confidence for other in found.alternatives)
