"""The grid that training values stand on: decimals, or a step found among the values themselves.

Most maps leave the grid at once, and the right inverse map leads back to it. So it proves or
refutes a map with a handful of values, where a law needs hundreds.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from detector.detection import kernels
from detector.detection.batch import FloatArray, IntArray
from detector.detection.view import View

Function = Callable[[FloatArray], FloatArray]
LAST = 24  # values looked at, the last ones: a few from before the onset do no harm
_OFF = -8.0  # log evidence of a value off the grid, where there may be stray ones
_ON = 16.0  # most that one value on the grid can say: the digits of a float64
_VALUES = 6  # beyond, more values of one column say the same again
_STRAY = 0.2  # share of values off the grid that another cause may have put there
_CLEAR = 0.05  # of a step: where the tolerance is wider, anything lies on the grid
_SQUEEZED = 1e-3  # of a step: a map that takes every value to one grid point proves nothing
_EXACT, _RELATIVE = 1e-6, 2e-9  # of a step, and of the number of steps: what arithmetic costs
_FLOAT = 4e-16  # relative error of a float64 after a step or two
_GENERIC = 1e-7  # relative spacing of values that stand on no grid
_MIN_DISTINCT = 6  # training values that a step must explain
_ROUND = np.array([1.0, 5, 10, 50, 100, 500, 1000, 5000, 10000])  # steps, each dividing the next
_ROUNDER = 3.0  # times the share that chance gives round numbers, from where they are a habit
_HABIT = 8.0  # most nats that the roundness of one value may say
_GAPS = 64  # between neighbours, that Euclid's algorithm looks at
_DIVISOR = 1e-7  # of the largest value: below, a common divisor is what roundings leave
_MAX_DIGITS = 4  # of the values behind a logarithm
_FEW = 8  # values that are looked at first
_MOSTLY = 0.5  # of the values that show the digits behind a function
_TRANSPORT = 5, 9  # digits after the point, from and to, that a serialiser may cut values to
_CUT = 1e-3  # of the last digit's unit

_THROUGH: tuple[tuple[str, Function], ...] = (
    ("expm1", lambda x: np.expm1(np.minimum(x, 40.0))),
    ("exp", lambda x: np.exp(np.minimum(x, 40.0))),
    ("square", np.square),
    ("10**", lambda x: 10.0 ** np.minimum(x, 20.0)),
    ("2**", lambda x: np.exp2(np.minimum(x, 60.0))),
)
_LIMITS = (_EXACT, _RELATIVE, _FLOAT, _CLEAR, _GENERIC, _SQUEEZED, _ON)
_NO_HABITS = np.zeros(0)
_ENDLESS = np.array([np.inf])  # where functions are held back, each value is as round as the next


@dataclass(frozen=True, slots=True)
class Lattice:
    """Raw training values are origin + k step for whole k, after *through* where it is given.

    The step may be coarser than the decimals say: a temperature converted from whole degrees.
    habits: log ratio of the share of training values whose roundness is just so many of ``_ROUND``
            to what chance gives, shape (9,): most prices end in 00. None where there is no habit.
    """

    step: float
    origin: float = 0.0
    through: Function | None = None
    habits: FloatArray | None = field(default=None, compare=False)

    def steps(self, raw: FloatArray) -> FloatArray:
        """Raw values in steps from the origin, any shape."""
        return ((raw if self.through is None else self.through(raw)) - self.origin) / self.step

    def line(self, view: View) -> tuple[float, float] | None:
        """Steps of the topic's 0, and steps for each topic unit; None where they bend."""
        if self.through is not None or view.bends:
            return None
        first, second = self.steps(view.to_raw(np.array([0.0, 1.0]))).tolist()
        return (first, second - first) if second != first else None


def lattice_of(view: View) -> Lattice | None:
    """The grid of a feature's raw training values; None where they stand on none."""
    reference = view.reference
    if reference is None:
        return None
    known = None if reference.decimals is None else Lattice(10.0**-reference.decimals)
    if not reference.has_order_statistics:
        return known
    values = np.unique(reference.quantiles)
    found = common_step(values) or known
    if found is not None:
        return replace(found, habits=_habits(found, reference.quantiles))
    for _, through in _THROUGH:
        step = _decimal_step(through(values))
        if step is not None:
            return Lattice(step, 0.0, through)
    return None


def _habits(lattice: Lattice, values: FloatArray) -> FloatArray | None:
    if lattice.origin != 0:
        return None
    steps = lattice.steps(values)
    steps = steps[np.rint(steps) != 0]  # zero is round in every unit
    chance = -np.diff(1 / _ROUND, append=0.0)
    counts = np.empty(len(_ROUND), np.int64)
    kernels.count_roundness(steps, _ROUND, counts)
    shares = (counts + 0.5) / (len(steps) + 1)
    if float(shares[1:].sum()) < _ROUNDER * float(chance[1:].sum()):
        return None
    return np.clip(np.log(shares / chance), -_HABIT, _HABIT)


def resolution(values: FloatArray, lattice: Lattice) -> FloatArray:
    """How far transport may have moved each value: cut to some digits, or stored in 32 bits."""
    return np.asarray(resolutions(values, np.array([lattice.step]))[0], np.float64)


def resolutions(values: FloatArray, steps: FloatArray) -> FloatArray:
    """``resolution`` beside each of several grids, by their *steps* (h,), shape (h, n)."""
    digits = kernels.transported_digits(values, *_TRANSPORT, _CUT)
    if digits > 0:
        ten = 10.0**digits
        cut = np.where(ten * steps > 1e2, 0.5 / ten, 0.0)  # noqa: PLR2004
        return np.repeat(cut[:, None], len(values), axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        if (values.astype(np.float32).astype(np.float64) == values).all():
            return np.tile(np.abs(values) * 2.0**-24, (len(steps), 1))
    return np.zeros((len(steps), len(values)))


def evidence(
    steps: FloatArray,
    slopes: FloatArray,
    values: FloatArray,
    moved: FloatArray,
    *,
    habits: FloatArray | None = None,
    span: tuple[float, float] = (-np.inf, np.inf),
) -> FloatArray:
    """Log evidence for each of h inverse maps that *values* come from the training grid, shape
    (h,).

    steps:  the values mapped back, in steps of the grid, shape (h, n).
    slopes: |d steps / d value|, shape (h, n).
    moved:  how far transport may have moved each value, shape (n,) or (h, n).
    habits: of the training grid.
    span:   steps between which sound values lie: a map that leads elsewhere is not the right one.

    A coarse grid explains more than a fine one: a value on it counts by the logarithm of the
    number of generic values between two grid points.
    """
    n = values.shape[-1]
    if not n:
        return np.zeros(len(steps))
    some, said = min(n, _VALUES), np.empty((len(steps), 3))
    sizes = np.abs(values) + np.abs(values).mean()
    roundness = _NO_HABITS if habits is None else habits
    kernels.grid_evidence(
        steps, slopes, sizes, np.atleast_2d(moved), roundness, _ROUND, *span, _LIMITS, said
    )
    missed, gain, habit = said.T
    nats = gain * some / 2 + habit * min(n, LAST) / 4
    return np.asarray(np.where(missed > _STRAY, _OFF * some, nats))


def off_grid(lattice: Lattice, view: View, values: FloatArray) -> npt.NDArray[np.bool_]:
    """Which topic *values* stand off the grid of sound ones, shape (n,)."""
    steps, slopes = placed(lattice, view, values)
    with np.errstate(all="ignore"):
        moved = resolution(values, lattice) + _FLOAT * np.abs(values)
        tolerance = _EXACT + _RELATIVE * np.abs(steps) + moved * slopes
        off = ~(np.abs(steps - np.rint(steps)) <= tolerance)
        return np.asarray(off & (tolerance < _CLEAR))


def placed(lattice: Lattice, view: View, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Topic *values* in steps of the grid, and |d steps / d value| there, shape (n,) each."""
    line = lattice.line(view)
    if line is not None:
        return line[0] + line[1] * values, np.full(values.shape, abs(line[1]))

    def back(there: FloatArray) -> FloatArray:
        return lattice.steps(view.to_raw(there))

    with np.errstate(all="ignore"):
        return back(values), slope(back, values)


def slope(function: Function, values: FloatArray, aside: FloatArray | None = None) -> FloatArray:
    """|d function / d value| by central differences, shape (n,).

    aside: ``near_by(values)``, where several functions are asked about the same values.
    """
    h = near_by(values) if aside is None else aside
    with np.errstate(all="ignore"):
        return np.abs(function(values + h) - function(values - h)) / (2 * h)


def near_by(values: FloatArray) -> FloatArray:
    """How far from each value a function is looked at for its slope there, shape (n,)."""
    size = np.abs(values)
    h = 1e-6 * size + 1e-9
    steps = np.abs(np.diff(values))
    if steps.any():  # values that differ in their last digits only, a logarithm takes decades apart
        fine = 1e-3 * float(np.median(steps[steps > 0]))
        h = np.minimum(h, np.maximum(fine, 1e3 * _FLOAT * size))
    return h


def common_step(values: FloatArray) -> Lattice | None:
    """The step of which all differences are multiples: any unit of any decimal data.

    values: distinct, ascending. The smallest gap may span several steps; its halves, thirds and so
    on are tried as well, and then what Euclid's algorithm finds among the gaps.
    """
    if len(values) < _MIN_DISTINCT:
        return None
    gaps = np.diff(values)
    for parts in range(1, 6):
        step = float(gaps.min()) / parts
        if not step > 1e-9 * float(np.abs(values).max()):
            return None
        found = _lattice_with(values, step)
        if found is not None:
            return found
    divisor = kernels.common_divisor(gaps[:_GAPS], _DIVISOR * float(np.abs(values).max()))
    return _lattice_with(values, divisor) if divisor else None


def _lattice_with(values: FloatArray, step: float) -> Lattice | None:
    """The grid of a step near *step*, if all values stand on it."""
    step = kernels.refined_step(values, step, _EXACT, _RELATIVE)
    if not step:
        return None
    origin = float(values[0] - np.rint(values[0] / step) * step)
    return Lattice(step, 0.0 if abs(origin) < _EXACT * step else origin)


def reveals(values: FloatArray, digits: int, *, significant: bool) -> bool:
    """Whether a function takes most *values*, ascending, to so few digits, after the point or
    *significant* ones: where it was left out, they stand there.
    """
    with np.errstate(all="ignore"):
        return any(
            float(_has_digits(through(values), digits, significant=significant).mean()) > _MOSTLY
            for _, through in _THROUGH
            if not significant or through(values[-1:])[0] < through(_ENDLESS)[0]
        )


def _has_digits(
    values: FloatArray, digits: int | IntArray, *, significant: bool
) -> npt.NDArray[np.bool_]:
    """Which values clearly do with so many digits."""
    with np.errstate(all="ignore"):
        places = digits - 1 - np.floor(np.log10(np.abs(values))) if significant else digits
        y = values * 10.0**places
        tolerance = 1e-7 + 1e-9 * np.abs(y)
        return np.asarray((np.abs(y - np.rint(y)) <= tolerance) & (tolerance <= _CLEAR))


def _decimal_step(values: FloatArray) -> float | None:
    few = _has_digits(values[:_FEW, None], np.arange(_MAX_DIGITS + 1), significant=False)
    for digits in np.flatnonzero(few.all(axis=0)).tolist():
        if _has_digits(values, digits, significant=False).all():
            return float(10.0**-digits)
    return None
