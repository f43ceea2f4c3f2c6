"""Messages to batches: by partition, in order, for every model that reads the topic."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from confluent_kafka import Message

from detector.config import Config, ModelConfig
from detector.detection import Batch, Named, Rejected
from detector.errors import RecordError
from detector.records import Decoded, RecordDecoder
from detector.stream.headers import Headers, read_named

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one model makes of the messages of one partition."""

    batch: Batch
    decoded: Decoded
    rejected: list[tuple[Message, RecordError]]


class Intake:
    """The decoders of all models, by topic."""

    def __init__(self, config: Config) -> None:
        self._by_topic: dict[str, list[tuple[ModelConfig, RecordDecoder]]] = {}
        for model in config.models.values():
            decoder = _decoder(model, config.max_message_bytes)
            self._by_topic.setdefault(model.settings.topic, []).append((model, decoder))

    @property
    def topics(self) -> list[str]:
        """Every topic that some model reads."""
        return list(self._by_topic)

    def models(self, topic: str) -> list[str]:
        """The models that read *topic*."""
        return [model.settings.name for model, _ in self._by_topic[topic]]

    def take(self, place: Place, messages: Sequence[Message]) -> Iterator[Taken]:
        """Batches of the messages of one partition, one a model."""
        topic, partition = place
        values = [message.value() for message in messages]
        offsets = np.fromiter((m.offset() for m in messages), np.int64, len(messages))
        times = np.fromiter((m.timestamp()[1] for m in messages), np.float64, len(messages)) / 1000
        headers = self._headers(topic, messages)
        for model, decoder in self._by_topic[topic]:
            decoded = decoder.decode(values, times)
            named = None if headers is None else read_named(headers, model.headers)
            columns, scaled = model.paired(decoded.columns)
            bad = np.array([index for index, _ in decoded.rejected], np.int64)
            yield Taken(
                Batch(
                    model=model.settings.name,
                    topic=topic,
                    partition=partition,
                    columns=columns,
                    scaled=scaled,
                    times=decoded.times,
                    offsets=offsets[decoded.kept],
                    rejected=Rejected(offsets=offsets[bad], times=times[bad]),
                    named=_of_kept(named, decoded),
                ),
                decoded,
                [(messages[index], error) for index, error in decoded.rejected],
            )

    def _headers(self, topic: str, messages: Sequence[Message]) -> list[Headers | None] | None:
        """Those of each message, where some model of the topic looks at any.

        Asking costs 20 ns a message without headers; with two about 700 ns, since only then the
        client makes Python objects of them.
        """
        if not any(model.headers.any for model, _ in self._by_topic[topic]):
            return None
        return [cast("Headers | None", message.headers()) for message in messages]


def by_partition(messages: Iterable[Message]) -> Mapping[Place, list[Message]]:
    """Messages of each partition, in their order."""
    groups: dict[Place, list[Message]] = {}
    for message in messages:
        topic, partition = message.topic(), message.partition()
        assert topic is not None and partition is not None  # noqa: S101, PT018  # a consumed one
        groups.setdefault((topic, partition), []).append(message)
    return groups


def _of_kept(named: Named | None, decoded: Decoded) -> Named | None:
    """What the messages that became records say."""
    return None if named is None else replace(named, codes=named.codes[decoded.kept])


def _decoder(model: ModelConfig, max_bytes: int) -> RecordDecoder:
    return RecordDecoder(
        list(model.columns),
        fields=model.columns,
        time=model.time,
        max_bytes=max_bytes,
    )
