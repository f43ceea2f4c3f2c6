"""What the core is told: plain values, built by the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from detector.scaler import Scaler

Values = Literal["raw", "scaled", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Departures below this are nobody's business.

    shift: of the location, in training scales, above zero.
    scale: of the spread, as a ratio above one (1.1: a tenth wider or narrower).
    """

    shift: float = 0.1
    scale: float = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSettings:
    """How one feature is judged.

    accept_decimals: digits after the point to which a change of precision is intended, or None.
    mute_until:      seconds since the epoch; before it the feature is judged and counted, not
                     published.
    """

    tolerance: Tolerance = Tolerance()
    accept_decimals: int | None = None
    mute_until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """How one model is judged.

    values:            what the topic carries; with ``both`` the raw values are watched, and each
                       scaled one is compared with what the scaler makes of its raw value.
    false_alarm_every: messages between false alarms that the user accepts, for the whole model.
    silence_after_s:   a topic without a record for so long is an event; None: never.
    stop_above:        share of a topic's last 1,000 records that are dead letters above which it
                       is an event.
    features:          one for every feature of the scaler.
    versions:          other versions ever deployed, for the diagnosis.
    """

    name: str
    topic: str
    scaler: Scaler
    values: Values = "raw"
    false_alarm_every: int = 1_000_000
    silence_after_s: float | None = 600.0
    stop_above: float = 0.5
    features: Mapping[str, FeatureSettings] = field(default_factory=dict)
    versions: tuple[Scaler, ...] = ()

    def feature(self, name: str) -> FeatureSettings:
        """The settings of one feature; the defaults where nothing is said."""
        return self.features.get(name, FeatureSettings())


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """All models of one consumer group.

    group: Kafka's ``group.id``; a part of every alert's identity.
    """

    group: str
    models: Mapping[str, ModelSettings]
