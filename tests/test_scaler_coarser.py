"""How often training values do with fewer digits: measured from rows, written and read again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import ConfigError
from detector.scaler import Coarser, Scaler
from detector.scaler.coarser import measure_coarser, stands_on
from detector.scaler.diff import differences
from detector.scaler.profile import measure_reference
from tests.streams import fitted, rng

N = 4000
TENTHS = np.round(rng(1).normal(20.0, 4.0, N), 1)


def coarser_of(scaler, name):
    reference = scaler.features[name].reference
    assert reference is not None
    return reference.coarser


def by_digits(values, decimals):
    return {one.digits: one for one in measure_coarser(np.asarray(values, float), decimals)}


@given(st.lists(st.integers(-300, 300), min_size=25, max_size=200))
def test_the_share_is_counted_among_values_that_differ_from_the_last_and_from_zero(tenths):
    """A second method: integers, value by value. The zeros have no digits that could be missed."""
    found = by_digits(np.array(tenths) / 10, 1)

    asked = [x for before, x in zip([None, *tenths], tenths, strict=False) if x not in (before, 0)]
    nonzero = [x for x in tenths if x]
    if 0 not in found:
        few = len(asked) < 20 or np.std(tenths) < 10
        assert few or max(_share(asked), _share(nonzero)) > 0.5
        return
    assert found[0].count == len(asked)
    assert found[0].share == pytest.approx(max(_share(asked), _share(nonzero)))
    runs = "".join("x" if x % 10 == 0 else " " for x in asked).split()
    assert found[0].longest_run == max(map(len, runs), default=0)


def _share(tenths):
    return float(np.mean([x % 10 == 0 for x in tenths]))


def test_one_value_in_ten_with_one_decimal_is_whole():
    found = by_digits(TENTHS, 1)

    assert found[0].share == pytest.approx(0.1, abs=3 * np.sqrt(0.09 / N))
    assert list(found) == [0]  # ten is more than the deviation


def test_a_float_that_went_through_32_bits_has_the_digits_it_had():
    single = TENTHS.astype(np.float32).astype(float)

    assert by_digits(single, None)[0] == by_digits(TENTHS, 1)[0]
    assert 1 not in by_digits(single, None)


def test_whole_numbers_stand_on_tens_and_hundreds():
    found = by_digits(rng(2).integers(0, 5000, N), 0)

    assert [found[d].share for d in (-1, -2, -3)] == pytest.approx([0.1, 0.01, 0.001], abs=0.01)


def test_of_floats_of_full_width_the_finest_lattices_that_tell_are_kept():
    """A value of 100 in 32 bits is known to a hundredth of a thousandth."""
    found = measure_coarser(rng(3).normal(50.0, 10.0, N), None)

    assert [one.digits for one in found] == [3, 2, 1, 0]
    assert max(one.share for one in found) < 0.05


@pytest.mark.parametrize(
    "values",
    [
        np.round(rng(4).normal(20.0, 4.0, N)) + (rng(5).random(N) < 0.2) / 2,  # mostly whole
        np.where(rng(6).random(N) < 0.996, 0.0, TENTHS),  # hardly a value but zero
        np.round(rng(7).normal(20.0, 0.3, N), 1),  # within half a unit
    ],
)
def test_a_lattice_that_tells_little_is_left_out(values):
    assert by_digits(values, 1) == {}


def test_a_plateau_counts_once():
    """Every second value of 200 changes is whole; half of all rows are one long rest at 20."""
    moving = np.tile([20.0, 21.5, 19.0, 18.3], 50)
    values = np.concatenate((moving, np.full(200, 20.0), moving[1:]))

    found = by_digits(values, 1)

    assert 0 not in found  # of all rows three in four are whole: too many to tell


def test_large_values_keep_no_digits_to_look_at():
    assert not stands_on(np.array([1e6 + 1 / 3]), 0)
    assert all(one.digits < 1 for one in measure_coarser(rng(8).normal(1e6, 1e5, N), None))


def test_the_file_says_what_was_measured(tmp_path):
    scaler = fitted({"x": TENTHS, "y": np.round(TENTHS)})
    path = tmp_path / "scaler.yaml"

    scaler.save(path)
    again = Scaler.load(path)

    for name, own in scaler.features.items():
        assert again.features[name].reference == own.reference
    assert measure_reference(TENTHS).coarser == coarser_of(scaler, "x")
    assert coarser_of(again, "y") == ()  # measured, and nothing to tell
    assert differences(scaler, again) == []


BASE = """
schema: scaler/v1
name: fares
version: "1"
kind: standard
features:
  x:
    mean: 1.0
    scale: 2.0
    reference:
      count: 100
      quantiles: [0.0, 1.0]
"""


def load(tmp_path, line):
    path = tmp_path / "scaler.yaml"
    path.write_text(BASE + f"      {line}\n")
    return coarser_of(Scaler.load(path), "x")


def test_an_older_file_says_nothing_of_it(tmp_path):
    assert load(tmp_path, "decimals: 1") is None
    assert load(tmp_path, "coarser: null") is None


def test_lattices_may_stand_in_any_order(tmp_path):
    lines = (
        "coarser: [{digits: -1, count: 90, share: 0.01, longest_run: 0},"
        " {digits: 0, count: 90, share: 0.1, longest_run: 2}]"
    )

    found = load(tmp_path, lines)

    assert found[0] == Coarser(digits=0, count=90, share=0.1, longest_run=2)
    assert [one.digits for one in found] == [0, -1]


ONE = "{digits: 0, count: 9, share: 0.1, longest_run: 0}"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("coarser: 3", "a list of lattices"),
        ("coarser: [3]", "a mapping of digits"),
        ("coarser: [{digits: 0, count: 0, share: 0.1, longest_run: 0}]", "a whole number from 1"),
        ("coarser: [{digits: 0, count: 9, share: 1.1, longest_run: 0}]", "a share from 0 to 1"),
        ("coarser: [{digits: 99, count: 9, share: 0.1, longest_run: 0}]", "from -3 to 15"),
        ("coarser: [{digits: 0, count: 9, share: 0.1}]", "longest_run"),
        ("coarser: [{digits: 0, count: 9, share: 0.1, longest_run: 0, run: 1}]", "run"),
        (f"coarser: [{ONE}, {ONE}]", "each number of digits once"),
    ],
)
def test_what_is_wrong_with_a_lattice_is_said(tmp_path, lines, expected):
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, lines)

    assert expected in str(caught.value)


def test_two_files_are_told_apart_by_their_shares():
    halves = TENTHS.copy()
    halves[::3] = np.round(halves[::3])

    lines = differences(fitted({"x": TENTHS}), fitted({"x": halves}))

    (line,) = [one for one in lines if "reference.coarser" in one]
    assert "with 0 digits" in line
    assert " became " in line
