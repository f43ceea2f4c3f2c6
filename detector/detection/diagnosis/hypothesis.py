"""A fault with all that speaks for and against it in one sample."""

from collections.abc import Callable

import msgspec

from detector.detection.batch import FloatArray
from detector.detection.faults import Fault

NATURAL = ("distribution_shift", "unknown")
MARGIN = 1.5  # nats by which a fault must beat nature
PILED = ("imputed_constant", "clipping")  # zeros stay zeros under most maps
CONSTANT = (*PILED, "stuck_value")  # constants in the place of some values, or of all
QUALITY = ("missing_values", "invalid_values")
HOPELESS = 60.0  # nats behind the best, where nothing counts any more


class Further(msgspec.Struct, frozen=True, gc=False):
    """Evidence that costs something: it is asked for only where it may decide.

    most:  nats that it adds at most.
    asked: gives them.
    """

    most: float
    asked: Callable[[], float]


class Hypothesis(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One explanation of a sample.

    law:      what the live values should follow, ascending.
    evidence: log evidence beside the law: prior, grid.
    weight:   how many independent values the sample is worth under it, as a share of n.
    share:    of the records that the fault reaches.
    further:  log evidence beside that, if it is asked for.
    """

    fault: Fault
    law: FloatArray
    evidence: float
    weight: float = 1.0
    share: float = 1.0
    further: Further | None = None

    @property
    def most(self) -> float:
        """Log evidence beside the law at most."""
        return self.evidence + (0.0 if self.further is None else self.further.most)

    @property
    def natural(self) -> bool:
        """True where no fault is claimed."""
        return self.fault.cause in NATURAL


class Scored(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A fault and its score in nats, comparable within one sample only.

    proof: what the training grid says for it beyond the values as they are, part of the score.
    """

    fault: Fault
    score: float
    share: float = 1.0
    proof: float = 0.0

    @property
    def key(self) -> tuple[str, str | None]:
        """What makes it another explanation."""
        return self.fault.cause, self.fault.variant
