"""What happens to a feature's values, in units of its training scale where there is one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lab.laws import RATE, FloatArray, Rng, poisson

IMPUTED = 0.2  # share of the values that become zero
LOST = 0.3  # share of the values that go missing
CLIP_AT = 0.9  # quantile of training above which values are cut off

Distort = Callable[[FloatArray, FloatArray, Rng], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault.

    distort: live and training values to the broken live values.
    shift, stretch, gain: what it does to a law where it is that simple: shift in training scales,
             stretch about the training mean, gain about zero.
    """

    name: str
    distort: Distort
    shift: float = 0.0
    stretch: float = 1.0
    gain: float = 1.0

    @property
    def is_affine(self) -> bool:
        """True where the broken law is a location-scale image of the sound one."""
        return (self.shift, self.stretch, self.gain) != (0.0, 1.0, 1.0)


def _shift(size: float) -> Fault:
    return Fault(
        name=f"shift {size:g}",
        distort=lambda live, training, _: live + size * np.nanstd(training),
        shift=size,
    )


def _other_rate(size: float) -> Fault:
    """Counts stay counts: a part of a count is an alarm by itself."""
    return Fault(
        name=f"shift {size:g}",
        distort=lambda live, _, rng: poisson(rng, len(live), RATE + size * RATE**0.5),
        shift=size,
    )


def _stretch(factor: float) -> Fault:
    def distort(live: FloatArray, training: FloatArray, _: Rng) -> FloatArray:
        mean = np.nanmean(training)
        return np.asarray(mean + factor * (live - mean))

    return Fault(name=f"spread × {factor:g}", distort=distort, stretch=factor)


def _gain(factor: float) -> Fault:
    return Fault(
        name=f"values × {factor:g}", distort=lambda live, _, __: factor * live, gain=factor
    )


def _stuck(live: FloatArray, training: FloatArray, _: Rng) -> FloatArray:
    return np.full(len(live), training[np.isfinite(training)][-1])


def _imputed(live: FloatArray, _: FloatArray, rng: Rng) -> FloatArray:
    return np.where(rng.random(len(live)) < IMPUTED, 0.0, live)


def _clipped(live: FloatArray, training: FloatArray, _: Rng) -> FloatArray:
    return np.minimum(live, np.nanquantile(training, CLIP_AT))


def _lost(live: FloatArray, _: FloatArray, rng: Rng) -> FloatArray:
    return np.where(rng.random(len(live)) < LOST, np.nan, live)


_OTHERS = (
    *map(_stretch, (1.5, 2.0)),
    *map(_gain, (10.0, 1000.0)),
    Fault(name="stuck", distort=_stuck),
    Fault(name="20 % imputed zero", distort=_imputed),
    Fault(name="clipped at the 90 % quantile", distort=_clipped),
    Fault(name="30 % missing", distort=_lost),
)
SIZES = (0.25, 0.5, 1.0, 3.0)
FAULTS = (*map(_shift, SIZES), *_OTHERS)
COUNT_FAULTS = (*map(_other_rate, SIZES), *_OTHERS)
