"""What a diagnosis is asked, and what its answers count as."""

from dataclasses import dataclass

from detector.detection.diagnosis.before import Former
from detector.detection.diagnosis.hypothesis import CONSTANT, NATURAL, QUALITY
from detector.detection.diagnosis.posterior import SURE
from detector.events import Besides, Diagnosis, Signal

Known = tuple[str, str | None] | None  # the cause and variant named before


def is_fault(found: Diagnosis | None) -> bool:
    """True for a named preprocessing fault; missing and invalid values are data quality."""
    return found is not None and found.cause not in NATURAL + QUALITY


def has_path(found: Diagnosis | None) -> bool:
    """True for a fault under which values go on along a path: no constants stand in their place."""
    return is_fault(found) and found is not None and found.cause not in CONSTANT


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
    def fault_before(self) -> Diagnosis | None:
        """The fault that was named before the onset, if one was."""
        return self.under if is_fault(self.under) else None

    @property
    def under(self) -> Diagnosis | None:
        """What was named before the onset."""
        return None if self.former is None else self.former.named


def swapped(found: Diagnosis | None) -> str | None:
    """The feature whose values are known to stand here."""
    return found.variant if found is not None and found.cause == "column_swap" else None
