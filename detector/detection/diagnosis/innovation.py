"""The law of the next value given the path: level, volatility, and the shape of the residual.

A preprocessing fault is an exact map that begins at one record; nature moves on. What an ordinary
step looks like is learned from the records before the onset, in their order, so it needs nothing
from the scaler file and follows a volatility that has changed since training.
"""

from dataclasses import dataclass

import numpy as np

from detector.detection import kernels
from detector.detection.batch import FloatArray

HISTORY = 1024  # records before the onset that the law is learned from
LEAST = 96  # values; fewer say too little of what an ordinary step is
_LEVELS = ((1.0, 0.0), (1.0, 0.5), (1.0, 0.9), (0.6, 0.0), (0.3, 0.0), (0.1, 0.0), (0.03, 0.0))
_FORGETTING = (0.05, 0.2)
_FILTERS = np.array([(alpha, phi, beta) for alpha, phi in _LEVELS for beta in _FORGETTING])
_WEIGHTS = np.array([0.98, 0.9, 0.7, 0.4, 0.1, 0.02])
_ENDS = 2.0 ** (-8.0 + 0.5 * np.arange(1, kernels.HALF_OCTAVES))  # of the half octaves but the last
_WIDTHS = np.concatenate((_ENDS[:1], np.diff(_ENDS), _ENDS[-1:]))
_PSEUDO = 3.0  # counts of a Cauchy law: what no residual has shown yet is possible
_CAUCHY = _PSEUDO * np.diff(np.arctan(np.concatenate(([0.0], _ENDS, [np.inf])))) / np.pi
_FLOOR = 0.1  # of the median step
_SKIP = 32  # records until the filter has settled
_LENGTHS = np.array([4, 8, 16, 32, 64, 128, 256])
_NOISE, _SLOW = 0.5, 0.1  # weight and alpha of a feature like noise
_CELLS = 48
_NARROWEST = 1e-3  # of the range, of a marginal cell


@dataclass(frozen=True, slots=True)
class Innovation:
    """The predictive law after a history, and where the path stands.

    shape, table, edges, density, state: as ``kernels.path`` takes them.
    habit:       mean surprise of ordinary records.
    lately:      mean surprise beyond it of the last 128 records, not below zero.
    startling:   surprise beyond habit that 0.5 % of the records exceed; shocking: 0.1 %.
    eight:       0.2 % of sums of eight.
    deficits:    sums that 1 % of stretches of ``lengths`` records exceed.
    moving:      quantiles of the values that are no ties.
    learned:     values that it was learned from.
    """

    shape: FloatArray
    table: FloatArray
    edges: FloatArray
    density: FloatArray
    state: FloatArray
    habit: float
    lately: float
    startling: float
    shocking: float
    eight: float
    lengths: FloatArray
    deficits: FloatArray
    moving: FloatArray
    learned: int

    @property
    def weight(self) -> float:
        """Share of the path in the predictive density; near 0 for an independent feature."""
        return float(self.shape[4])

    @property
    def is_noise(self) -> bool:
        """Whether values scatter about a slow level: then their law says more than their path."""
        return self.weight <= _NOISE or float(self.shape[0]) <= _SLOW

    @property
    def even_table(self) -> FloatArray:
        """The table for either sign: nature may turn from falling to rising."""
        both = np.logaddexp(self.table[0], self.table[1]) - np.log(2)
        return np.stack((both, both))

    @property
    def level(self) -> float:
        """Where the path stands."""
        return float(self.state[1])

    @property
    def scale(self) -> float:
        """The local volatility."""
        return float(self.state[3])

    def follow(self, values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log density, surprise beyond habit (0 for ties) and state of each further value."""
        n = len(values)
        logs, surprises, states = np.empty(n), np.empty(n), np.empty((n, 4))
        kernels.path(
            values, self.state, self.shape, self.table, self.edges, self.density, logs, surprises,
            states,
        )  # fmt: skip
        return logs, np.where(surprises != 0, surprises - self.habit, 0.0), states


@np.errstate(all="ignore")  # values near the end of float64 overflow
def learn(history: FloatArray, training: FloatArray) -> Innovation | None:
    """The law after *history* (valid values in order); None where it is too short or constant.

    training: ascending training values, which widen the marginal law.
    """
    values = history[-HISTORY:]
    steps = np.abs(np.diff(values))
    if len(values) < LEAST or not steps.any():
        return None
    typical = float(np.median(steps[steps > 0]))
    if not (np.isfinite(typical) and typical > 0):
        return None
    moved = np.concatenate(([False], steps > 0))
    edges, density = _marginal(np.sort(np.concatenate((values, training))))
    cells = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(density) - 1)
    marginal = density[cells]
    shape, table = _best_filter(values, moved, marginal, typical)
    if not len(shape):  # values so far apart that no density of theirs is a number
        return None
    return _finished(values, moved, shape, table, edges, density, typical)


def _best_filter(
    values: FloatArray, moved: FloatArray, marginal: FloatArray, typical: float
) -> tuple[FloatArray, FloatArray]:
    """The level, volatility and mixture that predict the history best."""
    floor = _FLOOR * typical
    tables = np.empty((len(_FILTERS), 2, kernels.HALF_OCTAVES))
    usual, sums = np.empty(len(_FILTERS)), np.empty((len(_FILTERS), len(_WEIGHTS)))
    kernels.filters(
        values, moved, marginal, _FILTERS, typical, floor, _WEIGHTS, _SKIP, _WIDTHS, _CAUCHY,
        tables, usual, sums,
    )  # fmt: skip
    best, shape, table = -np.inf, np.zeros(0), np.zeros(0)
    for i, (alpha, phi, beta) in enumerate(_FILTERS.tolist()):
        k = int(np.argmax(sums[i]))
        if sums[i, k] > best + 1:
            best, table = float(sums[i, k]), tables[i]
            common = float(marginal[moved].mean())
            shape = np.array([alpha, phi, beta, floor, _WEIGHTS[k], usual[i], common])
    return shape, table


def _finished(
    values: FloatArray, moved: FloatArray, shape: FloatArray, table: FloatArray,
    edges: FloatArray, density: FloatArray, typical: float,
) -> Innovation:  # fmt: skip
    n = len(values)
    logs, surprises, states = np.empty(n), np.empty(n), np.empty((n, 4))
    start = np.array([np.nan, values[0], values[0], typical])
    kernels.path(values, start, shape, table, edges, density, logs, surprises, states)
    habit = float(surprises[moved].mean())
    beyond = np.where(moved, surprises - habit, 0.0)
    sums = np.concatenate(([0.0], np.cumsum(beyond)))
    lengths = _LENGTHS[n // 2 > _LENGTHS]
    deficits = np.array([float(_quantile(np.sort(sums[k:] - sums[:-k]), 0.99)) for k in lengths])
    ordered = np.sort(beyond)
    at = (np.arange(256) + 0.5) / 256
    return Innovation(
        shape=shape, table=table, edges=edges, density=density, state=states[-1],
        habit=habit, lately=max(float(beyond[-128:].mean()), 0.0),
        startling=float(_quantile(ordered, 0.995)), shocking=float(_quantile(ordered, 0.999)),
        eight=float(_quantile(np.sort(sums[8:] - sums[:-8]), 0.998)),
        lengths=lengths, deficits=deficits, moving=_quantile(np.sort(values[moved]), at), learned=n,
    )  # fmt: skip


def _quantile(ordered: FloatArray, at: FloatArray | float) -> FloatArray:
    """Quantiles of an ascending sample by linear interpolation, as numpy's."""
    place = np.asarray(at) * (len(ordered) - 1)
    below = np.minimum(place.astype(np.int64), len(ordered) - 1)
    above = np.minimum(below + 1, len(ordered) - 1)
    low, step, share = ordered[below], ordered[above] - ordered[below], place - below
    upper = ordered[above] - step * (1 - share)
    return np.asarray(np.where(share < 0.5, low + step * share, upper))  # noqa: PLR2004


def _marginal(ordered: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cells of equal counts, none narrower than a thousandth of the range; log densities."""
    low, high = float(ordered[0]), float(ordered[-1])
    span = high - low
    edges = [low]
    at = (np.arange(1, _CELLS) / _CELLS * len(ordered)).astype(np.int64)
    for value in ordered[at].tolist():
        if value > edges[-1] + _NARROWEST * span:
            edges.append(value)
    last = high + 1e-9 * span
    edges.append(last if last > edges[-1] else edges[-1] + span)
    ends = np.array(edges)
    counts = np.diff(np.searchsorted(ordered, ends, side="left"))
    density = (counts + 0.5) / (len(ordered) + 0.5 * len(counts)) / np.diff(ends)
    return ends, np.log(density)
