"""Records at which the path of a feature that depends on time may have been cut by a fault.

The departure test is tempered where rows depend on each other, and an episode that nature opened
may be open for long. So every record's surprise, given the path before it, is watched as well.
This names nothing and opens nothing: it says when the diagnosis should look, and since when.
"""

from collections.abc import Sequence

from detector.detection.diagnosis import is_dependent
from detector.detection.diagnosis.innovation import HISTORY, Innovation
from detector.detection.order import Orders
from detector.detection.recurrence import Recurrences
from detector.detection.view import View
from detector.detection.watched_path import Suspicion, WatchedPath
from detector.detection.window import Window

_LEARNED_AT = (256, 512, 1024)  # records, then every 1,024, at which the usual surprise is learned
_AGAIN = 256  # records after which a path that rested too long to tell is asked again


class Suspicions:
    """Watches the features whose training rows depended on their order."""

    def __init__(self, views: Sequence[View]) -> None:
        self._watched = [
            WatchedPath(i, view)
            for i, view in enumerate(views)
            if view.law is not None and is_dependent(view)
        ]
        self._by_name = {one.view.name: one for one in self._watched}
        watched = [(one.index, one.view) for one in self._watched]
        self._orders, self._recurrences = Orders(watched), Recurrences(watched)
        self._next_learning = _LEARNED_AT[0]

    def law(self, name: str, onset: int, record: int) -> Innovation | None:
        """What an ordinary step of a watched feature is, and where its path stands before *onset*.

        None where that is not known: too early, too long ago, or a feature that is not watched.
        """
        one = self._by_name.get(name)
        if one is None:
            return None
        return one.law_before(onset, record)

    def startled(self, onset: int, record: int) -> set[str]:
        """Features that a record next to *onset*, up to *record*, surprised as one in a
        thousand.
        """
        return {one.view.name for one in self._watched if one.startled(onset, record)}

    def exchanged(self, name: str, onset: int) -> set[str]:
        """Features whose order with the feature was always kept, and is reversed since *onset*."""
        one = self._by_name.get(name)
        if one is None:
            return set()
        others = self._orders.exchanged(one.index, onset)
        return {other.view.name for other in self._watched if other.index in others}

    def update(self, window: Window, first: int, last: int) -> dict[int, list[Suspicion]]:
        """Take the rows first..last of *window* in; what they suggest, by feature."""
        found: dict[int, list[Suspicion]] = {}
        if not self._watched:
            return found
        record, end = window.base + first, window.base + last
        while record < end:
            until = min(end, self._next_learning)
            reversals = self._orders.reversals(window, record, until)
            begun = self._recurrences.begun(window, record, until)
            for one in self._watched:
                told = reversals.get(one.index, []) + begun.get(one.index, [])
                for suspicion in one.take(window, record, until, told):
                    found.setdefault(one.index, []).append(suspicion)
            if until == self._next_learning:
                self._learn(window, until)
            record = until
        return found

    def _learn(self, window: Window, record: int) -> None:
        regular = record in _LEARNED_AT or record % HISTORY == 0
        for one in self._watched:
            if regular or one.law is None:
                one.learn(window, record)
        known = all(one.law is not None for one in self._watched)
        later = [at for at in _LEARNED_AT if at > record]
        self._next_learning = later[0] if later else (record // HISTORY + 1) * HISTORY
        if not known:
            self._next_learning = min(self._next_learning, record + _AGAIN)
        if not regular:
            return
        first = max(record - HISTORY, 0)
        self._orders.learn(window, first, record)
        self._recurrences.learn(window, first, record)
