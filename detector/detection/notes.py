"""What other detectors than the sequential tests say of a feature at one record."""

from collections.abc import Sequence
from dataclasses import dataclass

from detector.detection.change import Change
from detector.detection.dependence import Dependence
from detector.detection.parity import Parity
from detector.detection.refit import Refit
from detector.detection.watched_path import Suspicion

Note = Change | Dependence | Refit | Suspicion | Parity


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of one feature at one record, by who wrote them."""

    all: Sequence[Note]

    @property
    def telling(self) -> Change | Refit | Suspicion | None:
        """The one that says that something happened, if there is one."""
        return next((n for n in self.all if not isinstance(n, Dependence | Parity)), None)

    @property
    def dependence(self) -> list[Dependence]:
        """Estimates of how much neighbouring records depend on each other."""
        return [note for note in self.all if isinstance(note, Dependence)]

    @property
    def parity(self) -> Parity | None:
        """What the pairs say, if they say anything new."""
        return next((note for note in self.all if isinstance(note, Parity)), None)

    @property
    def broken(self) -> Parity | None:
        """The note that pairs disagree from now on."""
        return self.parity if self.parity is not None and self.parity.broken else None
