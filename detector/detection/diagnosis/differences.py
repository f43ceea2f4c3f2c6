"""Two columns exchanged, told by their difference: at the onset it changes its sign, whatever both
have in common, and where it never was of that sign the world does not do it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.continuation import Path, continued, walked
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.faults import Affine

_NEVER = 6.0  # nats that nature pays for an order that was never reversed before
_REVERSED, _KEPT = 0.8, 0.5  # share of the records
_FEW = 4
_NEGATED = Affine(-1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A column's raw values less another's that never was below it, or never above.

    sign:  of the difference before the onset.
    since: at and after the onset, where both have a value.
    law:   learned from those before; None where that cannot be done.
    """

    sign: float
    since: FloatArray
    law: Callable[[], Innovation | None]

    @property
    def is_reversed(self) -> bool:
        """Whether the order is now the other way round."""
        if len(self.since) < _FEW:
            return False
        return float(np.mean(self.since * self.sign < 0)) >= _REVERSED

    @property
    def is_kept(self) -> bool:
        """Whether the order still is as it was, as it cannot be after an exchange."""
        return bool(len(self.since)) and float(np.mean(self.since * self.sign > 0)) > _KEPT


def exchanged(pair: Difference) -> float:
    """Margin of an exchange of the two over nature, in nats."""
    law = pair.law()
    if law is None:
        return 0.0
    natural = walked(Path(pair.since, law), together=False)
    return continued(pair.since, _NEGATED, law) - natural + (_NEVER if pair.is_reversed else 0.0)
