"""Whether the process is alive and does its job: written by the loop, read by the web."""

import time
from collections.abc import Callable

LIVE_WITHIN_S = 30.0  # every wait of the loop is shorter than 10 s


class Health:
    """Alive: the loop turns. Ready: it reads, judges, publishes and commits.

    An unreachable broker makes it not ready and leaves it alive: restarts would not help.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ticked_at = clock()
        self._problems: tuple[str, ...] = ("not started yet",)

    def tick(self) -> None:
        """The loop has turned."""
        self._ticked_at = self._clock()

    def report(self, problems: tuple[str, ...]) -> None:
        """What keeps the loop from its job now, in words; empty when nothing does."""
        self._problems = problems

    @property
    def is_live(self) -> bool:
        """Whether the loop has turned within the last 30 s."""
        return self._clock() - self._ticked_at < LIVE_WITHIN_S

    @property
    def problems(self) -> tuple[str, ...]:
        """What keeps the process from being ready; empty when it is."""
        return self._problems
