"""What `check` says of delays is what streams show."""

import numpy as np
import pytest

from detector.detection import FeatureSettings, Tolerance
from detector.detection.change import locate
from detector.detection.describe import describe
from detector.scaler import StandardParameters
from tests.streams import bare, fitted, model, normal, rng, run, stream

ROWS = 4000


def told(settings):
    """The delays that `check` shows, by shift."""
    (feature,) = describe(settings)
    return dict(feature.delays)


def median_delay(settings, shift, runs=15):
    """Messages from a shift to the episode, over seeded streams of a normal law."""
    delays = []
    for seed in range(runs):
        live = normal(6000, 100 + seed, mean=0.0, std=1.0)
        live[2000:] += shift
        events = [e for e in run(settings, stream({"x": live})) if e.data.status == "opened"]
        delays.append(events[0].data.position.offset - 1999 if events else np.inf)
    return float(np.median(delays))


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0])
def test_the_delay_with_a_reference_is_the_one_that_is_told(shift):
    """First order: the statistic starts from what is left of the past, and overshoots."""
    settings = model(fitted({"x": normal(ROWS, 1, mean=0.0, std=1.0)}))

    expected = told(settings)[shift]

    assert expected is not None
    assert 0.6 * expected - 2 < median_delay(settings, shift) < 1.6 * expected + 3


@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_the_delay_without_one_is_told_for_normal_values(shift):
    settings = model(bare(x=StandardParameters(mean=0.0, scale=1.0)))

    expected = told(settings)[shift]

    assert expected is not None
    assert 0.5 * expected - 2 < median_delay(settings, shift) < 1.6 * expected + 3


def test_a_stricter_promise_costs_messages():
    scaler = fitted({"x": normal(ROWS, 1, mean=0.0, std=1.0)})

    loose, strict = (told(model(scaler, false_alarm_every=n))[1.0] for n in (10**4, 10**9))

    assert loose is not None
    assert strict is not None
    assert loose < strict


def test_a_shift_within_tolerance_is_never_found():
    """At a tolerance of 0.6 training scales, half a scale is nobody's business."""
    wide = {"x": FeatureSettings(tolerance=Tolerance(shift=0.6, scale=1.1))}
    settings = model(bare(x=StandardParameters(mean=0.0, scale=1.0)), wide)

    delays = told(settings)

    assert delays[0.5] is None
    assert delays[3.0] is not None


def test_the_split_of_a_series_is_where_its_mean_changed():
    """Within the few records that noise of a tenth of the step can hide."""
    series = np.concatenate([rng(1).normal(0, 0.1, 300), rng(2).normal(1, 0.1, 200)])

    at, before, after = locate(series)

    assert at == 300
    assert before == pytest.approx(0.0, abs=0.03)
    assert after == pytest.approx(1.0, abs=0.03)
