"""Two columns exchanged, by their laws."""

import numpy as np
import pytest

from tests.streams import fitted, model, rng, run, stream

N, START = 1500, 500


def weather(n, seed):
    """Dew point and temperature of unrelated days: the one ten degrees below the other."""
    r = rng(seed, 71)
    warmth = r.normal(0, 5, n)
    return {"dew": np.round(5 + warmth, 1), "air": np.round(15 + warmth + r.normal(0, 1, n), 1)}


TRAINING = fitted(weather(4000, 1))


def causes(columns):
    """Causes named since START, by feature."""
    data = [e.data for e in run(model(TRAINING), stream(columns))]
    return {
        (e.feature, e.diagnosis.cause) for e in data if e.diagnosis and e.position.offset >= START
    }


def test_columns_that_carry_each_other_are_exchanged():
    columns = weather(N, 2)
    dew = np.where(np.arange(N) < START, columns["dew"], columns["air"])
    air = np.where(np.arange(N) < START, columns["air"], columns["dew"])

    assert causes({"dew": dew, "air": air}) == {("dew", "column_swap"), ("air", "column_swap")}


@pytest.mark.parametrize("warmer", [10, -10])
def test_columns_that_keep_their_distance_are_not(warmer):
    """A summer takes the dew point to where the air was, and the air as far up; a winter the
    other way.
    """
    columns = {name: x + warmer * (np.arange(N) >= START) for name, x in weather(N, 2).items()}

    assert "column_swap" not in {cause for _, cause in causes(columns)}
