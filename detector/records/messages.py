"""Whole batches of JSON messages to one numpy column a feature.

The fast path decodes each message into a struct typed for the features at hand and never makes a
dict. A message that does not fit takes the slow path, value by value, so that one bad value never
costs the rest of its message. Both give the same, whatever the batch.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from detector.errors import RecordError
from detector.records import members, screen
from detector.records.decoded import Decoded, FloatArray, count_missing
from detector.records.layout import ABSENT, Layout, reader
from detector.records.times import TimeField, seconds, with_defaults

DEFAULT_MAX_BYTES = 1_048_576
BLOCK = 128  # messages: their structs are still in the processor's cache when they are read


@dataclass(slots=True)
class _Run:
    """What has been decoded of a batch so far."""

    matrices: list[FloatArray]
    kept: list[int] = field(default_factory=list)
    moments: list[object] = field(default_factory=list)
    rejected: list[tuple[int, RecordError]] = field(default_factory=list)
    tombstones: list[int] = field(default_factory=list)
    invalid: Counter[tuple[str, str]] = field(default_factory=Counter)


class RecordDecoder:
    """Decodes messages of one model.

    features:  names; columns come in this order.
    fields:    where a feature stands in the message, where that is not its own name: a literal key,
               which wins, or a dotted path.
    time:      where the record's time stands; None: the default times are the times.
    max_bytes: bigger messages are dead letters.
    """

    def __init__(
        self,
        features: Sequence[str],
        *,
        fields: Mapping[str, str] | None = None,
        time: TimeField | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> None:
        places = fields or {}
        self.features = list(features)
        self._fields = {name: places.get(name, name) for name in features}
        self._time = time
        self._max_bytes = max_bytes
        layout = Layout(self._fields.values(), None if time is None else time.field)
        self._literal = {field: literal for field, (literal, _) in layout.places.items()}
        self._struct: Any = layout.struct
        self._blank = layout.struct()
        self._decode = msgspec.json.Decoder(layout.struct).decode
        literals = [self._literal[field] for field in self._fields.values()]
        paths = [layout.places[field][1] for field in self._fields.values()]
        self._dotted = [index for index, path in enumerate(paths) if path is not None]
        self._places = literals + [path for path in paths if path is not None]
        self._values = reader(self._places)
        if time is not None:
            literal, path = layout.places[time.field]
            self._moment = attrgetter(literal)
            self._nested_moment = None if path is None else attrgetter(path)

    def decode(self, values: Sequence[bytes | None], default_times: FloatArray) -> Decoded:
        """Columns of the records among *values*; nothing in a message can raise.

        default_times: seconds since the epoch, shape (n,): the time of a message that has none, or
                       none that is one (counted in ``bad_times`` where a time field is configured).

        Of equal keys in an object the last wins; whole numbers above 2**53 become the nearest
        float64.
        """
        run = _Run([np.zeros((0, len(self.features)))])
        for start in range(0, len(values), BLOCK):
            self._decode_block(values[start : start + BLOCK], start, run)
        table = np.ascontiguousarray(np.concatenate(run.matrices).T)
        columns = dict(zip(self.features, table, strict=True))
        kept = np.array(run.kept, np.int64)
        times, bad_times = np.asarray(default_times, np.float64)[kept], 0
        if self._time is not None:
            times, bad_times = with_defaults(seconds(run.moments, self._time.unit), times)
        return Decoded(
            columns=columns,
            times=times,
            kept=kept,
            rejected=sorted(run.rejected, key=lambda item: item[0]),
            tombstones=run.tombstones,
            invalid=run.invalid,
            missing=count_missing(columns),
            bad_times=bad_times,
        )

    def _decode_block(self, block: Sequence[bytes | None], start: int, run: _Run) -> None:
        indices: Sequence[int] = range(start, start + len(block))
        if not screen.is_plain(block, self._max_bytes):
            indices = [index for index in indices if self._is_readable(block, index, start, run)]
            block = [block[index - start] for index in indices]
        messages, refused = self._messages(block, run.invalid)
        matrix = self._matrix(messages)
        refused |= self._without_features(messages, matrix, refused)
        if refused:
            run.rejected.extend((indices[row], error) for row, error in refused.items())
            indices = list(indices)
            rows = sorted(refused, reverse=True)
            for row in rows:
                del indices[row], messages[row]
            matrix = np.delete(matrix, rows, axis=0)
        run.kept.extend(indices)
        run.matrices.append(matrix)
        if self._time is not None:
            run.moments.extend(self._moments(messages))

    def _is_readable(
        self, block: Sequence[bytes | None], index: int, start: int, run: _Run
    ) -> bool:
        """True for a message that can be read; the others go where they belong."""
        value = block[index - start]
        if value is None:
            run.tombstones.append(index)
            return False
        error = screen.fault(value, self._max_bytes)
        if error is not None:
            run.rejected.append((index, error))
        return error is None

    def _messages(
        self, values: Sequence[bytes | None], invalid: Counter[tuple[str, str]]
    ) -> tuple[list[Any], dict[int, RecordError]]:
        """A struct for every value, a blank one for those that are refused, and these."""
        messages: list[Any] = []
        refused: dict[int, RecordError] = {}
        rest = iter(values)
        while True:
            try:
                messages.extend(map(self._decode, rest))  # type: ignore[arg-type]  # no None here
            except members.UNREADABLE:
                row = len(messages)  # extend keeps what came before the error
                try:
                    messages.append(self._slowly(values[row] or b"", invalid))
                except RecordError as error:
                    refused[row] = error
                    messages.append(self._blank)
            else:
                return messages, refused

    def _matrix(self, messages: Sequence[Any]) -> FloatArray:
        """Values of the features, shape (n, features); a literal key wins over a path."""
        width, rows = len(self._places), len(messages)
        flat = chain.from_iterable(map(self._values, messages))
        places = np.fromiter(flat, np.float64, rows * width).reshape(rows, width)
        matrix = places[:, : len(self.features)]
        for column, index in enumerate(self._dotted, len(self.features)):
            literal = reader([self._places[index]])
            absent = np.fromiter((literal(m)[0] is ABSENT for m in messages), np.bool_, rows)
            matrix[absent, index] = places[absent, column]
        return matrix

    def _without_features(
        self, messages: Sequence[Any], matrix: FloatArray, refused: Mapping[int, RecordError]
    ) -> dict[int, RecordError]:
        """The messages that have none of the features, not even as null."""
        suspects = np.flatnonzero(np.isnan(matrix).all(axis=1)).tolist()
        return {
            row: RecordError("features", "an object without any field of the model's features")
            for row in suspects
            if row not in refused and all(v is ABSENT for v in self._values(messages[row]))
        }

    def _moments(self, messages: Sequence[Any]) -> list[object]:
        """What stands at the time field; a literal key wins over a path."""
        literal = list(map(self._moment, messages))
        nested = self._nested_moment
        if nested is None:
            return literal
        return [
            nested(message) if moment is ABSENT else moment
            for message, moment in zip(messages, literal, strict=True)
        ]

    def _slowly(self, value: bytes, invalid: Counter[tuple[str, str]]) -> Any:
        """A struct with every value at its literal key, whichever place it was found at."""
        parts = members.members_of(value)
        found: dict[str, object] = {}
        for name, place in self._fields.items():
            raw = members.find(parts, place)
            if raw is not None:
                found[self._literal[place]], kind = members.number(raw)
                if kind is not None:
                    invalid[name, kind] += 1
        if self._time is not None and self._time.field not in self._fields.values():
            raw = members.find(parts, self._time.field)
            if raw is not None:
                found[self._literal[self._time.field]] = members.moment(raw)
        return self._struct(**found)
