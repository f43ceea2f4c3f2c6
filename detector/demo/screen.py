"""The demo on a terminal: panels and colours above a bar that moves."""

import time
from typing import Self

from detector.demo.schedule import MESSAGES, Injection, injected_at
from detector.demo.summary import Summary
from detector.demo.verdict import rows, verdict
from detector.events import DriftEvent
from detector.terminal.console import console, message_progress, table
from detector.terminal.events import drawn


class Screen:
    """On standard error."""

    def __init__(self) -> None:
        self._console = console()
        self._bar = message_progress(self._console)
        self._open: dict[str, DriftEvent] = {}
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._task = self._bar.add_task("streaming", total=MESSAGES, note="")
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """As it is, wrapped."""
        self._console.print(text, markup=False, soft_wrap=True)

    def injected(self, injection: Injection) -> None:
        """What goes wrong, loud."""
        self._console.print(
            f"\n▶ message {injection.begin:,}  fault injected: {injection.fault.words}",
            style="bold magenta",
        )

    def repaired(self, injection: Injection) -> None:
        """That it is over."""
        self._console.print(
            f"■ message {injection.end:,}  repaired: {', '.join(injection.fault.features)}",
            style="magenta",
        )

    def alert(self, event: DriftEvent) -> None:
        """A panel where an episode opens, a line where it goes on."""
        self._console.print(drawn(event))
        if event.data.status == "resolved":
            self._open.pop(event.data.feature, None)
        else:
            self._open[event.data.feature] = event

    def progress(self, judged: int) -> None:
        """The bar, the pace, what is injected and what is open now."""
        fault = injected_at(judged)
        rate = judged / max(time.monotonic() - self._began, 0.1)
        note = f"{rate:,.0f}/s · open: {', '.join(self._open) or 'none'}"
        words = "clean stretch" if fault is None else f"fault: {fault.fault.cause}"
        self._bar.update(self._task, completed=judged, description=f"{words:<21}", note=note)

    def summary(self, summary: Summary, seconds: float) -> None:
        """A table, and the verdict."""
        head, *body = rows(summary)
        drawn = table(*head, numeric=frozenset(head[2:4]))
        for row in body:
            drawn.add_row(*row)
        self._console.print()
        self._console.print(drawn)
        good = not summary.missed and not summary.false_alarms
        self._console.print(verdict(summary, seconds), style="bold green" if good else "bold red")
