"""The event on the wire: bytes, Kafka key, content type, deterministic identity.

CloudEvents 1.0, Kafka protocol binding, structured content mode.
"""

import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from detector.errors import RecordError
from detector.events.event import DriftEvent

CONTENT_TYPE = "application/cloudevents+json; charset=UTF-8"
_NAMESPACE = uuid.UUID("7d4f2a52-0c1e-5b7a-9a5e-6b1f0c3d2e11")  # ours; every id below it is a name
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(DriftEvent)


def encode(event: DriftEvent) -> bytes:
    """One JSON object on one line, without the line's end; the same event gives the same bytes."""
    return _encoder.encode(event)


def decode(data: bytes) -> DriftEvent:
    """The event in *data*; fields that we do not know are ignored. Raises RecordError."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordError("event", f"not a drift event: {error}") from error


def key(event: DriftEvent) -> bytes:
    """``MODEL/FEATURE``, with ``/`` and ``%`` inside a name percent-encoded."""
    return subject(event.data.model, event.data.feature).encode()


def subject(model: str, feature: str) -> str:
    """The event's subject, which is its key as well.

    >>> subject("eu/fares", "100%")
    'eu%2Ffares/100%25'
    """
    return f"{_escape(model)}/{_escape(feature)}"


def source(group: str, model: str) -> str:
    """Who says it: the consumer group and the model, as a URI reference."""
    return f"/detector/{quote(group, safe='')}/{quote(model, safe='')}"


def alert_id(*, group: str, model: str, feature: str, since: str, digest: str) -> str:
    """The stable id of an episode; *since* as ``partition/offset`` as it was first published."""
    return _name(group, model, feature, since, digest)


def event_id(alert: str, sequence: int) -> str:
    """The id of one event of an episode."""
    return _name(alert, str(sequence))


def group_id(*, group: str, model: str, since: str) -> str:
    """The id of a deployment: the features of a model that departed at the same record."""
    return _name(group, model, "deployment", since)


def rfc3339(seconds: float) -> str:
    """A time in seconds since the epoch as RFC 3339 in UTC, to the millisecond.

    >>> rfc3339(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    milliseconds = round(seconds * 1000)
    try:
        moment = _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        moment = datetime.max.replace(tzinfo=UTC) if milliseconds > 0 else _EPOCH
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escape(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F")


def _name(*parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))
