"""Laws by phase from training rows, where they show a season."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.scaler.order_statistics import order_statistics
from detector.scaler.phase_groups import MIN_ROWS, Groups, PhaseComparison
from detector.scaler.reference import (
    MAX_LAWS,
    PHASES,
    PhaseBy,
    PhaseLaw,
    Phases,
    cycle_of,
    phase_of,
)

FloatArray = npt.NDArray[np.float64]

LAW_QUANTILES = 128  # at most; their tails begin where 0.4 % of the values lie
ALL_QUANTILES = 512  # of all laws of a feature: with them a file takes twice as long to load
_CYCLES = 2  # fewer, and a season is a change that came once
_ROUGH = 0.1  # in the distribution function, where a shift of a quarter of a scale is seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What training shows of a season.

    phases: the laws; None where there is no season, or none can be told.
    words:  which of these, for people.
    """

    phases: Phases | None
    words: str


def measure_season(values: FloatArray, times: FloatArray, by: PhaseBy) -> Season:
    """The season of one feature.

    values: shape (n,), in the unit before ``before``; NaN and ±inf take no part.
    times:  seconds since the epoch, shape (n,).
    """
    name = by.replace("_", " ")
    valid = np.isfinite(values)
    values, times = values[valid] + 0.0, times[valid]
    if len(values) < 2 * MIN_ROWS:
        return Season(phases=None, words=f"no laws by {name}: {len(values)} rows are too few")
    phase, cycle = phase_of(by, times), cycle_of(by, times)
    cycles = len(np.unique(cycle))
    if cycles < _CYCLES:
        what = "day" if by == "hour_of_day" else "week"
        words = f"no laws by {name}: one {what} of rows cannot tell a season from a change"
        return Season(phases=None, words=words)
    comparison = PhaseComparison(values, phase, cycle, PHASES[by])
    groups = comparison.groups()
    if len(groups) == 1:
        words = f"no laws by {name}: its {name.split()[0]}s are alike, as far as chance allows"
        return Season(phases=None, words=words)
    table = _table(groups, PHASES[by])
    own = np.array(table)[phase]
    size = min(LAW_QUANTILES, ALL_QUANTILES // len(groups))
    laws = tuple(_law(values[own == index], size) for index in range(len(groups)))
    phases = Phases(by=by, table=table, laws=laws)
    words = f"{len(laws)} laws by {name}"
    misfit = comparison.misfit(groups)
    if misfit > _ROUGH:
        more = f", and {MAX_LAWS} are the most" if len(laws) == MAX_LAWS else " for want of rows"
        words += f"; {name.split()[0]}s that differ share one{more}: up to {misfit:.0%} of their "
        words += "values lie elsewhere"
    return Season(phases=phases, words=words)


def _law(values: FloatArray, size: int) -> PhaseLaw:
    probabilities, quantiles = order_statistics(np.sort(values), size)
    return PhaseLaw(count=len(values), probabilities=probabilities, quantiles=quantiles)


def _table(groups: Groups, phases: int) -> tuple[int, ...]:
    """The group of each phase; one that training never saw has that of the nearest one."""
    group_of = {phase: index for index, group in enumerate(groups) for phase in group}

    def distance(seen: int, phase: int) -> int:
        return min((seen - phase) % phases, (phase - seen) % phases)

    nearest = (min(group_of, key=lambda seen: distance(seen, phase)) for phase in range(phases))
    return tuple(group_of[seen] for seen in nearest)
