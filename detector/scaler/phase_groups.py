"""Which phases of the day or week differ, and which may share a law.

Phases are compared by their distribution functions on a grid of training quantiles, in
Anderson-Darling's weighting (F_p - F)^2 / (F (1 - F)); rows of one phase in one cycle (an hour of
one day) depend on each other, which divides their number by a design effect (Kish, Survey
Sampling, 1965, 5.4).
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from detector.scaler.order_statistics import order_statistics
from detector.scaler.reference import MAX_LAWS

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Groups = Sequence[Sequence[int]]

MIN_ROWS = 200  # of a law: with fewer its tails are those of a few rows
_GRID = 32  # levels of training at which distribution functions are compared
_ALIKE = 0.02  # in the distribution function: half of what a tolerance of 0.1 makes
_SEASON = 4.0  # standard deviations beyond chance before there is a season at all
_ENOUGH = 1.0  # the same before a law more: where there is a season, laws cost little
_OUTLIER = 10.0  # of one phase: chance exceeds it in 2 of 100,000 (A squared's tail)


class PhaseComparison:
    """The distribution functions of all phases that training saw, and what chance does to them."""

    def __init__(self, values: FloatArray, phase: IntArray, cycle: IntArray, phases: int) -> None:
        edges = _edges(values)
        cells, cell = np.unique((cycle - cycle.min()) * phases + phase, return_inverse=True)
        bins = np.searchsorted(edges, values, side="left")
        size = len(edges) + 1
        histogram = np.bincount(cell * size + bins, minlength=len(cells) * size)
        below = np.cumsum(histogram.reshape(-1, size), axis=1, dtype=np.float64)
        self.seen, owner = np.unique(cells % phases, return_inverse=True)
        totals = np.zeros((len(self.seen), size))
        np.add.at(totals, owner, below)
        self.rows = totals[:, -1]
        self.functions = totals[:, :-1] / self.rows[:, None]
        pooled = self.rows @ self.functions / self.rows.sum()
        self.weights = 1 / (pooled * (1 - pooled)) / len(edges)
        self.effect = self._design_effect(below[:, :-1], below[:, -1], owner)
        self.freedom = max(len(cells) - len(self.seen), 1)

    def groups(self) -> list[list[int]]:
        """Phases with like laws together, in the order of their first phase; one: no season."""
        everything = list(range(len(self.seen)))
        if self._is_enough([everything], _SEASON):
            chosen = [everything]
        else:
            merged = self._merged([[index] for index in everything])
            few = [groups for groups in merged if len(groups) <= MAX_LAWS]
            enough = (groups for groups in few[-2::-1] if self._is_enough(groups, _ENOUGH))
            chosen = self._without_small(next(enough, few[0]))
        return sorted([int(self.seen[index]) for index in sorted(group)] for group in chosen)

    def _design_effect(self, below: FloatArray, rows: FloatArray, owner: IntArray) -> float:
        """By how much counts vary over the cycles beyond independent rows; at least 1."""
        functions = self.functions[owner]
        residual = (below - rows[:, None] * functions) ** 2 @ self.weights
        own_share = rows / self.rows[owner]  # a phase seen in one cycle says nothing
        expected = rows * (1 - own_share) * ((functions * (1 - functions)) @ self.weights)
        return max(1.0, float(residual.sum() / max(expected.sum(), 1e-300)))

    def _merged(self, groups: Groups) -> Iterator[list[list[int]]]:
        """*groups*, and then these with the two most alike merged, until one is left.

        Most alike are those whose merging adds least to the squares within (Ward); costs after a
        merge by Lance and Williams (1967).
        """
        members: dict[int, list[int]] = {k: list(group) for k, group in enumerate(groups)}
        rows = np.array([self.rows[group].sum() for group in members.values()])
        costs = self._costs(members.values(), rows)
        yield list(members.values())
        while len(members) > 1:
            i, j = divmod(int(np.argmin(costs)), len(rows))
            total = rows + rows[i] + rows[j]
            both = (rows + rows[i]) * costs[i] + (rows + rows[j]) * costs[j]
            costs[i] = costs[:, i] = (both - rows * costs[i, j]) / total
            costs[j] = costs[:, j] = costs[i, i] = np.inf
            rows[i] += rows[j]
            members[i] += members.pop(j)
            yield [list(group) for group in members.values()]

    def _costs(self, groups: Iterable[list[int]], rows: FloatArray) -> FloatArray:
        """What merging two groups adds to the squares within, shape (k, k); inf for one itself."""
        points = np.array([self._pooled(group) for group in groups]) * np.sqrt(self.weights)
        distances = ((points[:, None] - points) ** 2).sum(axis=2)
        costs = np.asarray(distances * (rows[:, None] * rows / (rows[:, None] + rows)))
        np.fill_diagonal(costs, np.inf)
        return costs

    def _pooled(self, group: Sequence[int]) -> FloatArray:
        members = list(group)
        rows = self.rows[members]
        return np.asarray(rows @ self.functions[members] / rows.sum())

    def _is_enough(self, groups: Groups, deviations: float) -> bool:
        """True where phases differ from the law of their group by little, or as by chance."""
        moves, excess = self._misfits(groups)
        if float(moves.max()) <= _ALIKE:
            return True
        freedom = len(self.seen) - len(groups)
        chance = 1 + deviations * np.sqrt(2 / max(freedom, 1) + 2 / self.freedom)
        return bool(excess.sum() <= freedom * chance and excess.max() <= _OUTLIER)

    def misfit(self, groups: Groups) -> float:
        """The largest distance of a phase from the law of its group that is not chance; 0: none."""
        index_of = {int(phase): index for index, phase in enumerate(self.seen)}
        moves, excess = self._misfits([[index_of[phase] for phase in group] for group in groups])
        return float(moves[excess > _OUTLIER].max(initial=0.0))

    def _misfits(self, groups: Groups) -> tuple[FloatArray, FloatArray]:
        """By phase the distance from the law of its group: the largest of the distribution
        function, and A squared, which is 1 by chance.
        """
        pooled = np.empty_like(self.functions)
        for group in groups:
            pooled[list(group)] = self._pooled(group)
        moves = self.functions - pooled
        return np.abs(moves).max(axis=1), self.rows * (moves**2 @ self.weights) / self.effect

    def _without_small(self, groups: list[list[int]]) -> list[list[int]]:
        """Groups of too few rows in those they are most alike."""
        while len(groups) > 1:
            rows = np.array([self.rows[group].sum() for group in groups])
            smallest = int(np.argmin(rows))
            if rows[smallest] >= MIN_ROWS:
                break
            nearest = int(np.argmin(self._costs(groups, rows)[smallest]))
            merged = groups[smallest] + groups[nearest]
            groups = [g for k, g in enumerate(groups) if k not in (smallest, nearest)] + [merged]
        return groups


def _edges(values: FloatArray) -> FloatArray:
    """Distinct training quantiles below the largest value, ascending."""
    quantiles = np.unique(order_statistics(np.sort(values), _GRID)[1])
    inner = quantiles[quantiles < values.max()]
    return inner if len(inner) else np.array([values.min()])
