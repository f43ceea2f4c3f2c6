"""Two columns exchanged, by their laws."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.suspects import suspects
from detector.detection.diagnosis.swap import swaps
from detector.detection.faults import Column
from detector.detection.view import view_of
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


def sample(values, before=()):
    """Values since an onset."""
    since = np.array(values, float)
    return Sample(
        since=since, before=np.array(before, float), records=len(since), missing=0, invalid=0
    )


degrees = st.lists(st.integers(-300, 400).map(lambda i: i / 10), min_size=1, max_size=40)


@given(mine=degrees, theirs=degrees)
def test_the_other_column_says_no_more_than_it_is_said_to(mine, theirs):
    """An exchange that is hopeless by its own half is dropped: the other half cannot save it."""
    views = {name: view_of(name, TRAINING.features[name], "raw") for name in ("dew", "air")}
    own = suspects(Column(view=views["dew"], views=views, versions=()), None)

    found = list(swaps(own, sample(mine), lambda _: (partial(sample, theirs), None), 1.0))

    assert [one.fault.variant for one in found] == ["air"]
    for one in found:
        assert one.further is not None
        assert one.further.asked() <= one.further.most
