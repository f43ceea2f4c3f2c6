"""Name the cause where rows depend on time: along the path, or by the law alone where too little
is known of the path.
"""

import dataclasses

from msgspec.structs import replace

from detector.detection.diagnosis import laws
from detector.detection.diagnosis.before import Before
from detector.detection.diagnosis.behind import behind
from detector.detection.diagnosis.case import Case, Known, is_fault, swapped
from detector.detection.diagnosis.catalogues import autocorrelation_time
from detector.detection.diagnosis.free_maps import is_free
from detector.detection.diagnosis.hypothesis import NATURAL, PILED
from detector.detection.diagnosis.memory import as_moved, is_elsewhere, is_unnatural
from detector.detection.diagnosis.paths import is_hopeless
from detector.detection.diagnosis.posterior import Verdict, path_verdict, verdict
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scene import Scene
from detector.detection.diagnosis.surroundings import Surroundings
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Fault
from detector.detection.window import Window

_BLIND = 0.8  # how sure nature's doing can be where nothing is known of the path before
_MARGIN = 6.0  # nats by which a law must beat nature's
_NATURAL_TOO = ("offset", "gain", "precision")  # what a path does by itself, too
_OLD = 500  # records since the onset after which a path has said all it can


class PathDiagnoser:
    """Follows the paths of one model's features."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around

    def verdict(
        self, case: Case, own: Suspects, seen: Sample, window: Window, known: Known
    ) -> Verdict | None:
        """The verdict where rows depend on time; None where the last one stands."""
        old = known is not None and case.record - case.onset > _OLD
        if old or (case.suspected and swapped(case.under) is not None):
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
        before = self._before(case, scene)
        if found is None or before is None or not before.replaced:
            return found
        # other maps than the sound path's own would have to make steps of what was put in its way
        return found if found.best.fault.cause in (*NATURAL, *PILED) else None

    def _in_its_place(
        self, case: Case, scene: Scene, window: Window, known: Known
    ) -> Verdict | None:
        """The fault that took the place of the one before; None where none is seen to have."""
        before, former = self._before(case, scene), case.former
        if former is None or before is None or before.map is None or before.instead is None:
            return None
        found = self._within(case, scene, before, window)
        if found is None:
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

    def _within(self, case: Case, scene: Scene, before: Before, window: Window) -> Scene | None:
        """The path as it arrives under a fault that bends it; None where that is too young."""
        if before.within is None:
            return None
        faulty = self._around.under(scene, case.former, window, case.onset, case.record)
        if faulty is None:
            return None
        return dataclasses.replace(faulty, own=before.within, faulty=False, second=True)

    def _by_sparse_law(
        self, case: Case, own: Suspects, seen: Sample, window: Window, known: Known, *, blind: bool
    ) -> Verdict:
        """The verdict of the law alone where rows depend on time.

        blind: nothing is known of the path before the onset.
        """
        weight = 1 / autocorrelation_time(own.column.view)
        scores = laws.scores(
            own, seen, self._around.theirs(window, case.onset, case.record), weight
        )
        proven = not blind or is_unnatural(own, seen)
        unsure = not proven and not is_elsewhere(own, seen)
        scores = [
            one
            for one in scores
            if one.fault.cause not in _NATURAL_TOO
            and not is_free(*one.key)
            and (not unsure or one.fault.cause in NATURAL)
        ]
        found = verdict(scores, known, margin=_MARGIN)
        if proven or found.best.fault.cause not in NATURAL:
            return found
        return replace(found, confidence=min(found.confidence, _BLIND))

    def _before(self, case: Case, scene: Scene) -> Before | None:
        return self._around.catalogues.before(scene.own.column.name, case.fault_before)
