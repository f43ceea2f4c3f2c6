"""Statistics of each batch leave exact traces: sums, middles and extremes."""

import numpy as np
import pytest

from detector.detection.diagnosis.refit import batch_of, robust_batch_of
from tests.streams import diagnosed, fitted, model, rng, run, stream

N, START, SIZE = 2400, 800, 32
TRAINING = rng(1).gamma(3.0, 140.0, 3000)
SCALER = fitted({"x": TRAINING})


def batches(values, scale):
    return np.concatenate([scale(values[i : i + SIZE]) for i in range(0, len(values), SIZE)])


def standard(part):
    return (part - part.mean()) / part.std()


def robust(part):
    low, middle, high = np.percentile(part, [25, 50, 75])
    return (part - middle) / (high - low)


def minmax(part):
    return (part - part.min()) / np.ptp(part)


def maxabs(part):
    return part / np.abs(part).max()


@pytest.mark.parametrize(
    ("scale", "variant"), [(robust, "robust"), (minmax, "minmax"), (maxabs, "maxabs")]
)
def test_every_kind_of_scaler_refitted_on_each_batch_is_named(scale, variant):
    sound = rng(2).gamma(3.0, 140.0, N)
    z = np.concatenate(
        (SCALER.features["x"].transform(sound[:START]), batches(sound[START:], scale))
    )

    found = diagnosed(run(model(SCALER, values="scaled"), stream({"x": z}))[-1])

    assert (found.cause, found.variant) == ("refit_on_live", variant)


@pytest.mark.parametrize("size", [31, 32, 100])
def test_a_batch_with_median_zero_and_quartiles_one_apart_is_found(size):
    """scikit-learn's RobustScaler: (x - median) / (q75 - q25), by linear interpolation."""
    values = rng(3).normal(0, 1, 4 * size)
    values[size : 2 * size] = robust(values[size : 2 * size])

    assert robust_batch_of(values) == (size if size in {32, 100} else None)  # usual sizes only


def test_quartiles_that_are_common_values_prove_nothing():
    """Scaled once and for all, with 0, -0.4 and 0.6 as values that often occur."""
    values = rng(4).choice([-0.4, 0.0, 0.6], 400) + rng(5).choice([0.0, 0.0, 0.137], 400)

    assert robust_batch_of(values) is None


@pytest.mark.parametrize("values", [np.tile([1.0, -1.0], 20), np.trunc(rng(6).normal(0, 1.3, 500))])
def test_whole_numbers_and_bounds_that_cancel_are_no_batch(values):
    """Three times +1 and three times -1 sum to 0, and their squares to 6."""
    assert batch_of(values) is None
