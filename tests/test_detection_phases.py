"""A season is no departure, and a departure from a season is one."""

import numpy as np
import pytest

from detector.detection import Detector, DetectorSettings, ModelSettings
from detector.detection.phases import PhaseAdjuster
from detector.detection.view import view_of
from detector.events import encode
from detector.fit import Fitting, fit_scaler
from detector.scaler import PhaseLaw, Phases

HOUR = 3600.0
START = 1_764_000_000.0 - 1_764_000_000.0 % 86400.0


def seasonal(n, seed, *, first=0, law="normal"):
    """A record every 6 minutes; the mean swings by one standard deviation a day."""
    rng = np.random.default_rng(seed)
    times = START + 360.0 * (first + np.arange(n))
    swing = np.sin(2 * np.pi * times / 86400.0)
    if law == "counts":
        return times, rng.poisson(4 + 3 * swing).astype(float)
    return times, 20.0 + 5.0 * (swing + rng.normal(size=n))


def settings(*, phases, law="normal", rows=12_000):
    times, x = seasonal(rows, 1, law=law)
    fitting = Fitting(
        name="m", version="1", kind="standard", features=["x"], time="ts", phases=phases
    )
    scaler = fit_scaler({"x": x, "ts": times}, fitting).scaler
    model = ModelSettings(name="m", topic="t", scaler=scaler)
    return DetectorSettings(group="g", models={"m": model})


def judged(chosen, x, times, cuts=()):
    detector = Detector(chosen)
    ends = [*cuts, len(x)]
    events = []
    for first, last in zip([0, *cuts], ends, strict=True):
        position = ("t", 0, np.arange(first, last))
        events += detector.update("m", {"x": x[first:last]}, times[first:last], position)
    return events


def opened(events):
    return [event.data for event in events if event.data.status == "opened"]


@pytest.mark.parametrize("law", ["normal", "counts"])
def test_a_season_with_phases_is_quiet_and_without_is_not(law):
    times, x = seasonal(60_000, 2, first=12_000, law=law)

    with_phases = opened(judged(settings(phases="hour_of_day", law=law), x, times))

    assert with_phases == []


def test_without_phases_the_season_is_dependence_or_alarm():
    """Either costs: the evidence is tempered, or the evenings alarm."""
    chosen = settings(phases=None)
    reference = chosen.models["m"].scaler.features["x"].reference
    times, x = seasonal(24_000, 3, first=12_000)
    x[20_000:] += 5.0

    slow = [d.position.offset - 20_000 for d in opened(judged(chosen, x, times))]
    quick = [
        d.position.offset - 20_000 for d in opened(judged(settings(phases="hour_of_day"), x, times))
    ]

    assert reference is not None
    assert len(quick) == 1
    assert 0 <= quick[0] < 60  # one standard deviation of the phase takes some 40 records
    assert not slow or slow[0] < 0 or slow[0] > quick[0]


def test_the_split_makes_no_difference():
    chosen = settings(phases="hour_of_day")
    times, x = seasonal(5000, 4, first=12_000)
    x[2000:3000] *= 1.8
    x[::97] = np.nan
    whole = [encode(event) for event in judged(chosen, x, times)]

    split = [encode(event) for event in judged(chosen, x, times, cuts=range(1, 5000, 333))]

    assert whole
    assert split == whole


def test_a_value_keeps_its_probability():
    """The median of its phase becomes the median of all, and likewise every other quantile."""
    chosen = settings(phases="hour_of_day")
    feature = chosen.models["m"].scaler.features["x"]
    view = view_of("x", feature, "raw")
    times, x = seasonal(48_000, 5, first=12_000)

    moved = PhaseAdjuster([view]).adjust(0, x, times, np.arange(len(x)))

    assert view.law is not None
    expected = np.quantile(view.law.knots, [0.05, 0.25, 0.5, 0.75, 0.95])
    assert np.quantile(moved, [0.05, 0.25, 0.5, 0.75, 0.95]) == pytest.approx(expected, abs=0.4)


def test_far_values_stay_far_and_missing_ones_missing():
    law = PhaseLaw(count=400, probabilities=np.array([0.25, 0.75]), quantiles=np.array([0.0, 1.0]))
    phases = Phases(by="hour_of_day", table=(0,) * 24, laws=(law,))
    chosen = settings(phases="hour_of_day")
    feature = chosen.models["m"].scaler.features["x"]
    assert feature.reference is not None
    import dataclasses

    other = dataclasses.replace(
        feature, reference=dataclasses.replace(feature.reference, phases=phases)
    )
    adjuster = PhaseAdjuster([view_of("x", other, "raw")])

    moved = adjuster.adjust(0, np.array([-1e6, np.nan, np.inf, 1e6]), np.zeros(4), np.arange(4))

    assert moved[0] < -1e6
    assert np.isnan(moved[1])
    assert moved[2] == np.inf
    assert moved[3] > 1e6
