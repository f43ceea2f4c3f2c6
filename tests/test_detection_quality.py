"""Data quality: missing, invalid, off the training decimals, stuck."""

from dataclasses import replace

import numpy as np
import pytest

from detector.detection import FeatureSettings, marks
from detector.detection.quality import (
    UNKNOWN_MISSING,
    UNKNOWN_TIES,
    channels,
    lattice_decimals,
    tie_limit,
)
from detector.detection.signals import FEWER_DIGITS
from detector.detection.view import View, view_of
from detector.scaler import FeatureScaler, Scaler
from tests.streams import (
    STANDARD,
    bare,
    fitted,
    kinds,
    model,
    normal,
    rng,
    run,
    statuses,
    stream,
)

N = 4000
ROUNDED = np.round(normal(N, 1), 1)
TRAINED = fitted({"x": ROUNDED})
BARE = bare(x=STANDARD)


def view(own: FeatureScaler, values: str = "raw") -> View:
    return view_of("x", own, values)  # type: ignore[arg-type]  # raw or scaled


def with_reference(**changes) -> FeatureScaler:
    """The fitted feature, its reference changed."""
    own = TRAINED.features["x"]
    assert own.reference is not None
    return replace(own, reference=replace(own.reference, **changes))


def events_of(live, scaler: Scaler = TRAINED, **settings):
    """Events of one feature, by default one that training had with one decimal."""
    own = FeatureSettings(**settings)
    return run(model(scaler, {"x": own}), stream({"x": np.asarray(live, float)}))


# ------------------------------------------------------------------ missing and invalid


@pytest.mark.parametrize(("bad", "kind"), [(np.nan, "missing"), (np.inf, "invalid")])
@pytest.mark.parametrize("scaler", [TRAINED, BARE])
def test_a_fifth_of_the_values_gone_is_an_event_and_their_return_its_end(scaler, bad, kind):
    live = np.round(normal(6000, 2), 1)
    gone = rng(2).random(6000) < 0.2
    gone[:500] = gone[2000:] = False
    live[gone] = bad

    opened, *_, resolved = events_of(live, scaler)

    assert statuses([opened, resolved]) == ["opened", "resolved"]
    assert kinds(opened) == [kind]
    assert 500 <= opened.data.position.offset < 650  # 5 % may be missing where nothing is said
    assert opened.data.since.offset in np.flatnonzero(gone)[:5]
    assert opened.data.live is not None
    assert resolved.data.position.offset < 3500
    share = opened.data.signals[0].value
    window = gone[opened.data.since.offset : opened.data.position.offset + 1]
    assert share == pytest.approx(window.mean(), rel=1e-3)  # told to four digits


def test_a_rate_of_missing_values_that_training_had_is_no_event():
    """A tenth was missing in training: a tenth may be missing for 30,000 records."""
    training = normal(N, 3)
    training[rng(3).random(N) < 0.1] = np.nan
    live = normal(30_000, 4)
    live[rng(4).random(30_000) < 0.1] = np.nan

    assert events_of(live, fitted({"x": training})) == []


def test_the_tolerated_share_of_missing_values_is_trainings_with_its_error():
    """It is p + 2.5 sqrt(p (1 - p) / n) + 5 / n; 5 % where the file does not say; 98 % at most."""
    limit = channels(view(with_reference(missing_rate=0.1)), FeatureSettings()).limit
    unknown = channels(view(with_reference(missing_rate=None)), FeatureSettings()).limit
    most = channels(view(with_reference(missing_rate=0.99)), FeatureSettings()).limit

    expected = 0.1 + 2.5 * np.sqrt(0.1 * 0.9 / N) + 5 / N
    assert limit[marks.MISSING_CHANNEL] == pytest.approx(expected)
    assert unknown[marks.MISSING_CHANNEL] == UNKNOWN_MISSING
    assert most[marks.MISSING_CHANNEL] == 0.98
    assert channels(view(BARE.features["x"]), FeatureSettings()).limit[0] == UNKNOWN_MISSING


def test_a_feature_that_disappears_altogether_is_missing_and_has_no_figures():
    live = np.round(normal(1000, 5), 1)
    live[500:] = np.nan

    opened = events_of(live)[0]

    assert kinds(opened) == ["missing"]
    assert opened.data.severity == "critical"
    assert opened.data.since.offset == 500
    assert opened.data.live is not None
    assert (opened.data.live.mean, opened.data.live.quantiles) == (None, None)
    assert opened.data.live.missing_rate == 1.0


# ------------------------------------------------------------------ decimals


def test_values_with_more_decimals_than_training_are_found_in_a_few_records():
    """Each costs 5/n under training's law: three of them exceed any threshold."""
    live = np.round(normal(3000, 6), 1)
    live[1000:] += 0.05

    opened = events_of(live)[0]

    assert kinds(opened)[0] == "precision"
    assert 1000 <= opened.data.position.offset <= 1003
    assert opened.data.since.offset == 1000


def test_precision_alone_is_for_information():
    """The law is the same; only a digit came. A named fault would be critical."""
    live = np.round(normal(3000, 7), 1)
    live[1000:] += rng(7).choice([-0.01, 0.01], 2000)

    opened = events_of(live)[0]

    assert kinds(opened) == ["precision"]
    assert opened.data.severity in ("info", "critical")
    assert (opened.data.severity == "critical") == (
        opened.data.diagnosis is not None
        and opened.data.diagnosis.cause not in ("unknown", "distribution_shift")
    )


def test_an_intended_change_of_precision_is_accepted():
    live = np.round(normal(3000, 7), 1)
    live[1000:] += rng(7).choice([-0.01, 0.01], 2000)

    assert events_of(live, accept_decimals=2) == []


def test_more_decimals_than_are_accepted_are_an_event():
    live = np.round(normal(3000, 7), 1)
    live[1000:] += rng(7).choice([-0.001, 0.001], 2000)

    assert kinds(events_of(live, accept_decimals=2)[0]) == ["precision"]


def test_a_law_rounded_to_the_accepted_decimals_is_no_departure():
    """Training with a deviation of half a unit, live values rounded to whole ones."""
    scaler = fitted({"x": np.round(rng(1).normal(0, 0.5, N), 1)})
    live = np.round(np.round(rng(2).normal(0, 0.5, 5000), 1))

    assert run(model(scaler), stream({"x": live})) != []
    assert events_of(live, scaler, accept_decimals=0) == []


def test_fewer_decimals_are_on_the_lattice():
    """They are found by the other test of decimals, which tells its share in another unit."""
    opened = events_of(np.round(normal(3000, 8)))[0]

    assert [s.unit for s in opened.data.signals if s.kind == "precision"] == [FEWER_DIGITS]


def test_the_lattice_of_a_scaled_topic_is_that_of_the_raw_values():
    own = TRAINED.features["x"]
    live = np.round(normal(3000, 9), 1)
    scaled = own.transform(live)
    off = own.transform(live + np.where(np.arange(3000) < 1000, 0.0, 0.05))
    judged = model(TRAINED, values="scaled")

    assert run(judged, stream({"x": scaled})) == []
    first = run(judged, stream({"x": off}))[0]
    assert kinds(first)[0] == "precision"
    assert first.data.since.offset == 1000


def test_there_is_no_lattice_where_it_cannot_be_trusted():
    """Without decimals in the file, and behind a logarithm, which costs more digits than it has."""
    settings = FeatureSettings()
    logged = replace(with_reference(), before="log1p")

    assert lattice_decimals(view(TRAINED.features["x"]), settings) == 1
    assert lattice_decimals(view(with_reference(decimals=None)), settings) is None
    assert lattice_decimals(view(BARE.features["x"]), settings) is None
    assert lattice_decimals(view(logged), settings) == 1
    assert lattice_decimals(view(logged, "scaled"), settings) is None


# ------------------------------------------------------------------ stuck


def test_a_run_that_training_never_had_is_told_by_its_length():
    """At the training mean no other test speaks."""
    live = np.round(normal(3000, 13), 1)
    live[1000:] = live[1000] = 50.0

    opened = events_of(live)[0]

    assert kinds(opened) == ["constant"]
    assert opened.data.severity == "critical"
    assert opened.data.signals[0].value == opened.data.position.offset - 1000 + 1
    reference = TRAINED.features["x"].reference
    assert reference is not None
    assert opened.data.signals[0].tolerance == reference.longest_run


@pytest.mark.parametrize("scaler", [TRAINED, BARE])
def test_a_value_that_stands_still_is_an_event_and_its_moving_the_end(scaler):
    live = np.round(normal(6000, 10), 1)
    live[1000:3000] = live[1000]

    events = events_of(live, scaler)

    opened = events[0]
    assert opened.data.diagnosis is not None
    assert opened.data.diagnosis.cause == "stuck_value"
    assert 1000 < opened.data.position.offset < 1400
    assert abs(opened.data.since.offset - 1000) <= 2
    assert statuses(events)[-1] == "resolved"
    assert events[-1].data.position.offset > 3000


def test_a_feature_of_two_values_is_not_stuck_when_it_repeats_itself():
    """Nine in ten are zero in training and in 30,000 live records."""
    training = (rng(11).random(N) < 0.1).astype(float)
    live = (rng(12).random(30_000) < 0.1).astype(float)

    assert events_of(live, fitted({"x": training})) == []


def test_the_chance_of_a_tie_comes_from_atoms_runs_and_rows():
    """The heaviest atom with its error; else the hazard h at which n rows see one run of the
    longest length: n h^(run + 1) = 1; else 5 / n.
    """
    heavy = view(with_reference(atoms=((0.0, 0.4),), longest_run=3))
    long_run = view(with_reference(atoms=(), longest_run=9))
    none = view(with_reference(atoms=(), longest_run=1, count=10**9))

    assert tie_limit(heavy) == pytest.approx(0.4 + 2.5 * np.sqrt(0.4 * 0.6 / N))
    assert tie_limit(long_run) == pytest.approx(N ** (-1 / 10))
    assert tie_limit(none) == pytest.approx(10 ** (-9 / 2))
    assert tie_limit(view(BARE.features["x"])) == UNKNOWN_TIES
    assert tie_limit(view(with_reference(longest_run=None))) == UNKNOWN_TIES


def test_what_is_nearly_always_equal_cannot_be_stuck():
    mostly = view(with_reference(atoms=((0.0, 0.99),), longest_run=900))

    own = channels(mostly, FeatureSettings())

    assert np.isnan(own.limit[marks.STUCK_CHANNEL])
    assert own.weights[marks.STUCK_CHANNEL].tolist() == [0.0, 0.0]


# ------------------------------------------------------------------ the promise


@pytest.mark.parametrize(
    "own",
    [
        BARE.features["x"],
        TRAINED.features["x"],
        with_reference(missing_rate=0.3, atoms=((0.0, 0.93),), longest_run=100),
        with_reference(count=20, missing_rate=0.5),
        with_reference(count=3, missing_rate=0.0, longest_run=3),
    ],
)
def test_every_channel_is_an_e_value_up_to_its_limit(own):
    """The mean p e(hit) + (1 - p) e(no hit) is 1 at the limit and less below it, since it is
    linear in p.
    """
    found = channels(view(own), FeatureSettings())

    for channel, limit in enumerate(found.limit):
        if np.isnan(limit):
            continue
        for no_hit, hit in found.e[channel]:
            assert limit * hit + (1 - limit) * no_hit == pytest.approx(1.0)
            assert no_hit < 1 < hit
    assert found.weight == pytest.approx(found.weights.sum())
    assert found.weight < 1
    assert (found.e > 0).all()
    assert (found.back > 0).all()
