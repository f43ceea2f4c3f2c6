"""Laws by phase from training rows: found where there is a season, and nowhere else."""

import numpy as np
import pytest

from detector.scaler import Phases, phase_of
from detector.scaler.order_statistics import order_statistics
from detector.scaler.phase_groups import MIN_ROWS
from detector.scaler.profile import laws_of, measure_reference
from detector.scaler.reference import MAX_LAWS
from detector.scaler.season import ALL_QUANTILES, LAW_QUANTILES, measure_season

DAY = 86400.0
MONDAY = 4 * DAY
N = 12_000
TIMES = MONDAY + 360.0 * np.arange(N, dtype=np.float64)  # 50 days, ten rows an hour


def noise(seed=1, n=N):
    return np.random.default_rng(seed).normal(size=n)


def day(times=TIMES):
    return np.sin(2 * np.pi * times / DAY)


def autoregressive(coefficient, seed, n=N):
    values = noise(seed, n) * np.sqrt(1 - coefficient**2)
    for i in range(1, n):
        values[i] += coefficient * values[i - 1]
    return values


def season(values, by="hour_of_day", times=TIMES) -> Phases:
    phases = measure_season(values, times, by).phases
    assert phases is not None
    return phases


# -------------------------------------------------------------------- is there one?


@pytest.mark.parametrize("by", ["hour_of_day", "day_of_week", "hour_of_week"])
@pytest.mark.parametrize("coefficient", [0.0, 0.9, 0.999])
def test_rows_without_a_season_get_no_laws_however_they_depend_on_each_other(by, coefficient):
    """Ten rows of an hour are worth one or less where they depend: so the hours differ by chance.

    A season is four standard deviations beyond it; none of 8 streams gets there.
    """
    found = [
        measure_season(autoregressive(coefficient, seed), TIMES, by).phases for seed in range(8)
    ]

    assert found == [None] * 8


def test_a_trend_is_no_season():
    """Each day is higher than the last, and its evening higher than its morning."""
    assert measure_season(np.linspace(0, 5, N) + noise(), TIMES, "hour_of_day").phases is None


def test_a_season_of_a_few_tenths_is_found():
    """500 rows an hour: a mean is known to 0.045, and 0.2 is more than four of these."""
    assert len(season(0.3 * day() + noise()).laws) >= 2


def test_hours_closer_than_anybody_minds_are_alike_however_many_rows():
    """0.02 standard deviations move a normal distribution function by 0.008 at most.

    33,000 rows an hour would tell it from chance: it is 3.6 standard errors.
    """
    times = MONDAY + 5.0 * np.arange(800_000, dtype=np.float64)
    values = 0.02 * day(times) + noise(n=len(times))

    said = measure_season(values, times, "hour_of_day")

    assert said.phases is None
    assert said.words == "no laws by hour of day: its hours are alike, as far as chance allows"


def test_one_odd_hour_is_found():
    """In one of 24 the mean is one higher: no law of all hours hides it."""
    odd = phase_of("hour_of_day", TIMES) == 3

    table = season(noise() + odd).table

    assert [phase for phase in range(24) if table[phase] == table[3]] == [3]


def test_a_season_of_the_spread_is_one():
    assert len(season(noise() * np.exp(day())).laws) > 2


def test_one_day_is_no_season():
    rows = 240

    one_day = measure_season(np.tile(day()[:rows], 3), np.tile(TIMES[:rows], 3), "hour_of_day")
    one_week = measure_season(day()[:1500], TIMES[:1500], "hour_of_week")

    assert one_day.words == (
        "no laws by hour of day: one day of rows cannot tell a season from a change"
    )
    assert "one week of rows" in one_week.words


def test_few_rows_make_no_laws():
    said = measure_season(day()[: 2 * MIN_ROWS - 1], TIMES[: 2 * MIN_ROWS - 1], "hour_of_day")

    assert said.phases is None
    assert said.words == "no laws by hour of day: 399 rows are too few"


# -------------------------------------------------------------------- which laws


def test_hours_of_like_height_share_a_law():
    """A sine is as high k hours before its peak at six as k hours after it."""
    levels = np.round(np.sin(2 * np.pi * np.arange(24) / 24), 9)
    hours = phase_of("hour_of_day", TIMES)

    phases = season(10 * levels[hours] + noise())

    assert len(phases.laws) == MAX_LAWS
    for one in range(24):
        for other in range(24):
            if levels[one] == levels[other]:
                assert phases.table[one] == phases.table[other]


def test_two_kinds_of_days_are_two_laws():
    weekend = phase_of("day_of_week", TIMES) >= 5

    by_day = season(noise() + 2 * weekend, "day_of_week")
    by_hour = season(noise() + 2 * weekend, "hour_of_week")

    assert by_day.table == (0, 0, 0, 0, 0, 1, 1)
    assert by_hour.table == tuple(np.repeat(by_day.table, 24).tolist())


def test_laws_are_numbered_by_their_first_phase_and_each_has_one():
    table = season(3 * day() + noise()).table

    assert list(dict.fromkeys(table)) == list(range(MAX_LAWS))


def test_a_law_is_that_of_its_rows():
    values = 2 * day() + noise()
    values[::50], values[1::50] = np.nan, np.inf

    phases = season(values)

    laws = np.array(phases.table)[phase_of("hour_of_day", TIMES)]
    for number, law in enumerate(phases.laws):
        rows = values[(laws == number) & np.isfinite(values)]
        probabilities, quantiles = order_statistics(np.sort(rows), ALL_QUANTILES // MAX_LAWS)
        assert law.count == len(rows)
        np.testing.assert_array_equal(law.probabilities, probabilities)
        np.testing.assert_array_equal(law.quantiles, quantiles)


def test_few_laws_have_more_quantiles():
    weekend = phase_of("day_of_week", TIMES) >= 5

    assert {len(law.quantiles) for law in season(noise() + 2 * weekend, "day_of_week").laws} == {
        LAW_QUANTILES
    }


def test_a_law_of_few_rows_is_merged_with_the_nearest():
    """Hour 3 has one row a day, 50 in all; it is nearest to hour 2, the other high one."""
    hours = phase_of("hour_of_day", TIMES)
    kept = (hours != 3) | (np.arange(N) % 10 == 0)
    level = np.select([hours == 3, hours == 2], [11.0, 10.0], 0.0)

    phases = season((level + noise())[kept], times=TIMES[kept])

    assert phases.table[3] == phases.table[2] != phases.table[1]
    assert min(law.count for law in phases.laws) >= MIN_ROWS


def test_laws_of_few_rows_may_leave_one():
    """Two hours a day have rows, one of them three: too few for a law of its own."""
    hours, minute = phase_of("hour_of_day", TIMES), np.arange(N) % 10
    kept = (hours == 1) | ((hours == 2) & (minute < 3))

    said = measure_season((9.0 * (hours == 2) + noise())[kept], TIMES[kept], "hour_of_day")

    assert said.phases is None


def test_hours_without_rows_have_the_law_of_the_nearest():
    hours = phase_of("hour_of_day", TIMES)
    kept = (hours >= 8) & (hours < 20)
    values = np.where(hours < 14, 0.0, 5.0) + noise()

    table = season(values[kept], times=TIMES[kept]).table

    assert table == (1, 1, *(0,) * 12, *(1,) * 10)


def test_counts_have_laws_too():
    """Ties and few values: a distribution function is one on any grid."""
    counts = np.random.default_rng(3).poisson(4 + 3 * day()).astype(float)
    rare = np.random.default_rng(4).binomial(1, 0.02 + 0.3 * (day() > 0)).astype(float)

    assert len(season(counts).laws) > 3
    assert len(season(rare).laws) == 2


def test_differing_hours_that_share_a_law_are_told_with_the_reason():
    """Every hour is nine standard deviations above the last; none overlaps with another.

    Of m hours with one law, the highest has 1 - 1 / m of the law below it: so far are their
    distribution functions apart; on a grid of 32 levels for 24 hours less by an hour at most.
    """
    values = 9.0 * phase_of("hour_of_day", TIMES) + noise()

    many = measure_season(values, TIMES, "hour_of_day")
    few = measure_season(values[:1200], TIMES[:1200], "hour_of_day")

    assert many.phases is not None
    m = max(many.phases.table.count(law) for law in range(MAX_LAWS))
    said = "8 laws by hour of day; hours that differ share one, and 8 are the most: up to "
    assert many.words.startswith(said)
    share = float(many.words.removeprefix(said).split("%")[0]) / 100
    assert 1 - 2 / m < share <= 1 - 1 / m
    assert "hours that differ share one for want of rows: up to" in few.words


# -------------------------------------------------------------------- what the reference holds


def test_a_known_season_is_no_dependence():
    """Independent rows around a sine: 1 row given their hour, many if the hour is not known."""
    values = 2 * day() + noise()

    with_laws = measure_reference(values, season=(season(values), TIMES))
    without = measure_reference(values)

    assert with_laws.autocorrelation_time is not None
    assert without.autocorrelation_time is not None
    assert with_laws.autocorrelation_time < 1.55
    assert without.autocorrelation_time > 20
    assert with_laws.phases == season(values)
    assert with_laws.missing_rate == without.missing_rate


def test_dependence_within_a_season_is_still_dependence():
    """(1 + r) / (1 - r) is 9 for r = 0.8, whatever the hour adds."""
    values = 3 * day() + autoregressive(0.8, 5)

    time = measure_reference(values, season=(season(values), TIMES)).autocorrelation_time

    assert time is not None
    assert 0.7 * 9 < time < 1.6 * 9


def test_law_of_a_row_is_found_by_its_time():
    phases = season(3 * day() + noise())
    times = MONDAY + 3600.0 * np.arange(24, dtype=np.float64)

    assert tuple(laws_of(phases, times).tolist()) == phases.table
