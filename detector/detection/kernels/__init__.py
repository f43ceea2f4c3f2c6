"""Record-by-record loops, compiled. numba lives here; each function reads like its formula.

Every function is a function of the records: state goes in and comes out in arrays, and cutting the
same records into other batches gives the same bits.
"""

from detector.detection.kernels.batches import MAX_BATCH, SLOTS, returns
from detector.detection.kernels.classify import classify
from detector.detection.kernels.dependence import (
    DEPENDENCE_BLOCKS,
    block_dependence,
    block_means,
)
from detector.detection.kernels.grid import (
    common_divisor,
    count_roundness,
    grid_evidence,
    refined_step,
    transported_digits,
)
from detector.detection.kernels.paths import (
    HALF_OCTAVES,
    affine_continuations,
    continuations,
    filters,
    path,
    restarts,
)
from detector.detection.kernels.sequential import judge, onset
from detector.detection.kernels.shares import coarse_shares, shares_upto
from detector.detection.kernels.split import best_split
from detector.detection.kernels.steps import steps_onto

__all__ = [
    "DEPENDENCE_BLOCKS",
    "HALF_OCTAVES",
    "MAX_BATCH",
    "SLOTS",
    "affine_continuations",
    "best_split",
    "block_dependence",
    "block_means",
    "classify",
    "coarse_shares",
    "common_divisor",
    "continuations",
    "count_roundness",
    "filters",
    "grid_evidence",
    "judge",
    "onset",
    "path",
    "refined_step",
    "restarts",
    "returns",
    "shares_upto",
    "steps_onto",
    "transported_digits",
]
