"""Two columns exchanged, told by their difference: at the onset it changes its sign, whatever both
have in common, and where it never was of that sign the world does not do it.
"""

from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.continuation import Path, continued, walked
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.faults import Affine

_NEVER = 6.0  # nats that nature pays for an order that was never reversed before
_REVERSED = 0.8  # share of the records
_STILL = 0.5
_FEW = 4
_NEGATED = Affine(-1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A column's raw values less another's, at the records where both have one.

    since: at and after the onset. law: learned from those before.
    kept:  whether it never was of both signs before.
    """

    since: FloatArray
    law: Innovation
    kept: bool

    @property
    def is_reversed(self) -> bool:
        """Whether an order that was always kept is now the other way round."""
        if not self.kept or len(self.since) < _FEW:
            return False
        return float(np.mean(self.since * np.sign(self.law.level) < 0)) >= _REVERSED

    @property
    def is_kept(self) -> bool:
        """Whether an order that was always kept still is, as it is not after an exchange."""
        return self.kept and float(np.mean(self.since * np.sign(self.law.level) > 0)) > _STILL


def exchanged(pair: Difference) -> float:
    """Margin of an exchange of the two over nature, in nats."""
    natural = walked(Path(pair.since, pair.law), together=False)
    return (
        continued(pair.since, _NEGATED, pair.law) - natural + (_NEVER if pair.is_reversed else 0.0)
    )
