"""What can be added over batches and partitions: River's running mean and variance, minimum,
maximum, counts.
"""

from dataclasses import dataclass, field

import numpy as np
from river.stats import Var

from detector.detection.batch import FloatArray


@dataclass(slots=True)
class Evidence:
    """Counts and moments of one feature; the sum of two is the evidence of both streams together.

    count counts valid values; the variance divides by n.
    """

    missing: int = 0
    invalid: int = 0
    minimum: float = np.inf
    maximum: float = -np.inf
    moments: Var = field(default_factory=lambda: Var(ddof=0))

    def measure(
        self, values: FloatArray, *, missing: int, invalid: int, minimum: float, maximum: float
    ) -> None:
        """Take valid *values*, shape (n,), with their extremes, and the records without one in."""
        self.missing += missing
        self.invalid += invalid
        if len(values):
            self.moments.update_many(values)
            self.minimum = min(self.minimum, minimum)
            self.maximum = max(self.maximum, maximum)

    def __add__(self, other: "Evidence") -> "Evidence":
        if not other.count or not self.count:
            moments = other.moments if other.count else self.moments
        else:
            moments = self.moments + other.moments
        return Evidence(
            missing=self.missing + other.missing,
            invalid=self.invalid + other.invalid,
            minimum=min(self.minimum, other.minimum),
            maximum=max(self.maximum, other.maximum),
            moments=moments,
        )

    @property
    def count(self) -> int:
        """Valid values."""
        return int(self.moments.mean.n)

    @property
    def mean(self) -> float | None:
        """Mean of the valid values; None without one, or beyond float64."""
        return _finite(self.moments.mean.get()) if self.count else None

    @property
    def std(self) -> float | None:
        """Standard deviation, dividing by n; None without a value, or beyond float64."""
        return _finite(float(np.sqrt(max(self.moments.get(), 0.0)))) if self.count else None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
