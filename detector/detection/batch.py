"""Records of one model and partition as columns, the way every source hands them to the core."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Records that became dead letters: they count against ``dead_letters.stop_above`` and
    nothing else.

    offsets: int64, shape (r,), ascending.
    times:   seconds since the epoch, float64, shape (r,).
    """

    offsets: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    times: FloatArray = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerName:
    """What a record says of the scaler that it was made with.

    digest:   ``sha256:…`` as in the scaler file; it decides where there is one.
    version:  likewise; decides where there is no digest.
    readable: false where the record says something that is no text; then digest or version show it
              and are never those of a scaler.
    """

    digest: str | None = None
    version: str | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Which scaler each record names.

    codes: int64, shape (n,): places in ``names``; -1 where a record names none.
    names: in any order, each as often as you like.
    """

    codes: IntArray
    names: Sequence[ScalerName]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Consecutive records of one partition, as one numpy column a feature.

    columns:  float64, shape (n,); NaN is missing, ±inf is invalid. One for every feature of the
              scaler.
    scaled:   the scaled values beside the raw ones in ``columns``, likewise; nothing where the
              topic carries only one of them.
    times:    seconds since the epoch, float64, shape (n,).
    offsets:  int64, shape (n,), ascending.
    rejected: the dead letters among these records; their offsets are not in ``offsets``.
    named:    the scalers that these records name, codes of shape (n,); None where none names any.
    """

    model: str
    topic: str
    partition: int
    columns: Mapping[str, FloatArray]
    times: FloatArray
    offsets: IntArray
    scaled: Mapping[str, FloatArray] = field(default_factory=dict)
    rejected: Rejected = field(default_factory=Rejected)
    named: Named | None = None

    def __len__(self) -> int:
        return len(self.offsets)
