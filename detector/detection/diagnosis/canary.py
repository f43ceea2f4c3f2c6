"""A fault that reaches some of the records only: one instance of many, one producer of several."""

from collections.abc import Iterator, Sequence

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Suspect
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.lattice import LAST, off_grid
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import largest_gap
from detector.detection.diagnosis.suspects import IDENTITY, Suspects

SHARES = (0.1, 0.3)  # of the records; the law between them is told by either
_LEAST = 32  # values, a few of which are faulty
_WHOLE = 0.45  # gap of the laws beyond which most records are hit
_PRIOR = -8.0  # a mixture of two laws bends to much that is no fault
_REFUTED = -100.0  # most values left the grid: the fault reaches them all
_SURE = 2  # values off the grid that a map must lead back to it


def partial(
    own: Suspects, seen: Sample, base: FloatArray, maps: Sequence[Suspect], weight: float
) -> Iterator[Hypothesis]:
    """Every map on a share of the records, the others being as in *base* (ascending)."""
    if len(seen.since) < _LEAST or largest_gap(seen.ordered, base) > _WHOLE:
        return
    proofs = _proofs(own, seen, maps)
    for one, proof in zip(maps, proofs, strict=True):
        for share in SHARES:
            joined = np.concatenate((base, one.law[:: round((1 - share) / share)]))
            law = np.sort(joined, kind="stable")  # of two ascending parts: they are merged
            yield Hypothesis(
                fault=one.fault,
                law=law,
                evidence=one.fault.prior + _PRIOR + proof,
                weight=weight,
                share=share,
            )


def _proofs(own: Suspects, seen: Sample, maps: Sequence[Suspect]) -> list[float]:
    """What the training grid says: sound values stand on it, the others under the map."""
    if own.lattice is None:
        return [0.0] * len(maps)
    off = off_grid(own.lattice, own.column.view, seen.since)
    if float(off.mean()) > _WHOLE:
        return [_REFUTED] * len(maps)
    sound = float(own.on_lattice([IDENTITY], seen.since[~off][-LAST:])[0]) if (~off).any() else 0.0
    if int(off.sum()) < _SURE:
        return [sound] * len(maps)
    faulty = own.on_lattice([one.map for one in maps], seen.since[off][-LAST:])
    return [float(value) for value in faulty + sound]
