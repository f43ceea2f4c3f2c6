"""Digits that were lost are named, with how many are left; digits that were never there are not."""

import numpy as np
import pytest

from tests.streams import diagnosed, fitted, model, rng, run, stream

N, START = 2400, 800
TRAINING = np.round(rng(1).lognormal(1.0, 0.5, 3000), 3)
LIVE = np.round(rng(2).lognormal(1.0, 0.5, N), 3)
SCALER = fitted({"x": TRAINING})


def cause(values, change):
    """The last diagnosis of the first episode; *change* hits the values of the topic from START."""
    live = LIVE if values == "raw" else SCALER.features["x"].transform(LIVE)
    live = np.concatenate((live[:START], change(live[START:])))
    events = run(model(SCALER, values=values), stream({"x": live}))
    return events[-1].data.diagnosis


@pytest.mark.parametrize(
    ("values", "variant"), [("raw", "integer_cast"), ("scaled", "integer_cast_after_scaling")]
)
def test_values_cast_to_integers_after_scaling_or_before_are_named(values, variant):
    found = cause(values, np.trunc)

    assert (found.cause, found.variant) == ("precision", variant)
    assert found.transform.decimals == 0


def test_scaled_values_with_one_digit_are_named_with_it():
    found = cause("scaled", lambda z: np.round(z, 1))

    assert (found.cause, found.variant) == ("precision", "rounded_after_scaling")
    assert found.transform.decimals == 1


@pytest.mark.parametrize(("bits", "kind"), [(16, np.float16), (32, np.float32)])
def test_values_that_went_through_a_shorter_float_are_named_by_its_bits(bits, kind):
    """A float16 keeps 11 binary digits, a float32 24: three decimals survive neither unmarked."""
    found = cause("scaled", lambda z: z.astype(kind).astype(np.float64))

    assert (found.cause, found.variant) == ("precision", f"float{bits}")


@pytest.mark.parametrize("factor", [1000, 100])
def test_a_unit_that_leaves_whole_numbers_is_no_loss_of_digits(factor):
    """Times 1,000 three decimals are whole numbers, but far beyond where rounding puts them."""
    found = cause("raw", lambda x: x * factor)

    assert (found.cause, found.variant) == ("unit", f"x{factor}")


@pytest.mark.parametrize(
    ("convert", "decimals", "variant"),
    [(lambda x: x * 1.609344, 2, "mile_km"), (lambda x: x + 273.15, 1, "degC_kelvin")],
)
def test_a_conversion_that_was_rounded_afterwards_is_named(convert, decimals, variant):
    """Behind the map the values miss the training decimals, by what rounding did to them."""
    scaler = fitted({"x": np.round(rng(1).gamma(4.0, 5.0, 4000) - 5, 1)})
    live = np.round(rng(2).gamma(4.0, 5.0, 1400) - 5, 1)
    live[400:] = np.round(convert(live[400:]), decimals)

    found = diagnosed(run(model(scaler), stream({"x": live}))[-1])

    assert (found.cause, found.variant) == ("unit", variant)
