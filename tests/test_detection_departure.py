"""The departure test: e-values that are valid, quiet within tolerance, prompt beyond it."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detector.detection import FeatureSettings, Tolerance
from detector.detection.batch import FloatArray
from detector.detection.bins import INVALID
from detector.detection.departure import table_of
from detector.detection.departure.alternatives import MAX_COLUMN_LAWS, alternatives
from detector.detection.departure.numeraire import LIMIT, e_values
from detector.detection.departure.scaler_only import ASSUMED_COUNT, OUTSIDE_ROWS
from detector.detection.departure.table import MAX_BINS, Table
from detector.detection.departure.training_bins import training_bins
from detector.detection.faults import Column
from detector.detection.view import view_of
from detector.scaler import (
    FeatureScaler,
    IdentityParameters,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    RobustParameters,
    Scaler,
    StandardParameters,
)
from tests.streams import (
    IDENTITY,
    STANDARD,
    fitted,
    kinds,
    model,
    normal,
    rng,
    run,
    statuses,
    stream,
)

TOLERANCE = Tolerance(shift=0.1, scale=1.1)
SETTINGS = FeatureSettings(tolerance=TOLERANCE)
EPS = 1e-9  # of a mean that is a sum of a few products


def column(own: FeatureScaler, values: str = "raw", others: Scaler | None = None) -> Column:
    view = view_of("x", own, values)  # type: ignore[arg-type]  # raw or scaled
    views = {"x": view}
    if others is not None:
        views |= {name: view_of(name, o, values) for name, o in others.features.items()}  # type: ignore[arg-type]
    return Column(view=view, views=views)


def table(parameters: Parameters, before: str | None = None, values: str = "raw") -> Table:
    own = FeatureScaler(parameters=parameters, before=before)  # type: ignore[arg-type]
    return table_of(column(own, values), SETTINGS)


def e_of(own: Table, values) -> FloatArray:
    """The e-values of raw *values*, shape (n, j), by the definition of the bins."""
    return np.exp(own.log_e[np.searchsorted(own.edges, np.asarray(values, float))])


def means(own: Table, values, chances) -> FloatArray:
    """E[e] of each alternative under a law with a few *values*."""
    return np.asarray(chances) @ e_of(own, values)


shares = st.floats(0.001, 0.999)
places = st.floats(-1, 1).map(lambda u: 12 * u**3) | st.sampled_from([-0.1, 0.1, 0.0, -1.1, 1.1])


# ------------------------------------------------------------------ without a reference


@given(
    points=st.tuples(places, places, places),
    chances=st.tuples(shares, shares, shares),
    shift=st.floats(-1, 1) | st.sampled_from([-1.0, 1.0]),
    scale=st.floats(0.01, 1) | st.just(1.0),
)
@settings(max_examples=150, deadline=None)
def test_no_law_within_tolerance_of_a_standard_scaler_has_a_mean_above_one(
    points, chances, shift, scale
):
    """Any three-point law, moved and stretched to a mean and a deviation within tolerance:
    all that the null class asks.
    """
    p = np.array(chances) / sum(chances)
    z = np.array(points)
    assume(np.ptp(z) > 1e-3)
    centred = z - p @ z
    deviation = math.sqrt(p @ centred**2)
    z = centred / deviation * scale * TOLERANCE.scale + shift * TOLERANCE.shift
    own = table(STANDARD)

    assert means(own, STANDARD.mean + STANDARD.scale * z, p).max() <= 1 + EPS


@given(far=st.floats(1.2, 1000), sign=st.sampled_from([-1.0, 1.0]))
@settings(max_examples=100, deadline=None)
def test_a_rare_far_value_does_not_fool_the_test_of_a_standard_scaler(far, sign):
    """The two-point laws that are hardest for moments: as much mass as the variance allows, all
    of it on one side.
    """
    tau, r = TOLERANCE.shift, TOLERANCE.scale
    p = r**2 / (r**2 + (far - tau) ** 2)
    near = tau - (far - tau) * p / (1 - p)
    own = table(STANDARD)

    z = sign * np.array([near, far])

    assert means(own, STANDARD.mean + STANDARD.scale * z, [1 - p, p]).max() <= 1 + EPS


@given(
    outer=st.tuples(st.floats(0.5, 50), st.floats(0.5, 50)),
    inner=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5)),
    width=st.floats(0.0, 1.0),
    shift=st.floats(-1, 1) | st.sampled_from([-1.0, 1.0]),
    scale=st.floats(-1, 1) | st.sampled_from([-1.0, 1.0]),
)
@settings(max_examples=150, deadline=None)
def test_no_law_within_tolerance_of_a_robust_scaler_has_a_mean_above_one(
    outer, inner, width, shift, scale
):
    """A quarter of the mass in each of four places around a median of 0 and quartiles at u - 1
    and u: then median and quartiles move within tolerance. Ties stand exactly at the limits.
    """
    low, high = width - 1, width
    z = np.array([low - outer[0], max(low, -inner[0]), min(high, inner[1]), high + outer[1]])
    moved = TOLERANCE.shift * shift + TOLERANCE.scale**scale * z
    parameters = RobustParameters(center=0.0, scale=1.0)

    assert means(table(parameters), moved, np.full(4, 0.25)).max() <= 1 + EPS


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_values_exactly_at_the_limit_of_a_robust_scaler_are_within_tolerance(sign):
    """P(x > c + tau s) <= 1/2 is about what lies beyond: a quarter lies on the limit and half
    beyond it, so that the median has moved by tau and no further.
    """
    own = table(RobustParameters(center=0.0, scale=1.0))
    values = sign * np.array([-0.6, TOLERANCE.shift, np.nextafter(TOLERANCE.shift, 1)])

    mean = means(own, values, [0.25, 0.25, 0.5])

    assert mean.max() == pytest.approx(1.0, abs=EPS)


def test_a_wide_tolerance_leaves_nothing_to_ask_of_the_middle_of_a_robust_scaler():
    """With a shift of 0.5 and a scale of 1.5 any law may have all of its mass near the median."""
    own = column(FeatureScaler(parameters=RobustParameters(center=0.0, scale=1.0)))
    wide = table_of(own, FeatureSettings(tolerance=Tolerance(shift=0.5, scale=1.5)))

    assert len(wide.weights) < len(table(RobustParameters(center=0.0, scale=1.0)).weights)
    assert means(wide, [0.0], [1.0]).max() <= 1 + EPS


@pytest.mark.parametrize(
    ("parameters", "half"),
    [
        (MinMaxParameters(data_min=0.0, data_max=1.0), 0.5),
        (MaxAbsParameters(max_abs=1.0), 1.0),
    ],
)
def test_values_on_the_widened_limit_of_a_range_are_in_the_range(parameters, half):
    centre = parameters.centre
    limit = half * TOLERANCE.scale + TOLERANCE.shift
    own = table(parameters)

    inside = e_of(own, centre + np.array([-limit, limit]) * (1 - 1e-12))
    beyond = e_of(own, centre + np.array([-limit, limit]) * (1 + 1e-9))

    p0 = OUTSIDE_ROWS / ASSUMED_COUNT
    assert (inside < 1).all()
    assert (beyond > 1).all()
    assert (p0 * beyond + (1 - p0) * inside).max() <= 1 + EPS


@pytest.mark.parametrize("before", ["log", "log1p", "sqrt"])
@pytest.mark.parametrize(
    "parameters",
    [
        StandardParameters(mean=1.0, scale=0.5),
        RobustParameters(center=1.0, scale=0.5),
        MinMaxParameters(data_min=0.2, data_max=2.0),
    ],
)
def test_a_feature_with_before_is_judged_by_its_transformed_value(before, parameters):
    """The e-value of x is the one that the transformed value has without ``before``; where that
    is not defined, the value is as low as can be.
    """
    undo = {"log": np.exp, "log1p": np.expm1, "sqrt": np.square}[before]
    bare, own = table(parameters), table(parameters, before)
    z = rng(1).uniform(0.01, 4, 400)

    assert np.allclose(e_of(own, undo(z)), e_of(bare, z))
    lowest = e_of(bare, [-1e9])[0]
    undefined = [-2.0] if before == "log1p" else [-1e-300, -1.0]
    for value in undefined:
        if before != "sqrt":
            assert np.allclose(e_of(own, [value])[0], lowest)


@pytest.mark.parametrize("before", ["log", "log1p", "sqrt"])
def test_zeros_and_negatives_before_a_logarithm_have_valid_e_values(before):
    """A thousandth of zeros moves a mean of logarithms without end; at the share that the
    variance allows the mean of each e-value stays at one at most.
    """
    own = table(StandardParameters(mean=1.0, scale=0.5), before)
    undo = {"log": np.exp, "log1p": np.expm1, "sqrt": np.square}[before]
    ordinary = undo(1.0)

    zeros = means(own, [-1.0, 0.0, ordinary], [1e-7, 1e-7, 1 - 2e-7])

    assert np.isfinite(own.log_e).all()
    assert zeros.max() <= 1 + EPS


def test_nothing_is_tested_where_nothing_is_known():
    own = table(IDENTITY)

    assert own.n_bins == 1
    assert len(own.weights) == 0


@pytest.mark.parametrize(
    ("parameters", "obeyed"),
    [
        (STANDARD, StandardParameters(mean=0.0, scale=1.0)),
        (RobustParameters(center=3.0, scale=7.0), RobustParameters(center=0.0, scale=1.0)),
        (MaxAbsParameters(max_abs=9.0), MaxAbsParameters(max_abs=1.0)),
        (
            MinMaxParameters(data_min=5.0, data_max=9.0, feature_range=(-1.0, 1.0)),
            MinMaxParameters(data_min=-1.0, data_max=1.0),
        ),
    ],
)
def test_a_scaled_topic_is_judged_by_what_its_values_obey(parameters, obeyed):
    """Scaled values of any standard scaler are those of mean 0 and scale 1, and so on."""
    scaled, own = table(parameters, values="scaled"), table(obeyed)

    assert np.array_equal(scaled.edges, own.edges)
    assert np.array_equal(scaled.log_e, own.log_e)


# ------------------------------------------------------------------ reverse information projection


def random_problem(seed: int, k: int = 12, i: int = 9, j: int = 15):
    draw = rng(seed, 31)
    base = draw.dirichlet(np.ones(k))
    null = np.array([0.7 * base + 0.3 * draw.dirichlet(np.ones(k)) for _ in range(i)])
    return null, draw.dirichlet(np.ones(k) / 2, j) * 0.99 + 0.01 / k


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rows", [50.0, 1000.0, 1e9])
def test_e_values_have_mean_one_at_most_under_every_law_within_tolerance(seed, rows):
    null, laws = random_problem(seed)

    e = e_values(null, laws, rows)

    assert (e @ null.T).max() <= 1.0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rows", [50.0, 1000.0])
def test_e_values_stay_valid_within_the_sampling_error_of_training(seed, rows):
    """The law of the widened class that is worst for each e: p (1 + l (e - E e)), as far as
    LIMIT standard errors go and no probability falls below zero.
    """
    null, laws = random_problem(seed)

    e = e_values(null, laws, rows)

    for one in e:
        for p in null:
            mean = p @ one
            deviation = math.sqrt(max(p @ one**2 - mean**2, 0.0))
            lift = min(LIMIT / math.sqrt(rows) / max(deviation, 1e-300), 1 / mean)
            tilted = p * (1 + lift * (one - mean))
            assert tilted.min() >= -1e-12
            assert tilted.sum() == pytest.approx(1.0)
            assert tilted @ one <= 1.0


def test_against_one_law_known_exactly_the_e_value_is_the_likelihood_ratio():
    """Reverse information projection on a single law is that law; less a slack of 0.2 %."""
    p, q = np.array([0.5, 0.3, 0.2]), np.array([[0.2, 0.3, 0.5]])

    assert e_values(p[None], q, 1e18)[0] == pytest.approx(q[0] / p, rel=0.004)


def test_e_values_grow_as_fast_as_the_nearest_law_allows():
    """KL(q, p*) over a fine grid of mixtures of two null laws: the second method."""
    null = np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])
    q = np.array([0.1, 0.2, 0.7])
    mixtures = (
        np.linspace(0, 1, 2001)[:, None] * null[0] + np.linspace(1, 0, 2001)[:, None] * (null[1])
    )
    best = float((q * np.log(q / mixtures)).sum(axis=1).min())

    growth = float(q @ np.log(e_values(null, q[None], 1e18)[0]))

    assert growth == pytest.approx(best, abs=0.01)


# ------------------------------------------------------------------ with a reference


def crowded(n: int = 200) -> FloatArray:
    """Two hundred rows with ties, atoms, a constant half and one far value."""
    draw = rng(17)
    values = np.concatenate([np.zeros(n // 2), draw.integers(1, 6, n // 2 - 1), [1e6]])
    return draw.permutation(values.astype(float))


TRAINING = {
    "normal": normal(200, 1),
    "ties": np.round(normal(200, 2) / 5) * 5,
    "crowded": crowded(),
    "two": rng(5).integers(0, 2, 200).astype(float),
    "nearly constant": np.where(np.arange(200) == 7, 1.0, 0.0),
    "heavy": rng(6).standard_t(1.5, 200),
    "huge": normal(200, 3) * 1e70,
    "tiny": normal(200, 3) * 1e-70,
}


@pytest.mark.parametrize("name", TRAINING)
@pytest.mark.parametrize("values", ["raw", "scaled"])
def test_any_200_rows_make_a_table_that_holds_its_promise(name, values):
    """Two hundred training rows with ties, atoms, one value that is almost all: finite e-values
    with a mean of one at most under the rows themselves, and every bin within a byte.
    """
    own = fitted({"x": TRAINING[name]}).features["x"]
    made = table_of(column(own, values), SETTINGS)
    rows = TRAINING[name] if values == "raw" else own.transform(TRAINING[name])

    assert made.n_bins <= MAX_BINS
    assert (np.diff(made.edges) > 0).all()
    assert np.isfinite(made.log_e).all()
    assert np.isfinite(made.scores).all()
    assert made.log_back is not None
    assert np.isfinite(made.log_back).all()
    assert len(made.weights) == len(made.kinds) == made.log_e.shape[1] > 0
    assert made.weights.sum() == pytest.approx(1.0)
    assert e_of(made, rows).mean(axis=0).max() <= 1.0


@cache
def normal_table() -> Table:
    """The table of 4,000 normal training rows."""
    return table_of(column(fitted({"x": normal(4000, 1)}).features["x"]), SETTINGS)


@pytest.mark.parametrize("shift", [-0.1, 0.0, 0.1])
@pytest.mark.parametrize("scale", [1 / 1.1, 1.0, 1.1])
def test_every_location_scale_image_within_tolerance_has_mean_one_at_most(shift, scale):
    """Corners and middle of the tolerance, under fresh values of the true law rather than under
    the training rows: within four standard errors of 100,000 values.
    """
    made = normal_table()
    live = 50 + 10 * (shift + scale * rng(8).normal(size=100_000))

    e = e_of(made, live)

    error = e.std(axis=0) / math.sqrt(len(live))
    assert ((e.mean(axis=0) - 1) <= 4 * error).all()


def test_a_return_refutes_training_never_and_every_law_outside_on_average():
    """Log p/q has a positive mean under training: under it each R grows, whatever q."""
    made = normal_table()
    assert made.log_back is not None

    codes = np.searchsorted(made.edges, normal(20_000, 9))

    assert made.log_back[codes].mean(axis=0).min() > 0


def test_other_columns_laws_are_spread_out_and_few():
    """Fifty other columns add MAX_COLUMN_LAWS alternatives, not fifty."""
    others = fitted({f"c{i}": normal(500, i, mean=10.0 * i, std=1.0 + i) for i in range(50)})
    own = fitted({"x": normal(500, 99)}).features["x"]
    alone = column(own)
    among = column(own, others=others)
    law = alone.view.law
    assert law is not None
    bins = training_bins(alone.view, law)

    few, many = (alternatives(bins, c)[0] for c in (alone, among))

    assert len(few) < len(many) <= len(few) + MAX_COLUMN_LAWS
    assert np.allclose(many.sum(axis=1), 1.0)
    assert many.min() > 0


def test_columns_without_a_reference_add_no_test():
    others = Scaler(
        name="m",
        version="1",
        kind="standard",
        features={"bare": FeatureScaler(parameters=IdentityParameters())},
    )
    own = fitted({"x": normal(500, 99)}).features["x"]

    alone, among = (table_of(c, SETTINGS) for c in (column(own), column(own, others=others)))

    assert len(alone.weights) == len(among.weights)


# ------------------------------------------------------------------ quiet and prompt

LAWS: dict[str, Callable[[int, int], FloatArray]] = {
    "normal": lambda n, seed: rng(seed, 41).normal(50, 10, n),
    "lognormal": lambda n, seed: rng(seed, 42).lognormal(1, 1, n),
    "t3": lambda n, seed: rng(seed, 43).standard_t(3, n),
    "uniform": lambda n, seed: rng(seed, 44).uniform(0, 1, n),
    "poisson": lambda n, seed: rng(seed, 45).poisson(3, n).astype(float),
    "rare": lambda n, seed: (rng(seed, 46).random(n) < 0.05).astype(float),
    "bimodal": lambda n, seed: (
        np.where(rng(seed, 47).random(n) < 0.4, -3.0, 3.0) + rng(seed, 48).normal(size=n)
    ),
}
LONG = 60_000  # records, of seven features: 420,000 values at one false alarm in a million records


def test_a_long_stationary_stream_is_quiet():
    """Seven laws, one budget of 1 in 1,000,000 records: 60,000 records have a false alarm with a
    chance of 6 % at most (that is what the theorem bounds), and the bound is far from sharp.
    """
    scaler = fitted({name: law(4000, 1) for name, law in LAWS.items()})

    events = run(model(scaler), stream({name: law(LONG, 2) for name, law in LAWS.items()}))

    assert events == []


@pytest.mark.parametrize(("shift", "scale"), [(0.1, 1.0), (-0.1, 1.1), (0.0, 1 / 1.1)])
def test_a_stream_at_the_edge_of_tolerance_is_nobodys_business(shift, scale):
    """Moved by a tenth of a training scale or stretched by a tenth, for 30,000 records."""
    names = ["normal", "lognormal", "t3", "uniform", "bimodal"]
    training = {name: LAWS[name](4000, 1) for name in names}
    live = {}
    for name, rows in training.items():
        x = LAWS[name](LONG // 2, 3)
        live[name] = rows.mean() + shift * rows.std() + scale * (x - rows.mean())

    assert run(model(fitted(training)), stream(live)) == []


def test_scaler_only_tests_are_quiet_on_heavy_tails():
    """Mean and deviation of a lognormal and a t(3) law, quartiles of a Cauchy one, taken from
    their formulas: nothing for 60,000 records.
    """
    parameters: dict[str, Parameters] = {
        "lognormal": StandardParameters(
            mean=math.exp(1.5), scale=math.exp(1.5) * math.sqrt(math.e - 1)
        ),
        "t3": StandardParameters(mean=0.0, scale=math.sqrt(3)),
        "cauchy": RobustParameters(center=0.0, scale=2.0),
        "uniform": MinMaxParameters(data_min=0.0, data_max=1.0),
    }
    features = {name: FeatureScaler(parameters=p) for name, p in parameters.items()}
    scaler = Scaler(name="m", version="1", kind="standard", features=features)
    live = {name: LAWS[name](LONG, 5) for name in ("lognormal", "t3", "uniform")}
    live["cauchy"] = rng(5).standard_cauchy(LONG)

    events = run(model(scaler), stream(live))

    assert [e for e in events if kinds(e) != ["change"]] == []


@pytest.mark.parametrize(("shift", "start"), [(0.5, 3000), (1.0, 3000), (3.0, 3000), (1.0, 0)])
def test_a_known_shift_is_found_in_about_the_time_that_information_allows(shift, start):
    """ln(A) / KL records are needed by any test with a mean time of A between false alarms
    (Lorden), KL = (shift - tolerance)^2 / 2 to the nearest normal law within tolerance. Mixing
    over 150 alternatives costs ln(1/weight), about 5 nats; binning and the sampling error of
    4,000 rows some of the rate: twice the bound, and six records that a start costs.
    """
    scaler = fitted({"x": normal(4000, 1)})
    # Against the law of all tolerated shifts and stretches the nearest is (tau, r) away.
    r = TOLERANCE.scale
    gap = shift - TOLERANCE.shift
    kl = min(gap**2 / 2, math.log(r) + (1 + gap**2) / (2 * r**2) - 0.5)
    bound = math.log(1e6) / kl
    delays = []
    for seed in range(5):
        live = normal(start + 2000, seed + 10)
        live[start:] += 10 * shift
        first = run(model(scaler), stream({"x": live}))[0]
        assert first.data.status == "opened"
        delays.append(first.data.position.offset - start + 1)

    assert np.mean(delays) <= 2 * bound + 6
    assert np.mean(delays) >= 0.3 * bound


def test_a_scaler_alone_finds_a_shift_of_one_scale():
    """By mean and deviation only. Catoni's e-value at rate l grows at a mean of
    phi(l z) - log(1 + l tau + l^2 V / 2) a record: the best of the rates, and eight alternatives.
    """
    scaler = Scaler(
        name="m",
        version="1",
        kind="standard",
        features={"x": FeatureScaler(parameters=STANDARD)},
    )
    made = table(STANDARD)
    live = normal(4000, 3, mean=60.0)
    codes = np.searchsorted(made.edges, live)
    rate = float(made.log_e[codes].mean(axis=0).max())

    first = run(model(scaler), stream({"x": live}))[0]

    assert first.data.position.offset <= 2 * (math.log(1e6) + math.log(12)) / rate
    assert statuses([first]) == ["opened"]


def test_the_table_and_the_kernel_speak_of_the_same_bins():
    """MISSING and INVALID stay free for what is no value."""
    assert MAX_BINS <= INVALID
