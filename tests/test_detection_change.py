"""Change of a stream against its own past."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.detection.change import (
    BLOCK,
    BLOCK_WITH_REFERENCE,
    Change,
    ChangeDetector,
    block_size,
)
from detector.scaler import StandardParameters
from tests.streams import bare, kinds, model, normal, rng, run, statuses, stream


def changes(scores, *, size: int = BLOCK, cuts=()) -> list[Change]:
    """What a detector says of training scores, fed in pieces of whole blocks."""
    blocks = scores[: len(scores) // size * size].reshape(-1, size)
    means, magnitudes = blocks.mean(axis=1), np.abs(blocks).mean(axis=1)
    records = np.arange(len(blocks)) * size + size - 1
    found: list[Change] = []
    detector = ChangeDetector(size)
    ends = sorted({0, len(blocks), *(c for c in cuts if 0 < c < len(blocks))})
    for first, last in pairwise(ends):
        found += detector.update(
            records[first:last].tolist(),
            means[first:last].tolist(),
            magnitudes[first:last].tolist(),
        )
    return found


def test_a_moved_level_is_a_change_of_location_dated_near_its_record():
    """A step of one standard deviation after 4,000 records: found within 200, and ADWIN's last
    window begins within 200 records of the step.
    """
    scores = rng(1).normal(size=6000)
    scores[4000:] += 1.0

    found = [c for c in changes(scores) if c.kind == "location"]

    assert 4000 < found[0].record <= 4200
    assert abs(found[-1].since - 4000) <= 200
    assert found[0].before < 0.2  # the past, and ADWIN drops its blocks one by one
    assert 0.5 < found[-1].after <= 1.1


def test_a_wider_spread_is_a_change_of_spread():
    """Twice the deviation: |g| rises from 0.8 to 1.6 while the mean stays."""
    scores = rng(2).normal(size=6000)
    scores[4000:] *= 2

    found = changes(scores)

    assert found
    assert {c.kind for c in found} == {"spread"}
    assert found[-1].after == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.1)


def test_of_a_level_and_a_spread_that_change_at_one_record_the_level_is_told():
    scores = np.concatenate([np.zeros(800), np.full(800, 3.0)])

    found = changes(scores)

    assert len({c.record for c in found}) == len(found)
    assert found[0].kind == "location"


def test_the_way_back_is_a_change_too():
    scores = rng(3).normal(size=9000)
    scores[3000:6000] += 1.5

    found = [c for c in changes(scores) if c.kind == "location"]

    assert any(3000 < c.record < 3300 for c in found)
    assert any(6000 < c.record < 6300 for c in found)


@pytest.mark.parametrize("size", [8, 16, 40])
def test_stationary_scores_do_not_change(size):
    """80,000 standard normal scores, whatever the length of a block."""
    assert changes(rng(size, 7).normal(size=80_000), size=size) == []


@given(cuts=st.lists(st.integers(1, 749), max_size=30), seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_changes_are_the_same_in_any_split(cuts, seed):
    """To the last digit: they enter events."""
    scores = rng(seed, 8).normal(size=6000)
    scores[2000:] += 1.0
    scores[4000:] *= 3.0

    assert changes(scores, cuts=cuts) == changes(scores)


def test_a_window_longer_than_is_remembered_begins_where_memory_does():
    """A small step after 20,000 records: ADWIN keeps more blocks than `since` can name."""
    scores = rng(4).normal(size=40_000)
    scores[20_000:] += 0.2

    found = changes(scores)

    assert found
    assert all(0 <= c.record - c.since < 512 * BLOCK for c in found)


@pytest.mark.parametrize(
    ("time", "has_reference", "size"),
    [
        (1.0, False, BLOCK),
        (1.0, True, BLOCK_WITH_REFERENCE),
        (2.0, False, BLOCK),
        (2.1, False, 2 * BLOCK),
        (15.0, True, 8 * BLOCK_WITH_REFERENCE),
    ],
)
def test_blocks_are_longer_where_values_depend_on_each_other(time, has_reference, size):
    """Half the integrated autocorrelation time, rounded up, times the usual length."""
    assert block_size(time, has_reference=has_reference) == size


def test_a_narrower_spread_without_a_reference_is_found_as_a_change_only():
    """No test of mean and deviation alone can see it (Bahadur and Savage): ADWIN on |g| does."""
    live = normal(6000, 5)
    live[3000:] = 50 + (live[3000:] - 50) * 0.2

    events = run(model(bare(x=StandardParameters(mean=50.0, scale=10.0))), stream({"x": live}))

    assert statuses(events)[0] == "opened"
    assert kinds(events[0]) == ["change"]
    assert 3000 < events[0].data.position.offset < 3500


def test_one_missing_value_does_not_blind_the_change_detector():
    live = normal(6000, 6)
    live[[10, 11, 500]] = np.nan, np.inf, -np.inf
    live[3000:] = 50 + (live[3000:] - 50) * 0.2

    events = run(model(bare(x=StandardParameters(mean=50.0, scale=10.0))), stream({"x": live}))

    assert kinds(events[0]) == ["change"]
