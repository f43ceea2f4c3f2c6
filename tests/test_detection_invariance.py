"""Invariant 1: a verdict is a function of the records, never of how they were fetched."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from detector.detection import FeatureSettings, ModelSettings, Tolerance
from detector.detection.batch import FloatArray
from detector.detection.window import BLOCK, LOOK_BACK
from detector.scaler import FeatureScaler, Scaler, StandardParameters
from tests.streams import (
    EPOCH,
    IDENTITY,
    MAXABS,
    MINMAX,
    ROBUST,
    STANDARD,
    Stream,
    bare,
    fitted,
    kinds,
    model,
    normal,
    rng,
    run,
    statuses,
    stream,
    together,
    written,
)

LONGEST = 6000  # records; the window of 8,192 rows with its 2,048 kept moves down on the way
ROWS = 3000  # of training


def slow(n: int, seed: int) -> FloatArray:
    """A first-order autoregression with coefficient 0.7."""
    noise = rng(seed, 2).normal(size=n)
    for i in range(1, n):
        noise[i] += 0.7 * noise[i - 1]
    return noise


LAWS: dict[str, Callable[[int, int], FloatArray]] = {
    "plain": normal,
    "median": normal,
    "range": lambda n, seed: rng(seed, 3).uniform(0, 100, n),
    "peak": lambda n, seed: rng(seed, 4).uniform(-100, 100, n),
    "free": lambda n, seed: rng(seed, 5).normal(size=n),
    "logged": lambda n, seed: np.expm1(rng(seed, 6).normal(3, 0.5, n)),
    "known": lambda n, seed: rng(seed, 7).gamma(2, 10, n),
    "count": lambda n, seed: rng(seed, 8).poisson(3, n).astype(float),
    "price": lambda n, seed: np.round(rng(seed, 9).gamma(3, 5, n), 2),
    "slow": slow,
    "muted": lambda n, seed: rng(seed, 10).normal(0, 1, n),
}
REFERENCES = ("known", "count", "price", "slow", "muted")


def scaler() -> Scaler:
    logged = FeatureScaler(parameters=StandardParameters(mean=3.0, scale=0.5), before="log1p")
    return together(
        bare(plain=STANDARD, median=ROBUST, range=MINMAX, peak=MAXABS, free=IDENTITY),
        Scaler(name="", version="", kind="standard", features={"logged": logged}),
        fitted(
            {name: LAWS[name](ROWS, 99) for name in REFERENCES},
            feature_kinds={"count": "minmax", "price": "robust"},
        ),
    )


SCALER = scaler()


def mixed_model(values: str, false_alarm_every: int) -> ModelSettings:
    """Every kind of feature in one model, with every setting that a feature has."""
    return model(
        SCALER,
        {
            "muted": FeatureSettings(mute_until=EPOCH + 2000),
            "plain": FeatureSettings(tolerance=Tolerance(shift=0.02, scale=1.02)),
            "price": FeatureSettings(accept_decimals=0),
        },
        values=values,
        false_alarm_every=false_alarm_every,
        silence_after_s=60.0,
        stop_above=0.2,
    )


@dataclass(frozen=True)
class Incident:
    """Something happens to the values of some features for a while."""

    features: tuple[str, ...]
    start: int
    length: int
    what: str

    def happen(self, columns: dict[str, FloatArray], seed: int) -> None:
        for name in self.features:
            part = columns[name][self.start : self.start + self.length]
            part[:] = INCIDENTS[self.what](part, rng(seed, self.start))


INCIDENTS: dict[str, Callable[[FloatArray, np.random.Generator], FloatArray]] = {
    "creep": lambda x, _: x + 0.15 * np.std(x),
    "shift": lambda x, _: x + np.std(x),
    "stretch": lambda x, _: np.mean(x) + 2 * (x - np.mean(x)),
    "unit": lambda x, _: x * 100,
    "sign": lambda x, _: -x,
    "rounded": lambda x, _: np.round(x),
    "decimals": lambda x, _: x / 3,
    "stuck": lambda x, _: np.full_like(x, x[0] if len(x) else 0.0),
    "missing": lambda x, _: np.full_like(x, np.nan),
    "half missing": lambda x, r: np.where(r.random(len(x)) < 0.5, np.nan, x),
    "invalid": lambda x, r: np.where(r.random(len(x)) < 0.5, np.inf, -np.inf),
    "huge": lambda x, r: np.where(r.random(len(x)) < 0.5, 1e308, -1e308),
    "tiny": lambda x, _: x * 1e-300,
}


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """Sound records with incidents, dead letters, silences and changes of the partition."""
    n = draw(st.integers(1, 40) | st.integers(1000, LONGEST), label="records")
    seed = draw(st.integers(0, 999), label="seed")
    scaled = draw(st.booleans(), label="scaled")
    places = st.integers(0, n - 1)
    lengths = st.sampled_from([1, 20, 300, 1500, LONGEST])
    columns = {name: law(n, seed) for name, law in LAWS.items()}
    if scaled:
        columns = {name: SCALER.features[name].transform(v) for name, v in columns.items()}
    incidents = st.builds(
        Incident,
        st.lists(st.sampled_from(list(LAWS)), min_size=1, max_size=4, unique=True).map(tuple),
        places,
        lengths,
        st.sampled_from(sorted(INCIDENTS)),
    )
    for incident in draw(st.lists(incidents, min_size=1, max_size=6), label="incidents"):
        with np.errstate(all="ignore"):
            incident.happen(columns, seed)
    with np.errstate(all="ignore"):
        halves = {name: SCALER.features[name].transform(v) for name, v in columns.items()}
        for incident in draw(st.lists(incidents, max_size=3), label="incidents after scaling"):
            incident.happen(halves, seed)
    gaps = np.ones(n)
    gaps[draw(st.lists(places, max_size=3), label="silences")] = 61.0
    gaps[draw(st.lists(places, max_size=2), label="steps back")] = -30.0
    rejected = np.array(draw(st.lists(places, max_size=3), label="dead letters"), np.int64)
    if draw(st.booleans(), label="garbage"):
        first = draw(places)
        rejected = np.union1d(rejected, np.arange(first, min(first + 400, n)))
    turns = draw(st.lists(places, max_size=2), label="turns")
    times = EPOCH + np.cumsum(gaps)
    return stream(columns, scaled=halves, times=times, rejected=rejected, turns=turns)


CUTS = st.one_of(
    st.sampled_from([5, 97, BLOCK - 1, BLOCK, BLOCK + 1, LOOK_BACK]).map(
        lambda size: range(size, LONGEST, size)
    ),
    st.lists(st.integers(1, LONGEST), max_size=40),
    st.integers(1, LONGEST).map(lambda first: range(first, first + 80)),
)


@given(
    records=streams(),
    cuts=CUTS,
    values=st.sampled_from(["raw", "scaled", "both"]),
    false_alarm_every=st.sampled_from([100, 1_000_000]),
)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would run for minutes
    suppress_health_check=list(HealthCheck),
)
def test_any_split_of_the_same_records_gives_the_same_bytes(
    records, cuts, values, false_alarm_every
):
    judged = mixed_model(values, false_alarm_every)

    whole, split = run(judged, records), run(judged, records, cuts)

    assert written(split) == written(whole)


@pytest.mark.parametrize("size", [501, 1000, 2047])
def test_a_change_that_adwin_finds_has_the_same_onset_in_any_split(size):
    """ADWIN keeps up to 4,096 values, more than the window does; how many rows the window still
    holds at that moment is a matter of the split. The onset is looked for in the last records.
    """
    free = rng(0).normal(size=10_000)
    free[8000:] += 0.3
    settled = Tolerance(shift=0.005, scale=1.2)
    judged = model(
        bare(free=StandardParameters(mean=0.0, scale=1.0)),
        {"free": FeatureSettings(tolerance=settled)},
        false_alarm_every=10**15,  # so that ADWIN is the first to speak
    )
    records = stream({"free": free})

    whole, split = run(judged, records), run(judged, records, range(size, 10_000, size))

    assert kinds(whole[0]) == ["change"]
    assert whole[0].data.since.offset == pytest.approx(8000, abs=300)
    assert written(split) == written(whole)


@pytest.mark.parametrize("size", [1, 7, BLOCK - 1, BLOCK + 1])
def test_pairs_that_disagree_while_raw_values_come_and_go_are_the_same_in_any_split(size):
    """A canary begins inside an episode of the raw values and outlasts it; another has its own."""
    known = {name: LAWS[name](6000, 5) for name in ("known", "count")}
    trained = fitted({name: LAWS[name](ROWS, 99) for name in known})
    known["known"][700:1000] += 4 * np.std(known["known"])
    scaled = {name: trained.features[name].transform(v) for name, v in known.items()}
    scaled["known"][950:2500:10] = -scaled["known"][950:2500:10]
    scaled["count"][2100:2200] = known["count"][2100:2200]
    records = stream(known, scaled=scaled, rejected=[950, 2102])
    judged = model(trained, values="both")
    cuts = range(size, 6000, size) if size > 1 else [*range(690, 1100), *range(2090, 3400)]

    whole, split = run(judged, records), run(judged, records, cuts)

    assert statuses(whole, "known")[-1] == statuses(whole, "count")[-1] == "resolved"
    assert any(len(kinds(event)) > 1 and "parity" in kinds(event) for event in whole)
    assert written(split) == written(whole)


@pytest.mark.parametrize("size", [1, 7, BLOCK - 1, BLOCK + 1])
def test_an_episode_that_opens_updates_and_resolves_is_the_same_in_any_split(size):
    """Three features move at one record and come back, with a dead letter at the turn."""
    columns = {name: LAWS[name](2600, 5) for name in ("known", "count", "slow")}
    for values in columns.values():
        values[700:1000] += 4 * np.std(values)
    records = stream(columns, rejected=[699, 700, 2000])
    judged = model(fitted({name: LAWS[name](ROWS, 99) for name in columns}))
    cuts = range(size, 2600, size) if size > 1 else range(690, 1600)

    whole, split = run(judged, records), run(judged, records, cuts)

    assert {"opened", "updated", "resolved"} <= set(statuses(whole))
    assert any(event.data.group for event in whole)
    assert written(split) == written(whole)
