"""Which scaler messages name in their headers, and that a canary with another one is told on a real
broker.
"""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from detector.config import HeaderNames
from detector.detection import ScalerName
from detector.detection.watch.tally import long_enough
from detector.events import event_schema
from detector.scaler import Scaler
from detector.stream.headers import read_named
from tests.streaming import SCALER, Kafka, Running, records, wait_for

STANDARD = HeaderNames()
D, V = "scaler-digest", "scaler-version"


def names_of(*messages, names=STANDARD):
    """What each message says; None for nothing."""
    named = read_named(messages, names)
    if named is None:
        return [None] * len(messages)
    return [None if code < 0 else named.names[code] for code in named.codes.tolist()]


def test_messages_without_headers_or_without_ours_name_nothing():
    assert read_named([None, None, []], STANDARD) is None
    assert read_named([[("traceparent", b"00-1")], None], STANDARD) is None


def test_each_message_says_digest_and_version_as_far_as_it_has_them():
    assert names_of(
        [(D, b"sha256:1"), (V, b"3")],
        None,
        [("x", b"y"), (V, b"2")],
        [(D, b"sha256:2")],
        [(V, b"2")],
    ) == [
        ScalerName(digest="sha256:1", version="3"),
        None,
        ScalerName(version="2"),
        ScalerName(digest="sha256:2"),
        ScalerName(version="2"),
    ]


def test_one_object_stands_for_all_messages_that_say_the_same():
    named = read_named([[(V, b"3")]] * 1_000 + [[(V, b"2")]] * 1_000, STANDARD)

    assert named is not None
    assert len(named.names) == 2
    assert np.array_equal(named.codes, np.repeat([0, 1], 1_000))


def test_of_headers_with_one_name_the_last_counts():
    """As with Kafka's lastHeader, null among them."""
    assert names_of([(V, b"2"), (V, b"3")], [(V, b"2"), (V, None)]) == [
        ScalerName(version="3"),
        None,
    ]


@pytest.mark.parametrize("nothing", [None, b"", b"  \n"])
def test_what_is_empty_says_nothing_and_the_other_header_decides(nothing):
    (only,) = names_of([(D, nothing), (V, b"3")])

    assert only == ScalerName(version="3")
    assert read_named([[(D, nothing)]], STANDARD) is None or names_of([(D, nothing)]) == [
        ScalerName()
    ]


def test_spaces_around_a_name_do_not_count():
    """A digest that was read from a file brings the end of its line along."""
    assert names_of([(D, b"sha256:1\r\n"), (V, b" 3")]) == [
        ScalerName(digest="sha256:1", version="3")
    ]


def test_bytes_that_are_no_text_are_shown_and_marked():
    assert names_of([(V, b"\xff\x003")], [(D, b"\xc3"), (V, b"3")]) == [
        ScalerName(version="\\xff\x003", readable=False),
        ScalerName(digest="\\xc3", version="3", readable=False),
    ]


def test_a_header_of_any_length_costs_an_event_little():
    (only,) = names_of([(V, b"3" * 1_000_000)])

    assert only is not None
    assert only.version == "3" * 256 + "…"


def test_headers_have_names_of_ones_own_and_one_may_be_switched_off():
    message = [("d", b"1"), (D, b"2"), (V, b"3")]

    assert names_of(message, names=HeaderNames(digest="d")) == [ScalerName(digest="1", version="3")]
    assert names_of(message, names=HeaderNames(digest=None)) == [ScalerName(version="3")]
    assert names_of(message, names=HeaderNames(digest="d", version=None)) == [
        ScalerName(digest="1")
    ]


# ------------------------------------------------------------------ on a broker


@pytest.mark.kafka
def test_a_canary_that_names_another_scaler_is_told_with_its_share_and_its_recovery(
    kafka: Kafka, tmp_path: Path
):
    """A tenth of 2,000 messages name version 2, then none does. Another model on the same topic,
    which looks at headers of its own, hears nothing. The recovery is seen by another process,
    which adopts the episode.
    """
    kafka.create_all()
    both = {"topic": kafka.input, "scaler": "scaler.yaml"}
    path = kafka.write_config(
        tmp_path,
        models={
            "fares": {**both, "versions": ["v2.yaml"]},
            "others": {**both, "headers": {"digest": "x-digest", "version": None}},
        },
    )
    (tmp_path / "v2.yaml").write_text(
        SCALER.replace('version: "1"', 'version: "2"').replace("mean: 10.0", "mean: 9.0")
    )
    ours, theirs = Scaler.load(tmp_path / "scaler.yaml"), Scaler.load(tmp_path / "v2.yaml")
    right: list[tuple[str, str | bytes | None]] = [(D, ours.digest.encode()), (V, b"1")]
    wrong = [(D, theirs.digest.encode()), right[1]]  # the digest decides
    draws = np.random.default_rng(1).random(2_000) < 0.1
    with Running(path) as run:
        kafka.send_named(records(100, seed=1), [right] * 100)
        kafka.send_named(records(2_000, seed=2), [wrong if one else right for one in draws])
        wait_for(kafka.is_done, "the canary judged")
        wait_for(lambda: mismatches(run) == draws.sum(), "its mismatches counted")
        told = [event for event in kafka.events() if event.data.feature == "*"]
    with Running(path):
        kafka.send_named(records(3_000, seed=3), [right] * 3_000)
        wait_for(lambda: kafka.statuses("*")[1:], "the recovery")

    first = 100 + int(np.flatnonzero(draws)[0])
    assert told[0].data.position.offset == told[0].data.since.offset == first
    assert {event.data.model for event in told} == {"fares"}
    assert {event.data.status for event in told[1:]} == {"updated"}
    last = told[-1].data
    assert last.versions is not None
    assert [(each.version, each.configured) for each in last.versions] == [
        ("1", True),
        ("2", False),
    ]
    assert last.versions[1].digest == theirs.digest
    assert last.versions[1].share == pytest.approx(0.1, abs=0.05)
    assert last.diagnosis is not None
    assert last.diagnosis.cause == "scaler_version"
    assert kafka.statuses("*") == ["opened", "resolved"]
    resolved = kafka.events()[-1].data
    away, seen = last.versions[1].records, sum(each.records for each in last.versions)
    (needed,) = long_enough(np.array([away]), np.array([seen])).tolist()
    assert resolved.position.offset == 2_100 + needed - 1
    assert (resolved.alert, resolved.sequence) == (told[0].data.alert, len(told))
    for message in kafka.read(kafka.alerts):
        jsonschema.validate(json.loads(message.value() or b""), event_schema())


def mismatches(run: Running) -> float | None:
    name = "detector_scaler_mismatches_total"
    return run.service.metrics.registry.get_sample_value(name, {"model": "fares"})


@pytest.mark.kafka
def test_bytes_that_are_no_text_are_told_and_stop_nothing(kafka: Kafka, tmp_path: Path):
    kafka.create_all()
    with Running(kafka.write_config(tmp_path)):
        kafka.send_named(records(1, seed=1), [[(D, b"\xff\xfe")]])
        wait_for(kafka.is_done, "the record judged")

    (event,) = kafka.events()
    assert event.data.diagnosis is not None
    assert "an unreadable digest \\xff\\xfe" in event.data.diagnosis.explanation
