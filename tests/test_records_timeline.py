"""Every record of a file has a time, whatever stands in it."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import RecordError
from detector.records import Chunk, Decoded, timeline, with_times

BAD = RecordError("json", "not JSON")
PATIENCE = 6


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    monkeypatch.setattr(timeline, "PATIENCE_RECORDS", PATIENCE)


def chunk(first, times):
    """Records with these times; None is a dead letter, NaN a record without a time."""
    kept = [i for i, time in enumerate(times) if time is not None]
    return Chunk(
        first=first,
        size=len(times),
        decoded=Decoded(
            columns={},
            times=np.array([times[i] for i in kept], np.float64),
            kept=np.array(kept, np.int64),
            rejected=[(i, BAD) for i, time in enumerate(times) if time is None],
            missing=Counter(),
        ),
    )


def expected(times):
    """The rule, record by record."""
    known = [i for i, time in enumerate(times) if time is not None and not math.isnan(time)]
    out: list[float] = []
    for i, time in enumerate(times):
        if i in known:
            out.append(time)
        elif any(k < i for k in known):
            out.append(out[-1])
        elif known and known[0] < PATIENCE:
            out.append(times[known[0]])
        else:
            out.append(float(i))
    return out


@settings(deadline=None)
@given(
    st.integers(0, 9),
    st.lists(st.none() | st.just(math.nan) | st.floats(1e9, 2e9), max_size=8),
    st.sets(st.integers(1, 16)),
)
def test_the_times_do_not_depend_on_the_chunks(leading, times, cuts):
    times = [None] * leading + times
    bounds = [0, *sorted(cut for cut in cuts if cut < len(times)), len(times)]
    chunks = [chunk(a, times[a:b]) for a, b in pairwise(bounds) if b > a]

    given_back = list(with_times(chunks))

    assert [part.first for part, _ in given_back] == [part.first for part in chunks]
    assert [time for _, part in given_back for time in part.tolist()] == expected(times)
