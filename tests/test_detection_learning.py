"""A feature of which training says nothing gets change tests on a scale of its own."""

import numpy as np
import pytest

from detector.detection import Detector, DetectorSettings, ModelSettings
from detector.detection.learning import EDGES, LEARNED_FROM, learned, unknown
from detector.events import encode
from detector.scaler import FeatureScaler, IdentityParameters, Scaler, StandardParameters


def detector():
    features = {
        "bare": FeatureScaler(parameters=IdentityParameters()),
        "known": FeatureScaler(parameters=StandardParameters(mean=0.0, scale=1.0)),
    }
    scaler = Scaler(name="m", version="1", kind="standard", features=features, digest="")
    model = ModelSettings(name="m", topic="t", scaler=scaler)
    return Detector(DetectorSettings(group="g", models={"m": model}))


def stream(scale, seed=1, at=3000, n=6000):
    """Normal values of some scale that move by one standard deviation at record *at*."""
    rng = np.random.default_rng(seed)
    bare = scale * (5.0 + rng.normal(size=n))
    bare[at:] += scale
    return {"bare": bare, "known": rng.normal(size=n)}


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_change_is_found_whatever_the_unit(scale):
    """ADWIN on raw values is blind at 1e-6 and cries at 1e6; on scores it finds all three alike."""
    events = detector().update("m", stream(scale))

    opened = [event.data for event in events if event.data.status == "opened"]
    assert [data.feature for data in opened] == ["bare"]
    assert [signal.kind for signal in opened[0].signals] == ["change"]
    assert 3000 <= opened[0].position.offset < 3400
    assert abs(opened[0].since.offset - 3000) < 300


def test_a_calm_stream_opens_nothing():
    assert detector().update("m", stream(1.0, at=6000)) == []


@pytest.mark.parametrize("size", [1, 100, 257, 1000])
def test_the_split_makes_no_difference(size):
    columns = stream(1.0)
    columns["bare"][::7] = np.nan
    whole = [encode(event) for event in detector().update("m", columns)]

    one = detector()
    parts = [
        event
        for first in range(0, 6000, size)
        for event in one.update("m", {k: v[first : first + size] for k, v in columns.items()})
    ]

    assert whole
    assert [encode(event) for event in parts] == whole


def test_the_scale_is_that_of_the_quartiles():
    """Quartiles of -1.349 / 2 and 1.349 / 2 are a standard deviation of one."""
    table = learned(np.array([-0.6745, 0.0, 0.6745] * 100))

    assert table.edges == pytest.approx(EDGES, abs=1e-3)


@pytest.mark.parametrize("value", [0.0, 7.0, -1e300])
def test_a_constant_has_a_scale_too(value):
    table = learned(np.full(LEARNED_FROM, value))

    assert np.isfinite(table.edges).all()
    assert (np.diff(table.edges) > 0).all()
    assert table.n_bins == unknown().n_bins


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.9])
@pytest.mark.parametrize("largest", [1e307, 1e308, 1.7e308])
def test_values_near_the_end_of_float64_have_a_scale_too(share, largest):
    ordinary = np.random.default_rng(1).normal(size=LEARNED_FROM)
    huge = largest * np.where(np.arange(LEARNED_FROM) % 2, 1, -1)
    values = np.where(np.arange(LEARNED_FROM) < share * LEARNED_FROM, huge, ordinary)

    edges = learned(values).edges

    assert (np.diff(edges[np.isfinite(edges)]) > 0).all()
    assert np.isfinite(edges).sum() > len(edges) / 2
