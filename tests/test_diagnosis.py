"""The cause of a departure, named from a stream: on columns with decimals and without."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from detector.scaler import FeatureScaler, Scaler, StandardParameters
from tests.streams import MODEL, diagnosed, fitted, model, rng, run, stream

N, START = 2600, 1000


def table(n, seed):
    """A price with two decimals, a temperature with one, a continuous duration."""
    return {
        "price": np.round(rng(seed, 1).lognormal(3.0, 0.8, n), 2),
        "temp": np.round(rng(seed, 2).normal(12.0, 8.0, n), 1),
        "duration": rng(seed, 3).gamma(3.0, 140.0, n),
    }


TRAINING = fitted(table(3000, 1))
MEAN = {name: float(np.mean(x)) for name, x in table(3000, 1).items()}
SCALE = {name: float(np.std(x)) for name, x in table(3000, 1).items()}
OLDER = Scaler(
    name=MODEL,
    version="0",
    kind="standard",
    features={
        name: FeatureScaler(
            parameters=StandardParameters(mean=MEAN[name] * 0.7, scale=SCALE[name] * 0.8)
        )
        for name in MEAN
    },
)


def scaled(name, x):
    return (x - MEAN[name]) / SCALE[name]


def remembering(time):
    """TRAINING, whose rows were as many rows each to autocorrelation."""
    features = {}
    for name, own in TRAINING.features.items():
        assert own.reference is not None
        reference = replace(own.reference, autocorrelation_time=time)
        features[name] = replace(own, reference=reference)
    return replace(TRAINING, features=features)


def last_event(name, fault, *, values="raw", seed=7, training=TRAINING):
    """The last event of the first episode of *name*; *fault* changes the columns from START on."""
    columns = table(N, seed)
    if values == "scaled":
        columns = {n: scaled(n, x) for n, x in columns.items()}
    late = {n: x[START:] for n, x in columns.items()}
    late.update(fault({n: x.copy() for n, x in late.items()}))
    columns = {n: np.concatenate((x[:START], late[n])) for n, x in columns.items()}
    events = run(model(training, values=values, versions=(OLDER,)), stream(columns))
    about = [e for e in events if e.data.feature == name and e.data.status != "resolved"]
    assert about, f"{name} never departed"
    assert about[0].data.position.offset >= START
    return [e for e in about if e.data.alert == about[0].data.alert][-1].data


def only(name, change):
    return lambda late: {name: change(late[name])}


def raw(name, z):
    return z * SCALE[name] + MEAN[name]


NAMES = ("price", "temp", "duration")
RAW = {
    ("unit", "x3.6e6"): lambda _, x: x * 3.6e6,
    ("log_extra", "log2"): lambda _, x: np.log2(np.abs(x)),
    ("double_scaling", "maxabs"): lambda n, x: x / np.abs(table(3000, 1)[n]).max(),
    ("unit", "x1000"): lambda _, x: x * 1000,
    ("unit", "/100"): lambda _, x: x / 100,
    ("unit", "mile_km"): lambda _, x: x * 1.609344,
    ("log_extra", "sqrt"): lambda _, x: np.sqrt(np.abs(x)),
    ("double_scaling", "already_scaled"): scaled,
}
SCALED = {
    ("unscaled", None): raw,
    ("double_scaling", None): lambda n, z: (z - MEAN[n]) / SCALE[n],
    ("inverse_scaling", None): lambda n, z: raw(n, raw(n, z)),
    ("scaler_version", "0"): lambda n, z: (raw(n, z) - 0.7 * MEAN[n]) / (0.8 * SCALE[n]),
    ("scaler_kind", "centre_only"): lambda n, z: z * SCALE[n],
}
CASES: list[tuple[str, str, tuple[str, str | None], object]] = [
    ("raw", n, c, f) for n in NAMES for c, f in RAW.items()
]
CASES += [("scaled", n, c, f) for n in NAMES for c, f in SCALED.items()]
CASES = [c for c in CASES if not (c[2][0] == "log_extra" and c[1] == "temp")]  # it was negative
CASES = [c for c in CASES if c[1:3] != ("duration", ("double_scaling", "maxabs"))]  # min is near 0


@pytest.mark.parametrize(
    ("values", "name", "cause", "change"), CASES, ids=[f"{n}-{c[0]}-{c[1]}" for _, n, c, _ in CASES]
)
def test_maps_are_named_with_their_variant_and_confidence(values, name, cause, change):
    found = last_event(name, only(name, lambda x: change(name, x)), values=values).diagnosis

    assert (found.cause, found.variant) == cause
    assert found.confidence >= 0.9
    assert name in found.explanation
    assert found.fix


@pytest.mark.parametrize(("constant", "share"), [(0.0, 0.3), (-999.0, 0.1)])
@pytest.mark.parametrize("name", NAMES)
def test_imputed_constants_are_named_with_value_and_share(name, constant, share):
    hit = rng(5).random(N - START) < share
    found = last_event(name, only(name, lambda x: np.where(hit, constant, x))).diagnosis

    assert found.cause == "imputed_constant"
    assert found.transform.constant == constant
    assert found.transform.share == pytest.approx(share, abs=0.1)  # an event says it again past 0.1


@pytest.mark.parametrize("name", NAMES)
def test_clipping_is_named_with_its_bounds(name):
    low, high = MEAN[name] - 0.6 * SCALE[name], MEAN[name] + SCALE[name]
    found = last_event(name, only(name, lambda x: np.clip(x, low, high))).diagnosis

    assert found.cause == "clipping"
    assert found.transform.upper == pytest.approx(high)


@pytest.mark.parametrize("name", NAMES)
def test_the_median_stands_for_missing_values(name):
    """An ordinary value of training, which half of it exceeds: what imputers choose."""
    middle = float(np.median(table(3000, 1)[name]))
    hit = rng(5).random(N - START) < 0.3
    found = last_event(name, only(name, lambda x: np.where(hit, middle, x))).diagnosis

    assert (found.cause, found.transform.constant) == ("imputed_constant", middle)


@pytest.mark.parametrize("time", [1.02, 1.9])
@pytest.mark.parametrize("name", NAMES)
def test_the_median_is_no_chance_of_rows_that_remember_a_little(name, time):
    middle = float(np.median(table(3000, 1)[name]))
    hit = rng(5).random(N - START) < 0.2
    found = last_event(
        name, only(name, lambda x: np.where(hit, middle, x)), training=remembering(time)
    ).diagnosis

    assert (found.cause, found.transform.constant) == ("imputed_constant", middle)


@pytest.mark.parametrize("time", [1.0, 1.02, 1.9])
@pytest.mark.parametrize("name", ["price", "temp"])
def test_a_scaler_that_no_file_has_is_told_by_the_grid_of_its_values(name, time):
    """Fitted anew on other rows; the decimals of raw values show as another step."""
    centre, scale = 0.93 * MEAN[name] + 0.4, 1.17 * SCALE[name]
    found = last_event(
        name,
        only(name, lambda z: (raw(name, z) - centre) / scale),
        values="scaled",
        training=remembering(time),
    ).diagnosis

    assert (found.cause, found.variant) == ("scaler_version", "unknown")
    assert found.confidence >= 0.9
    assert found.transform.scale == pytest.approx(scale)
    assert found.transform.mean == pytest.approx(centre, abs=0.3 * SCALE[name])  # of few records
    steps = (found.transform.mean - centre) / {"price": 0.01, "temp": 0.1}[name]
    assert steps == pytest.approx(round(steps), abs=1e-3)


def test_the_centre_of_an_unknown_scaler_is_no_news_each_time_it_is_estimated_anew():
    columns = {n: scaled(n, x) for n, x in table(6000, 7).items()}
    raws = raw("price", columns["price"][START:])
    columns["price"][START:] = (raws - 0.98 * MEAN["price"]) / (1.1 * SCALE["price"])

    events = run(model(TRAINING, values="scaled"), stream(columns))

    found = [diagnosed(e) for e in events if e.data.feature == "price"]
    named = [(one.cause, one.variant) for one in found]
    first = named.index(("scaler_version", "unknown"))
    assert named[first:] == [("scaler_version", "unknown")] * len(named[first:])
    means = [m for one in found[first:] if one.transform and (m := one.transform.mean) is not None]
    assert all(abs(b - a) > 0.1 * SCALE["price"] for a, b in pairwise(means))
    assert "whose centre is an estimate" in found[-1].explanation


@pytest.mark.parametrize("factor", [1.37, 0.83])
def test_a_factor_before_or_after_the_scaler_is_no_other_version(factor):
    """The scaler's own parameters still explain the rest."""
    before = last_event(
        "temp", only("temp", lambda z: scaled("temp", factor * raw("temp", z))), values="scaled"
    ).diagnosis
    after = last_event("temp", only("temp", lambda z: factor * z), values="scaled").diagnosis

    assert before.cause == after.cause == "gain"
    assert before.transform.gain == pytest.approx(factor)
    assert after.transform.gain == pytest.approx(factor)


def test_a_constant_near_the_end_of_the_range_is_imputed_and_no_bound():
    """A fifth of the values at -1.1 scales, where training has hardly one below: no bound takes
    so many.
    """
    hit = rng(5).random(N - START) < 0.2
    found = last_event(
        "price", only("price", lambda z: np.where(hit, -1.1, z)), values="scaled"
    ).diagnosis

    assert (found.cause, found.transform.constant) == ("imputed_constant", -1.1)


@pytest.mark.parametrize("name", NAMES)
def test_the_median_and_the_interquartile_range_are_another_kind_of_scaler(name):
    """sklearn.preprocessing.RobustScaler, fitted on the training rows that the file thins out."""
    low, middle, high = np.percentile(table(3000, 1)[name], [25, 50, 75])
    found = last_event(
        name, only(name, lambda z: (raw(name, z) - middle) / (high - low)), values="scaled"
    ).diagnosis

    assert found.cause == "scaler_kind"
    assert found.variant == "robust"


def test_whole_multiples_of_an_unknown_factor_are_a_gain():
    """Times 13: every value still has two decimals, but only every thirteenth of them occurs."""
    found = last_event("price", only("price", lambda x: np.round(x * 13, 2))).diagnosis

    assert found.cause == "gain"
    assert found.transform.gain == pytest.approx(13.0)


def test_a_swap_is_named_on_both_columns():
    def swap(late):
        return {"price": late["temp"], "temp": late["price"]}

    assert last_event("price", swap).diagnosis.cause == "column_swap"
    assert last_event("temp", swap).diagnosis.transform.feature == "price"


def test_the_other_columns_scaler_is_named():
    """Scaled with the parameters of temp, as a wrong order of columns does."""
    found = last_event(
        "price", only("price", lambda z: scaled("temp", raw("price", z))), values="scaled"
    ).diagnosis

    assert (found.cause, found.transform.feature) == ("column_scaler", "temp")


def test_a_constant_added_to_a_column_with_decimals_is_an_offset():
    """6.28318 keeps one common fraction of the training step in every value."""
    found = last_event("temp", only("temp", lambda x: x + 6.28318)).diagnosis

    assert found.cause == "offset"
    assert found.transform.offset == pytest.approx(6.28318, rel=0.3)  # told again past 0.3 of it


def test_a_factor_of_no_known_unit_is_a_gain():
    found = last_event("temp", only("temp", lambda x: x * 1.37)).diagnosis

    assert found.cause == "gain"
    assert found.transform.gain == pytest.approx(1.37, rel=0.05)


def test_digits_lost_are_named():
    """Ratios about 1 with three decimals, cast to integers on their way."""
    ratios = np.round(rng(4).lognormal(0.0, 0.8, 3000), 3)
    live = np.round(rng(5).lognormal(0.0, 0.8, N), 3)
    live[START:] = np.trunc(live[START:])
    found = run(model(fitted({"ratio": ratios})), stream({"ratio": live}))[-1].data.diagnosis

    assert found is not None
    assert (found.cause, found.variant) == ("precision", "integer_cast")
    assert found.transform is not None
    assert found.transform.decimals == 0


def test_a_natural_move_is_a_shift_with_its_size():
    """A warmer season with the same decimals is nobody's fault."""
    found = last_event("temp", only("temp", lambda x: np.round(x + 6.0, 1))).diagnosis

    assert found.cause == "distribution_shift"
    assert found.transform.shift == pytest.approx(6.0 / SCALE["temp"], abs=0.15)


def test_another_form_altogether_is_no_fault():
    """Half at one place, half at another: no map of training gives it."""
    two = rng(8).choice([200.0, 900.0], N - START) + rng(9).normal(0, 15.0, N - START)

    assert (
        last_event("duration", only("duration", lambda _: two)).diagnosis.cause
        == "distribution_shift"
    )


def test_a_symmetric_law_negated_is_not_claimed_with_confidence():
    """A law that is its own mirror image, without decimals: the map changes nothing to see."""
    events = run(
        model(fitted({"x": rng(1).normal(0, 1, 3000)})),
        stream({"x": np.concatenate((rng(2).normal(0, 1, 1000), -rng(3).normal(0, 1, 1500)))}),
    )

    assert not events


def test_confidence_grows_and_the_alternatives_shrink():
    """x1000 and x1024 differ by 2.4 %: a few values of a continuous law leave both."""
    columns = table(N, 11)
    columns["duration"][START:] *= 1000
    events = run(model(TRAINING, versions=(OLDER,)), stream(columns))
    found = [e.data.diagnosis for e in events if e.data.feature == "duration"]

    first, last = found[0], found[-1]
    assert first is not None
    assert last is not None
    assert first.confidence <= last.confidence
    assert (last.cause, last.variant) == ("unit", "x1000")


def test_a_named_fault_is_critical_whatever_its_size():
    data = last_event("temp", only("temp", lambda x: x * 1.02))

    assert data.severity == "critical"


@pytest.mark.parametrize("name", NAMES)
def test_a_tenth_of_the_records_is_enough_to_name_the_fault_and_the_share(name):
    """One instance of ten sends thousandfold values; the others are sound."""
    hit = rng(6).random(N - START) < 0.1
    found = last_event(name, only(name, lambda x: np.where(hit, x * 1000, x))).diagnosis

    assert (found.cause, found.variant) == ("unit", "x1000")
    assert found.transform.share == pytest.approx(0.1, abs=0.2)  # a tenth or three
    assert "of the records" in found.explanation


def test_a_bound_is_named_where_values_before_it_were_still_free():
    """The cut sets in 40 records late, so that free values may belong to the sample."""
    high = MEAN["duration"] + 0.5 * SCALE["duration"]
    found = last_event(
        "duration", only("duration", lambda x: np.append(x[:40], np.minimum(x[40:], high)))
    ).diagnosis

    assert (found.cause, found.variant) == ("clipping", "upper")
    assert found.transform.upper == pytest.approx(high)


@pytest.mark.parametrize("seed", range(4))
def test_degrees_that_are_converted_and_rounded_are_named_where_the_file_says_so(seed):
    """Rounded to the decimals that training has, they stand on training's grid again: only the law
    and the unit of the file speak.
    """
    scaler = fitted({"x": np.round(rng(seed, 1).normal(60, 15, 3000), 1)})
    told = replace(scaler, features={"x": replace(scaler.features["x"], unit="degF")})
    live = np.round(rng(seed, 2).normal(60, 15, 1100), 1)
    live[300:] = np.round((live[300:] - 32) / 1.8, 1)

    last = run(model(told), stream({"x": live}))[-1].data.diagnosis

    assert last is not None
    assert (last.cause, last.variant) == ("unit", "degF_degC")
