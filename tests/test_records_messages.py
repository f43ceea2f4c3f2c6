"""JSON messages to columns, held against the standard library's parser, one message at a time."""

import json
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detector.records import RecordDecoder, TimeField
from detector.records.messages import BLOCK
from detector.records.screen import MAX_DEPTH

FEATURES = ["a", "b.c", "b", "d.e.f", "ä"]
FIELDS = {"ä": "g.h"}
MAX_BYTES = 4000
ABSENT, INVALID = object(), math.inf


class Pairs(list[Any]):
    """The members of an object as they stand, equal keys and all."""


def refuse(token):
    raise ValueError(token)


def lone_surrogate(value):
    if isinstance(value, str):
        return any("\ud800" <= char <= "\udfff" for char in value)
    return isinstance(value, list | tuple) and any(lone_surrogate(part) for part in value)


def depth(text):
    deepest = level = 0
    inside = escaped = False
    for char in text:
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        else:
            level += (char in "[{") - (char in "]}")
            deepest = max(deepest, level)
    return deepest


def find(message, path):
    for key in path:
        if not isinstance(message, Pairs):
            return ABSENT
        members = dict(message)
        if key not in members:
            return ABSENT
        message = members[key]
    return message


def resolve(message, field):
    literal = find(message, [field])
    return literal if literal is not ABSENT or "." not in field else find(message, field.split("."))


def invalid_kind(value):
    if isinstance(value, float):
        return "number"
    return {str: "text", bool: "boolean", Pairs: "object"}.get(type(value), "list")


class Refused(Exception):  # noqa: N818 - a verdict, not an error
    """The kind of what is wrong with a message."""


def parse(value):
    """The members of an object, or Refused."""
    if not value:
        raise Refused("empty")
    if len(value) > MAX_BYTES:
        raise Refused("size")
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("utf8") from None
    if depth(text) > MAX_DEPTH:
        raise Refused("depth")
    try:
        message = json.loads(text, parse_int=float, parse_constant=refuse, object_pairs_hook=Pairs)
    except ValueError:
        raise Refused("json") from None
    if lone_surrogate(message):  # RFC 8259 section 8.2: what it means is unpredictable
        raise Refused("json")
    if not isinstance(message, Pairs):
        raise Refused("object")
    return message


def reference(value):
    """What the contract says of one message: a word where it is none, else values and kinds."""
    if value is None:
        return "tombstone"
    try:
        message = parse(value)
    except Refused as refused:
        return str(refused)
    found = {name: resolve(message, FIELDS.get(name, name)) for name in FEATURES}
    if all(value is ABSENT for value in found.values()):
        return "features"
    kinds: Counter[tuple[str, str]] = Counter()
    for name, item in found.items():
        if item is ABSENT or item is None:
            found[name] = math.nan
        elif not isinstance(item, float) or math.isinf(item):
            kinds[name, invalid_kind(item)] += 1
            found[name] = INVALID
    return found, kinds


def decode(values):
    decoder = RecordDecoder(FEATURES, fields=FIELDS, max_bytes=MAX_BYTES)
    return decoder.decode(values, np.arange(len(values), dtype=float))


def assert_as_reference(values):
    decoded = decode(values)

    expected = [reference(value) for value in values]
    kept = [i for i, answer in enumerate(expected) if isinstance(answer, tuple)]
    assert decoded.kept.tolist() == kept
    assert decoded.tombstones == [i for i, a in enumerate(expected) if a == "tombstone"]
    rejected = {i: a for i, a in enumerate(expected) if isinstance(a, str) and a != "tombstone"}
    assert {i: error.kind for i, error in decoded.rejected} == rejected
    assert [i for i, _ in decoded.rejected] == sorted(rejected)
    for name in FEATURES:
        column = np.array([expected[i][0][name] for i in kept], np.float64)
        np.testing.assert_array_equal(decoded.columns[name], column)
        assert decoded.missing[name] == np.isnan(column).sum()
    assert decoded.invalid == sum((expected[i][1] for i in kept), Counter())
    np.testing.assert_array_equal(decoded.times, np.array(kept, float))


SCALARS = st.sampled_from(
    [
        *("1", "-0", "0.5", "-3e2", "1e999", "-1e400", "9" * 400, "9007199254740993", "1e-999"),
        *("0e500", "true", "false", "null", '"x"', '""', '"1.5"', '"ä"', "[]", "[1,{}]", "{}"),
        *("NaN", "-Infinity", "01", "1.", "tru", "'x'", '"\x01"'),
        *(r'"\ud800"', r'"\ud83d\ude00"', r'"\u00"'),
    ]
)
KEYS = st.sampled_from(
    ["a", "b", "c", "d", "e", "f", "g", "h", "b.c", "d.e.f", "g.h", "x", r"\u0061"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(st.tuples(KEYS, inner), max_size=4).map(
        lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
    ),
    max_leaves=12,
)
OBJECTS = st.lists(st.tuples(KEYS, VALUES), max_size=6).map(
    lambda pairs: "{" + ", ".join(f'"{key}" : {value}' for key, value in pairs) + "}"
)


@st.composite
def damaged(draw):
    """An object in which a few bytes were replaced, left out or put in."""
    data = bytearray(draw(OBJECTS).encode())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        data[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(data)


MESSAGES = st.one_of(
    OBJECTS.map(str.encode), damaged(), VALUES.map(str.encode), st.none(), st.binary(max_size=40)
)


@settings(max_examples=300, deadline=None)
@given(st.lists(MESSAGES, max_size=8))
def test_any_bytes_are_decoded_or_refused_as_the_standard_library_would(values):
    assert_as_reference(values)


@pytest.mark.parametrize(
    "value",
    [
        b'{"a":' + b"9" * 3900 + b"}",
        b'{"a":1,"x":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}",
        b'{"a":1,"x":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        b'{"a":1,"x":"' + b"[" * 900 + b'"}',
        b'{"a":1,"x":"' + b'\\"[' * 500 + b'"}',
        b"[" * 3000,
        b'{"a":' * 700,
        b'"' + b'\\"' * 1500,
        b'{"a":1}' + b" " * MAX_BYTES,
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":1}\n{"a":2}',
        b'{"a":1}\x00',
        b'{"x":"\xff","a":1}',
        b'{"x":"\xed\xa0\x80","a":1}',
        b' \t\r\n{"a" : 1 , "b" : { "c" : 2 } } ',
        b'{"a":"x","a":1}',
        b'{"a":1,"a":true}',
        b'{"b.c":null,"b":{"c":3}}',
        b'{"b":{"c":3}}',
        b'{"b":4,"b.c":3}',
        b'{"d":null,"a":1}',
        b'{"d":{"e":[]},"a":1}',
        b'{"d":{"e":{"f":"x"}}}',
        b"",
        b" ",
        b"null",
        b"3",
    ],
)
def test_edges(value):
    assert_as_reference([b'{"a":1}', value, b'{"a":2}'])


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=12))
@example([None, b"", b'{"a":1}'])
def test_one_by_one_equals_a_batch(values):
    """What becomes of a message depends on that message alone."""
    batch = decode(values)
    single = [decode([value]) for value in values]

    for name in FEATURES:
        apart = np.concatenate([one.columns[name] for one in single])
        np.testing.assert_array_equal(batch.columns[name], apart)
        assert apart.tobytes() == batch.columns[name].tobytes()
    assert batch.invalid == sum((one.invalid for one in single), Counter())
    assert batch.missing == sum((one.missing for one in single), Counter())
    assert [(error.kind, error.reason) for _, error in batch.rejected] == [
        (error.kind, error.reason) for one in single for _, error in one.rejected
    ]


def test_a_refusal_in_one_block_leaves_the_others_alone():
    """Batches are decoded in blocks; indices go through all of them."""
    values: list[bytes | None] = [b'{"a":%d}' % i for i in range(3 * BLOCK)]
    values[BLOCK + 3] = b"{"
    values[2 * BLOCK] = None

    decoded = decode(values)

    assert [index for index, _ in decoded.rejected] == [BLOCK + 3]
    assert decoded.tombstones == [2 * BLOCK]
    assert decoded.columns["a"].tolist() == decoded.kept.tolist()
    assert len(decoded) == 3 * BLOCK - 2


def test_two_features_may_stand_at_the_same_field():
    decoder = RecordDecoder(["x", "y"], fields={"y": "x"})

    decoded = decoder.decode([b'{"x":2}', b'{"x":"?"}'], np.zeros(2))

    assert decoded.columns["x"].tolist() == decoded.columns["y"].tolist() == [2.0, INVALID]
    assert decoded.invalid == {("x", "text"): 1, ("y", "text"): 1}


def test_an_empty_batch_has_empty_columns():
    decoded = decode([])

    assert {name: column.shape for name, column in decoded.columns.items()} == dict.fromkeys(
        FEATURES, (0,)
    )
    assert decoded.times.shape == decoded.kept.shape == (0,)


NOON = 1_764_072_000.0  # 2025-11-25T12:00:00Z, by `date -u -d @1764072000`


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("s", "1764072000"),
        ("s", "1764072000.0"),
        ("ms", "1764072000000"),
        ("us", "1764072000000000"),
        ("iso", '"2025-11-25T12:00:00Z"'),
        ("iso", '"2025-11-25T13:00:00+01:00"'),
        ("iso", '"2025-11-25 12:00:00"'),
        ("any", "1764072000"),
        ("any", '"2025-11-25T12:00:00Z"'),
    ],
)
def test_times_are_read_in_their_unit(unit, text):
    decoder = RecordDecoder(["a"], time=TimeField("ts", unit))
    value = b'{"a":1,"ts":%s}' % text.encode()

    decoded = decoder.decode([value], np.array([7.0]))
    slow = decoder.decode([value.replace(b"1,", b'"x",')], np.array([7.0]))

    assert decoded.times.tolist() == slow.times.tolist() == [NOON]
    assert decoded.bad_times == 0


@pytest.mark.parametrize("unit", ["s", "ms", "us", "iso"])
@pytest.mark.parametrize(
    "text",
    [b"null", b'"soon"', b"true", b"[]", b"1e999", b"1e300", b"-1e300", b'"2025-13-01"', b'""'],
)
def test_a_bad_time_gives_way_to_the_default_and_is_counted(unit, text):
    decoder = RecordDecoder(["a"], time=TimeField("ts", unit))

    values = [b'{"a":1}', b'{"a":1,"ts":%s}' % text, b'{"a":"x","ts":%s}' % text, b'{"a":"x"}']

    decoded = decoder.decode(values, np.arange(4.0))

    assert decoded.times.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert decoded.bad_times == 4


def test_a_time_may_stand_below_a_path_and_a_literal_key_wins():
    decoder = RecordDecoder(["a"], time=TimeField("meta.ts", "s"))
    values = [b'{"a":1,"meta":{"ts":5}}', b'{"a":1,"meta":{"ts":5},"meta.ts":6}']

    decoded = decoder.decode([*values, b'{"a":true,"meta":{"ts":5}}'], np.zeros(3))

    assert decoded.times.tolist() == [5.0, 6.0, 5.0]


def test_a_field_may_be_time_and_feature():
    decoder = RecordDecoder(["ts"], time=TimeField("ts", "s"))

    decoded = decoder.decode([b'{"ts":5}', b'{"ts":"x"}'], np.zeros(2))

    assert decoded.times.tolist() == [5.0, 0.0]
    assert decoded.columns["ts"].tolist() == [5.0, INVALID]


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**70), 2**70))
def test_numbers_are_the_nearest_float64(number, whole):
    """Python's own float() is the second method; msgspec has a parser of its own."""
    decoded = RecordDecoder(["a", "b"]).decode(
        [b'{"a":%s,"b":%d}' % (repr(number).encode(), whole)], np.zeros(1)
    )

    assert decoded.columns["a"][0] == number
    assert decoded.columns["b"][0] == float(whole)
