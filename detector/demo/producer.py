"""The demo's live pipeline against a broker of your own.

    python -m detector.demo.producer --bootstrap-servers HOST:PORT \
        [--topic features.flight-delay] [--rate 200]

Streams the bundled rows with the faults of ``detector demo`` to partition 0, again and again, until
SIGTERM or SIGINT.
"""

import getopt
import itertools
import math
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from detector.demo.pace import send_steadily
from detector.demo.rows import load_rows, messages
from detector.demo.schedule import inject
from detector.demo.training import TOPIC, fit
from detector.errors import ConfigError, TransportError
from detector.stream.sender import Sender

RATE = "200"  # 18,000 messages, the whole schedule, in a minute and a half
USAGE = (
    "usage: python -m detector.demo.producer "
    "--bootstrap-servers HOST:PORT [--topic NAME] [--rate N]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where to, and how fast; *rate* in messages a second."""

    bootstrap_servers: str
    topic: str
    rate: float


def main(argv: Sequence[str]) -> int:
    """Streams until told to stop; 0 then, 2 for wrong arguments, 75 when the broker fails."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        options = parse(argv)
        sent = stream(options, stop)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except TransportError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    sys.stderr.write(f"Sent {sent:,} messages to {options.topic}.\n")
    return 0


def stream(options: Options, stop: threading.Event) -> int:
    """Sends the schedule over and over until *stop* is set; how many messages it sent."""
    once = list(messages(inject(load_rows("live"), fit())))
    sender = Sender(options.bootstrap_servers, options.topic)
    try:
        return send_steadily(itertools.cycle(once), sender.send, rate=options.rate, stop=stop)
    finally:
        sender.close()


def parse(argv: Sequence[str]) -> Options:
    """The options given; raises ConfigError. argparse lives in cli, above this floor."""
    try:
        pairs, rest = getopt.getopt(list(argv), "", ["bootstrap-servers=", "topic=", "rate="])
    except getopt.GetoptError as error:
        raise ConfigError(f"{error}\n{USAGE}") from error
    given = dict(pairs)
    if rest or "--bootstrap-servers" not in given:
        raise ConfigError(USAGE)
    return Options(
        bootstrap_servers=given["--bootstrap-servers"],
        topic=given.get("--topic", TOPIC),
        rate=parse_rate(given.get("--rate", RATE)),
    )


def parse_rate(text: str) -> float:
    """Messages a second: a finite number above 0."""
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        raise ConfigError(f"--rate: expected messages a second, a number above 0, got {text!r}.")
    return rate


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
