"""The evidence of an event: what the diagnosis foretells beside what arrived."""

import json

import numpy as np
import pytest

from detector.detection.figures import law_table
from detector.events import encode
from detector.scaler import FeatureScaler, Scaler, StandardParameters
from tests.streams import MODEL, STANDARD, bare, detector, fitted, model, normal, rng, run, stream

N, START = 1800, 900
AT = (0.05, 0.25, 0.5, 0.75, 0.95)


def table(n, seed):
    return {
        "temp": np.round(rng(seed, 2).normal(12.0, 8.0, n), 1),
        "price": np.round(rng(seed, 1).lognormal(3.0, 0.8, n), 2),
    }


TRAINED = table(3000, 1)
TRAINING = fitted(TRAINED)
MEAN, SCALE = float(TRAINED["temp"].mean()), float(TRAINED["temp"].std())
LEVELS = np.quantile(TRAINED["temp"], AT)


def faulty(change, *, values="raw", n=N):
    """The events of *temp*, which *change* turns into something else from START on."""
    columns = table(n, 7)
    if values == "scaled":
        columns = {name: TRAINING.features[name].transform(x) for name, x in columns.items()}
    columns["temp"] = np.concatenate((columns["temp"][:START], change(columns["temp"][START:])))
    return columns, run(model(TRAINING, values=values), stream(columns))


def told(event):
    """The diagnosis of an event."""
    return event.data.diagnosis


def last(events, feature="temp"):
    own = [e.data for e in events if e.data.feature == feature and e.data.status != "resolved"]
    return own[-1]


def levels(quantiles):
    assert list(quantiles) == [str(q) for q in AT]
    return np.array(list(quantiles.values()))


def test_training_has_its_quantiles_at_the_probabilities_of_the_live_ones():
    _, events = faulty(lambda x: x * 1.8 + 32)

    data = last(events)
    assert levels(data.training.quantiles) == pytest.approx(LEVELS, abs=0.1)
    assert list(data.training.quantiles) == list(data.live.quantiles)


def test_without_a_reference_training_has_no_quantiles_and_says_so():
    values = np.concatenate((normal(500, 1), normal(500, 2, mean=90.0)))

    events = run(model(bare(temp=STANDARD)), stream({"temp": values}))

    assert json.loads(encode(events[0]))["data"]["training"]["quantiles"] is None
    assert told(events[0]).cause == "unknown"
    assert told(events[0]).evidence is None


def test_expected_is_the_law_of_training_through_the_map_and_live_what_arrived():
    columns, events = faulty(lambda x: x * 1.8 + 32)

    data = last(events)
    shown = data.diagnosis.evidence
    arrived = columns["temp"][data.since.offset : data.position.offset + 1]
    assert data.diagnosis.variant == "degC_degF"
    assert (shown.of, shown.count, shown.before, shown.pairs) == ("all", len(arrived), None, ())
    assert levels(shown.expected) == pytest.approx(1.8 * LEVELS + 32, abs=0.2)
    assert levels(shown.live) == pytest.approx(np.quantile(arrived, AT), abs=1e-4)
    error = 1.8 * 8.0 * 3 / np.sqrt(len(arrived))  # of the median by some; wider at the ends
    assert levels(shown.expected) == pytest.approx(levels(shown.live), abs=3 * error)


def test_on_a_scaled_topic_both_tables_are_scaled():
    _, events = faulty(lambda z: SCALE * z + MEAN, values="scaled")

    data = last(events)
    shown = data.diagnosis.evidence
    assert data.diagnosis.cause == "unscaled"
    assert levels(data.training.quantiles) == pytest.approx((LEVELS - 12) / 8, abs=0.1)
    assert levels(shown.expected) == pytest.approx(LEVELS, abs=0.2)


@pytest.mark.parametrize(
    ("change", "cause", "kept"),
    [
        (lambda x: np.where(rng(5).random(len(x)) < 0.3, -999.0, x), "imputed_constant", 0.7),
        (lambda x: np.clip(x, 6.03, 20.03), "clipping", 0.61),
        (lambda x: np.where(rng(5).random(len(x)) < 0.3, np.nan, x), "missing_values", 0.7),
        (lambda x: np.where(rng(5).random(len(x)) < 0.3, np.inf, x), "invalid_values", 0.7),
    ],
    ids=["imputed", "clipped", "missing", "invalid"],
)
def test_where_a_fault_leaves_values_alone_these_are_compared(change, cause, kept):
    """The shares left are those of the fault; clipped: of a normal law within -0.75 and 1."""
    _, events = faulty(change)

    data = last(events)
    shown = data.diagnosis.evidence
    records = data.position.offset - data.since.offset + 1
    assert (data.diagnosis.cause, shown.of) == (cause, "others")
    assert shown.count == pytest.approx(kept * records, abs=3 + 3 * np.sqrt(records))
    assert shown.expected["0.5"] == pytest.approx(12.0, abs=1.0)
    assert levels(shown.live) == pytest.approx(levels(shown.expected), abs=20 / np.sqrt(records))
    if cause == "clipping":
        assert min(shown.expected.values()) > 6.0
        assert max(shown.expected.values()) < 20.0


def test_a_stuck_value_foretells_itself():
    _, events = faulty(lambda x: np.full(len(x), 17.3))

    shown = last(events).diagnosis.evidence
    assert set(shown.expected.values()) == set(shown.live.values()) == {17.3}


def test_a_canary_foretells_a_mixture():
    """A tenth of the records a thousandfold: of the law only the uppermost quantile leaves."""
    hit = rng(5).random(4000 - START) < 0.1
    _, events = faulty(lambda x: np.where(hit, 1000 * x, x), n=4000)

    data = last(events)
    shown = data.diagnosis.evidence
    assert data.diagnosis.transform.share == pytest.approx(0.1, abs=0.05)
    share = data.diagnosis.transform.share
    mixture = np.concatenate(
        (
            np.tile(TRAINED["temp"], 30 - round(30 * share)),
            np.tile(1000 * TRAINED["temp"], round(30 * share)),
        )
    )
    assert levels(shown.expected) == pytest.approx(np.quantile(mixture, AT), rel=0.05, abs=0.3)
    assert shown.live["0.95"] > 1000


def test_a_swap_foretells_the_law_of_the_other_feature():
    columns = table(N, 7)
    temp, price = columns["temp"].copy(), columns["price"].copy()
    columns["temp"][START:], columns["price"][START:] = price[START:], temp[START:]

    data = last(run(model(TRAINING), stream(columns)))
    assert data.diagnosis.cause == "column_swap"
    assert levels(data.diagnosis.evidence.expected) == pytest.approx(
        np.quantile(TRAINED["price"], AT), rel=0.05
    )


def walk(n, seed):
    """A slow path with one decimal about 12, rows that depend on each other."""
    steps, path = rng(seed).normal(0.0, 0.5, n), np.zeros(n)
    for i in range(1, n):
        path[i] = 0.995 * path[i - 1] + steps[i]
    return np.round(12.0 + path, 1)


def test_a_path_is_held_against_the_records_before():
    """A path roams: a few of its records have little of the law of a whole training."""
    trained, live = walk(6000, 1), walk(1400, 6)
    live[1000:] = 1.8 * live[1000:] + 32

    data = last(run(model(fitted({"temp": trained})), stream({"temp": live}))[:2])
    shown = data.diagnosis.evidence
    assert data.diagnosis.variant == "degC_degF"
    assert shown.before is not None
    assert levels(shown.expected) == pytest.approx(1.8 * levels(shown.before) + 32, abs=0.01)
    assert levels(shown.before) == pytest.approx(
        levels(law_table(live[data.since.offset - 256 : data.since.offset])), abs=0.2
    )


def test_pairs_show_records_with_what_the_scaler_and_the_fault_make_of_them():
    columns = table(400, 7)
    scaled = {name: TRAINING.features[name].transform(x) for name, x in columns.items()}
    scaled["temp"][200:] *= 2.0

    settings = model(TRAINING, values="both")
    shown = told(run(settings, stream(columns, scaled=scaled))[0]).evidence

    assert (shown.of, shown.expected, shown.live) == ("pairs", None, None)
    assert shown.count == 2
    for pair in shown.pairs:
        assert pair.raw == columns["temp"][pair.offset]
        assert pair.scaled == scaled["temp"][pair.offset]
        assert pair.training == pytest.approx((pair.raw - MEAN) / SCALE)
        assert pair.expected is None or pair.expected == pytest.approx(pair.scaled)


@pytest.mark.parametrize(
    ("cut", "variant", "decimals"),
    [
        (lambda raw: np.round((raw - MEAN) / SCALE, 2), "rounded", 2),
        (lambda raw: np.round((raw - MEAN) / SCALE), "rounded", 0),
        (lambda raw: np.trunc((raw - MEAN) / SCALE), "integer_cast", 0),
        (lambda raw: (np.round(raw) - MEAN) / SCALE, "rounded", 0),
        (lambda raw: (np.trunc(raw) - MEAN) / SCALE, "integer_cast", 0),
    ],
    ids=["to-2-after", "to-0-after", "cast-after", "to-0-before", "cast-before"],
)
def test_pairs_tell_digits_that_were_cut_before_the_scaler_or_after_it(cut, variant, decimals):
    """Each expected value is the scaled one that arrived."""
    columns = table(400, 7)
    scaled = {name: TRAINING.features[name].transform(x) for name, x in columns.items()}
    scaled["temp"][200:] = cut(columns["temp"][200:])

    found = last(run(model(TRAINING, values="both"), stream(columns, scaled=scaled))).diagnosis

    assert (found.cause, found.variant, found.transform.decimals) == (
        "precision",
        variant,
        decimals,
    )
    assert found.confidence >= 0.9
    for pair in found.evidence.pairs:
        assert pair.expected == pytest.approx(pair.scaled, abs=1e-8)


def test_pairs_that_say_nothing_of_a_map_still_show_the_records():
    columns = table(400, 7)
    scaled = {name: TRAINING.features[name].transform(x) for name, x in columns.items()}
    scaled["temp"][200:] = rng(4).normal(size=200)

    data = last(run(model(TRAINING, values="both"), stream(columns, scaled=scaled)))

    assert data.diagnosis.cause == "unknown"
    assert {pair.expected for pair in data.diagnosis.evidence.pairs} == {None}


def test_another_form_of_law_foretells_nothing():
    """Two narrow heaps: no known fault makes them, and nature may make anything."""

    def heaps(x):
        return np.round(np.where(rng(4).random(len(x)) < 0.5, 2.0, 22.0) + 0.1 * x, 1)

    _, events = faulty(heaps)

    data = last(events)
    assert (data.diagnosis.cause, data.diagnosis.variant) == ("distribution_shift", "shape")
    assert data.diagnosis.evidence is None


def test_a_natural_change_foretells_training_moved_to_where_the_values_are():
    _, events = faulty(lambda x: np.round(x + 6.0, 1))

    data = last(events)
    shown = data.diagnosis.evidence
    assert data.diagnosis.cause == "distribution_shift"
    assert levels(shown.expected) == pytest.approx(LEVELS + 6.0, abs=2.0)


def test_what_is_over_keeps_the_evidence_that_was_told():
    columns = table(4000, 7)
    columns["temp"][1000:1200] = 1.8 * columns["temp"][1000:1200] + 32

    events = run(model(TRAINING), stream(columns))

    assert [e.data.status for e in events][-1] == "resolved"
    assert told(events[-1]).evidence == told(events[-2]).evidence


def test_another_process_shows_the_evidence_of_what_it_reads():
    _, events = faulty(lambda x: x * 1.8 + 32)
    other = detector(model(TRAINING))
    other.adopt([events[0]])
    assert told(events[0]).cause == "unit"

    more = table(3000, 9)
    more["temp"] = np.concatenate((more["temp"][:200] * 1.8 + 32, more["temp"][200:]))
    later = run(other, stream(more))

    assert later[-1].data.status == "resolved"
    assert told(later[-1]).evidence is not None


def test_numbers_keep_the_digits_that_tell_a_table_apart():
    """Seconds since the epoch, a minute apart: six digits of the number would be all the same."""
    values = 1_764_000_000.0 + np.arange(100) / 3

    quantiles = levels(law_table(values))

    assert quantiles == pytest.approx(np.quantile(values, AT, method="hazen"), rel=1e-13)
    assert len(set(quantiles)) == 5


def test_a_law_at_the_end_of_float64_has_no_table():
    assert law_table(np.array([-1e308, 1e308, np.inf])) is None


def test_older_scalers_of_one_name_are_told_apart_by_their_figures():
    """Two versions explain values that are scaled already; each foretells its own law."""
    versions = tuple(
        Scaler(
            name=MODEL,
            version=str(i),
            kind="standard",
            features={"temp": FeatureScaler(parameters=StandardParameters(mean=m, scale=s))},
        )
        for i, (m, s) in enumerate([(5.0, 3.0), (20.0, 16.0)])
    )
    columns = table(N, 7)
    columns["temp"][START:] = (columns["temp"][START:] - 20.0) / 16.0

    data = last(run(model(TRAINING, versions=versions), stream(columns)))

    assert data.diagnosis.transform.version == "1"
    assert levels(data.diagnosis.evidence.expected) == pytest.approx((LEVELS - 20) / 16, abs=0.05)
