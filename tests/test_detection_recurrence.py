"""Constants that begin to stand for values."""

import numpy as np
import pytest

from detector.detection.recurrence import Recurrences, highest_rate, steps_onto
from detector.detection.view import view_of
from detector.detection.window import Window
from tests.streams import fitted, rng, stream

N, LEARNED, START = 2000, 512, 800


def traffic(n, seed):
    """Bytes a minute: a level with bursts, never zero."""
    r = rng(seed, 51)
    return np.rint(
        2e5 + r.normal(0, 9e3, n) + np.where(r.random(n) < 0.05, r.lognormal(14, 1, n), 0)
    )


def begun(values, training):
    view = view_of("x", fitted({"x": training}).features["x"], "raw")
    window = Window(["x"])
    window.append(stream({"x": values}).batch(0, len(values)), 0, len(values))
    watched = Recurrences([(0, view)])
    watched.learn(window, 0, LEARNED)
    return watched.begun(window, LEARNED, len(values)).get(0, [])


def imputed(values, constant, share, seed=7):
    hit = (rng(seed).random(len(values)) < share) & (np.arange(len(values)) >= START)
    return np.where(hit, constant, values), int(np.flatnonzero(hit)[0])


@pytest.mark.parametrize("constant", [0.0, -1.0, -999.0])
def test_a_constant_that_never_was_seen_is_found_at_its_second_step(constant):
    """ln(0.15 / 0.001) is 5.0 nats a step, and eight are asked for."""
    values, onset = imputed(traffic(N, 2), constant, 0.3)
    second = np.flatnonzero(steps_onto(values, constant)[0])[1] + 1

    assert begun(values, traffic(4000, 1))[0] == (second, onset)


def test_the_mean_of_training_is_such_a_constant():
    training = traffic(4000, 1)
    values, onset = imputed(traffic(N, 2), float(training.mean()), 0.3)

    assert begun(values, training)[0][1] == onset


def test_zeros_at_their_usual_rate_are_nothing():
    """A tenth of the records are zero, in training and since: no rate is twice its highest."""
    r = rng(9)
    training, live = (np.where(r.random(n) < 0.1, 0.0, traffic(n, 3)) for n in (4000, N))

    assert not begun(live, training)


def test_the_highest_rate_is_that_of_the_busiest_stretch():
    """Of 64 records 16 step onto zero after others, in one of four stretches: (16 + 1/2) / 49."""
    values = np.ones(257)
    values[65:129:4] = 0.0

    assert highest_rate(*steps_onto(values, 0.0)) == pytest.approx(16.5 / 49)
