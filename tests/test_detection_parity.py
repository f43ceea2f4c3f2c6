"""Pairs of raw and scaled values: what disagrees, when an episode opens, which cause is named."""

import numpy as np
import pytest

from detector.detection import Detector, DetectorSettings
from detector.detection.agreement import disagree
from detector.scaler import FeatureScaler, MinMaxParameters, Scaler, StandardParameters
from tests.pair_faults import (
    AT,
    CAUSES,
    N,
    formula_by_batch,
    iqr,
    largest,
    of,
    pairs,
    per_batch,
)
from tests.streams import (
    EPOCH,
    MODEL,
    STANDARD,
    bare,
    detector,
    diagnosed,
    kinds,
    model,
    normal,
    rng,
    run,
    statuses,
    stream,
)

SCALER = FeatureScaler(parameters=STANDARD)


def broken(fault, share=1.0, **settings):
    """Events of a stream in which ``temp`` suffers *fault* in a share of the records from AT on."""
    trained, raw, scaled = pairs()
    hit = (np.arange(N) >= AT) & (rng(5).random(N) < share)
    scaled["temp"] = np.where(hit, fault(raw, scaled, trained), scaled["temp"])
    return run(model(trained, values="both", **settings), stream(raw, scaled=scaled)), hit


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("at", [slice(300, 600), slice(450, 600)])
def test_pairs_at_the_ends_of_float64_give_finite_figures(turn, at):
    """Of either sign in turns; the raw values from the first of them on, or among them."""
    trained = bare(temp=StandardParameters(mean=0.0, scale=0.1))
    raw = {"temp": np.round(normal(N, 7), 1)}
    scaled = {"temp": raw["temp"] * 10}
    ends = np.where(np.arange(N) // turn % 3 == 0, 1e308, -1e308)
    raw["temp"][at], scaled["temp"][300:600] = ends[at], ends[300:600]

    events = run(model(trained, values="both"), stream(raw, scaled=scaled))

    assert {bool(np.isfinite(diagnosed(event).confidence)) for event in events} == {True}


# ------------------------------------------------------------------------ what disagrees


def test_other_orders_of_the_same_arithmetic_agree():
    """Division term by term, the reciprocal, and parameters that differ in their last digits."""
    raw = normal(1000, 3)
    mean, scale = STANDARD.mean, STANDARD.scale

    for scaled in (
        raw / scale - mean / scale,
        (raw - mean) * (1 / scale),
        (raw - mean * (1 + 1e-13)) / scale,
    ):
        assert not disagree(SCALER, raw, scaled).any()


def test_a_float32_pipeline_agrees_as_numbers_and_as_their_shortest_text():
    raw = normal(1000, 3).astype(np.float32)
    scaled = (raw - np.float32(50)) / np.float32(10)
    text = np.array([float(str(value)) for value in scaled])

    assert not disagree(SCALER, raw.astype(np.float64), scaled.astype(np.float64)).any()
    assert not disagree(SCALER, raw.astype(np.float64), text).any()


@pytest.mark.parametrize("digits", [3, 4, 6, 8])
def test_values_rounded_in_transport_agree(digits):
    raw = normal(1000, 3)

    assert not disagree(SCALER, raw, np.round((raw - 50) / 10, digits)).any()


def test_a_difference_in_the_sixth_digit_disagrees_where_all_digits_are_there():
    raw = normal(1000, 3)

    assert disagree(SCALER, raw, (raw - 50) / 10 * (1 + 1e-6)).mean() > 0.99


@pytest.mark.parametrize(
    ("raw", "scaled", "expected"),
    [
        (np.nan, np.nan, False),
        (np.nan, 0.0, True),
        (50.0, np.nan, True),
        (50.0, np.inf, True),
        (np.inf, 0.0, False),
        (50.0, 0.0, False),
    ],
)
def test_missing_and_invalid_values(raw, scaled, expected):
    """An invalid raw value says nothing: its own test tells of it."""
    assert disagree(SCALER, np.array([raw]), np.array([scaled])).tolist() == [expected]


def test_a_raw_value_for_which_before_is_not_defined_has_no_scaled_one():
    logged = FeatureScaler(parameters=StandardParameters(mean=3.0, scale=0.5), before="log")

    found = disagree(logged, np.array([-1.0, -1.0]), np.array([np.nan, 0.0]))

    assert found.tolist() == [False, True]


def test_a_scaler_that_clips_is_followed():
    clipping = FeatureScaler(parameters=MinMaxParameters(data_min=0.0, data_max=10.0, clip=True))

    assert disagree(clipping, np.array([12.0, 12.0]), np.array([1.0, 1.2])).tolist() == [
        False,
        True,
    ]


# ------------------------------------------------------------------------ episodes


def test_sound_pairs_are_silent():
    trained, raw, scaled = pairs()

    assert run(model(trained, values="both"), stream(raw, scaled=scaled)) == []


def test_one_glitch_is_no_episode_and_two_are():
    trained, raw, scaled = pairs()
    scaled["temp"][100] += 1

    assert run(model(trained, values="both"), stream(raw, scaled=scaled)) == []

    scaled["temp"][400] += 1
    events = run(model(trained, values="both"), stream(raw, scaled=scaled))
    assert (events[0].data.position.offset, events[0].data.since.offset) == (400, 100)


@pytest.mark.parametrize("share", [1.0, 0.1, 0.02])
def test_the_episode_opens_at_the_second_wrong_pair_and_tells_the_share(share):
    events, hit = broken(lambda raw, *_: raw["temp"], share)
    first, second = np.flatnonzero(hit)[:2]

    opened = events[0].data
    assert (opened.since.offset, opened.position.offset) == (first, second)
    assert opened.severity == "critical"
    assert kinds(events[0]) == ["parity"]
    assert opened.signals[0].value == pytest.approx(2 / (second - first + 1), rel=1e-3)
    assert opened.diagnosis.cause == "unscaled"
    assert opened.diagnosis.confidence > 0.9
    assert {event.data.feature for event in events} == {"temp"}
    assert set(statuses(events)) <= {"opened", "updated"}  # updated: the share has settled


def test_a_canary_whose_first_records_stood_together_is_told_as_one_later():
    """After two wrong pairs in a row all records look wrong."""
    trained, raw, scaled = pairs()
    wrong = rng(8).random(N) < 0.1
    wrong[:AT], wrong[AT : AT + 2] = False, True
    scaled["temp"] = np.where(wrong, raw["temp"], scaled["temp"])

    events = run(model(trained, values="both"), stream(raw, scaled=scaled))

    shares = [t.share for e in events if (t := diagnosed(e).transform) is not None]
    assert shares[0] is None
    assert shares[-1] == pytest.approx(0.1, abs=0.06)


def test_the_episode_resolves_when_the_pairs_agree_again():
    trained, raw, scaled = pairs()
    scaled["temp"][AT : AT + 300] = raw["temp"][AT : AT + 300]

    events = run(model(trained, values="both"), stream(raw, scaled=scaled))

    assert statuses(events) == ["opened", "resolved"]
    # 688 records at a share of a hundredth refute it by a thousand to one
    assert events[-1].data.position.offset == AT + 300 - 1 + 688


def test_raw_drift_and_wrong_pairs_are_one_episode_that_ends_with_the_last_of_them():
    trained, raw, _ = pairs()
    raw["temp"][1000:1800] += 30
    scaled = {name: trained.features[name].transform(v) for name, v in raw.items()}
    scaled["temp"][1200:2600] = raw["temp"][1200:2600]

    events = run(model(trained, values="both"), stream(raw, scaled=scaled))

    assert statuses(events, "temp")[0] == "opened"
    assert "parity" not in kinds(events[0])
    assert any("parity" in kinds(event) for event in events[1:])
    assert statuses(events, "temp").count("resolved") == 1
    assert events[-1].data.status == "resolved"
    assert events[-1].data.position.offset > 2600


def test_an_episode_of_pairs_is_adopted_and_resolves():
    trained, raw, scaled = pairs()
    wrong = {**scaled, "temp": raw["temp"]}
    judged = model(trained, values="both")
    opened = run(judged, stream(raw, scaled=wrong))[-1]
    later = detector(judged)
    later.adopt([opened])

    events = run(later, stream(raw, scaled=scaled))

    assert statuses(events) == ["resolved"]
    assert events[0].data.alert == opened.data.alert


def test_missing_scaled_values_are_named():
    events, _ = broken(lambda raw, *_: np.full(N, np.nan), 0.3)

    assert events[-1].data.diagnosis.cause == "missing_values"


def test_an_imputed_scaled_value_is_named_with_its_constant():
    events, _ = broken(lambda raw, *_: np.full(N, -99.5), 0.3)

    assert events[-1].data.diagnosis.cause == "imputed_constant"
    assert events[-1].data.diagnosis.transform.constant == -99.5


# ------------------------------------------------------------------------ causes


WHOLE_ONLY = (
    "by batch",
    "stuck",
)  # a tenth of a batch is none, and of a stuck value an imputed one
SHARES = [(name, 1.0) for name in CAUSES]
SHARES += [(name, 0.1) for name in CAUSES if name not in WHOLE_ONLY]


@pytest.mark.parametrize(("name", "share"), SHARES)
def test_the_pairs_name_the_cause(name, share):
    """On the whole stream and on a canary of a tenth."""
    fault, cause, variant = CAUSES[name]

    events, _ = broken(fault, share)

    found = events[-1].data.diagnosis
    assert (found.cause, found.variant) == (cause, variant)
    assert found.confidence > 0.9
    assert {event.data.feature for event in events} == {"temp"}


def test_another_version_is_named_by_its_file():
    older = Scaler(
        name="fares",
        version="0",
        kind="standard",
        features={"temp": FeatureScaler(parameters=StandardParameters(mean=49.9, scale=10.2))},
    )

    events, _ = broken(
        lambda raw, *_: older.features["temp"].transform(raw["temp"]), 0.1, versions=(older,)
    )

    found = events[-1].data.diagnosis
    assert (found.cause, found.variant, found.transform.version) == ("scaler_version", "0", "0")
    assert found.transform.mean == 49.9


def test_the_map_of_an_unknown_version_is_recovered():
    """Mean and scale to six digits, from pairs alone."""
    events, _ = broken(CAUSES["unknown version"][0])

    found = events[-1].data.diagnosis.transform
    assert found.mean == pytest.approx(47.11, rel=1e-6)
    assert found.scale == pytest.approx(8.5, rel=1e-6)


MORE = {
    "min-max by batch": (
        lambda r, s, t: formula_by_batch(r["temp"], np.min, np.ptp),
        "refit_on_live",
    ),
    "robust by batch": (
        lambda r, s, t: formula_by_batch(r["temp"], np.median, iqr),
        "refit_on_live",
    ),
    "max-abs by batch": (
        lambda r, s, t: formula_by_batch(r["temp"], np.zeros_like, largest),
        "refit_on_live",
    ),
    "batches of 300": (lambda r, s, t: per_batch(r["temp"], 250), "refit_on_live"),
    "a raw factor without a name": (lambda r, s, t: of(t).transform(r["temp"] * 1.0837), "gain"),
    "kelvin": (lambda r, s, t: of(t).transform(r["temp"] + 273.15), "unit"),
    "miles": (lambda r, s, t: of(t).transform(r["temp"] / 1.609344), "unit"),
    "drifting gain": (lambda r, s, t: s["temp"] * np.linspace(1, 1.5, N), "gain"),
    "cut to integers": (lambda r, s, t: of(t).transform(np.trunc(r["temp"])), "precision"),
    "deviation of n - 1": (lambda r, s, t: s["temp"] * np.sqrt(1 - 1 / N), "scaler_kind"),
    "infinite": (lambda r, s, t: np.full(N, np.inf), "invalid_values"),
    "zeros": (lambda r, s, t: np.zeros(N), "refit_on_live"),
    "few clipped": (lambda r, s, t: np.minimum(s["temp"], 2.25), "clipping"),
}


@pytest.mark.parametrize("name", MORE)
def test_what_no_catalogue_holds_is_read_from_the_pairs(name):
    """Refits by any formula, factors that raw values had already, bounds that few values reach."""
    fault, cause = MORE[name]

    events, _ = broken(fault)

    assert events[-1].data.diagnosis.cause == cause


def test_a_canary_that_clips_is_named_from_its_first_pairs():
    """Both values lie where sound ones rarely do, and they are those that people choose."""
    events, _ = broken(lambda r, s, t: np.clip(s["temp"], -1, 1), 0.1)

    assert causes(events)[0] == "clipping"


def test_two_canaries_are_both_told_of():
    """The more frequent one is the cause, with its own share."""
    trained, raw, scaled = pairs()
    part = rng(5).random(N)
    scaled["temp"] = np.where(
        part < 0.2, raw["temp"], np.where(part < 0.3, -scaled["temp"], scaled["temp"])
    )

    found = diagnosed(run(model(trained, values="both"), stream(raw, scaled=scaled))[-1])

    assert found.cause == "unscaled"
    assert found.transform is not None
    assert found.transform.share == pytest.approx(0.2, abs=0.03)
    assert "negated" in found.explanation


def test_a_fault_in_the_place_of_another_is_named():
    trained, raw, scaled = pairs()
    late = np.arange(N) >= 2000
    scaled["temp"] = np.where(late, -scaled["temp"], raw["temp"])

    events = run(model(trained, values="both"), stream(raw, scaled=scaled))

    assert causes(events)[0] == "unscaled"
    assert causes(events)[-1] == "sign_flip"
    changed = next(e for e in events if diagnosed(e).cause == "sign_flip")
    assert changed.data.position.offset < 2000 + 513  # looked at every 512 records by then


def test_a_scaler_that_should_clip_and_does_not_is_named():
    clipping = FeatureScaler(parameters=MinMaxParameters(data_min=30.0, data_max=70.0, clip=True))
    scaler = Scaler(name=MODEL, version="1", kind="minmax", features={"temp": clipping})
    raw = {"temp": normal(N, 1)}

    events = run(
        model(scaler, values="both"), stream(raw, scaled={"temp": (raw["temp"] - 30) / 40})
    )

    assert diagnosed(events[-1]).variant == "unclipped"


def test_the_logarithm_is_named_without_a_reference():
    raw = {"temp": normal(N, 1)}
    scaled = {"temp": SCALER.transform(np.log1p(raw["temp"]))}

    events = run(model(bare(temp=STANDARD), values="both"), stream(raw, scaled=scaled))

    assert (causes(events)[-1], diagnosed(events[-1]).variant) == ("log_extra", "log1p")


def causes(events):
    return [event.data.diagnosis.cause for event in events]


def test_a_file_with_parameters_only_proves_the_same():
    judged = model(bare(temp=STANDARD), values="both")
    raw = {"temp": normal(N, 1)}

    events = run(judged, stream(raw, scaled={"temp": raw["temp"]}))

    assert causes(events)[0] == "unscaled"
    assert events[0].data.position.offset == 1


def test_the_python_interface_takes_both_halves():
    judged = model(bare(temp=STANDARD), values="both")
    watching = Detector(DetectorSettings(group="tests", models={MODEL: judged}))
    raw = normal(100, 1)

    events = watching.update(
        MODEL, {"temp": raw}, times=EPOCH + np.arange(100.0), scaled={"temp": raw}
    )

    assert causes(events)[0] == "unscaled"


def test_scaled_halves_are_refused_where_only_one_value_is_watched():
    watching = detector(model(bare(temp=STANDARD)))

    with pytest.raises(ValueError, match="does not watch pairs"):
        watching.update(MODEL, {"temp": np.zeros(3)}, scaled={"temp": np.zeros(3)})
