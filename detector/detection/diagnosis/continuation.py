"""Faults where rows depend on time: the path that goes on under the inverse map.

Under a fault T the values T^-1(x) continue the path before the onset as ordinary values would,
without a jump and with the same volatility. Under nature x itself goes on, which is free, or
starts anew at another level with another volatility, or its whole law moves, which costs. All are
prequential likelihoods of the observed values under one law, so their difference is the evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from detector.detection import kernels
from detector.detection.batch import FloatArray
from detector.detection.diagnosis.catalogue import Map
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.diagnosis.nature import affine_fits
from detector.detection.diagnosis.others import Lines
from detector.detection.diagnosis.suspects import AS_THEY_ARE
from detector.detection.faults import Column

_RESTART, _RESTART_TOGETHER = float(np.log(1e-3)), float(np.log(0.1))
_FACTORS = 2.0 ** np.array([-4.0, -2, -1, 0, 1, 2, 3, 5, 7, 9, 11, 14])
_CALMER = (3.0, 9.0)  # factors by which the volatility may fall at once
_PRICES = np.array([0.0, *(1.0 + np.log(_CALMER))])
_LEADING = 0.95  # weight of the path above which it need not do without the marginal law
_INDEPENDENT = 0.5  # weight of the path below which a whole law may move
_FAST = 0.25  # alpha above which the level follows the value
_NEGATIVE, _SHARE_NEGATIVE = 6.0, 0.2  # what nature pays where training was never negative
_PART, _TINY = 0.1, 1e-300  # of a median step, over which a slope is taken
_LEAST = 16  # values that a law needs
_LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
IMPOSSIBLE = -1e9


@dataclass(frozen=True)
class Path:
    """The values since an onset and the law of what continues.

    values: valid values since the onset, in order, shape (n,).
    law:    learned from the records before it.
    """

    values: FloatArray
    law: Innovation
    _restarts: dict[float, float] = field(default_factory=dict)

    @cached_property
    def followed(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log density, surprise and state of each value, as nature goes on."""
        return self.law.follow(self.values)

    def restarts(self, level: float) -> float:
        """Log likelihood of the steps after the first value, from *level*, at any volatility."""
        if level not in self._restarts:
            law = self.law
            self._restarts[level] = 0.0 if len(self.values) < 2 else float(  # noqa: PLR2004 - no step
                kernels.restarts(
                    self.values, level, law.scale, _FACTORS, law.shape, law.even_table, law.edges,
                    law.density,
                )
            )  # fmt: skip
        return self._restarts[level]


def nature(column: Column, path: Path, recent: FloatArray, *, together: bool) -> float:
    """Log likelihood of the best natural story.

    recent:   ascending values before the onset.
    together: whether other columns were startled by the same record: a gap in the recording.
    """
    story = walked(path, together=together)
    if path.law.weight < _INDEPENDENT and len(path.values) >= 8:  # noqa: PLR2004 - too few for a spread
        story = max(story, _moved_law(column, path, recent, _rate(together=together)))
    return story - (_NEGATIVE if newly_negative(column, path.values) else 0.0)


def walked(path: Path, *, together: bool) -> float:
    """Log likelihood of the path that goes on, or starts anew elsewhere."""
    law, values = path.law, path.values
    story = float(path.followed[0].sum())
    size = abs(values[0] - law.level) + law.scale
    jump = _rate(together=together) - np.log(2 * size) - np.log1p(abs(np.log(size / law.scale)))
    level = values[0] if law.shape[0] > _FAST else float(np.median(values[:16]))
    return max(story, float(jump) + path.restarts(float(level)))


def _rate(*, together: bool) -> float:
    return _RESTART_TOGETHER if together else _RESTART


def surprised(path: Path, least: float) -> bool:
    """Whether nature has anything to explain: else no name could beat it."""
    logs, surprises, _ = path.followed
    if float(np.cumsum(surprises).max(initial=0.0)) >= least:
        return True
    return path.restarts(float(path.values[0])) - float(logs[1:].sum()) > 2 * least


def continued(values: FloatArray, one: Map | None, law: Innovation) -> float:
    """Log likelihood of *values* as images, under one map (None: as they are), of what continues
    *law*'s path.
    """
    followed = (
        follow_lines(values, AS_THEY_ARE, law) if one is None else follow_curves(values, [one], law)
    )
    return float(followed[0])


def follow_curves(values: FloatArray, found: Sequence[Map], law: Innovation) -> FloatArray:
    """``continued`` for each map, shape (h,)."""
    n = len(values)
    steps = np.abs(np.diff(values))
    step = float(np.median(steps[steps > 0])) if steps.any() else float(np.abs(values).max())
    h = max(
        _PART * step, _TINY
    )  # no density tells more than a part of a step, where a root is steep
    around = np.concatenate((values, values + h, values - h))
    out = np.full(len(found), IMPOSSIBLE)
    with np.errstate(all="ignore"):
        sounds = np.array([one.inverse(around) for one in found]).reshape(len(found), 3 * n)
        up = np.abs(sounds[:, n : 2 * n] - sounds[:, :n])
        down = np.abs(sounds[:, 2 * n :] - sounds[:, :n])
        rise = np.where(np.isfinite(down), (up + down) / 2, up)
        log_slopes = np.log(rise / h)
    sound = np.isfinite(sounds[:, :n]).all(axis=1) & np.isfinite(log_slopes).all(axis=1)
    followed = np.empty(int(sound.sum()))
    kernels.continuations(
        values, sounds[sound, :n], log_slopes[sound], *_arguments(law), *_stories(law), followed
    )
    out[sound] = followed
    return out


def follow_lines(
    values: FloatArray, lines: Lines, law: Innovation, *, calmer: bool = True
) -> FloatArray:
    """The same for affine maps, exactly; with *calmer* false, the volatility stays as it is."""
    out = np.empty(len(lines.places))
    kernels.affine_continuations(
        values, lines.origins, lines.slopes, *_arguments(law), *_stories(law, calmer=calmer), out
    )
    return out


def _stories(law: Innovation, *, calmer: bool = True) -> tuple[FloatArray, FloatArray, bool]:
    """What nature may, a fault's path may: calm down at once, and do without the marginal law."""
    own, floor = law.scale, float(law.shape[3])
    calm = [max(own / factor, floor) for factor in _CALMER] if calmer else []
    return np.array([own, *calm]), _PRICES[: 1 + len(calm)], law.weight < _LEADING


def _arguments(law: Innovation) -> tuple[object, ...]:
    habit = law.habit + law.lately
    return (
        law.state, law.shape, law.table, law.edges, law.density, habit, law.lengths, law.deficits
    )  # fmt: skip


def _moved_law(column: Column, path: Path, recent: FloatArray, rate: float) -> float:
    """The law of a feature like noise moves as a whole, by an affine map that fits."""
    values = path.values
    ties = np.concatenate(([False], values[1:] == values[:-1]))
    free = np.sort(values[~ties]) if int((~ties).sum()) >= 8 else np.sort(values)  # noqa: PLR2004
    view = column.view
    centre, spread = view.centre or 0.0, view.spread or 1.0
    fits = [
        one
        for base in (path.law.moving, recent)
        if len(base) > _LEAST
        for one in affine_fits(base, free)
    ]
    if not fits:
        return IMPOSSIBLE
    gains = np.array([one.gain for one in fits])
    offsets = np.array([one.offset for one in fits])
    price = (
        -rate
        + 1.5
        + 0.8 * np.log1p(np.abs(offsets + (gains - 1) * centre) / spread)
        + 1.2 * np.abs(np.log(gains))
    )
    out = np.empty(len(fits))
    kernels.affine_continuations(
        values, -offsets / gains, 1 / gains, *_arguments(replace(path.law, lately=0.0)),
        np.array([path.law.scale]), np.zeros(1), False, out,
    )  # fmt: skip
    return float((out - price).max())


def newly_negative(column: Column, values: FloatArray) -> bool:
    """Whether many values are negative where no training value was."""
    span = column.raw_range
    if span is None or span[0] < 0:
        return False
    with np.errstate(all="ignore"):
        raw = column.view.to_raw(values)
    return float(np.mean(raw < -1e-9 * (span[1] - span[0]))) > _SHARE_NEGATIVE
