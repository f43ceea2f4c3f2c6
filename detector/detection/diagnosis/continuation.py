"""Faults where rows depend on time: the path that goes on under the inverse map.

Under a fault T the values T^-1(x) continue the path before the onset as ordinary values would,
without a jump and with the same volatility. Under nature x itself goes on, which is free, or
starts anew at another level with another volatility, or its whole law moves, which costs. All are
prequential likelihoods of the observed values under one law, so their difference is the evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.detection import kernels
from detector.detection.batch import FloatArray
from detector.detection.diagnosis.hypothesis import Scored
from detector.detection.diagnosis.innovation import Innovation
from detector.detection.diagnosis.lattice import LAST, slope
from detector.detection.diagnosis.nature import affine_fits
from detector.detection.diagnosis.suspects import IDENTITY, Map, Suspect, Suspects
from detector.detection.faults import Affine

_RESTART, _RESTART_TOGETHER = float(np.log(1e-3)), float(np.log(0.1))
_FACTORS = 2.0 ** np.array([-4.0, -2, -1, 0, 1, 2, 3, 5, 7, 9, 11, 14])
_ALONE = 0.999  # weight of the path where the marginal law is left aside
_CALMER = (3.0, 9.0)  # factors by which the volatility may fall at once
_INDEPENDENT = 0.5  # weight of the path below which a whole law may move
_FAST = 0.25  # alpha above which the level follows the value
_NEGATIVE, _SHARE_NEGATIVE = 6.0, 0.2  # what nature pays where training was never negative
MOST_GRID, _LEAST_GRID = 15.0, -40.0
_MILD, _MILD_PRICE = 1.5, -3.0  # log gain below which natural changes of level look alike
_RESCALED = ("scaler_kind", "scaler_version", "column_scaler")
_SHORT = 1.5  # training scales
_HOPELESS = -30.0
_PART = 0.1  # of a median step, over which a slope is taken
_LEAST = 16  # values that a law needs
_FIRST, _FOLLOWED = 24, 16  # values, and maps that are followed further than these
_LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
IMPOSSIBLE = -1e9


@dataclass(frozen=True, slots=True)
class Path:
    """The values since an onset and the law of what continues.

    values: valid values since the onset, in order, shape (n,).
    law:    learned from the records before it.
    """

    values: FloatArray
    law: Innovation


def nature(own: Suspects, path: Path, recent: FloatArray, *, together: bool) -> float:
    """Log likelihood of the best natural story.

    recent:   ascending values before the onset.
    together: whether other columns were startled by the same record: a gap in the recording.
    """
    story = walked(path, together=together)
    if path.law.weight < _INDEPENDENT and len(path.values) >= 8:  # noqa: PLR2004 - too few for a spread
        story = max(story, _moved_law(own, path, recent, _rate(together=together)))
    return story - (_NEGATIVE if newly_negative(own, path.values) else 0.0)


def walked(path: Path, *, together: bool) -> float:
    """Log likelihood of the path that goes on, or starts anew elsewhere."""
    law, values = path.law, path.values
    story = float(law.follow(values)[0].sum())
    size = abs(values[0] - law.level) + law.scale
    jump = _rate(together=together) - np.log(2 * size) - np.log1p(abs(np.log(size / law.scale)))
    level = values[0] if law.shape[0] > _FAST else float(np.median(values[:16]))
    return max(story, float(jump) + _restarts(path, float(level)))


def _rate(*, together: bool) -> float:
    return _RESTART_TOGETHER if together else _RESTART


def surprised(path: Path, least: float) -> bool:
    """Whether nature has anything to explain: else no name could beat it."""
    logs, surprises, _ = path.law.follow(path.values)
    if float(np.cumsum(surprises).max(initial=0.0)) >= least:
        return True
    return _restarts(path, float(path.values[0])) - float(logs[1:].sum()) > 2 * least


def maps(own: Suspects, path: Path, natural: float) -> list[tuple[Suspect, Scored]]:
    """Margins of the maps of the catalogue over nature, in nats; hopeless ones are left out."""
    found = np.full(len(own.maps), IMPOSSIBLE)
    affine = [i for i, one in enumerate(own.maps) if isinstance(one.map, Affine)]
    affine = _promising(path, own, affine)
    origins, slopes = _inverses([own.maps[i] for i in affine])
    for law, price in _variants(path.law):
        out = np.empty(len(affine))
        kernels.affine_continuations(path.values, origins, slopes, *_arguments(law), out)
        found[affine] = np.maximum(found[affine], out - price)
    for i, one in enumerate(own.maps):
        if not isinstance(one.map, Affine):
            found[i] = continued(path.values, one.map, path.law)
    margins = [
        (one, value - natural + one.fault.prior + _mild(own, one))
        for one, value in zip(own.maps, found.tolist(), strict=True)
        if value - natural > _HOPELESS
    ]
    grid = own.on_lattice([*(one.map for one, _ in margins), IDENTITY], path.values[-LAST:])
    proof = np.clip(grid[:-1] - grid[-1], _LEAST_GRID, MOST_GRID).tolist()
    left = bool(grid[-1] < 0)  # the grid: that nature does not do, while coarser it may become
    return [
        (one, Scored(fault=one.fault, score=margin + extra, proof=extra if left else 0.0))
        for (one, margin), extra in zip(margins, proof, strict=True)
    ]


def _promising(path: Path, own: Suspects, affine: list[int]) -> list[int]:
    """The maps that the first records speak for; the others are not followed to the end."""
    origins, slopes = _inverses([own.maps[i] for i in affine])
    first = np.full(len(affine), -np.inf)
    for law, price in _variants(path.law)[:: len(_CALMER) + 1]:
        out = np.empty(len(affine))
        values = path.values[:_FIRST]
        kernels.affine_continuations(values, origins, slopes, *_arguments(law), out)
        first = np.maximum(first, out - price)
    best = np.argsort(-first, kind="stable")[:_FOLLOWED]
    return sorted(affine[i] for i in best if first[i] > first[best[0]] + 2 * _HOPELESS)


def continued(values: FloatArray, one: Map | None, law: Innovation) -> float:
    """Log likelihood of *values* as images, under one map (None: as they are), of what continues
    *law*'s path.
    """
    if one is None:
        sound, log_slopes = values, np.zeros(len(values))
    else:
        with np.errstate(all="ignore"):
            sound = one.inverse(values)
            log_slopes = np.log(_secants(one, values))
    if not (np.isfinite(sound).all() and np.isfinite(log_slopes).all()):
        return IMPOSSIBLE
    return max(
        float(kernels.continuation(values, sound, log_slopes, *_arguments(variant))) - price
        for variant, price in _variants(law)
    )


def _secants(one: Map, values: FloatArray) -> FloatArray:
    """|d inverse / d value| over a part of a step: no density tells more, where a root is steep."""
    steps = np.abs(np.diff(values))
    h = _PART * float(np.median(steps[steps > 0])) if steps.any() else 0.0
    if h == 0:
        return slope(one.inverse, values)
    here = one.inverse(values)
    up, down = (np.abs(one.inverse(values + s) - here) / h for s in (h, -h))
    return np.where(np.isfinite(down), (up + down) / 2, up)


def _variants(law: Innovation) -> list[tuple[Innovation, float]]:
    """What nature may, a fault's path may: calm down at once, and do without the marginal law."""
    found = [(law, 0.0)]
    for factor in _CALMER:
        state = law.state.copy()
        state[3] = max(state[3] / factor, law.shape[3])
        found.append((replace(law, state=state), 1.0 + float(np.log(factor))))
    if law.weight < 0.95:  # noqa: PLR2004 - above, nothing changes
        shape = law.shape.copy()
        shape[4] = _ALONE
        found += [(replace(v, shape=shape, habit=v.habit + 1), p + 1) for v, p in found]
    return found


def _arguments(law: Innovation) -> tuple[object, ...]:
    habit = law.habit + law.lately
    return (
        law.state, law.shape, law.table, law.edges, law.density, habit, law.lengths, law.deficits
    )  # fmt: skip


def _inverses(found: Sequence[Suspect]) -> tuple[FloatArray, FloatArray]:
    pairs = [
        (-one.map.offset / one.map.gain, 1 / one.map.gain)
        for one in found
        if isinstance(one.map, Affine)
    ]
    origins, slopes = np.array(pairs).reshape(-1, 2).T
    return np.ascontiguousarray(origins), np.ascontiguousarray(slopes)


def _restarts(path: Path, level: float) -> float:
    law = path.law
    if len(path.values) < 2:  # noqa: PLR2004 - no step yet
        return 0.0
    return float(
        kernels.restarts(
            path.values, level, law.scale, _FACTORS, law.shape, law.even_table, law.edges,
            law.density,
        )
    )  # fmt: skip


def _moved_law(own: Suspects, path: Path, recent: FloatArray, rate: float) -> float:
    """The law of a feature like noise moves as a whole, by an affine map that fits."""
    values = path.values
    ties = np.concatenate(([False], values[1:] == values[:-1]))
    free = np.sort(values[~ties]) if int((~ties).sum()) >= 8 else np.sort(values)  # noqa: PLR2004
    view = own.column.view
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
        values, -offsets / gains, 1 / gains, *_arguments(replace(path.law, lately=0.0)), out
    )
    return float((out - price).max())


def newly_negative(own: Suspects, values: FloatArray) -> bool:
    """Whether many values are negative where no training value was."""
    span = own.column.raw_range
    if span is None or span[0] < 0:
        return False
    with np.errstate(all="ignore"):
        raw = own.column.view.to_raw(values)
    return float(np.mean(raw < -1e-9 * (span[1] - span[0]))) > _SHARE_NEGATIVE


def _mild(own: Suspects, one: Suspect) -> float:
    """Price of a map that natural changes imitate: nearly a shift, and not a long one."""
    fault, law = one.fault, own.column.view.law
    if fault.variant == "sqrt":
        return _MILD_PRICE
    if not isinstance(one.map, Affine) or abs(np.log(abs(one.map.gain))) >= _MILD:
        return 0.0
    if fault.cause == "unit" and "deg" not in (fault.variant or ""):
        return _MILD_PRICE
    if fault.cause not in _RESCALED or law is None or one.map.gain < 0:
        return 0.0
    moved = one.map.offset + (one.map.gain - 1) * law.mean
    return _MILD_PRICE if abs(moved) < _SHORT * law.std else 0.0
