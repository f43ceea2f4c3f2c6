"""The engine: batches of records in, drift events out. Pure: no Kafka, no files, no clock, no
log.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from detector.detection.batch import Batch, FloatArray, IntArray, Named
from detector.detection.departure.store import TableStore
from detector.detection.model import ModelDetector
from detector.detection.settings import DetectorSettings
from detector.detection.status import FeatureStatus
from detector.events import DriftEvent


class Detector:
    """Judges the records of every model against its training scaler.

    Its events are a function of the records in their order, never of how they were fetched: any
    split of the
    same records into batches gives the same events.
    """

    def __init__(self, settings: DetectorSettings, store: TableStore | None = None) -> None:
        """*store* keeps what is computed at start for the next one with the same scaler files."""
        self.settings = settings
        self._models = {
            name: ModelDetector(model, settings.group, store)
            for name, model in settings.models.items()
        }
        self._next_offset = dict.fromkeys(self._models, 0)

    @classmethod
    def from_config(cls, path: str | Path) -> "Detector":
        """The engine for a configuration file. Raises ConfigError with every fault of it."""
        from detector.config import load  # noqa: PLC0415 - the one import upward

        return cls(load(Path(path)).detector_settings())

    def update(
        self,
        model: str,
        columns: Mapping[str, FloatArray],
        times: FloatArray | None = None,
        position: tuple[str, int, IntArray] | None = None,
        scaled: Mapping[str, FloatArray] | None = None,
        named: Named | None = None,
    ) -> list[DriftEvent]:
        """Take records of *model* in; the events they tip, in the order of the records.

        columns:  float64, shape (n,), by feature; NaN is missing, ±inf is invalid. A feature of
                  the scaler
                  without a column is missing in every record.
        times:    seconds since the epoch, shape (n,); None: one second a record from the epoch.
        position: topic, partition and int64 offsets of shape (n,); None: partition 0, counting on.
        scaled:   the scaled values of a model with ``values: both``, as *columns*, which then are
                  the raw ones.
        named:    which scaler each record says it was made with, codes of shape (n,); None where
                  they say nothing.

        Raises ValueError where a column is unknown or the lengths differ, KeyError for an unknown
        model.
        """
        own = self._models[model].settings
        both = {} if scaled is None else scaled
        if both and own.values != "both":
            raise ValueError(f"{model} does not watch pairs: its values are {own.values!r}")
        unknown = [name for name in (*columns, *both) if name not in own.scaler.features]
        if unknown:
            raise ValueError(f"{model} has no feature {unknown[0]!r}")
        lengths = {len(column) for column in (*columns.values(), *both.values())}
        if len(lengths) != 1:
            raise ValueError(f"columns must have one length, got {sorted(lengths) or 'none'}")
        n = lengths.pop()
        first = self._next_offset[model]
        topic, partition, offsets = position or (own.topic, 0, np.arange(first, first + n))
        if times is None:
            times = offsets.astype(np.float64)
        if len(offsets) != n or len(times) != n:
            raise ValueError(f"expected {n} times and offsets, got {len(times)} and {len(offsets)}")
        if named is not None:
            _check(named, n)
        self._next_offset[model] = first + n

        def filled(some: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
            return {
                name: np.asarray(some.get(name, np.full(n, np.nan)), np.float64)
                for name in own.scaler.features
            }

        return self.update_batch(
            Batch(
                model=model,
                topic=topic,
                partition=partition,
                columns=filled(columns),
                scaled=filled(both) if own.values == "both" else {},
                times=times,
                offsets=offsets,
                named=named,
            )
        )

    def update_batch(self, batch: Batch) -> list[DriftEvent]:
        """Take a batch in; the events it tips, in the order of the records."""
        return self._models[batch.model].update(batch)

    def advance(self, now: float, models: Iterable[str] | None = None) -> list[DriftEvent]:
        """Let wall time pass, for the silence of topics; *now* in seconds since the epoch.

        models: those whose records would reach us now; None: all.
        """
        hearing = self._models if models is None else models
        return [event for name in hearing for event in self._models[name].advance(now)]

    def adopt(self, events: Iterable[DriftEvent]) -> None:
        """Go on with episodes that are open already: the latest event of each, from the alert
        topic.

        Events of models and features that are no longer configured are passed over.
        """
        for event in events:
            if event.data.model in self._models and event.data.status != "resolved":
                self._models[event.data.model].adopt(event)

    def offset_lost(
        self, model: str, topic: str, partition: int, expected: int, got: int, time: float
    ) -> list[DriftEvent]:
        """Say that Kafka no longer has the records expected..got-1; *time* in seconds since the
        epoch.
        """
        return self._models[model].lost(topic, partition, expected, got, time)

    def status(self, model: str) -> list[FeatureStatus]:
        """Every feature of *model* as it stands."""
        return self._models[model].status()

    def open_model_event(self, model: str) -> DriftEvent | None:
        """The last event of the model's own open episode (feature ``*``): silence, garbage, loss,
        records that name another scaler.
        """
        return self._models[model].open_model_event

    def mismatches(self, model: str) -> int:
        """Records of *model* so far that named another scaler than the configured one."""
        return self._models[model].mismatches


def _check(named: Named, records: int) -> None:
    """ValueError unless *named* says something of each of so many records."""
    codes = named.codes
    if codes.shape != (records,) or not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"expected {records} whole codes, got {codes.dtype} of {codes.shape}")
    if records and not -1 <= codes.min() <= codes.max() < len(named.names):
        raise ValueError(
            f"codes are -1 or a place in the {len(named.names)} names,"
            f" got {codes.min()} to {codes.max()}"
        )
