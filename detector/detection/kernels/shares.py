"""Shares of laws between edges, for comparing them."""

import numpy as np

from detector.detection.kernels.compiled import njit_exact


@njit_exact
def cumulative(laws, starts, edges, out):
    """Share of each law at or below every edge, shape (m, e); laws ascending, one after another.

    starts: where each law begins in *laws*, and the end of the last, shape (m + 1,).
    """
    for m in range(len(starts) - 1):
        first, last = starts[m], starts[m + 1]
        at = first
        for e in range(len(edges)):
            while at < last and laws[at] <= edges[e]:
                at += 1
            out[m, e] = (at - first) / (last - first)


@njit_exact
def coarse_edges(shares, least, kept):
    """Keep an edge where, since the one kept before, some law has gathered *least* of its mass.

    shares: of every law at or below each edge, shape (m, e). kept: shape (e,), bool, filled.
    """
    m, n = shares.shape
    before = np.zeros(m)
    for e in range(n):
        most = 0.0
        for h in range(m):
            most = max(most, shares[h, e] - before[h])
        kept[e] = most >= least
        if kept[e]:
            for h in range(m):
                before[h] = shares[h, e]
