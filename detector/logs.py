"""Logs as events with fields on standard error: JSON lines, or for people on a terminal.

    log = get_logger()
    log.info("event_published", feature="amount", status="opened", offset=1042)

What a field holds may come from a message, so no control character gets through: a line is an
event, and nothing in it drives the terminal. (JSON escapes them by itself.)
"""

import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog

EventFields = MutableMapping[str, Any]


def configure(stream: TextIO | None = None) -> None:
    """Send every log line of the process to *stream*; None is standard error.

    That includes what libraries say through Python's logging (librdkafka's client does) from
    warning upward.
    """
    out = sys.stderr if stream is None else stream
    rendering = _for_people() if out.isatty() else _for_machines()
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_exception_as_text,
    ]
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _with_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """The logger of the process; ``info("event_name", field=value)``."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger())


def _for_machines() -> list[structlog.typing.Processor]:
    return [_what_and_when_first, structlog.processors.JSONRenderer()]


def _for_people() -> list[structlog.typing.Processor]:
    # The renderer's own tracebacks print local variables, and among them secrets.
    return [
        _without_control_characters,
        structlog.dev.ConsoleRenderer(
            colors="NO_COLOR" not in os.environ, exception_formatter=structlog.dev.plain_traceback
        ),
    ]


def _what_and_when_first(_logger: object, _method: str, fields: EventFields) -> Mapping[str, Any]:
    return {name: fields.pop(name) for name in ("timestamp", "level", "event")} | dict(fields)


def _with_exception_as_text(logger: object, method: str, fields: EventFields) -> Mapping[str, Any]:
    if fields.get("exc_info"):
        return structlog.processors.format_exc_info(logger, method, fields)
    return fields


def _with_logger_name(_logger: object, _method: str, fields: EventFields) -> Mapping[str, Any]:
    record = fields.get("_record")
    if isinstance(record, logging.LogRecord):
        fields["logger"] = record.name
    return fields


def _without_control_characters(
    _logger: object, _method: str, fields: EventFields
) -> Mapping[str, Any]:
    return {
        name: _printable(value, "\n" if name == "exception" else "")
        for name, value in fields.items()
    }


def _printable(value: object, kept: str) -> object:
    """*value*; what is not printable (but for *kept*) is written as an escape, as ``repr`` does."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(
        c if c.isprintable() or c in kept else c.encode("unicode_escape").decode() for c in value
    )
