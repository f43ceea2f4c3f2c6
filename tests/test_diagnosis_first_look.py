"""A first look at few bins: what it leaves out would not have counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from detector.detection.diagnosis import laws
from detector.detection.diagnosis.hypothesis import HOPELESS
from detector.detection.diagnosis.lattice import lattice_of
from detector.detection.diagnosis.sample import Sample
from detector.detection.diagnosis.scoring import FewBins, misfits, saturated
from detector.detection.diagnosis.suspects import suspects
from detector.detection.faults import Affine, Column
from detector.detection.view import view_of
from tests.streams import fitted, rng

CLOSE = 30.0  # nats behind the best within which an explanation may matter
DOUBT = 0.03

samples = st.lists(st.floats(-9, 9), min_size=3, max_size=60).map(np.sort)


@given(live=samples, law=samples)
def test_few_bins_hold_each_law_once(live, law):
    bins = FewBins.of(live)

    shares = bins.shares([law, live])

    assert_allclose(shares.sum(axis=1), 1.0)
    assert (shares >= 0).all()
    assert_allclose(shares[1], bins.seen, atol=1e-12)


@given(live=samples, law=samples)
def test_the_live_values_are_their_own_best_law(live, law):
    bins = FewBins.of(live)

    own, other = bins.misfits(bins.shares([live, law])).tolist()

    assert own == pytest.approx(0, abs=1e-12)
    assert other >= -1e-12


@given(live=samples, apart=st.floats(20, 1e6))
def test_no_law_is_doubted_more_than_one_that_lies_elsewhere(live, apart):
    bins = FewBins.of(live)

    misfit = float(bins.misfits(bins.shares([live + apart]))[0])

    assert misfit <= -np.log(DOUBT) + 1e-9


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(4, 300), more=st.floats(0.1, 10))
def test_few_bins_hardly_say_more_than_all(seed, n, more):
    """In nats: a law that looks hopeless there is out of the question in all."""
    r = rng(seed, 5)
    live = np.sort(r.lognormal(1, 1, n))
    candidates = [np.sort(gain * r.lognormal(1, 1, 500)) for gain in (1.0, more, -more)]
    bins = FewBins.of(live)

    few = saturated(bins.misfits(bins.shares(candidates)), n)

    assert (few <= saturated(misfits(live, candidates, live[:1]), n) + HOPELESS / 3).all()


RAW = {
    "prices": np.round(rng(1).lognormal(3, 0.8, 4000), 2),
    "degrees": np.round(rng(2).normal(12, 8, 4000), 1),
    "durations": rng(3).gamma(3, 140, 4000),
    "counts": rng(4).poisson(6, 4000).astype(float),
}
VIEWS = {name: view_of(name, fitted(RAW).features[name], "raw") for name in RAW}


def seen(values, before):
    return Sample(since=values, before=before, records=len(values), missing=0, invalid=0)


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize("n", [4, 20, 80, 250])
@pytest.mark.parametrize("share", [1.0, 0.2])
def test_what_is_left_out_would_not_have_counted(monkeypatch, name, n, share):
    """With all hypotheses and with the promising ones, the same explanations come near the best."""
    own = suspects(Column(view=VIEWS[name], views=VIEWS), lattice_of(VIEWS[name]))
    r = rng(n, 9)
    before, sound = r.choice(RAW[name], 256), r.choice(RAW[name], n)
    for gain, offset in ((1.8, 32.0), (1000.0, 0.0), (-1.0, 0.0), (1 / 60, 0.0), (1.0, 3.0)):
        faulty = r.random(n) < share
        values = np.where(faulty, Affine(gain, offset).forward(sound), sound)
        found = near(own, seen(values, before))
        with monkeypatch.context() as patch:
            patch.setattr(laws, "_promising", lambda every, *_: (every, -np.inf))
            every = near(own, seen(values, before), CLOSE / 2)

        assert every <= found


def near(own, sample, close=CLOSE):
    """Explanations that come near the best."""

    def theirs(name):
        r = rng(8, 8)
        return lambda: seen(
            r.choice(RAW[name], len(sample.since)), r.choice(RAW[name], 256)
        ), lattice_of(VIEWS[name])

    scored = laws.scores(own, sample, theirs)
    best = max(one.score for one in scored)
    return {(*one.key, one.share) for one in scored if one.score > best - close}
