"""Pairs of columns that always kept their order, and where it is reversed."""

import numpy as np
import pytest

from detector.detection.order import LEAST, Orders
from detector.detection.view import view_of
from detector.detection.window import Window
from tests.streams import fitted, model, rng, run, stream

N, START = 1200, 700


def days(n, seed):
    """Lowest and highest temperature of a day: one season, and weather of a few days."""
    r = rng(seed, 41)
    weather = np.zeros(n)
    for i in range(1, n):
        weather[i] = 0.8 * weather[i - 1] + r.normal(0, 2)
    middle = 12 + 8 * np.sin(np.arange(n) * 2 * np.pi / 365) + weather
    half = 2 + r.gamma(4, 0.6, n)
    return {"low": np.round(middle - half), "high": np.round(middle + half)}


TRAINING = fitted(days(4000, 1))


def watched(columns, *, learned):
    """(feature, record that reveals, onset) where an order known from *learned* records ends."""
    names = list(columns)
    window = Window(names)
    n = len(columns[names[0]])
    window.append(stream(columns).batch(0, n), 0, n)
    orders = Orders(
        [(i, view_of(name, TRAINING.features[name], "raw")) for i, name in enumerate(names)]
    )
    orders.learn(window, 0, learned)
    found = orders.reversals(window, learned, n)
    return sorted((names[i], *place) for i, places in found.items() for place in places)


def test_an_order_is_broken_where_two_columns_are_exchanged():
    columns = days(N, 3)
    low = np.concatenate((columns["low"][:START], columns["high"][START:]))
    high = np.concatenate((columns["high"][:START], columns["low"][START:]))

    found = watched({"low": low, "high": high}, learned=512)

    assert found == [("high", START + 2, START), ("low", START + 2, START)]


def test_an_order_that_is_kept_is_never_broken():
    assert not watched(days(N, 3), learned=512)


@pytest.mark.parametrize("learned", [LEAST - 1, LEAST])
def test_an_order_is_known_after_enough_records(learned):
    columns = days(N, 3)
    columns = {"low": columns["high"], "high": columns["low"]}
    columns["low"][learned + 1 :] -= 40

    assert bool(watched(columns, learned=learned)) == (learned >= LEAST)


def test_columns_that_cross_again_and_again_are_told_a_few_times_only():
    """Each crossing ends an order that was kept since the last learning."""
    n, every = 1200, 64
    crossed = (np.arange(n) - 512) // every % 2 == 1
    low = np.where((np.arange(n) >= 512) & crossed, 30.0, 10.0)

    found = watched({"low": low, "high": np.full(n, 20.0)}, learned=512)

    told = [onset for name, _, onset in found if name == "low"]
    assert told == [512 + every * (1 + 2 * i) for i in range(4)]


def test_many_wandering_columns_reveal_no_more_a_feature_than_two_do():
    """Some pair always happens to have kept its order, and then crosses."""
    n, learned = 2048, 512
    walks = 20 * np.cumsum(rng(7, 43).normal(size=(40, n)), axis=1) / np.sqrt(n)
    views = [view_of("low", TRAINING.features["low"], "raw")] * len(walks)
    window = Window([f"f{i}" for i in range(len(walks))])
    window.append(stream({f"f{i}": walk for i, walk in enumerate(walks)}).batch(0, n), 0, n)
    orders = Orders(list(enumerate(views)))
    orders.learn(window, 0, learned)

    whole = orders.reversals(window, learned, n)

    crossings = [sorted({onset for _, onset in places}) for places in whole.values()]
    assert max(map(len, crossings)) > 1
    for onsets in crossings:
        for onset in onsets:
            assert sum(onset - 1024 < other <= onset for other in onsets) <= 4
    orders = Orders(list(enumerate(views)))
    orders.learn(window, 0, learned)
    parts = [orders.reversals(window, first, first + 64) for first in range(learned, n, 64)]
    for i, places in whole.items():
        assert [place for part in parts for place in part.get(i, [])] == places


def test_an_exchange_is_named_though_neither_path_jumps():
    """Low and high are a few degrees apart, which the weather moves in a day."""
    columns = days(N, 3)
    low = np.concatenate((columns["low"][:START], columns["high"][START:]))
    high = np.concatenate((columns["high"][:START], columns["low"][START:]))

    assert causes({"low": low, "high": high}) == {"column_swap"}


def test_a_heat_wave_that_keeps_the_order_is_no_exchange():
    """Both columns move to where the higher one was."""
    columns = days(N, 3)
    late = {name: x + np.where(np.arange(N) < START, 0, 12) for name, x in columns.items()}

    assert "column_swap" not in causes(late)


def causes(columns):
    """Causes named since START."""
    data = [e.data for e in run(model(TRAINING), stream(columns))]
    return {e.diagnosis.cause for e in data if e.diagnosis and e.position.offset >= START}
