"""The law of a feature as the scaler file writes it: order statistics, or values by probability."""

import numpy as np
import numpy.typing as npt

from detector.scaler.order_statistics import middle_probabilities
from detector.yamlfile import Inline, Node

FloatArray = npt.NDArray[np.float64]


def written_quantiles(probabilities: FloatArray, quantiles: FloatArray) -> object:
    """A list where the values are order statistics of equal weight, else a mapping."""
    values: list[float] = quantiles.tolist()
    if np.array_equal(probabilities, middle_probabilities(len(values))):
        return values
    return Inline(zip(probabilities.tolist(), values, strict=True))


def read_quantiles(node: Node) -> tuple[FloatArray, FloatArray]:
    """Probabilities and quantiles; of no use where they have faults, which are recorded."""
    expected = "a list of order statistics, or a mapping of probabilities to values"
    faults = node.fault_count
    probabilities, values = np.zeros(0), np.zeros(0)
    if node.is_list:
        values = np.array(node.numbers() or ())
        probabilities = middle_probabilities(len(values))
    elif node.is_mapping:
        pairs = sorted(node.number_items() or (), key=lambda pair: pair[0])
        probabilities, values = np.array(pairs, float).reshape(-1, 2).T
    else:
        node.fault(expected, got=None if node.exists else "nothing (the key is required)")
    if node.fault_count == faults:
        _check(node, probabilities, values)
    return probabilities, values


def _check(node: Node, probabilities: FloatArray, values: FloatArray) -> None:
    if len(values) < 2:  # noqa: PLR2004 - one value is no law
        node.fault("at least two values", got=f"{len(values)}")
        return
    if not (probabilities[0] > 0 and probabilities[-1] < 1):
        wrong = probabilities[0] if probabilities[0] <= 0 else probabilities[-1]
        hint = "write min and max under their own keys." if wrong in (0, 1) else None
        node.fault("probabilities above 0 and below 1", got=f"{wrong}", hint=hint)
    if (np.diff(probabilities) == 0).any():
        node.fault("each probability once", got="one twice")
    falls = np.flatnonzero(np.diff(values) < 0)
    if len(falls):
        before, after = values[falls[0]], values[falls[0] + 1]
        node.fault("ascending values", got=f"{after} after {before}")
