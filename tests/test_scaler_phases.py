"""Phases of the day and the week: which one a time falls into, and which law holds in it."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.scaler import PhaseLaw, phase_of

moments = st.lists(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
    max_size=5,
)


@given(moments)
def test_phase_is_that_of_the_calendar_in_utc(given_moments):
    """Python's own calendar is the second method, before 1970 too."""
    times = np.array([moment.timestamp() for moment in given_moments])

    assert phase_of("hour_of_day", times).tolist() == [m.hour for m in given_moments]
    assert phase_of("day_of_week", times).tolist() == [m.weekday() for m in given_moments]
    assert phase_of("hour_of_week", times).tolist() == [
        24 * m.weekday() + m.hour for m in given_moments
    ]


@pytest.mark.parametrize(("by", "last"), [("hour_of_day", 23), ("hour_of_week", 167)])
def test_hour_ends_where_the_next_begins(by, last):
    midnight = 4 * 86400.0  # Monday, 1970-01-05

    before, at = phase_of(by, np.array([np.nextafter(midnight, 0), midnight]))

    assert (before, at) == (last, 0)


def test_laws_are_equal_by_their_numbers():
    law = PhaseLaw(count=9, probabilities=np.array([0.25, 0.75]), quantiles=np.array([1.0, 2.0]))
    same = PhaseLaw(count=9, probabilities=np.array([0.25, 0.75]), quantiles=np.array([1.0, 2.0]))

    assert law == same
    assert law != PhaseLaw(count=9, probabilities=law.probabilities, quantiles=np.array([1.0, 3.0]))
    assert law != "a law"
