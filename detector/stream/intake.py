"""Messages to batches: by partition, in order, for every model that reads the topic."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from confluent_kafka import Message

from detector.config import Config, ModelConfig
from detector.detection import Batch, Rejected
from detector.errors import RecordError
from detector.records import Decoded, RecordDecoder

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
        for model, decoder in self._by_topic[topic]:
            decoded = decoder.decode(values, times)
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
                ),
                decoded,
                [(messages[index], error) for index, error in decoded.rejected],
            )


def by_partition(messages: Iterable[Message]) -> Mapping[Place, list[Message]]:
    """Messages of each partition, in their order."""
    groups: dict[Place, list[Message]] = {}
    for message in messages:
        topic, partition = message.topic(), message.partition()
        assert topic is not None and partition is not None  # noqa: S101, PT018  # a consumed one
        groups.setdefault((topic, partition), []).append(message)
    return groups


def _decoder(model: ModelConfig, max_bytes: int) -> RecordDecoder:
    return RecordDecoder(
        list(model.columns),
        fields=model.columns,
        time=model.time,
        max_bytes=max_bytes,
    )
