"""Streams for tests of the core: scalers, records, and a detector run over any split of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from detector.detection import (
    Batch,
    Detector,
    DetectorSettings,
    FeatureSettings,
    ModelSettings,
    Named,
    Rejected,
    ScalerName,
)
from detector.detection.batch import FloatArray, IntArray
from detector.events import Diagnosis, DriftEvent, encode
from detector.fit import Fitting, fit_scaler
from detector.scaler import (
    FeatureScaler,
    IdentityParameters,
    Kind,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    RobustParameters,
    Scaler,
    StandardParameters,
)

MODEL = "fares"
TOPIC = "features.fares"
EPOCH = 1_764_000_000.0  # seconds; the time of the first record
STANDARD = StandardParameters(mean=50.0, scale=10.0)
ROBUST = RobustParameters(center=50.0, scale=13.49)
MINMAX = MinMaxParameters(data_min=0.0, data_max=100.0)
MAXABS = MaxAbsParameters(max_abs=100.0)
IDENTITY = IdentityParameters()


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def normal(n: int, seed: int, *, mean: float = 50.0, std: float = 10.0) -> FloatArray:
    """Independent normal values; by default the law that STANDARD was fitted on."""
    return rng(seed, 1).normal(mean, std, n)


def bare(**features: Parameters) -> Scaler:
    """A file with nothing but the scaling parameters."""
    return Scaler(
        name=MODEL,
        version="1",
        kind="standard",
        features={name: FeatureScaler(parameters=p) for name, p in features.items()},
    )


def fitted(
    columns: Mapping[str, FloatArray],
    *,
    kind: Kind = "standard",
    feature_kinds: Mapping[str, Kind] | None = None,
) -> Scaler:
    """The file that `detector fit` writes for training *columns*: with references."""
    fitting = Fitting(
        name=MODEL,
        version="1",
        kind=kind,
        features=list(columns),
        feature_kinds=feature_kinds or {},
    )
    return fit_scaler(columns, fitting).scaler


def together(*scalers: Scaler) -> Scaler:
    """One file with the features of several."""
    features = {name: own for scaler in scalers for name, own in scaler.features.items()}
    return Scaler(name=MODEL, version="1", kind="standard", features=features)


def model(
    scaler: Scaler, features: Mapping[str, FeatureSettings] | None = None, **settings
) -> ModelSettings:
    return ModelSettings(
        name=MODEL, topic=TOPIC, scaler=scaler, features=features or {}, **settings
    )


def detector(settings: ModelSettings) -> Detector:
    return Detector(DetectorSettings(group="tests", models={settings.name: settings}))


@dataclass(frozen=True, kw_only=True, repr=False)
class Stream:
    """Records in their order, dead letters among them.

    columns:    one value a record and feature, shape (n,); those of dead letters are never read.
    times:      seconds since the epoch, shape (n,).
    rejected:   the record is a dead letter, shape (n,).
    scaled:     the scaled halves of pairs, likewise; nothing where there are none.
    partitions: shape (n,); offsets count on within each.
    named:      the scaler that each record names, shape (n,), places in ``names``; -1 for none.
    """

    columns: Mapping[str, FloatArray]
    times: FloatArray
    rejected: npt.NDArray[np.bool_]
    partitions: IntArray
    scaled: Mapping[str, FloatArray] = field(default_factory=dict)
    named: IntArray | None = None
    names: Sequence[ScalerName] = ()
    offsets: IntArray = field(init=False)

    def __post_init__(self) -> None:
        offsets = np.zeros(len(self.times), np.int64)
        for partition in np.unique(self.partitions):
            own = self.partitions == partition
            offsets[own] = np.arange(own.sum())
        object.__setattr__(self, "offsets", offsets)

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        return f"<{len(self)} records>"  # megabytes that nobody reads

    def batch(self, first: int, last: int) -> Batch:
        """Records first..last (exclusive), which lie in one partition."""
        part = slice(first, last)
        good, bad = ~self.rejected[part], self.rejected[part]
        return Batch(
            model=MODEL,
            topic=TOPIC,
            partition=int(self.partitions[first]),
            columns={name: values[part][good] for name, values in self.columns.items()},
            scaled={name: values[part][good] for name, values in self.scaled.items()},
            times=self.times[part][good],
            offsets=self.offsets[part][good],
            rejected=Rejected(offsets=self.offsets[part][bad], times=self.times[part][bad]),
            named=None
            if self.named is None
            else Named(codes=self.named[part][good], names=self.names),
        )

    def batches(self, cuts: Iterable[int] = ()) -> Iterator[Batch]:
        """The stream, cut before the records *cuts* and wherever the partition changes."""
        turns = (np.flatnonzero(np.diff(self.partitions)) + 1).tolist()
        ends = sorted({0, len(self), *turns, *(c for c in cuts if 0 < c < len(self))})
        for first, last in pairwise(ends):
            yield self.batch(first, last)


def stream(
    columns: Mapping[str, FloatArray],
    *,
    scaled: Mapping[str, FloatArray] | None = None,
    times: FloatArray | None = None,
    rejected: Sequence[int] | npt.NDArray[np.int64] = (),
    turns: Sequence[int] = (),
    named: Sequence[int] | IntArray | None = None,
    names: Sequence[ScalerName] = (),
) -> Stream:
    """A stream of *columns*, one record a second; *scaled*:
    their halves of pairs; *rejected*: numbers of the dead letters;
    *turns*: records from which on they come from another partition, 0 and 1 by turns;
    *named*: places in *names* of the scaler that each record names.
    """
    n = len(next(iter(columns.values())))
    bad = np.zeros(n, np.bool_)
    bad[np.asarray(rejected, np.int64)] = True
    return Stream(
        columns=columns,
        scaled=scaled or {},
        times=EPOCH + np.arange(n, dtype=np.float64) if times is None else times,
        rejected=bad,
        named=None if named is None else np.asarray(named, np.int64),
        names=names,
        partitions=np.searchsorted(np.sort(turns), np.arange(n), side="right").astype(np.int64) % 2,
    )


def run(
    settings: ModelSettings | Detector, records: Stream, cuts: Iterable[int] = ()
) -> list[DriftEvent]:
    """The events of a detector over a stream, cut into batches before the records *cuts*."""
    judge = settings if isinstance(settings, Detector) else detector(settings)
    return [event for batch in records.batches(cuts) for event in judge.update_batch(batch)]


def written(events: Iterable[DriftEvent]) -> list[bytes]:
    """Events as they go to the alert topic, one a line."""
    return [encode(event) for event in events]


def statuses(events: Iterable[DriftEvent], feature: str | None = None) -> list[str]:
    """The statuses of the events, of one feature or of all."""
    return [event.data.status for event in events if feature in (None, event.data.feature)]


def diagnosed(event: DriftEvent) -> Diagnosis:
    """The diagnosis of an event that has one."""
    found = event.data.diagnosis
    assert found is not None
    return found


def kinds(event: DriftEvent) -> list[str]:
    """The kinds of an event's signals."""
    return [signal.kind for signal in event.data.signals]
