"""A record that cannot be used, as it goes to the dead-letter topic: untouched, with its origin."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

from confluent_kafka import Message

from detector.errors import RecordError
from detector.stream.outbox import Headers, Outgoing

PREFIX = "__detector.errors."
VERSION = version("drift-detector")


def dead_letter(
    message: Message,
    error: RecordError,
    *,
    model: str,
    topic: str,
    on_acknowledged: Callable[[], None],
) -> Outgoing:
    """The dead letter of *message*: its key, value and headers byte for byte, and after them where
    it came from and what is wrong with it.
    """
    origin: list[tuple[str, object]] = [
        ("topic", message.topic()),
        ("partition", message.partition()),
        ("offset", message.offset()),
        ("timestamp", message.timestamp()[1]),
        ("model", model),
        ("kind", error.kind),
        ("exception.message", error.reason),
        ("app.version", VERSION),
    ]
    return Outgoing(
        topic=topic,
        key=message.key(),
        value=message.value(),
        headers=list(_headers(message)) + [(f"{PREFIX}{k}", str(v).encode()) for k, v in origin],
        on_acknowledged=on_acknowledged,
        shrink=without_value,
    )


def without_value(letter: Outgoing) -> Outgoing:
    """The dead letter for a topic that does not take its size: the value's length and SHA-256
    stand for it. One that has no value left loses the original headers and key as well.
    """
    if letter.value is None:
        ours = [header for header in letter.headers if header[0].startswith(PREFIX)]
        return replace(letter, key=None, headers=ours)
    digest = hashlib.sha256(letter.value).hexdigest()
    left_out: Headers = [
        (f"{PREFIX}value.length", str(len(letter.value)).encode()),
        (f"{PREFIX}value.sha256", digest.encode()),
    ]
    return replace(letter, value=None, headers=letter.headers + left_out)


def _headers(message: Message) -> Headers:
    headers = message.headers() or []
    assert isinstance(headers, list)  # noqa: S101  # a consumed message's: pairs, names may repeat
    return headers
