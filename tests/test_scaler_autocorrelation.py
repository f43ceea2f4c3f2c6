"""The autocorrelation time against independent rows and processes whose value is known."""

from statistics import NormalDist

import numpy as np
import pytest

from detector.scaler.autocorrelation import autocorrelation_time, normal_quantile, normal_scores


def autoregressive(coefficient, n, seed):
    noise = np.random.default_rng(seed).normal(size=n)
    values = np.zeros(n)
    for i in range(1, n):
        values[i] = coefficient * values[i - 1] + noise[i]
    return values


def test_normal_quantile_agrees_with_the_standard_library():
    probabilities = np.concatenate([np.geomspace(1e-12, 0.4, 200), np.linspace(0.4, 1 - 1e-9, 200)])
    exact = np.array([NormalDist().inv_cdf(p) for p in probabilities])

    np.testing.assert_allclose(normal_quantile(probabilities), exact, rtol=2e-9, atol=1e-12)


def test_ties_share_the_middle_of_their_ranks():
    """Ranks 1, 2.5, 2.5, 4 of 4."""
    expected = [NormalDist().inv_cdf((rank - 0.5) / 4) for rank in (4, 2.5, 1, 2.5)]

    scores = normal_scores(np.array([9.0, 5.0, 1.0, 5.0]))

    np.testing.assert_allclose(scores, expected, atol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_independent_rows_are_worth_one_row_each(seed):
    """At most the 1.54 seen on permuted real tables; most often exactly 1."""
    values = np.random.default_rng(seed).exponential(size=4000)

    assert autocorrelation_time(values) < 1.55


def test_autoregressive_rows_are_worth_what_the_formula_says():
    """(1 + r) / (1 - r) is 9 for r = 0.8.

    The largest of several estimates errs upward: the coarsest rest on 16 to 31 blocks, with a
    standard error of 22 to 31 %. The median of ten runs stays within two of them, and not below.
    """
    times = [autocorrelation_time(autoregressive(0.8, 20_000, seed)) for seed in range(10)]

    assert 0.9 * 9 < np.median(times) < 1.5 * 9


def test_dependence_of_the_magnitude_alone_counts():
    """Signs are independent, so values are uncorrelated; the volatility remembers."""
    rng = np.random.default_rng(3)
    volatility = np.exp(autoregressive(0.95, 20_000, 4) / 3)
    values = volatility * rng.normal(size=20_000)

    assert autocorrelation_time(values) > 3


def test_order_of_the_rows_is_what_matters():
    values = autoregressive(0.9, 4000, 5)

    assert autocorrelation_time(values) > 8
    assert autocorrelation_time(np.random.default_rng(6).permutation(values)) < 1.55


def test_too_few_rows_to_tell_count_as_independent():
    assert autocorrelation_time(np.array([1.0, 2.0, 3.0])) == 1.0
