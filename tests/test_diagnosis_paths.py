"""Features whose rows depend on time: a fault maps the path, nature moves it."""

import numpy as np
import pytest

from detector.detection.diagnosis.innovation import learn
from tests.streams import fitted, model, rng, run, stream

N, START = 2600, 1500


def walk(n, seed, *, level, step):
    """A slow sensor: half a day of memory, one decimal less than it shows."""
    noise, out = rng(seed, 9).normal(0.0, step, n), np.empty(n)
    x = level
    for i, e in enumerate(noise):
        x += 0.01 * (level - x) + e
        out[i] = x
    return np.round(out, 2)


def sensors(n, seed):
    return {
        "inside": walk(n, seed, level=21.0, step=0.15),
        "pressure": walk(n, seed + 50, level=87.0, step=0.4),
    }


TRAINING = fitted(sensors(6000, 1))


def events(fault, seed=3):
    columns = sensors(N, seed)
    late = {n: x[START:] for n, x in columns.items()}
    late.update(fault({n: x.copy() for n, x in late.items()}))
    columns = {n: np.concatenate((x[:START], late[n])) for n, x in columns.items()}
    return [e.data for e in run(model(TRAINING), stream(columns)) if e.data.status != "resolved"]


def causes(found, name):
    return [e.diagnosis.cause for e in found if e.feature == name]


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ("unit", lambda x: x * 1000),
        ("unit", lambda x: x * 1.8 + 32),
        ("log_extra", np.log1p),
        ("sign_flip", lambda x: -x),
    ],
)
def test_a_map_of_the_path_is_named(cause, change):
    found = events(lambda late: {"inside": change(late["inside"])})

    assert causes(found, "inside")[-1] == cause
    assert all(e.position.offset < START or e.diagnosis.cause == cause for e in found[-1:])


def test_two_paths_exchanged_are_a_swap():
    found = events(lambda late: {"inside": late["pressure"], "pressure": late["inside"]})

    assert "column_swap" in causes(found, "inside") + causes(found, "pressure")


def test_a_jump_to_another_level_is_nature():
    """A gap in the recording: the values go on elsewhere, with the same steps and decimals."""
    found = events(lambda late: {"inside": np.round(late["inside"] + 4.1, 2)})

    assert set(causes(found, "inside")) <= {"distribution_shift"}


def test_calm_paths_name_nothing():
    faults = [e for e in events(lambda late: {}) if e.diagnosis.cause != "distribution_shift"]

    assert not faults


def test_an_ordinary_record_is_no_surprise_and_a_jump_is():
    """Standard normal steps: a step of eight scales surprises, one of half a scale does not."""
    path = np.cumsum(rng(5).normal(0, 1.0, 1024))
    law = learn(path, np.sort(path))
    assert law is not None

    _, calm, _ = law.follow(np.array([path[-1] + 0.5]))
    _, wild, _ = law.follow(np.array([path[-1] + 8.0]))

    assert calm[0] < 2 < law.startling < wild[0]


@pytest.mark.parametrize("history", [np.zeros(500), np.arange(20.0)])
def test_nothing_is_learned_from_constants_or_from_little(history):
    assert learn(history, np.array([0.0, 1.0])) is None
