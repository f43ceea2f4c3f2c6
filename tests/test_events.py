"""The event on the wire: valid against its schema, the same after a round trip, deterministic."""

import json
import math
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import inspect

from detector.errors import RecordError
from detector.events import (
    CONTENT_TYPE,
    Cause,
    DriftEvent,
    SignalKind,
    alert_id,
    decode,
    encode,
    event_id,
    event_schema,
    group_id,
    key,
    rfc3339,
    source,
    subject,
)
from tests.drift_events import event
from tests.streams import MODEL, TOPIC, detector, run
from tests.test_detection_invariance import mixed_model, streams

SCHEMA = event_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
finite = st.floats(allow_nan=False, allow_infinity=False)


def strategy(kind: type) -> st.SearchStrategy[Any]:
    """Any value of a struct of the event, its numbers finite, by the types of its fields."""
    fields = {f.encode_name: _of(inspect.type_info(f.type)) for f in msgspec.structs.fields(kind)}
    return st.builds(kind, **fields)


MAKERS: dict[type, Callable[[Any], st.SearchStrategy[Any]]] = {
    inspect.UnionType: lambda info: st.one_of([_of(one) for one in info.types]),
    inspect.StructType: lambda info: strategy(info.cls),
    inspect.VarTupleType: lambda info: st.lists(_of(info.item_type), max_size=3).map(tuple),
    inspect.DictType: lambda info: st.dictionaries(NAMES, _of(info.value_type), max_size=3),
    inspect.LiteralType: lambda info: st.sampled_from(info.values),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.FloatType: lambda _: finite,
    inspect.IntType: lambda _: st.integers(-(2**63), 2**63 - 1),
    inspect.NoneType: lambda _: st.none(),
    inspect.StrType: lambda _: NAMES,
}


def _of(info: inspect.Type) -> st.SearchStrategy[Any]:
    return MAKERS[type(info)](info)


def refuse_nan(text: str) -> None:
    raise AssertionError(f"{text} in an event")


def valid(data: bytes) -> dict[str, Any]:
    """The object in *data*, which is one line of strict JSON and obeys the schema."""
    assert b"\n" not in data
    found = json.loads(data, parse_constant=refuse_nan)
    VALIDATOR.validate(found)
    assert isinstance(found, dict)
    return found


# ------------------------------------------------------------------ schema


def test_the_schema_is_one_of_2020_12():
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:detector:drift-event:1"
    json.dumps(SCHEMA, allow_nan=False)


@given(records=streams(), values=st.sampled_from(["raw", "scaled"]))
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking would run for minutes
    suppress_health_check=list(HealthCheck),
)
def test_every_event_of_any_stream_obeys_the_schema_and_holds_no_nan(records, values):
    """With NaN, infinities, 1e308 and stuck stretches in the records."""
    engine = detector(mixed_model(values, 100))
    events = run(engine, records)
    events += engine.advance(0.0) + engine.advance(1e12)
    events += engine.offset_lost(MODEL, TOPIC, 0, 1, 2, 1e9)

    for one in events:
        found = valid(encode(one))
        assert found["subject"] == f"{MODEL}/{one.data.feature}"
        assert decode(encode(one)) == one


@given(strategy(DriftEvent))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_event_is_the_same_after_a_round_trip_and_obeys_the_schema(one):
    data = encode(one)

    assert decode(data) == one
    assert encode(decode(data)) == data
    valid(data)


@pytest.mark.parametrize(
    "path",
    [
        ("id",), ("source",), ("specversion",), ("type",), ("time",), ("data",),
        ("data", "live"), ("data", "diagnosis"), ("data", "group"), ("data", "cascade"),
        ("data", "position", "offset"), ("data", "since", "time"),
    ],
    ids=".".join,
)  # fmt: skip
def test_what_is_always_written_is_required(path):
    """Null where it does not apply, never absent."""
    found = json.loads(encode(event("temp", 3)))
    part = found
    for name in path[:-1]:
        part = part[name]
    assert path[-1] in part

    del part[path[-1]]

    assert not VALIDATOR.is_valid(found)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("data", "severity"), "fatal"),
        (("data", "status"), "closed"),
        (("type",), "detector.drift.closed"),
        (("specversion",), "0.3"),
        (("data", "sequence"), "0"),
    ],
)
def test_a_word_outside_the_vocabulary_is_refused_by_schema_and_decoder(path, wrong):
    found = json.loads(encode(event("temp", 3)))
    part = found
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = wrong

    assert not VALIDATOR.is_valid(found)
    with pytest.raises(RecordError):
        decode(json.dumps(found).encode())


def test_fields_that_we_do_not_know_are_ignored():
    """A later version adds fields; an older subscriber goes on."""
    one = event("temp", 3)
    found = json.loads(encode(one))
    found["traceparent"] = "00"
    found["data"]["mood"] = {"deep": 1}

    assert decode(json.dumps(found).encode()) == one
    assert VALIDATOR.is_valid(found)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"null", b"[]", b"{}", b"\xff\xfe", b'{"id": NaN}', b"[" * 100_000, b'"\xed\xa0"'],
)
def test_what_is_no_event_is_a_record_error(data):
    with pytest.raises(RecordError, match="not a drift event"):
        decode(data)


def test_the_vocabulary_is_the_contracts():
    """Twelve kinds of signal; twenty-two causes."""
    kinds = SCHEMA["$defs"]["Signal"]["properties"]["kind"]["enum"]
    causes = SCHEMA["$defs"]["Diagnosis"]["properties"]["cause"]["enum"]

    assert sorted(kinds) == sorted(SignalKind.__args__)  # type: ignore[attr-defined]
    assert sorted(causes) == sorted(Cause.__args__)  # type: ignore[attr-defined]
    assert len(kinds) == 12
    assert len(causes) == 22


# ------------------------------------------------------------------ key, source, ids


@given(NAMES, NAMES, NAMES, NAMES)
@settings(max_examples=200, deadline=None)
def test_two_features_have_one_key_only_if_they_are_the_same(model, feature, other, another):
    """Slashes and percent signs inside a name are encoded, so that one slash parts the two."""
    own = subject(model, feature)

    assert own.count("/") == 1
    assert (own == subject(other, another)) == ((model, feature) == (other, another))


def test_the_key_is_the_subject_in_utf_8():
    one = event("größe/100%", 1)

    assert key(one) == "flight-delay/größe%2F100%25".encode()
    assert key(one).decode() == subject("flight-delay", "größe/100%")


def test_the_source_is_a_uri_reference():
    """Everything beyond the unreserved characters of RFC 3986 is encoded."""
    assert source("team a/b", "eu%fares") == "/detector/team%20a%2Fb/eu%25fares"


def test_the_content_type_is_that_of_structured_cloudevents():
    assert CONTENT_TYPE == "application/cloudevents+json; charset=UTF-8"


def test_ids_are_version_5_uuids_and_a_function_of_what_they_name():
    name = {"group": "g", "model": "m", "feature": "f", "since": "0/7", "digest": "sha256:0"}
    alert = alert_id(**name)

    assert uuid.UUID(alert).version == 5
    assert alert == alert_id(**name)
    for field in name:
        assert alert_id(**{**name, field: "other"}) != alert
    assert event_id(alert, 0) != event_id(alert, 1)
    assert event_id(alert, 0) == event_id(alert, 0)
    assert group_id(group="g", model="m", since="0/7") != alert


def test_parts_of_a_name_do_not_run_into_each_other():
    one = alert_id(group="ab", model="c", feature="f", since="", digest="")
    other = alert_id(group="a", model="bc", feature="f", since="", digest="")

    assert one != other


# ------------------------------------------------------------------ time


@given(st.floats(0, 253_402_300_799.0))
@settings(max_examples=200, deadline=None)
def test_a_time_is_read_back_to_half_a_millisecond(seconds):
    text = rfc3339(seconds)

    read = datetime.fromisoformat(text)
    exact = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert (
        abs((read - exact).total_seconds()) <= 0.0005 + 0.00005
    )  # what float64 holds of year 9999
    assert text.endswith("Z")
    assert len(text) == len("1970-01-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (-1.5, "1969-12-31T23:59:58.500Z"),
        (1_764_000_000.12, "2025-11-24T16:00:00.120Z"),
        (951_782_400.0, "2000-02-29T00:00:00.000Z"),
        (0.9996, "1970-01-01T00:00:01.000Z"),
        (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800.0, "9999-12-31T23:59:59.999Z"),
        (1e18, "9999-12-31T23:59:59.999Z"),
        (1e300, "9999-12-31T23:59:59.999Z"),
        (-1e18, "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_that_no_calendar_has_stop_at_its_ends(seconds, text):
    assert rfc3339(seconds) == text


def test_numbers_keep_every_digit():
    """Float64 in, the same float64 out."""
    one = strategy_free_live()

    assert decode(encode(one)) == one


def strategy_free_live() -> DriftEvent:
    hard = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, -0.0, 2.0**53 + 2]
    base = json.loads(encode(event("temp", 2**62)))
    base["data"]["live"] = {
        "count": 6, "mean": hard[0], "std": hard[1], "min": hard[2], "max": hard[3],
        "missing_rate": 0.0, "invalid_rate": 1.0,
        "quantiles": dict(zip(map(str, range(6)), hard, strict=True)),
    }  # fmt: skip
    one = decode(json.dumps(base).encode())
    assert one.data.live is not None
    assert one.data.live.quantiles is not None
    assert list(one.data.live.quantiles.values()) == hard
    assert math.copysign(1, one.data.live.quantiles["4"]) == -1
    assert np.isfinite(list(one.data.live.quantiles.values())).all()
    return one
