"""A fault that reaches some of the records only: one instance of many, one producer of several."""

from collections.abc import Iterator, Sequence

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Suspect
from detector.detection.diagnosis.hypothesis import Hypothesis
from detector.detection.diagnosis.lattice import LAST, off_grid
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import FewBins, largest_gap, saturated
from detector.detection.diagnosis.suspects import IDENTITY, Suspects

SHARES = (0.1, 0.3)  # of the records; the law between them is told by either
_LEAST = 32  # values, a few of which are faulty
_WHOLE = 0.45  # gap of the laws beyond which most records are hit
_PRIOR = -8.0  # a mixture of two laws bends to much that is no fault
_REFUTED = -100.0  # most values left the grid: the fault reaches them all
_SURE = 2  # values off the grid that a map must lead back to it


def partial(
    own: Suspects,
    seen: Sample,
    base: FloatArray,
    maps: Sequence[Suspect],
    weight: float,
    bins: FewBins,
    least: float,
) -> Iterator[Hypothesis]:
    """Maps on a share of the records, the others being as in *base* (ascending).

    bins, least: in a first look, a mixture reaches this score or is left out.
    """
    if len(seen.since) < _LEAST or largest_gap(seen.ordered, base) > _WHOLE:
        return
    evidence = _PRIOR + np.array([one.fault.prior for one in maps]) + _proofs(own, seen, maps)
    sound, mapped = bins.shares([base]), bins.shares([one.law for one in maps])
    for share in SHARES:
        every = round((1 - share) / share)
        faulty = 1 / (1 + every * len(base) / np.array([len(one.law) for one in maps]))[:, None]
        misfits = bins.misfits((1 - faulty) * sound + faulty * mapped)
        most = evidence - saturated(misfits, len(seen.since) * weight)
        for i in np.flatnonzero(most >= least).tolist():
            joined = np.concatenate((base, maps[i].law[::every]))
            law = np.sort(joined, kind="stable")  # of two ascending parts: they are merged
            yield Hypothesis(
                fault=maps[i].fault,
                law=law,
                evidence=float(evidence[i]),
                weight=weight,
                share=share,
            )


def _proofs(own: Suspects, seen: Sample, maps: Sequence[Suspect]) -> FloatArray:
    """What the training grid says: sound values stand on it, the others under the map."""
    if own.lattice is None:
        return np.zeros(len(maps))
    off = off_grid(own.lattice, own.column.view, seen.since)
    if float(off.mean()) > _WHOLE:
        return np.full(len(maps), _REFUTED)
    sound = float(own.on_lattice([IDENTITY], seen.since[~off][-LAST:])[0]) if (~off).any() else 0.0
    if int(off.sum()) < _SURE:
        return np.full(len(maps), sound)
    faulty = own.on_lattice([one.map for one in maps], seen.since[off][-LAST:])
    return faulty + sound
