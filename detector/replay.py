"""The detector over a file: the same engine as on Kafka, offline and deterministic.

The partition is 0, the offset is the number of the record (dead letters count, blank lines do not),
and where the configuration names no time field a record comes one second after the one before, from
the epoch on. So the same file gives the same events, byte for byte, however it is read.
"""

import base64
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from detector.config import ModelConfig
from detector.detection import Batch, Detector, DetectorSettings, FeatureStatus, Rejected
from detector.detection.view import view_of
from detector.errors import RecordError
from detector.events import DriftEvent
from detector.records import Chunk, Selection, with_times
from detector.records.decoded import FloatArray
from detector.tablestore import DiskStore
from detector.terminal.outcome import FeatureRow, Outcome


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk of the file brought."""

    chunk: Chunk
    events: list[DriftEvent]


class Replay:
    """One model over one input.

    group: Kafka's ``group.id``: the events carry it as they would on Kafka.
    """

    def __init__(self, model: ModelConfig, group: str) -> None:
        self._model = model
        self._settings = model.settings
        name = model.settings.name
        self._detector = Detector(
            DetectorSettings(group=group, models={name: model.settings}),
            DiskStore.of_user(os.environ),
        )
        self._records = 0
        self._bad_times = 0
        self._dead_letters: Counter[str] = Counter()
        self._invalid: Counter[tuple[str, str]] = Counter()
        self._published: Counter[tuple[str, str]] = Counter()

    def selection(self, max_bytes: int) -> Selection:
        """What has to be read of the input."""
        return Selection(
            features=tuple(self._model.columns),
            fields=self._model.columns,
            time=self._model.time,
            max_bytes=max_bytes,
        )

    def run(self, chunks: Iterable[Chunk]) -> Iterator[Step]:
        """Take the chunks in, one after the other."""
        for chunk, times in with_times(chunks):
            events = self._detector.update_batch(self._batch(chunk, times))
            self._count(chunk, events)
            yield Step(chunk, events)

    def outcome(self) -> Outcome:
        """The figures so far."""
        opened = {f: n for (f, status), n in self._published.items() if status == "opened"}
        resolved = {f: n for (f, status), n in self._published.items() if status == "resolved"}
        return Outcome(
            model=self._settings.name,
            records=self._records,
            rows=tuple(
                self._row(status, opened.get(status.feature, 0), resolved.get(status.feature, 0))
                for status in self._detector.status(self._settings.name)
            ),
            opened=sum(opened.values()),
            resolved=sum(resolved.values()),
            bad_times=self._bad_times,
            dead_letters=self._dead_letters,
            invalid=self._invalid,
        )

    def _batch(self, chunk: Chunk, times: FloatArray) -> Batch:
        decoded = chunk.decoded
        columns, scaled = self._model.paired(decoded.columns)
        rejected = np.array([index for index, _ in decoded.rejected], np.int64)
        return Batch(
            model=self._settings.name,
            topic=self._settings.topic,
            partition=0,
            columns=columns,
            scaled=scaled,
            times=times[decoded.kept],
            offsets=chunk.offsets,
            rejected=Rejected(offsets=rejected + chunk.first, times=times[rejected]),
        )

    def _count(self, chunk: Chunk, events: Iterable[DriftEvent]) -> None:
        decoded = chunk.decoded
        self._records += len(decoded)
        self._bad_times += decoded.bad_times
        self._dead_letters.update(error.kind for _, error in decoded.rejected)
        self._invalid += decoded.invalid
        self._published.update((event.data.feature, event.data.status) for event in events)

    def _row(self, status: FeatureStatus, opened: int, resolved: int) -> FeatureRow:
        scaler = self._settings.scaler.features[status.feature]
        view = view_of(status.feature, scaler, self._settings.values)
        return FeatureRow(
            feature=status.feature,
            valid=status.count,
            missing=status.missing,
            invalid=status.invalid,
            mean=status.mean,
            std=status.std,
            training_mean=view.centre,
            training_std=view.spread,
            state=_state(status, resolved),
            opened=opened,
            resolved=resolved,
        )


def dead_letters(chunk: Chunk) -> Iterator[bytes]:
    """The dead letters of a chunk, each a JSON object on a line of its own.

    ``value`` is the record as it stood; where it is no UTF-8, ``value_base64`` is.
    """
    for index, error in chunk.decoded.rejected:
        yield _letter(chunk.first + index, error, chunk.originals[index])


def _letter(offset: int, error: RecordError, value: bytes) -> bytes:
    letter: dict[str, object] = {"offset": offset, "kind": error.kind, "reason": error.reason}
    try:
        letter["value"] = value.decode("utf-8")
    except UnicodeDecodeError:
        letter["value_base64"] = base64.b64encode(value).decode("ascii")
    return msgspec.json.encode(letter) + b"\n"


def _state(status: FeatureStatus, resolved: int) -> str:
    if status.open is not None:
        return status.open.data.severity
    if status.muted_events:
        return "muted"
    return "resolved" if resolved else "quiet"
