"""The stream's own dependence tempers the evidence, and chance does not."""

import dataclasses

import numpy as np
import pytest

from detector.detection import Detector, DetectorSettings, ModelSettings
from detector.detection.blocks import Closed
from detector.detection.departure.table import nothing_to_test
from detector.detection.dependence import DependenceDetector, step_of
from detector.fit import Fitting, fit_scaler


def autoregressive(n, phi, seed):
    rng = np.random.default_rng(seed)
    shocks = rng.normal(size=n) * np.sqrt(1 - phi**2)
    x = np.empty(n)
    x[0] = rng.normal()
    for i in range(1, n):
        x[i] = phi * x[i - 1] + shocks[i]
    return x


def fitted(rows, **reference):
    """A scaler of *rows* whose reference says something else."""
    scaler = fit_scaler({"x": rows}, Fitting(name="m", version="1", kind="standard")).scaler
    feature = scaler.features["x"]
    assert feature.reference is not None
    other = dataclasses.replace(feature.reference, **reference)
    features = {"x": dataclasses.replace(feature, reference=other)}
    return dataclasses.replace(scaler, features=features, digest="")


def alarms(scaler, values):
    model = ModelSettings(name="m", topic="t", scaler=scaler)
    detector = Detector(DetectorSettings(group="g", models={"m": model}))
    events = detector.update("m", {"x": values})
    return sum(event.data.status == "opened" for event in events)


def estimates(values, size=16):
    """What the detector finds in blocks of *size* standard normal scores."""
    blocks = values[: len(values) // size * size].reshape(-1, size)
    series = np.array([blocks.mean(1), np.abs(blocks).mean(1), np.square(blocks).mean(1)])
    n = len(blocks)
    closed = Closed(
        series=series[:, None, :],
        records=(np.arange(n) * size + size - 1)[None, :],
        counts=np.array([n]),
    )
    found = DependenceDetector([nothing_to_test()], np.array([size])).update(closed)
    return found.get(0, [])


@pytest.mark.parametrize("seed", range(5))
def test_independent_records_show_no_dependence(seed):
    found = estimates(np.random.default_rng(seed).normal(size=100_000))

    assert max([step_of(one.time) for one in found], default=1.0) == 1.0


@pytest.mark.parametrize(("phi", "time"), [(0.5, 3.0), (0.9, 19.0)])
def test_dependence_is_found_and_not_overestimated(phi, time):
    """An AR(1) process has an integrated autocorrelation time of (1 + phi) / (1 - phi)."""
    found = [one.time for one in estimates(autoregressive(100_000, phi, seed=3))]

    assert 0.5 * time < max(found) < 1.5 * time


def test_a_shift_in_and_out_is_no_dependence():
    values = np.random.default_rng(4).normal(size=4096)
    values[1500:2500] += 2.0

    assert max([step_of(one.time) for one in estimates(values)], default=1.0) == 1.0


def test_a_stuck_stream_shows_nothing():
    assert estimates(np.full(8192, 0.7)) == []


def test_a_dependent_stream_with_a_file_that_says_independent_is_tempered():
    """Without tempering AR(.9) opens an episode in less than 2,000 records: 60 in 120,000."""
    values = autoregressive(124_000, 0.9, seed=5)
    honest = fitted(values[:4000])
    wrong = fitted(values[:4000], autocorrelation_time=1.0)

    assert alarms(honest, values[4000:]) <= 2
    assert alarms(wrong, values[4000:]) <= 6


def test_the_file_is_never_lowered():
    """A file that says 30 for independent records stays at 30: slower, and as quiet."""
    rng = np.random.default_rng(6)
    plain, slow = (
        fitted(rng.normal(size=4000)),
        fitted(rng.normal(size=4000), autocorrelation_time=30.0),
    )
    values = np.concatenate([rng.normal(size=9000), rng.normal(1.0, 1.0, size=2000)])

    def delay(scaler):
        model = ModelSettings(name="m", topic="t", scaler=scaler)
        detector = Detector(DetectorSettings(group="g", models={"m": model}))
        events = detector.update("m", {"x": values})
        return events[0].data.position.offset - 9000

    assert delay(slow) > 5 * delay(plain)


def test_counts_whose_measured_dependence_is_chance_open_nothing():
    """These 4,000 independent rows measure 1.53: no reason to look for faults along a path."""
    rng = np.random.default_rng([5, 4000, 3])
    scaler = fitted(rng.poisson(3, 4000).astype(float))
    reference = scaler.features["x"].reference

    assert reference is not None
    assert reference.autocorrelation_time is not None
    assert 1.5 < reference.autocorrelation_time < 1.6
    assert alarms(scaler, rng.poisson(3, 100_000).astype(float)) == 0
