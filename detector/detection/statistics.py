"""The sequential tests of all features of a model: tables, statistics, and the run through the
kernel.

This is the part of the detection that does not add over partitions: its state depends on the
order of
the records. It never decides anything; it says at which record a feature tipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detector.detection import kernels, marks
from detector.detection.batch import FloatArray, IntArray
from detector.detection.bins import INVALID, MISSING, lookup
from detector.detection.departure.reference_table import autocorrelation_time
from detector.detection.departure.table import Table
from detector.detection.quality import ALTERNATIVES, Channels
from detector.detection.signals import CHANNEL_SIGNAL
from detector.detection.view import View
from detector.detection.window import Window
from detector.events import SignalKind

SPOKEN = 10.0  # nats; an alarm takes 14 and more
FALLEN = 3.0
BACK_EVIDENCE = 1000.0  # at which the laws outside tolerance count as refuted
_NEVER = np.iinfo(np.int64).max
_BIT = {
    marks.LATTICE_CHANNEL: marks.OFF_LATTICE,
    marks.STUCK_CHANNEL: marks.TIE,
    marks.COARSER_CHANNEL: marks.COARSER,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What a block of records holds.

    records:  missing, invalid and valid ones by feature, shape (f, 3).
    extremes: smallest and largest valid value, shape (f, 2); infinite where there is none.
    """

    records: IntArray
    extremes: FloatArray


class Statistics:
    """Shiryaev-Roberts statistics of F features with one shared false-alarm budget.

    The threshold of each is *false_alarm_every* times F: then the mean time between false alarms
    of all
    together is at least *false_alarm_every* messages, under any dependence between features.
    """

    def __init__(
        self,
        views: Sequence[View],
        tables: Sequence[Table],
        channels: Sequence[Channels],
        false_alarm_every: int,
    ) -> None:
        f = len(tables)
        self.tables, self.channels, self._views = list(tables), channels, views
        self._lookup = lookup(tables)
        bins = max(table.n_bins for table in tables)
        widest = max([len(table.weights) for table in tables] + [1])
        self._e = np.ones((f, bins, widest), np.float32)
        self._weights = np.zeros((f, widest), np.float32)
        self._n_alternatives = np.array([len(table.weights) for table in tables], np.int64)
        for i, (table, channel) in enumerate(zip(tables, channels, strict=True)):
            k, j = table.log_e.shape
            self._e[i, :k, :j] = np.exp(table.log_e)
            self._weights[i, :j] = table.weights * (1 - channel.weight)
        self._statistic = np.zeros((f, widest), np.float32)
        self._channel_e = np.array([c.e for c in channels])
        self._channel_weights = np.array([c.weights for c in channels])
        self._channel_statistic = np.zeros((f, marks.CHANNELS, ALTERNATIVES))
        self._back, self._n_back = self._backward(tables, bins)
        self._back_statistic = np.ones((f, self._back.shape[2]), np.float32)
        self._channel_back = np.array([c.back for c in channels])
        self._channel_back_statistic = np.ones((f, marks.CHANNELS))
        self.threshold = np.full(f, float(false_alarm_every) * f)
        self.back_threshold = np.full(f, BACK_EVIDENCE)
        self.is_open = np.zeros(f, np.bool_)
        self.evidence = np.zeros((f, marks.CHANNELS + 1))
        self.moment = np.zeros(f, np.int64)
        self._file_times = np.array([autocorrelation_time(view) for view in views])
        self._times = self._file_times.copy()
        self._calm = np.zeros((f, marks.CHANNELS), np.bool_)
        self._previous = np.full(f, np.nan)
        self._factor = np.array([c.factor for c in channels])
        self._coarser = np.array([c.coarser for c in channels])
        self._full = np.array([c.full for c in channels])
        self._gain, self._offset = _to_raw(views)

    @staticmethod
    def _backward(
        tables: Sequence[Table], bins: int
    ) -> tuple[np.ndarray[tuple[int, int, int], np.dtype[np.float32]], IntArray]:
        counts = np.array(
            [0 if table.log_back is None else table.log_back.shape[1] for table in tables], np.int64
        )
        back = np.ones((len(tables), bins, max(int(counts.max()), 1)), np.float32)
        for i, table in enumerate(tables):
            if table.log_back is not None:
                back[i, : table.n_bins, : counts[i]] = np.exp(table.log_back)
        return back, counts

    def reversible(self, feature: int) -> bool:
        """True where the return to training is itself a sequential test."""
        return bool(self._n_back[feature] > 0)

    def classify(self, window: Window, first: int, last: int) -> Tally:
        """Bin numbers and flags of the rows first..last of *window*, and what they add up to."""
        f, look = len(self.tables), self._lookup
        tally = Tally(np.zeros((f, 3), np.int64), np.zeros((f, 2)))
        kernels.classify(
            window.values, window.adjusted, first, last,
            look.edges, look.counts, look.low, look.inverse_width, look.cells,
            self._factor, self._coarser, self._full, self._gain, self._offset, self._previous,
            window.codes, window.flags, tally.records, tally.extremes,
        )  # fmt: skip
        return tally

    def run_to(self, window: Window, cursor: IntArray, stop: IntArray) -> None:
        """Judge each feature from cursor[f] to stop[f]; where one tips, its cursor stays behind
        that record.
        """
        kernels.judge(
            window.codes, window.flags, cursor, stop,
            self._e, self._weights, self._n_alternatives, self._statistic,
            self._channel_e, self._channel_weights, self._channel_statistic, self._calm,
            self.threshold, self.is_open,
            self._back, self._n_back, self._back_statistic,
            self._channel_back, self._channel_back_statistic, self.back_threshold,
            self.evidence, self.moment,
        )  # fmt: skip

    def set_bins(self, feature: int, table: Table) -> None:
        """Bin *feature* by another table of as many bins, none of which is tested."""
        self.tables[feature] = table
        one = lookup([table])
        width = len(table.edges)
        self._lookup.edges[feature, :width] = one.edges[0]
        self._lookup.counts[feature] = one.counts[0]
        self._lookup.low[feature] = one.low[0]
        self._lookup.inverse_width[feature] = one.inverse_width[0]
        self._lookup.cells[feature] = one.cells[0]

    def temper(self, feature: int, time: float) -> None:
        """Judge *feature* as one whose evidence counts for one record in *time*; never for more."""
        if time <= self._times[feature]:
            return
        share = self._file_times[feature] / time
        self._times[feature] = time
        table = self.tables[feature]
        k, j = table.log_e.shape
        self._e[feature, :k, :j] = np.exp(table.log_e * share)
        if table.log_back is not None:
            self._back[feature, :k, : table.log_back.shape[1]] = np.exp(table.log_back * share)

    def autocorrelation_time(self, feature: int) -> float:
        """The one that tempers the evidence: the file's, or what the stream raised it to."""
        return float(self._times[feature])

    def open(self, feature: int) -> None:
        """From the next record on ask whether *feature* is back."""
        self.is_open[feature] = True
        self._back_statistic[feature] = 1.0
        self._channel_back_statistic[feature] = 1.0

    def close(self, feature: int) -> None:
        """Start again from nothing."""
        self.is_open[feature] = False
        self._statistic[feature] = 0.0
        self._channel_statistic[feature] = 0.0
        self.evidence[feature] = 0.0
        self._calm[feature] = False

    def rejecting(self, feature: int, *, at_least: int = 0) -> tuple[SignalKind, ...]:
        """Kinds of the tests that reject by themselves, the strongest first; at least so many."""
        order = np.argsort(-self.evidence[feature], kind="stable")
        over = self.evidence[feature] >= self.threshold[feature]
        n = max(int(over.sum()), at_least)
        kinds = (self._kind(feature, int(test)) for test in order[:n])
        return tuple(dict.fromkeys(kinds))  # two channels speak of precision

    def shows_fewer_digits(self, feature: int) -> bool:
        """Whether the test of the coarser lattice rejects by itself."""
        return bool(self.evidence[feature, marks.COARSER_CHANNEL] >= self.threshold[feature])

    def told(self, feature: int, kinds: tuple[SignalKind, ...]) -> tuple[SignalKind, ...]:
        """*kinds* in the order to tell them: lost digits come last, whose evidence grows with every
        value, whatever else has departed.
        """
        finer = self.evidence[feature, marks.LATTICE_CHANNEL] >= self.threshold[feature]
        if finer or not self.shows_fewer_digits(feature):
            return kinds
        return tuple(sorted(kinds, key=lambda kind: kind == "precision"))

    def _kind(self, feature: int, test: int) -> SignalKind:
        if test != marks.VALUES:
            return CHANNEL_SIGNAL[test]
        kinds = self.tables[feature].kinds
        j = len(kinds)
        return kinds[int(np.argmax(self._weights[feature, :j] * self._statistic[feature, :j]))]

    def onset(self, feature: int, window: Window, first: int, row: int, kind: SignalKind) -> int:
        """Row between first and row with which the evidence of the test *kind* began."""
        codes = window.codes[feature, first : row + 1]
        flags = window.flags[feature, first : row + 1]
        own = [channel for channel, name in CHANNEL_SIGNAL.items() if name == kind]
        if own:
            strongest = max(own, key=lambda channel: float(self.evidence[feature, channel]))
            return first + self._channel_onset(feature, strongest, codes, flags)
        table = self.tables[feature]
        at = kernels.onset(codes, table.log_e, np.log(table.weights))
        return int(first + at)

    def is_over(self, feature: int, window: Window, rows: slice) -> bool:
        """Whether every test that spoke in *rows* has been contradicted since.

        A test spoke where the evidence of its best alternative grew to SPOKEN nats; it is
        contradicted
        where that evidence has fallen by FALLEN from its peak, which chance does once in twenty
        times.
        """
        codes, flags = window.codes[feature, rows], window.flags[feature, rows]
        paths = [self._value_path(feature, codes)]
        for channel in range(marks.CHANNELS):
            if self._channel_weights[feature, channel, 0] > 0:
                gains = self._channel_gains(feature, channel, codes, flags)
                paths.append(np.cumsum(gains, axis=0)[:, np.argmax(gains.sum(axis=0))])
        spoken = [path for path in paths if len(path) and path.max() >= SPOKEN]
        return bool(spoken) and all(path.max() - path[-1] > FALLEN for path in spoken)

    def _value_path(self, feature: int, codes: np.ndarray) -> FloatArray:
        """Evidence of the alternative that explains the values best, record by record."""
        table = self.tables[feature]
        valid = codes[codes < INVALID]
        if not len(table.weights) or not len(valid):
            return np.zeros(0)
        counts = np.bincount(valid, minlength=table.n_bins)[: table.n_bins]
        return np.cumsum(table.log_e[valid, int(np.argmax(counts @ table.log_e))])

    def _channel_gains(
        self,
        feature: int,
        channel: int,
        codes: np.ndarray,
        flags: np.ndarray,
    ) -> FloatArray:
        """Log e-value of every record in a channel, by alternative, shape (n, 2)."""
        hit = _hits(channel, codes, flags).astype(int)
        gains = np.log(self._channel_e[feature, channel])[:, hit].T
        if channel >= marks.LATTICE_CHANNEL:
            asked = codes < INVALID
            if channel == marks.COARSER_CHANNEL:
                asked &= (flags & marks.NO_DIGITS) == 0
            gains = np.where(asked[:, None], gains, 0.0)
        return np.asarray(gains, np.float64)

    def _channel_onset(
        self, feature: int, channel: int, codes: np.ndarray, flags: np.ndarray
    ) -> int:
        best = int(np.argmax(self._channel_statistic[feature, channel]))
        gains = self._channel_gains(feature, channel, codes, flags)[:, best]
        backward = np.cumsum(gains[::-1])
        at = len(gains) - 1 - int(np.argmax(backward))
        stuck = channel == marks.STUCK_CHANNEL
        return max(at - 1, 0) if stuck else at  # the run begins with the value that is repeated


def _hits(channel: int, codes: np.ndarray, flags: np.ndarray) -> np.ndarray:
    if channel == marks.MISSING_CHANNEL:
        return np.asarray(codes == MISSING)
    if channel == marks.INVALID_CHANNEL:
        return np.asarray(codes == INVALID)
    return np.asarray((flags & _BIT[channel]) > 0)


def _to_raw(views: Sequence[View]) -> tuple[FloatArray, FloatArray]:
    """Gain and offset that take the topic's values to raw ones, for scalers without ``before``."""
    pairs = []
    for view in views:
        gain, offset = (1.0, 0.0) if view.values == "raw" else view.scaler.parameters.affine()
        pairs.append((1.0 / gain, -offset / gain))
    gains, offsets = zip(*pairs, strict=True)
    return np.array(gains), np.array(offsets)
