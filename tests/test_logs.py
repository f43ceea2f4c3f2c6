"""Logs are events with fields; nothing in a message breaks out of its line."""

import io
import json
import logging
from datetime import UTC, datetime

import pytest
import structlog

from detector.logs import configure, get_logger
from detector.secrets import Secret

CANARY = "canary-7f3a"
HOSTILE = "a\x1b[31m\nlevel=error\r\x9b2J\u202e"


class Terminal(io.StringIO):
    """What a terminal says of itself."""

    def isatty(self):
        return True


def connect(password):
    raise ValueError("a bug" if password else "no password")


@pytest.fixture(autouse=True)
def _restore():
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_an_event_is_one_json_object_a_line_with_a_utc_time():
    out = io.StringIO()
    configure(out)

    get_logger().info("event_published", feature="amount", offset=1042)

    fields = json.loads(out.getvalue())
    moment = datetime.fromisoformat(fields.pop("timestamp"))
    assert fields == {
        "event": "event_published", "level": "info", "feature": "amount", "offset": 1042,
    }  # fmt: skip
    assert moment.tzinfo == UTC
    assert out.getvalue().endswith("}\n")


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["json", "terminal"])
def test_a_hostile_value_stays_inside_its_line(out, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    configure(out)

    get_logger().warning("record_rejected", topic=HOSTILE)
    logging.getLogger("rdkafka").warning("said %s", HOSTILE)

    assert out.getvalue().count("\n") == 2
    assert not set(out.getvalue()) & set("\x1b\r\x9b\u202e")


def test_json_keeps_the_value_itself():
    out = io.StringIO()
    configure(out)

    get_logger().info("x", topic=HOSTILE)

    assert json.loads(out.getvalue())["topic"] == HOSTILE


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()], ids=["json", "terminal"])
def test_no_secret_reaches_a_log_not_even_by_a_traceback(out):
    configure(out)
    secret = Secret(CANARY)

    get_logger().info("configured", password=secret, kafka={"sasl.password": secret})
    try:
        connect(secret.reveal())
    except ValueError:
        get_logger().exception("failed")
        logging.getLogger("rdkafka").exception("failed")

    assert CANARY not in out.getvalue()
    assert "(secret)" in out.getvalue()
    assert "ValueError: a bug" in out.getvalue()


def test_libraries_are_heard_from_warning_upward_with_their_name():
    out = io.StringIO()
    configure(out)

    logging.getLogger("rdkafka").info("chatter")
    logging.getLogger("rdkafka").error("broker down")

    (line,) = out.getvalue().splitlines()
    fields = json.loads(line)
    assert (fields["event"], fields["level"], fields["logger"]) == (
        "broker down",
        "error",
        "rdkafka",
    )


def test_a_terminal_gets_words_and_colours_unless_refused(monkeypatch):
    colourful, plain = Terminal(), Terminal()
    configure(colourful)
    get_logger().info("event_published", feature="amount")
    monkeypatch.setenv("NO_COLOR", "1")
    configure(plain)
    get_logger().info("event_published", feature="amount")

    assert "\x1b[" in colourful.getvalue()
    assert "feature=amount" in plain.getvalue()
    assert "\x1b" not in plain.getvalue()
