"""One table for every departure test: a row of e-values for each bin, a column for each
alternative.

Invariant: for every law of the null class the mean of each column is at most one, so that a
Shiryaev-Roberts statistic fed with it has a mean time between false alarms of at least its
threshold
(Shin, Ramdas and Rinaldo, arXiv 2203.03532).
"""

from dataclasses import dataclass

import numpy as np

from detector.detection.batch import FloatArray
from detector.events import SignalKind

MAX_BINS = 250  # bin numbers are bytes; the last ones stand for missing and invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The value test of one feature.

    edges:    ascending, topic unit, shape (k - 1,); bin b holds edges[b-1] < x <= edges[b].
    log_e:    logarithm of the e-value, shape (k, j).
    weights:  of the alternatives, shape (j,), summing to one; empty where nothing can be tested.
    kinds:    what each alternative speaks of.
    scores:   training score of each bin for ADWIN, within ±3.3, shape (k,).
    score_variances: of one score and of its magnitude under training.
    log_back: log p/q of each bin for every law q that must be refuted before an episode resolves,
              shape (k, r); None without a reference.
    """

    edges: FloatArray
    log_e: FloatArray
    weights: FloatArray
    kinds: tuple[SignalKind, ...]
    scores: FloatArray
    score_variances: tuple[float, float] = (
        1.0,
        0.36,
    )  # of a normal law; what a scaler's scale says
    log_back: FloatArray | None = None

    @property
    def n_bins(self) -> int:
        """How many bins values fall into."""
        return len(self.edges) + 1


def nothing_to_test() -> Table:
    """The table of a feature of which training says nothing: one bin, no alternative."""
    return Table(
        edges=np.zeros(0),
        log_e=np.zeros((1, 0)),
        weights=np.zeros(0),
        kinds=(),
        scores=np.zeros(1),
    )
