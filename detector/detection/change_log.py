"""What ADWIN said of a feature lately: whether a change opens an episode, or belongs to one."""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from detector.detection.change import Change, locate
from detector.detection.settings import Tolerance
from detector.detection.statistics import Statistics
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Window

CHANGES_A_BLOCK = 64  # more than ADWIN can find in a block of records
LEAST_LOCATED = 16  # values in which a change can be looked for
NEAR = 64  # records that the start of a change may lie before the onset and still belong to it


class ChangeLog:
    """The latest changes of one feature, with their onsets as the last records show them."""

    def __init__(
        self, index: int, view: View, tolerance: Tolerance, window: Window, statistics: Statistics
    ) -> None:
        self._index, self._view, self._tolerance = index, view, tolerance
        self._window, self._statistics = window, statistics
        self._changes: deque[Change] = deque(maxlen=4 * CHANGES_A_BLOCK)
        self._fresh_from = 0  # nothing before this record belongs to a new episode
        self._resolved_at: int | None = None

    def add(self, changes: Iterable[Change]) -> None:
        """Remember further changes."""
        self._changes.extend(changes)

    def resolved(self, record: int) -> None:
        """The feature is back at *record*: the way back was a change, too."""
        self._fresh_from, self._resolved_at = record + 1, record

    def no_earlier(self, since: int, record: int) -> int:
        """An onset seen at *record*, no earlier than the last episode's end and the LOOK_BACK
        records that the window is sure to hold: how many more it holds depends on the split.
        """
        return max(since, self._fresh_from, record - LOOK_BACK + 1)

    def opening(self, change: Change, record: int) -> Change | None:
        """*change* as the last records show it, where it is large enough to open an episode."""
        better = self._located(change, record)
        return better if self._opens(better) else None

    def since(self, onset: int, record: int) -> Change | None:
        """The latest change that *record* knows of and that began with the episode or later."""
        for change in reversed(self._changes):
            if change.record <= record:
                since = self.no_earlier(change.since, change.record)
                return change if since >= onset - NEAR else None
        return None

    def _opens(self, change: Change) -> bool:
        if self._resolved_at is not None and change.record - self._resolved_at < LOOK_BACK:
            return False
        if change.kind == "location":
            away = abs(change.after) > max(abs(change.before), self._tolerance.shift)
            moved = abs(change.after - change.before) > self._tolerance.shift
            return moved and (away or self._view.spread is None)
        low, high = sorted((abs(change.before) + 1e-9, abs(change.after) + 1e-9))
        return high / low > self._tolerance.scale

    def _located(self, change: Change, record: int) -> Change:
        first = self.no_earlier(0, record)
        rows = self._window.rows(first, record)
        values = self._window.adjusted[self._index, rows]
        valid = np.flatnonzero(np.isfinite(values))
        if len(valid) < LEAST_LOCATED:
            return change
        table = self._statistics.tables[self._index]
        scores = table.scores[np.searchsorted(table.edges, values[valid])]
        if change.kind == "spread":
            scores = np.abs(scores)
        at, before, after = locate(scores)
        since = self._window.base + rows.start + int(valid[at])
        better = replace(change, since=since, before=before, after=after)
        self._changes[self._changes.index(change)] = better
        return better
