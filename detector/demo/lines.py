"""The demo as plain lines, for a log or a pipe."""

import sys
from typing import Self

from detector.demo.schedule import Injection
from detector.demo.summary import Summary
from detector.demo.verdict import rows, verdict
from detector.events import DriftEvent
from detector.terminal.plain import event_line


class Lines:
    """Plain lines on standard error."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def say(self, text: str) -> None:
        """As it is."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def injected(self, injection: Injection) -> None:
        """Message number and words."""
        self.say(f"message {injection.begin:,}: fault injected: {injection.fault.words}")

    def repaired(self, injection: Injection) -> None:
        """Message number and features."""
        self.say(f"message {injection.end:,}: repaired: {', '.join(injection.fault.features)}")

    def alert(self, event: DriftEvent) -> None:
        """The event in a line."""
        self.say(event_line(event))

    def progress(self, judged: int) -> None:
        """Nothing: a log has no use for it."""

    def summary(self, summary: Summary, seconds: float) -> None:
        """A line for each broken feature, and the verdict."""
        for row in rows(summary):
            self.say(" | ".join(row))
        self.say(verdict(summary, seconds))
