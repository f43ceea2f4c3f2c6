"""What the world may have done, against maps that explain as much."""

import numpy as np

from tests.streams import fitted, model, rng, run, stream

N, START = 1500, 500


def causes(training, live):
    """Causes named in the order of the events."""
    found = [e.data for e in run(model(fitted({"x": training})), stream({"x": live}))]
    return [e.diagnosis.cause for e in found if e.diagnosis is not None]


def moved(x, seed):
    """Another level and a narrower spread since START."""
    return np.where(np.arange(len(x)) < START, x, 46 + 0.6 * rng(seed, 62).normal(0, 5, len(x)))


def test_more_digits_in_some_values_are_no_map():
    """A load that is reported in sixtieths from now on: two fifths of the values keep three
    decimals, as after no map of them.
    """
    r = rng(3, 61)
    training = np.round(r.normal(40, 5, 4000), 3)
    live = moved(r.normal(40, 5, N), 4)
    finer = (np.arange(N) >= START) & (r.random(N) < 0.6)
    live = np.where(finer, np.round(live, 4), np.round(live, 3))

    assert set(causes(training, live)) == {"distribution_shift"}


def test_a_map_that_no_digit_survives_is_one():
    """The same change as a factor: hardly a value keeps three decimals."""
    r = rng(3, 61)
    training, live = np.round(r.normal(40, 5, 4000), 3), np.round(r.normal(40, 5, N), 3)
    live[START:] *= 1.1537

    assert causes(training, live)[-1] == "gain"
