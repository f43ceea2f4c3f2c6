"""From a value to the number of its bin, by a table of 256 cells and a step or two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.departure.table import Table

MISSING = 255
INVALID = 254
CELLS = 256  # one cache line of bytes times four: finer gains nothing once most cells hold one edge
_CORE = 0.15  # share of the edges at either end, far apart, that are left to a binary search


@dataclass(frozen=True, slots=True)
class Lookup:
    """The bins of all features of a model, padded to one shape.

    edges:  shape (f, k), ascending, padded with +inf.
    counts: number of edges of each feature, shape (f,).
    low, inverse_width: the range that the cells cover, shape (f,).
    cells:  number of edges below the start of each cell, shape (f, 256).
    """

    edges: FloatArray
    counts: npt.NDArray[np.int64]
    low: FloatArray
    inverse_width: FloatArray
    cells: npt.NDArray[np.uint8]


def lookup(tables: Sequence[Table]) -> Lookup:
    """The lookup for the tables of a model's features, in order."""
    width = max([len(table.edges) for table in tables] + [1])
    edges = np.full((len(tables), width), np.inf)
    counts = np.array([len(table.edges) for table in tables], np.int64)
    low, inverse = np.zeros(len(tables)), np.zeros(len(tables))
    cells = np.zeros((len(tables), CELLS), np.uint8)
    for f, table in enumerate(tables):
        own = table.edges
        edges[f, : len(own)] = own
        if len(own) < 4:  # noqa: PLR2004 - too few to cut ends off; a binary search is as quick
            continue
        cut = max(1, int(len(own) * _CORE))
        first, last = own[cut], own[-1 - cut]
        if not (np.isfinite(first) and np.isfinite(last) and last > first):
            continue
        low[f], inverse[f] = first, CELLS / (last - first)
        starts = first + np.arange(CELLS) / inverse[f]
        cells[f] = np.searchsorted(own, starts, side="left")
    return Lookup(edges, counts, low, inverse, cells)
