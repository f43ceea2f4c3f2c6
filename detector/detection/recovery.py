"""Whether a feature is back with training, or on its way: when an episode resolves, and when its
cause is no longer looked for.
"""

import numpy as np

from detector.detection import marks
from detector.detection.bins import INVALID
from detector.detection.episode import Episode
from detector.detection.settings import Tolerance
from detector.detection.signals import departure
from detector.detection.statistics import Statistics
from detector.detection.view import View
from detector.detection.window import LOOK_BACK, Slice, Window

QUIET_RECORDS = 512  # without a sequential test of return: so many must speak for training
MIN_AGE = 256  # and an episode lasts at least so long
BACK_WIDTH = 2.0  # tolerances within which a window counts as returned


class Recovery:
    """What the last records of one feature say for training."""

    def __init__(
        self, index: int, view: View, tolerance: Tolerance, window: Window, statistics: Statistics
    ) -> None:
        self._index, self._view, self._tolerance = index, view, tolerance
        self._window, self._statistics = window, statistics

    def has_returned(self, episode: Episode, record: int) -> bool:
        """The rule for features without a sequential test of return; it carries no guarantee."""
        if self._statistics.reversible(self._index) or record - episode.opened < MIN_AGE:
            return False
        recent = self._window.slice(self._index, record - QUIET_RECORDS + 1, record)
        if recent.records < MIN_AGE or self._gains(record):
            return False
        share_missing = recent.missing / recent.records
        share_invalid = recent.invalid / recent.records
        limit = self._statistics.channels[self._index].limit
        if share_missing > limit[0] or share_invalid > max(limit[1], 1 / recent.records):
            return False
        if self.run(record) > MIN_AGE // 2:
            return False
        return self._within(recent)

    def is_over(self, episode: Episode, record: int) -> bool:
        """Whether what spoke since the onset speaks no more: a window from there on would mix wrong
        and right, and what that would be called is neither.
        """
        rows = self._window.rows(max(episode.onset, 0), record)
        return self._statistics.is_over(self._index, self._window, rows)

    def run(self, record: int) -> int:
        """Length of the run of equal valid values that ends at *record*, at most LOOK_BACK."""
        rows = self._window.rows(record - LOOK_BACK + 1, record)
        valid = self._window.codes[self._index, rows] < INVALID
        ties = (self._window.flags[self._index, rows] & marks.TIE > 0)[valid][::-1]
        breaks = np.flatnonzero(~ties)
        return int(breaks[0]) + 1 if len(breaks) else len(ties)

    def _within(self, recent: Slice) -> bool:
        effect = departure(self._view, recent.adjusted)
        if effect.shift is None or effect.ratio is None:
            return self._view.spread is None  # nothing known: calm is all that can be asked
        wide = 1 + BACK_WIDTH * (self._tolerance.scale - 1)
        error = 1 / np.sqrt(len(recent.values))
        near = abs(effect.shift) <= BACK_WIDTH * self._tolerance.shift + effect.ratio * error
        ratio = max(effect.ratio, 1e-12)
        if self._view.parameters.kind in ("minmax", "maxabs"):
            return True  # only the range is known, and it was asked above
        return bool(near and abs(np.log(ratio)) <= np.log(wide) + error)

    def _gains(self, record: int) -> bool:
        """Whether any alternative still explains the last records better than training."""
        table = self._statistics.tables[self._index]
        if not len(table.weights):
            return False
        rows = self._window.rows(record - QUIET_RECORDS + 1, record)
        codes = self._window.codes[self._index, rows]
        counts = np.bincount(codes[codes < INVALID], minlength=table.n_bins)
        return bool((counts[: table.n_bins] @ table.log_e).max() > 0)
