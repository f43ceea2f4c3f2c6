"""Fewer digits than training had: found in a few records, told as one cause, quiet otherwise."""

from dataclasses import replace

import numpy as np
import pytest

from detector.detection import FeatureSettings, marks
from detector.detection.digits import coarser_lattice
from detector.detection.quality import channels
from detector.detection.view import view_of
from detector.events import decode, encode
from tests.streams import (
    detector,
    diagnosed,
    fitted,
    kinds,
    model,
    rng,
    run,
    statuses,
    stream,
    written,
)

N, AT = 3000, 1000


def tenths(n, seed):
    """Temperatures with one decimal."""
    return np.round(rng(seed).normal(20.0, 2.5, n), 1)


TRAINING = tenths(4000, 1)
SCALER = fitted({"x": TRAINING})
FULL = fitted({"x": rng(1).normal(20.0, 2.5, 4000)})
OWN = SCALER.features["x"]
WAYS = {"rounded": np.round, "integer_cast": np.trunc}


def events_of(live, scaler=SCALER, values="raw", **own):
    settings = model(scaler, {"x": FeatureSettings(**own)}, values=values)
    return run(settings, stream({"x": np.asarray(live, float)}))


def decimals_of(event):
    figures = diagnosed(event).transform
    assert figures is not None
    return figures.decimals


def cut(live, way, at=AT):
    return np.concatenate((live[:at], way(live[at:])))


def with_reference(**changes):
    assert OWN.reference is not None
    feature = replace(OWN, reference=replace(OWN.reference, **changes))
    return replace(SCALER, features={"x": feature}, digest="")


def coarser_of(scaler):
    reference = scaler.features["x"].reference
    assert reference is not None
    assert reference.coarser is not None
    return reference.coarser


def limit(scaler, accept=None, values="raw"):
    view = view_of("x", scaler.features["x"], values)
    return coarser_lattice(view, accept)


# ------------------------------------------------------------------ lost digits are found


@pytest.mark.parametrize("at", [0, AT])
@pytest.mark.parametrize("values", ["raw", "scaled"])
@pytest.mark.parametrize("scaler", [SCALER, FULL], ids=["tenths", "full width"])
@pytest.mark.parametrize("way", WAYS)
def test_whole_numbers_where_training_had_decimals_are_found_in_a_few_records(
    way, scaler, values, at
):
    """Nine in ten have decimals in training: after ten that have none, chance is one in 1e10."""
    live = tenths(N, 2) if scaler is SCALER else rng(2).normal(20.0, 2.5, N)
    live = cut(live, WAYS[way], at)

    events = events_of(
        live if values == "raw" else scaler.features["x"].transform(live), scaler, values
    )

    opened = events[0]
    assert at <= opened.data.position.offset < at + 16
    assert abs(opened.data.since.offset - at) <= 1
    assert kinds(opened)[0] == "precision"
    assert {diagnosed(event).cause for event in events} == {"precision"}
    assert diagnosed(events[-1]).variant == way
    assert len(events) <= 2  # what says how they were lost takes longer
    assert decimals_of(opened) == 0
    assert statuses(events)[-1] != "resolved"


def test_the_event_says_what_happened_in_words():
    opened = events_of(cut(tenths(N, 3), np.round))[0]

    found = diagnosed(opened)
    assert "has fewer decimals than in training in 100% of its records" in opened.data.summary
    assert "rounded or cut off to whole numbers, where training had 1 decimal" in found.explanation
    assert "accept: {decimals: 0}" in (found.fix or "")
    signal = opened.data.signals[0]
    assert signal.value == 1.0
    assert signal.tolerance == pytest.approx(limit(SCALER).limit, rel=1e-3)


@pytest.mark.parametrize(
    ("training", "way", "variant", "decimals"),
    [
        (lambda x: np.round(x, 2), lambda x: np.round(x, 1), "rounded", 1),
        (lambda x: x, lambda x: np.round(x, 2), "rounded", 2),
        (lambda x: np.round(x * 50), lambda x: np.round(x, -1), "rounded", -1),
        (lambda x: np.exp(x / 4), lambda x: _significant(x, 3), "significant_3", None),
    ],
)
def test_what_is_left_of_the_digits_is_told(training, way, variant, decimals):
    scaler = fitted({"x": training(rng(4).normal(20.0, 4.0, 4000))})
    live = cut(training(rng(5).normal(20.0, 4.0, N)), way)

    last = events_of(live, scaler)[-1]

    found = diagnosed(last)
    assert (found.cause, found.variant) == ("precision", variant)
    assert decimals_of(last) == decimals


def _significant(x, digits):
    return np.array([float(f"{value:.{digits}g}") for value in x], np.float64)


@pytest.mark.parametrize("values", ["raw", "scaled"])
@pytest.mark.parametrize("seed", [31, 32, 33])
def test_significant_digits_of_prices_are_no_conversion(values, seed):
    """They stay on training's cents, as every rounded price does, in miles or kilometres."""
    prices = np.round(rng(30).lognormal(3.0, 0.8, 6000), 2)
    scaler = fitted({"x": prices})
    live = cut(np.round(rng(seed).lognormal(3.0, 0.8, N), 2), lambda x: _significant(x, 3), 400)

    events = events_of(
        live if values == "raw" else scaler.features["x"].transform(live), scaler, values
    )

    assert {diagnosed(event).cause for event in events} == {"precision"}
    assert diagnosed(events[-1]).variant == "significant_3"


def five_digits(values):
    """As ``%.5g`` prints them."""
    return np.array([float(f"{value:.5g}") for value in values])


@pytest.mark.parametrize("largest", [95.0, 130.0])
def test_one_digit_less_beyond_a_power_of_ten_is_the_way_they_are_printed(largest):
    """Training's values below 100 have three decimals; those above, if there are any, two."""
    training = five_digits(rng(1).uniform(40.0, largest, 4000))
    scaler = fitted({"x": training})
    live = rng(2).uniform(100.0, 130.0, N)

    assert "precision" not in {
        kind for e in events_of(five_digits(live), scaler) for kind in kinds(e)
    }

    rounded = cut(five_digits(rng(3).uniform(40.0, largest, N)), lambda v: np.round(v, 1), AT)
    assert diagnosed(events_of(rounded, scaler)[-1]).cause == "precision"


@pytest.mark.parametrize("written", [five_digits, lambda values: np.round(values, 4)])
def test_digits_that_a_missing_logarithm_reveals_are_not_lost(written):
    """Most values behind training's logarithms have as few; a wet day may have one more."""
    training = np.log1p(written(rng(1).lognormal(0.3, 1.0, 4000)))
    live = written(rng(2).lognormal(0.3, 1.0, N))
    live[::7] = np.round(live[::7], 2)
    live = np.where(np.arange(N) < AT, np.log1p(live), live)

    events = events_of(live, fitted({"x": training}))

    assert {diagnosed(event).cause for event in events} <= {"unknown", "log_missing"}
    assert diagnosed(events[-1]).cause == "log_missing"


def test_an_episode_ends_when_the_digits_come_back():
    live = tenths(6000, 6)
    live[AT:3000] = np.round(live[AT:3000])

    events = events_of(live)

    assert statuses(events) == ["opened", "resolved"]
    assert 3000 < events[-1].data.position.offset < 3400


def test_an_adopted_episode_is_resolved():
    live = tenths(6000, 6)
    live[AT:3000] = np.round(live[AT:3000])
    records = stream({"x": live})
    before = run(model(SCALER), stream({"x": live[:2000]}))
    later = detector(model(SCALER))

    later.adopt([decode(encode(before[-1]))])
    batches = [records.batch(first, first + 500) for first in range(2000, 6000, 500)]
    after = [event for batch in batches for event in later.update_batch(batch)]

    assert statuses(after) == ["resolved"]
    assert after[0].data.alert == before[0].data.alert


@pytest.mark.parametrize("size", [1, 7, 100])
def test_any_split_of_the_records_gives_the_same_bytes(size):
    training, live = tenths(4000, 1), tenths(1800, 7)
    live[400:1000] = np.trunc(live[400:1000])
    training[::17] = live[::17] = 0.0
    settings, records = model(fitted({"x": training})), stream({"x": live})

    whole = run(settings, records)

    assert statuses(whole)[0 :: len(whole) - 1] == ["opened", "resolved"]
    again = run(settings, records, cuts=range(0, 1800, size))
    assert written(again) == written(whole)


# ------------------------------------------------------------------ nothing is lost


@pytest.mark.parametrize("decimals", [0, 1, 2, None])
def test_sound_values_of_a_feature_raise_no_alarm(decimals):
    """Two hundred thousand records, independent as the promise has it: 0.2 alarms at most."""
    training, live = rng(8).normal(500.0, 80.0, 4000), rng(9).normal(500.0, 80.0, 50_000)
    if decimals is not None:
        training, live = np.round(training, decimals), np.round(live, decimals)

    assert events_of(live, fitted({"x": training})) == []


def test_at_its_limit_the_test_alarms_no_oftener_than_its_share_of_the_budget():
    """At the limit itself P(alarm within n) <= w n / A: 2,000 sequences of 400 records, A = 1,000.

    The statistic of the kernel in numpy, fed with independent hits at the highest rate that is
    allowed.
    """
    own = channels(view_of("x", OWN, "raw"), FeatureSettings())
    p0, e = own.limit[marks.COARSER_CHANNEL], own.e[marks.COARSER_CHANNEL]
    hits = (rng(10).random((400, 2000)) < p0).astype(int)
    statistic, weights, alarmed = np.zeros((2, 2000)), np.full(2, 0.5), np.zeros(2000, np.bool_)

    for hit in hits:
        statistic = (1 + statistic) * e[:, hit]
        alarmed |= weights @ statistic >= 1000

    assert 0 < alarmed.mean() < 0.4  # w n / A, which is not reached by far
    assert statistic.mean() == pytest.approx(400, rel=3)  # a martingale, but for n, of heavy tails


def test_a_quiet_spell_at_a_whole_number_is_no_loss_of_digits():
    """Hours at 20.0 with a twentieth up or down, as a room at night: plateaus count once, and
    every second change back to 20.0 is no evidence.
    """
    walk = 20 + np.cumsum(rng(11).choice([-0.1, 0.0, 0.0, 0.1], 12_000))
    training = np.round(20 + 3 * np.sin(walk[:6000]) + walk[:6000] * 0, 1)
    live = training[:3000].copy()
    live[1000:1600] = np.where(np.arange(600) % 7 == 0, 20.1, 20.0)
    live[1600:1800] = np.where(np.arange(200) % 2 == 0, 20.1, 20.0)

    events = events_of(live, fitted({"x": training}))

    assert not [event for event in events if "precision" in kinds(event)]


def test_zeros_are_no_loss_of_digits():
    """Half the values are none at all, in training and later; then all are."""
    training, live = tenths(4000, 12), tenths(4000, 13)
    training[rng(12).random(4000) < 0.5] = 0.0
    live[rng(13).random(4000) < 0.5] = 0.0
    live[3000:] = 0.0

    events = events_of(live, fitted({"x": training}))

    assert not [event for event in events if "precision" in kinds(event)]
    assert events[0].data.position.offset >= 3000


def test_what_is_accepted_is_no_loss_and_less_is():
    scaler = fitted({"x": np.round(rng(14).normal(20.0, 4.0, 4000), 2)})
    live = np.round(rng(15).normal(20.0, 4.0, N), 2)
    one = cut(live, lambda x: np.round(x, 1))

    assert kinds(events_of(one, scaler)[0]) == ["precision"]
    assert events_of(one, scaler, accept_decimals=1) == []
    assert events_of(cut(live, np.round), scaler, accept_decimals=0) == []
    fewer = events_of(cut(one, np.round, 2000), scaler, accept_decimals=1)
    assert [event.data.since.offset for event in fewer[:1]] == [2000]


# ------------------------------------------------------------------ other causes keep their names


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (lambda x: np.round((x - 32) / 1.8), "unit"),
        (lambda x: x * 1000, "unit"),
        (lambda x: np.where(rng(16).random(len(x)) < 0.4, -100.0, x), "imputed_constant"),
        (lambda x: np.clip(x, 16.0, 24.0), "clipping"),
        (lambda x: np.full(len(x), 20.0), "stuck_value"),
    ],
)
def test_round_values_of_another_cause_are_that_cause(fault, cause):
    events = events_of(cut(tenths(N, 17), fault))

    assert diagnosed(events[-1]).cause == cause


def test_zeros_among_rounded_values_keep_their_name():
    live = cut(tenths(N, 23), lambda x: np.where(rng(24).random(len(x)) < 0.3, 0.0, np.round(x)))

    assert diagnosed(events_of(live)[-1]).cause == "imputed_constant"


@pytest.mark.parametrize("moved", [30, 60])
def test_lost_digits_are_told_behind_what_else_has_departed(moved):
    """Their evidence grows with every value, and would stand before a mean that is far off."""
    live = tenths(4000, 22)
    live[AT:2500] = np.round(live[AT:2500] + moved)

    told = [kinds(event) for event in events_of(live)]

    both = [some for some in told if {"precision", "location"} <= set(some)]
    assert both
    assert all(some.index("location") < some.index("precision") for some in both)


@pytest.mark.parametrize("values", ["raw", "scaled"])
def test_rounding_is_told_whatever_the_world_does_meanwhile(values):
    live = cut(tenths(N, 18), lambda x: np.round(x + 2.5))

    events = events_of(live if values == "raw" else OWN.transform(live), values=values)

    assert {diagnosed(event).cause for event in events} == {"precision"}


@pytest.mark.parametrize(
    ("second", "cause"), [(lambda x: x * 1000, "unit"), (lambda x: -x, "sign_flip")]
)
def test_a_second_fault_in_rounded_values_is_found(second, cause):
    live = cut(cut(tenths(4000, 19), np.round), second, 2500)

    events = events_of(live)

    assert diagnosed(events[0]).cause == "precision"
    assert {diagnosed(e).cause for e in events if e.data.position.offset >= 2500} == {cause}
    assert "resolved" not in statuses(events)


def test_values_that_depend_on_time_are_told_too():
    noise = rng(20).normal(0, 1.0, 7000)
    path = np.zeros(7000)
    for i in range(1, 7000):
        path[i] = 0.97 * path[i - 1] + noise[i]
    path = np.round(20 + path, 1)

    events = events_of(cut(path[4000:], np.trunc), fitted({"x": path[:4000]}))

    opened = next(event for event in events if "precision" in kinds(event))
    assert AT <= opened.data.position.offset < AT + 40
    assert {diagnosed(e).cause for e in events if e.data.position.offset >= AT} == {"precision"}


def _prices(n, seed):
    """Of two decimals, each near the one before, from pennies to hundreds."""
    noise, path = rng(seed).normal(0.0, 1.0, n), np.zeros(n)
    for i in range(1, n):
        path[i] = 0.99 * path[i - 1] + 0.2 * noise[i]
    return np.round(np.exp(path), 2) + 0.01


@pytest.mark.parametrize("seed", [41, 42, 43])
@pytest.mark.parametrize(
    ("before", "fault"),
    [(np.log1p, np.expm1), (np.sqrt, np.square), (np.array, lambda x: np.round(x * 1000))],
    ids=["log1p", "sqrt", "x1000"],
)
def test_plain_values_where_rows_depend_on_time_are_no_loss_of_digits(before, fault, seed):
    """Prices without the logarithm that training took, or in thousandths, have few digits, too."""
    path = before(_prices(6000, seed))

    def plain(x):
        return np.round(fault(x), 2)

    events = events_of(cut(path[4000:], plain), fitted({"x": path[:4000]}))

    assert not [e for e in events if diagnosed(e).cause == "precision"]


# ------------------------------------------------------------------ the limit


def test_the_limit_is_trainings_share_with_its_error_or_what_its_longest_run_allows():
    """It is p + 2.5 sqrt(p (1 - p) / n) + 5 / n; n h^(run + 1) = 1 for the hazard h; or one
    in ten, which is what chance makes of one digit less.
    """
    (own,) = coarser_of(SCALER)
    p, n = own.share, own.count
    short = replace(own, longest_run=1)
    rare = replace(own, share=0.001, longest_run=1, count=10**9)

    spread = p + 2.5 * np.sqrt(p * (1 - p) / n) + 5 / n
    assert limit(with_reference(coarser=(short,))).limit == pytest.approx(max(spread, 1 / n**0.5))
    assert limit(SCALER).limit == pytest.approx(max(spread, n ** (-1 / (own.longest_run + 1))))
    assert limit(with_reference(coarser=(rare,))).limit == pytest.approx(0.1)


def test_a_lattice_that_training_stood_on_for_long_is_not_watched():
    """228 values in a row: a sensor that had fewer digits for a while."""
    (own,) = coarser_of(SCALER)

    assert limit(with_reference(coarser=(replace(own, longest_run=228),))) is None
    assert limit(with_reference(coarser=())) is None


def test_an_older_file_is_estimated_from_its_quantiles_where_rows_are_independent():
    older = with_reference(coarser=None)

    found = limit(older)

    assert (found.digits, found.share) == (0, pytest.approx(0.1, abs=0.05))
    assert kinds(events_of(cut(tenths(N, 21), np.round), older)[0]) == ["precision"]
    assert limit(with_reference(coarser=None, autocorrelation_time=9.0)) is None
    assert limit(with_reference(coarser=None, autocorrelation_time=None)) is None


def test_nothing_is_watched_where_nothing_is_known():
    bare = replace(OWN, reference=None)
    some = with_reference(
        coarser=None,
        probabilities=np.array([0.01, 0.5, 0.99]),
        quantiles=np.array([10.0, 20.0, 30.0]),
        decimals=1,
    )
    logged = replace(OWN, before="log1p")

    assert coarser_lattice(view_of("x", bare, "raw")) is None
    assert limit(some) is None
    assert coarser_lattice(view_of("x", logged, "scaled")) is None
    assert coarser_lattice(view_of("x", logged, "raw")) is not None


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_digits_that_some_records_lost_are_no_other_fault_and_no_sure_change(share, seed):
    """One producer of several rounds."""
    price = np.round(rng(7, 1).lognormal(3.0, 0.8, 4000), 2)
    live = np.round(rng(seed, 2).lognormal(3.0, 0.8, 3000), 2)
    some = (np.arange(3000) >= 1000) & (rng(seed, 3).random(3000) < share)
    live = np.where(some, np.round(live), live)

    events = run(model(fitted({"price": price})), stream({"price": live}))

    assert events or share < 0.5
    for found in [e.data.diagnosis for e in events]:
        assert found is not None
        assert found.cause in ("precision", "unknown") or found.confidence < 0.9


@pytest.mark.parametrize(("cut", "variant"), [(np.round, "rounded"), (np.trunc, "integer_cast")])
def test_a_cut_and_a_rounding_are_told_apart_by_the_mean_and_not_before(cut, variant):
    """They differ by half a unit; a deviation of two tells it after some hundred records."""
    training = np.round(rng(3, 1).normal(40.0, 2.0, 4000), 2)
    live = np.round(rng(4, 2).normal(40.0, 2.0, 3000), 2)
    live[1000:] = cut(live[1000:])

    events = run(model(fitted({"x": training})), stream({"x": live}))

    texts = [diagnosed(event).explanation for event in events]
    assert "rounded or cut off to whole numbers" in texts[0]
    last = diagnosed(events[-1])
    assert last.variant == variant
    assert ("is cut off to whole numbers" in last.explanation) == (cut is np.trunc)
