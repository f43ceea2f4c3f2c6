"""The lattice of decimals: silent where values were only carried, loud where they were changed."""

import numpy as np
import pytest

from tests.streams import fitted, kinds, model, rng, run, stream

ROWS, N, AT = 4000, 6000, 3000


def temperatures(n, seed):
    """One decimal, as most thermometers have."""
    return np.round(rng(seed).normal(55.0, 18.0, n), 1)


TRAINING = temperatures(ROWS, 1)
SCALER = fitted({"x": TRAINING})
MEAN, SCALE = TRAINING.mean(), TRAINING.std()


def opened(live, values="raw"):
    settings = model(SCALER, values=values)
    return [e for e in run(settings, stream({"x": live})) if e.data.status == "opened"]


def scaled(raw, width=np.float64):
    """What a pipeline of some width sends: (x - mean) / scale, computed in that width."""
    x = raw.astype(width)
    return ((x - width(MEAN)) / width(SCALE)).astype(np.float64)


def calibrated(raw):
    """A gain of one in a thousand, an offset of 0.003: within every tolerance, off the grid."""
    return raw * 1.001 + 0.003


CARRIED = {
    "raw as float32": ("raw", lambda raw: raw.astype(np.float32).astype(np.float64)),
    "scaled in float64": ("scaled", scaled),
    "scaled in float32": ("scaled", lambda raw: scaled(raw, np.float32)),
    "scaled, six decimals": ("scaled", lambda raw: np.round(scaled(raw), 6)),
    "scaled, four decimals": ("scaled", lambda raw: np.round(scaled(raw), 4)),
}


@pytest.mark.parametrize(("values", "carry"), CARRIED.values(), ids=CARRIED)
def test_values_that_were_only_carried_raise_no_alarm(values, carry):
    assert opened(carry(temperatures(N, 2)), values) == []


@pytest.mark.parametrize(("values", "carry"), CARRIED.values(), ids=CARRIED)
def test_the_slightest_change_is_seen_through_the_way_it_was_carried(values, carry):
    """No power is lost: three records off the grid decide, whatever the width of the pipeline."""
    raw = temperatures(N, 3)
    raw[AT:] = calibrated(raw[AT:])

    events = opened(carry(raw), values)

    assert [kinds(event)[0] for event in events] == ["precision"]
    assert AT <= events[0].data.position.offset < AT + 8
    assert events[0].data.since.offset == pytest.approx(AT, abs=1)


def test_where_transport_keeps_less_than_the_grid_nothing_is_said():
    """Two decimals of a score are 0.09 degrees: too coarse to tell 55.3 from 55.34."""
    raw = temperatures(N, 4)
    raw[AT:] = calibrated(raw[AT:])

    assert opened(np.round(scaled(raw), 2), "scaled") == []


def test_a_conversion_is_seen_in_float32():
    """Degrees Fahrenheit sent as Celsius by a float32 pipeline."""
    raw = temperatures(N, 5)
    raw[AT:] = (raw[AT:] - 32) / 1.8

    events = opened(raw.astype(np.float32).astype(np.float64))

    assert AT <= events[0].data.position.offset < AT + 8


def test_a_constant_of_few_digits_has_no_excuse_where_the_pipeline_keeps_all():
    """Scores clipped at one: 1.0 is no rounded score when its neighbours have sixteen digits."""
    live = scaled(temperatures(N, 6))
    live[AT:] = np.clip(live[AT:], -1.0, 1.0)

    events = opened(live, "scaled")

    assert "precision" in kinds(events[0])
    assert AT <= events[0].data.position.offset < AT + 40
