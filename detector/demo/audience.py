"""Who watches the demo: people at a terminal, or a log."""

from types import TracebackType
from typing import Protocol, Self

from detector.demo.schedule import Injection
from detector.demo.summary import Summary
from detector.events import DriftEvent


class Audience(Protocol):
    """Told what happens, as it happens; a context that begins with the first message."""

    def __enter__(self) -> Self:
        """The show begins."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """It is over, or was interrupted."""

    def say(self, text: str) -> None:
        """A line of words."""

    def injected(self, injection: Injection) -> None:
        """The first message with the fault was sent."""

    def repaired(self, injection: Injection) -> None:
        """The first message without it was sent."""

    def alert(self, event: DriftEvent) -> None:
        """An event came over the alert topic."""

    def progress(self, judged: int) -> None:
        """So many messages were judged; told ten times a second."""

    def summary(self, summary: Summary, seconds: float) -> None:
        """The verdict; *seconds* of streaming."""
