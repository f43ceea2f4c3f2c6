"""Imputed constants where rows depend on time: steps onto a value beyond what nature takes."""

import numpy as np

from detector.detection.diagnosis.innovation import learn
from detector.detection.diagnosis.interruptions import interruptions
from detector.detection.diagnosis.lattice import lattice_of
from detector.detection.diagnosis.suspects import suspects
from detector.detection.faults import Column
from detector.detection.view import view_of
from tests.streams import fitted, rng


def scores(training, before, since):
    """Causes among *since* with their margins over nature."""
    view = view_of("x", fitted({"x": training}).features["x"], "raw")
    law = learn(before, np.sort(training))
    assert law is not None
    own = suspects(Column(view=view, views={"x": view}), lattice_of(view))
    found = interruptions(own, since, before[-256:], law)
    return {one.fault.cause: one.score for one in found}


def bursts(n, seed, *, share):
    """Long rests at zero, and short bursts: *share* of the records are zero."""
    r = rng(seed, 17)
    out = np.zeros(n)
    busy = False
    for i in range(n):
        busy = r.random() < (0.75 if busy else 0.25 * (1 - share) / share)
        out[i] = r.lognormal(16, 2) if busy else 0.0
    return out


def walk(n, seed):
    return 21 + np.cumsum(rng(seed, 18).normal(0, 0.05, n))


def test_zeros_scattered_over_a_path_that_never_was_zero_are_imputed():
    x = walk(5000, 1)
    since = np.where(rng(2).random(64) < 0.3, 0.0, x[-64:])

    assert scores(x[:3000], x[3000:-64], since)["imputed_constant"] > 30


def test_fewer_zeros_than_ever_are_no_imputed_ones():
    """A disk that rests nine tenths of the time, and now works most of it."""
    quiet, busy = bursts(5000, 1, share=0.9), bursts(128, 2, share=0.4)

    assert max(scores(quiet[:3000], quiet[3000:], busy).values(), default=0.0) <= 0
