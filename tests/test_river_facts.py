"""What we rely on in River 0.26.1, so that an upgrade speaks to us in one place."""

import math
import random
from importlib.metadata import version
from itertools import accumulate

import numpy as np
import pytest
from river import drift, stats
from river._river_rust.drift import AdaptiveWindowing


def window(*, clock: int = 4, delta: float = 0.002) -> AdaptiveWindowing:
    """The Rust window, with the arguments that detection/change.py gives."""
    return AdaptiveWindowing(
        delta=delta, clock=clock, max_buckets=5, min_window_length=5, grace_period=10
    )


def detections(values, **arguments):
    """Indices at which the public wrapper reports a detection, and the wrapper."""
    adwin = drift.ADWIN(**arguments)
    found = []
    for i, value in enumerate(values):
        adwin.update(value)
        if adwin.drift_detected:
            found.append(i)
    return found, adwin


def step(n: int = 1000, *, by: float = 1.0, seed: int = 1) -> list[float]:
    """Normal values whose mean moves by *by* after n of 2n records."""
    source = random.Random(seed)
    return [source.gauss(by * (i >= n), 1.0) for i in range(2 * n)]


def test_the_release_is_the_one_these_facts_were_read_from():
    assert version("river") == "0.26.1"


# ------------------------------------------------------------------ Var: moments that add


def test_var_with_ddof_0_divides_by_n():
    """The variance of 1..5 is 2, as scikit-learn's scaler has it; River's default divides by 4."""
    ours, default = stats.Var(ddof=0), stats.Var()
    for value in range(1, 6):
        ours.update(value)
        default.update(value)

    assert ours.get() == 2.0
    assert default.get() == 2.5


def test_var_says_zero_after_one_value_where_nothing_is_known():
    """Which is why `Evidence` answers None before there is a value, never zero."""
    default = stats.Var()
    default.update(7.0)

    assert default.get() == 0.0
    assert stats.Var(ddof=0).get() == 0.0


@pytest.mark.parametrize("mean", [0.0, 30.0, 1e6])
def test_update_many_equals_the_batch_formula_whatever_the_split(mean):
    """To the digits that a mean square less a squared mean leaves: it loses mean^2 / variance of
    them, five of sixteen for a mean of 1,000 standard deviations.
    """
    values = np.random.default_rng(1).normal(mean, 3.0, 5000)
    lost = max((mean / 3.0) ** 2, 1.0) * 10 * np.finfo(float).eps
    whole, split = stats.Var(ddof=0), stats.Var(ddof=0)

    whole.update_many(values)
    for part in np.array_split(values, 37):
        split.update_many(part)

    for var in (whole, split):
        assert var.mean.n == 5000
        assert var.mean.get() == pytest.approx(values.mean(), rel=1e-14, abs=1e-15)
        assert var.get() == pytest.approx(values.var(), rel=max(lost, 1e-12))


def test_the_last_digits_of_update_many_depend_on_the_split():
    """Why figures of an event come from the window: a split must not change a byte of it."""
    values = np.random.default_rng(2).normal(1e6, 3.0, 5000)
    whole, split = stats.Var(ddof=0), stats.Var(ddof=0)
    whole.update_many(values)
    for part in np.array_split(values, 37):
        split.update_many(part)

    assert (whole.mean.get(), whole.get()) != (split.mean.get(), split.get())


def test_the_sum_of_two_vars_is_the_var_of_both_streams():
    one, other = np.random.default_rng(3).normal(5, 2, (2, 700))
    first, second = stats.Var(ddof=0), stats.Var(ddof=0)
    first.update_many(one)
    second.update_many(other)

    both = first + second

    together = np.concatenate([one, other])
    assert both.ddof == 0
    assert both.mean.n == 1400
    assert both.mean.get() == pytest.approx(together.mean(), rel=1e-13)
    assert both.get() == pytest.approx(together.var(), rel=1e-12)


# ------------------------------------------------------------------ ADWIN


def test_adwin_looks_only_every_clock_values():
    """The wrapper's default clock is 32: it detects at multiples only."""
    found, _ = detections(step(by=3.0))
    at_once, _ = detections(step(by=3.0), clock=1)

    assert found
    assert all((i + 1) % 32 == 0 for i in found)
    assert at_once[0] < found[0]


def test_one_nan_blinds_adwin_for_good():
    """A step of 49 that is found is never found again after one NaN: none may reach it."""
    values = [1.0] * 201 + [50.0] * 2000
    assert detections(values)[0]

    values[100] = math.nan

    assert detections(values)[0] == []


def test_adwin_is_not_free_of_scale():
    """Half a standard deviation is found in unit scale and never at a thousandth of it: hence
    scores.
    """
    values = step(2000, by=0.5)

    assert detections(values)[0]
    assert detections([value / 1000 for value in values])[0] == []


def test_a_return_to_normal_is_a_detection_too():
    found, _ = detections([0.0] * 1000 + [1.0] * 1000 + [0.0] * 1000)

    assert len(found) == 2


def test_the_wrapper_forgets_the_window_that_adwin_kept():
    """After a detection the next update starts from nothing, and the count of detections with
    it: hence the Rust window itself.
    """
    found, adwin = detections([0.0] * 500 + [10.0] * 12)
    assert found
    assert adwin.width > 1

    adwin.update(10.0)

    assert adwin.width == 1
    assert adwin.n_detections == 0


def test_the_rust_window_keeps_what_it_has_after_a_detection():
    values = [0.0] * 500 + [10.0] * 500
    own = window()
    widths = []
    for value in values:
        before = own.get_width()
        if own.update(value):
            assert own.get_width() < before + 1
        else:
            assert own.get_width() == before + 1
        widths.append(own.get_width())

    assert own.get_n_detections() > 0
    assert 490 <= own.get_width() <= 510  # the segment after the step, and little more
    assert own.get_total() / own.get_width() == pytest.approx(10.0, rel=0.02)


def test_the_total_of_the_window_is_the_sum_in_the_order_of_the_values():
    """`change.py` goes on adding from `get_total` and must land on River's own digits."""
    values = np.random.default_rng(5).normal(size=700).tolist()
    own = window(delta=1e-12)  # no detection on the way

    for value, total in zip(values, accumulate(values), strict=True):
        assert not own.update(value)
        assert own.get_total() == total


def test_the_variance_of_adwin_is_a_sum_of_squares_and_its_window_has_another():
    """Documented as the sample variance: 1..5 gives 10, the sum of squared deviations."""
    _, adwin = detections([1.0, 2.0, 3.0, 4.0, 5.0])

    assert adwin.variance == 10.0


@pytest.mark.parametrize("cut", [1, 150, 1003, 1050])
def test_a_window_restored_from_its_bytes_continues_bit_for_bit(cut):
    values = step(by=1.0)
    one = window()
    for value in values[:cut]:
        one.update(value)
    other = window()

    other.__setstate__(one.__getstate__())

    for value in values[cut:]:
        assert one.update(value) == other.update(value)
        assert one.get_total() == other.get_total()
        assert one.get_width() == other.get_width()
    assert one.__getstate__() == other.__getstate__()
    assert len(one.__getstate__()) < 4096


def test_adwin_is_quiet_on_stationary_scores():
    """No detection in 5 x 20,000 standard normal values at the wrapper's defaults."""
    for seed in range(100, 105):
        source = random.Random(seed)

        assert detections(source.gauss(0, 1) for _ in range(20_000))[0] == []


def test_the_names_of_river_drift_are_not_all_there():
    """``__all__`` names a class that is not imported: never star-import it."""
    assert [name for name in drift.__all__ if not hasattr(drift, name)]
