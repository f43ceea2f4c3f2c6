"""``detector alerts``: the alert topic, followed in the terminal."""

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Literal

from detector.cli import WRONG_INPUT, Subparsers
from detector.config import load
from detector.errors import RecordError, TransportError
from detector.events import DriftEvent, decode, encode
from detector.logs import configure
from detector.stream.topic_reader import TopicReader
from detector.terminal import is_terminal
from detector.terminal.plain import safe

LOOK_EVERY_S = 0.2  # a Ctrl-C is heard so soon
ANSWER_WITHIN_S = 5.0


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "alerts",
        help="follow the alert topic in the terminal",
        description="Follows the alert topic until Ctrl-C. On a terminal each event is drawn; "
        "elsewhere each is a line of JSON on standard output.",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--from",
        dest="where",
        choices=("beginning", "end"),
        default="end",
        help="with what the topic holds already, or only with what comes; default: end",
    )


def run(args: argparse.Namespace) -> int:
    """Follow; 0 after Ctrl-C, 2 where the topic cannot be read."""
    config = load(args.config)
    configure()  # librdkafka tells a lost connection through Python's logging
    following = _Following(TopicReader(config.kafka, config.group, config.alerts_topic))
    stop = _at_ctrl_c()
    try:
        following.start(args.where)
        following.run(stop)
    except TransportError as error:
        _say(
            f"{error}\nHint: `detector check --config {args.config} --connect` says what is wrong."
        )
        return WRONG_INPUT
    except KeyboardInterrupt:  # the second: somebody is impatient
        return 0
    finally:
        following.close()
    return 0


def _at_ctrl_c() -> Event:
    """Set at the first Ctrl-C; the second interrupts.

    A KeyboardInterrupt inside one of librdkafka's callbacks would come out of the call as a
    SystemError.
    """
    stop = Event()

    def hear(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, hear)
    return stop


class _Following:
    """The events of one topic as they come, and the records that are none."""

    def __init__(self, reader: TopicReader) -> None:
        self._reader = reader
        self._show = _drawing() if is_terminal(sys.stdout) else _write_line
        self._skipped = 0

    def start(self, where: Literal["beginning", "end"]) -> None:
        self._reader.start_within(ANSWER_WITHIN_S, where)
        _say(f"Following {self._reader.topic} from its {where}; Ctrl-C ends.")

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            for message in self._reader.read(LOOK_EVERY_S):
                place = f"partition {message.partition()}, offset {message.offset()}"
                self._look_at(message.value(), place)

    def close(self) -> None:
        self._reader.close()
        if self._skipped:
            _say(f"Records skipped: {self._skipped:,}")

    def _look_at(self, value: bytes | None, place: str) -> None:
        if value is None:  # a tombstone: somebody compacts the topic
            return
        try:
            event = decode(value)
        except RecordError as error:
            self._skipped += 1
            if self._skipped == 1:
                _say(safe(f"Skipped a record ({place}): {error.reason}"))
        else:
            self._show(event)


def _drawing() -> Callable[[DriftEvent], None]:
    """Draws an opened episode as a panel, what comes of it as a line."""
    from detector.terminal.console import console  # noqa: PLC0415 - rich, only on a terminal
    from detector.terminal.events import drawn  # noqa: PLC0415 - as above

    out = console(sys.stdout)
    return lambda event: out.print(drawn(event))


def _write_line(event: DriftEvent) -> None:
    """One JSON object a line, at once: the reader of the pipe is waiting."""
    sys.stdout.buffer.write(encode(event) + b"\n")
    sys.stdout.buffer.flush()


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
