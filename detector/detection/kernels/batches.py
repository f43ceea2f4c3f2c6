"""Running sums that return: batches that were each scaled by themselves."""

import numpy as np

from detector.detection.bins import INVALID
from detector.detection.kernels.compiled import njit_exact

SLOTS = 2048  # values of a running sum that are remembered, 80 KB a feature of a scaled topic
MAX_BATCH = 2048
LINKS = 3  # batches in a row: fewer can be chance where values are whole numbers


@njit_exact
def returns(
    values, codes, first, last, base, active, total, energy, keys, at, squares, links, starts,
    rows, firsts, counts,
):  # fmt: skip
    """Records at which the running sum has come back to one value LINKS times in a row.

    A scaler refitted on each batch centres it: the sum of its scaled values returns to the same
    value at the end of every batch, with a mean square of 1 in between, whatever the batches'
    sizes.
    base: number of the record in row 0. total, energy: running sum and sum of squares, shape (f,).
    keys, at, squares, links, starts: what was seen at each value of the sum, shape (f, SLOTS),
    where
    *links* counts the returns in a row and *starts* is the record behind the first of them.
    rows, firsts: shape (f, n), where it happened and the record with which the first batch began;
    counts: how many there are.
    """
    for f in range(values.shape[0]):
        counts[f] = 0
        if not active[f]:
            continue
        value, code = values[f], codes[f]
        p, q, n = total[f], energy[f], 0
        key_of, at_of, square_of = keys[f], at[f], squares[f]
        link_of, start_of = links[f], starts[f]
        for r in range(first, last):
            if code[r] >= INVALID:
                continue
            x = value[r]
            p += x
            q += x * x
            if not abs(p) < 1e10:  # as far as a sum keeps five decimals; beyond it starts again
                p, q = 0.0, 0.0
            key = np.int64(np.rint(p * 1e5))
            slot = (key ^ (key >> 11)) & (SLOTS - 1)
            record = base + r
            gap = record - at_of[slot]
            link, start = 0, record + 1
            if key_of[slot] == key and 4 <= gap <= MAX_BATCH:
                mean = (q - square_of[slot]) / gap
                if abs(mean - 1.0) < 2e-4 or abs(mean - 1.0 + 1.0 / gap) < 2e-4:
                    link, start = link_of[slot] + 1, start_of[slot]
                    if link == LINKS:
                        rows[f, n] = r
                        firsts[f, n] = start
                        n += 1
            key_of[slot], at_of[slot], square_of[slot] = key, record, q
            link_of[slot], start_of[slot] = link, start
        total[f], energy[f] = p, q
        counts[f] = n
