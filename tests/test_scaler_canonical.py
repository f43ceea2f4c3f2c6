"""RFC 8785 JSON, held to the vectors of the RFC."""

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.scaler.canonical import Json, canonical


@pytest.mark.parametrize(
    ("bits", "text"),
    [  # RFC 8785, appendix B
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_ecmascript_does(bits, text):
    [value] = struct.unpack(">d", bytes.fromhex(bits))

    assert canonical(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_number_reads_back_exactly(value):
    assert float(canonical(value)) == value


def test_keys_are_sorted_by_utf16_code_units():
    """RFC 8785, 3.2.3: an emoji sorts before a ligature whose code point is smaller."""
    keys = ["€", "\r", "\ufb33", "1", "😀", "\u0080", "ö"]

    written = canonical(dict.fromkeys(keys, 0))

    assert list(json.loads(written)) == ["\r", "1", "\u0080", "ö", "€", "😀", "\ufb33"]


def test_text_is_escaped_no_more_than_json_needs():
    """RFC 8785, 3.2.2.2."""
    text = '€$\x0f\nA\'B"\\\\"/'

    assert canonical(text) == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'


def test_values_of_every_kind_stand_without_blanks():
    value: Json = {"b": [1, 2.5, None], "a": {"x": True, "y": "z"}}

    assert canonical(value) == '{"a":{"x":true,"y":"z"},"b":[1,2.5,null]}'


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_json_does_not_know_is_refused(value):
    with pytest.raises(ValueError, match="JSON has no"):
        canonical(value)
