"""One feature since an onset, and what surrounds it: all that a name along a path rests on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from detector.detection.batch import FloatArray
from detector.detection.diagnosis.differences import Difference
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.diagnosis.lattice import Lattice
from detector.detection.diagnosis.suspects import Suspects
from detector.detection.faults import Column

FEW = 4  # values that say something
Key = tuple[str, str | None] | None  # cause and variant


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another column at the same records."""

    values: FloatArray
    before: Callable[[], FloatArray]
    law: Innovation
    column: Column
    lattice: Callable[[], Lattice | None]


Others = Callable[[str], Neighbour | None]
Differences = Callable[[str], Difference | None]
LastValues = Callable[[], FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One feature since an onset, and what surrounds it.

    values, before: valid values since the onset and of the 256 records before, in order.
    law:      learned from the records before the onset.
    together: other columns that the same record startled.
    last:     raw values of every column just before the onset, shape (m, 3); NaN fills up.
    less:     this column less another one.
    turned:   other columns whose order with this one was reversed at the onset.
    faulty:   whether the path is that of a known fault already.
    second:   whether it is the sound path behind one.
    """

    own: Suspects
    values: FloatArray
    before: FloatArray
    law: Innovation
    together: Sequence[str]
    others: Others
    last: LastValues
    less: Differences
    turned: Sequence[str]
    faulty: bool = False
    second: bool = False

    @property
    def age(self) -> int:
        """Values since the onset."""
        return len(self.values)
