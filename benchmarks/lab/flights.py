"""The demo's flights and weather: in random order, dealt as often as asked, and in time order."""

import functools
import gzip
from pathlib import Path

import numpy as np

from detector.demo.rows import UNITS, load_rows
from lab.laws import FloatArray, Rng

TRAINING_ROWS = 15_000
ORDER = Path(__file__).parent / "time_order.u2.gz"
FEATURES = tuple(UNITS)

Columns = dict[str, FloatArray]


def in_random_order(rng: Rng) -> tuple[Columns, Columns]:
    """Training and live columns, dealt anew from all the rows."""
    return _split(rng.permutation(len(_all()[FEATURES[0]])))


def in_time_order() -> tuple[Columns, Columns]:
    """Training: January to June; live: the rest of the year."""
    ranks = np.frombuffer(gzip.decompress(ORDER.read_bytes()), "<u2")
    return _split(np.argsort(ranks))


@functools.cache
def _all() -> Columns:
    training, live = load_rows("training").columns, load_rows("live").columns
    return {name: np.concatenate([training[name], live[name]]) for name in FEATURES}


def _split(order: np.ndarray) -> tuple[Columns, Columns]:
    ordered = {name: column[order] for name, column in _all().items()}
    return (
        {name: column[:TRAINING_ROWS] for name, column in ordered.items()},
        {name: column[TRAINING_ROWS:] for name, column in ordered.items()},
    )
