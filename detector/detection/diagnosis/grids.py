"""Where values left the training grid for another one: the exact map between the two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.lattice import Lattice, common_step
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Affine

_NEAR = 0.15  # relative difference of a spread's estimate from the gain that the grids give
_ESTIMATED = 0.04  # and of what quartiles of a thinned law give
_COARSER, _CHANCE = 1.9, 14.0  # times the training step, and nats against a chance of it
_SAME = 1e-6
_ALIGNED = 1e-3  # of a live step, as far as sums of a map of floats miss their grid
_LATEST = 512
_RATIOS = (1.0, 2.0, 3.0, 0.5, 1 / 3, 1.5, 2 / 3)  # either grid may show every second point only


@dataclass(frozen=True, slots=True)
class Grids:
    """The training grid of a topic and the one that live values stand on.

    zero, step: topic value of the training grid's origin, and its step there; step is never zero.
    live:       the grid of the live values, in training steps.
    distinct:   how many live values there are.
    """

    zero: float
    step: float
    live: Lattice
    distinct: int

    @property
    def coarser(self) -> bool:
        """Whether live values skip grid points as training's never did: all are whole multiples."""
        step = self.live.step
        return step > _COARSER and (self.distinct - 1) * float(np.log(step)) > _CHANCE

    def exact(self, estimate: Affine) -> Affine | None:
        """The map near an estimated one that takes the one grid to the other, if there is one."""
        gains = self.gains([estimate.gain], _ESTIMATED)
        if not gains:
            return None
        gain = min(gains, key=lambda g: abs(g / estimate.gain - 1))
        return self.aligned(Affine(gain, estimate.offset))

    def gains(self, estimates: Sequence[float], near_by: float = _NEAR) -> list[float]:
        """Exact gains near the estimates: ratios of the two steps."""
        return [g for g in self.ratios if any(abs(e / g - 1) < near_by for e in estimates)]

    @property
    def ratios(self) -> list[float]:
        """Every gain that takes the one grid to the other, as far as a few values tell."""
        return [1.0 if abs(g - 1) < _SAME else g for g in (self.live.step * r for r in _RATIOS)]

    def leads(self, one: Affine) -> bool:
        """Whether *one* takes the one grid to the other."""
        step = abs(self.step * self.live.step)
        return abs(self.aligned(one).offset - one.offset) <= _ALIGNED * step

    def aligned(self, one: Affine) -> Affine:
        """The map nearest to *one*, of the same gain, that takes the one grid to the other."""
        offset = (one.offset - self.zero * (1 - one.gain)) / self.step
        whole = np.rint((offset - self.live.origin) / self.live.step)
        on_grid = self.live.origin + whole * self.live.step
        return Affine(one.gain, float(self.zero * (1 - one.gain) + self.step * on_grid))


def grids_of(suspects: Suspects, sample: Sample) -> Grids | None:
    """Both grids; None where live values stand on none, or where the topic bends training's."""
    return grids_behind(suspects, sample.since)


def grids_behind(suspects: Suspects, since: FloatArray) -> Grids | None:
    """The same of valid values since an onset, shape (n,)."""
    lattice, view = suspects.lattice, suspects.column.view
    line = None if lattice is None else lattice.line(view)
    if lattice is None or line is None:
        return None
    values = np.unique(since[-_LATEST:])  # the onset may be a little early
    live = common_step(lattice.steps(view.to_raw(values)))
    if live is None:
        return None
    return Grids(-line[0] / line[1], 1 / line[1], live, len(values))
