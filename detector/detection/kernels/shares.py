"""Shares of laws at edges and between them, for comparing them."""

import numpy as np

from detector.detection.kernels.compiled import inline, njit_exact


@inline
def _enough(size, before, least):
    """How many values of a law of *size* make its share exceed *before* by *least*."""
    count = min(max(int((before + least) * size), 0), size)
    while count > 0 and (count - 1) / size - before >= least:
        count -= 1
    while count <= size and count / size - before < least:
        count += 1
    return count


@njit_exact
def coarse_shares(laws, starts, edges, least, out):
    """Share of each law at or below every edge that is kept; how many are.

    An edge is kept where, since the one kept before, some law has gathered *least* of its mass.

    laws, starts: laws ascending, one after another; where each begins, and the end of the last,
                  shape (m + 1,).
    edges:        ascending, shape (e,).
    out:          shape (e, m), its first rows are filled.
    """
    m, n = len(starts) - 1, len(edges)
    at, before = starts[:m].copy(), np.zeros(m)
    kept, first = 0, 0
    while first < n:
        nearest, found = np.inf, False  # the least value at which some law has gathered enough
        for h in range(m):
            size = starts[h + 1] - starts[h]
            count = _enough(size, before[h], least)
            if count <= size:
                value = laws[starts[h] + count - 1]
                if value <= nearest and value <= edges[n - 1]:
                    nearest, found = value, True
        if not found:
            break
        place = first + np.searchsorted(edges[first:], nearest)
        for h in range(m):
            i, last = at[h], starts[h + 1]
            while i < last and laws[i] <= edges[place]:
                i += 1
            at[h] = i
            before[h] = (i - starts[h]) / (last - starts[h])
            out[kept, h] = before[h]
        kept += 1
        first = place + 1
    return kept


@njit_exact
def shares_upto(laws, starts, edges, out):
    """Share of each law at or below every edge.

    laws, starts, edges: as of ``coarse_shares``; a few edges.
    out:                 shape (m, e), is filled.
    """
    for h in range(len(starts) - 1):
        first, last = starts[h], starts[h + 1]
        at = first
        for k in range(len(edges)):
            at += np.searchsorted(laws[at:last], edges[k], side="right")
            out[h, k] = (at - first) / (last - first)
