"""What a configuration file says, once it is read: every setting, defaults filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from detector.detection.batch import FloatArray
from detector.detection.settings import DetectorSettings, ModelSettings, Tolerance
from detector.records import TimeField
from detector.secrets import Secret

Start = Literal["earliest", "latest"]
Delivery = Literal["at_least_once"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """Where undecodable records go.

    stop_above: share of a topic's last 1,000 records, once there were 1,000, above which the topic
                is paused for a minute instead of drained; in (0, 1].
    """

    topic: str = "drift.dead-letters"
    stop_above: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where health and metrics are served.

    port:  0 takes any free one.
    token: what /metrics asks of its clients, as a bearer token; None: nothing.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    token: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderNames:
    """The headers in which a message names the scaler it was made with.

    None: no such header is looked at.
    """

    digest: str | None = "scaler-digest"
    version: str | None = "scaler-version"

    @property
    def any(self) -> bool:
        """Whether a header is looked at at all."""
        return self.digest is not None or self.version is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """One model: how it is judged, and where its values stand in a message.

    settings:      its topic is ``settings.topic``.
    fields:        for every feature of the scaler, the key or dotted path in the message; of the
                   raw value where the topic carries pairs.
    scaled_fields: likewise of the scaled value of a pair; empty where there are none.
    time:          where the record's time stands; None: Kafka's timestamp.
    tolerance:     of features without their own; ``settings.features`` has it filled in.
    scaler_path:   the file that ``settings.scaler`` was read from; None where it was none.
    version_paths: the files of ``settings.versions``, in their order.
    headers:       of messages, that name the scaler they were made with.
    """

    settings: ModelSettings
    fields: Mapping[str, str]
    time: TimeField | None = None
    tolerance: Tolerance = field(default_factory=Tolerance)
    scaler_path: Path | None = None
    version_paths: tuple[Path, ...] = ()
    headers: HeaderNames = field(default_factory=HeaderNames)
    scaled_fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> Mapping[str, str]:
        """Every column to read and where it stands: the features, then the scaled halves of pairs
        as ``NAME (scaled)``.
        """
        return {**self.fields, **dict(zip(self._scaled_names, self._scaled_places, strict=True))}

    def paired(
        self, columns: Mapping[str, FloatArray]
    ) -> tuple[Mapping[str, FloatArray], Mapping[str, FloatArray]]:
        """What was read, by feature: the values, and the scaled halves of pairs."""
        if not self.scaled_fields:
            return columns, {}
        scaled = zip(self.scaled_fields, self._scaled_names, strict=True)
        return (
            {name: columns[name] for name in self.fields},
            {name: columns[column] for name, column in scaled},
        )

    @property
    def _scaled_places(self) -> list[str]:
        return list(self.scaled_fields.values())

    @property
    def _scaled_names(self) -> list[str]:
        suffix = " (scaled)"
        while any(name + suffix in self.fields for name in self.scaled_fields):
            suffix += "'"  # a feature may be called anything
        return [name + suffix for name in self.scaled_fields]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole configuration file.

    path:              the file, for messages.
    kafka:             librdkafka's keys for every client, as text; ``group.id`` is not among them.
    group:             Kafka's ``group.id``.
    start:             where a group without committed offsets begins.
    max_message_bytes: records above this size are dead letters.
    """

    path: Path
    kafka: Mapping[str, str | Secret]
    group: str
    start: Start
    delivery: Delivery
    alerts_topic: str
    dead_letters: DeadLetters
    max_message_bytes: int
    web: Web
    models: Mapping[str, ModelConfig]

    def detector_settings(self) -> DetectorSettings:
        """What the core needs to know of it."""
        return DetectorSettings(
            group=self.group,
            models={name: model.settings for name, model in self.models.items()},
        )
