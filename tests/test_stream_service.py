"""The service on a real broker: nothing lost, nothing said twice, whatever happens around it."""

import hashlib
import json
import random
import re
import signal
import time
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
from confluent_kafka import TopicPartition

from detector.events import CONTENT_TYPE, event_schema
from tests.broker import Cluster
from tests.streaming import Kafka, Process, Running, free_port, get, records, wait_for

pytestmark = pytest.mark.kafka


def test_a_jump_is_published_once_as_a_valid_cloud_event(kafka: Kafka, tmp_path: Path):
    """Normal for 400 records, then ten scales off: one episode opens within the next 100."""
    kafka.create_all()
    kafka.send(records(400, seed=1) + records(400, seed=2, jump=10.0))
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(kafka.is_done, "all records committed")

    message, *later = kafka.read(kafka.alerts)
    events = [json.loads(each.value() or b"") for each in (message, *later)]
    for each in events:
        jsonschema.validate(each, event_schema())
    event = events[0]
    assert kafka.statuses() == ["opened"]
    assert message.key() == b"fares/distance"
    assert message.headers() == [("content-type", CONTENT_TYPE.encode())]
    assert event["data"]["status"] == "opened"
    assert event["data"]["position"]["topic"] == kafka.input
    assert 400 <= event["data"]["position"]["offset"] < 500
    assert [each.id for each in run.seen] == [each["id"] for each in events]


def test_sigterm_ends_within_ten_seconds_with_all_work_committed(kafka: Kafka, tmp_path: Path):
    kafka.create_all()
    port = free_port()
    path = kafka.write_config(tmp_path, web={"listen": f"127.0.0.1:{port}"})
    with Process(path, tmp_path / "log") as process:
        wait_for(lambda: get(f"http://127.0.0.1:{port}/readyz")[0] == 200, "ready")
        kafka.send(records(2_000, seed=1))
        wait_for(lambda: "2000.0" in get(f"http://127.0.0.1:{port}/metrics")[1], "all consumed")
        status, seconds = process.end(signal.SIGTERM)

    assert status == 0
    assert seconds < 10
    assert kafka.committed() == 2_000


@pytest.mark.parametrize("jump_before_kill", [True, False])
def test_kill_9_loses_no_alert_and_opens_no_second_episode(
    kafka: Kafka, tmp_path: Path, jump_before_kill: bool
):
    """Killed right after the event is on the topic, or just before the jump: one ``opened``."""
    kafka.create_all()
    path = kafka.write_config(tmp_path)
    kafka.send(records(400, seed=1))
    with Process(path, tmp_path / "first") as process:
        wait_for(kafka.is_done, "the first records committed")
        if jump_before_kill:
            kafka.send(records(200, seed=2, jump=10.0))
            wait_for(kafka.statuses, "the event")
        assert process.end(signal.SIGKILL)[0] == -signal.SIGKILL
    kafka.send(records(200, seed=3, jump=10.0))
    with Process(path, tmp_path / "second"):
        wait_for(kafka.is_done, "the records of the second life committed")

        assert kafka.statuses() == ["opened"]

        kafka.send(records(3_000, seed=4))
        wait_for(lambda: len(kafka.statuses()) > 1, "the end of the episode")
    events = [event for event in kafka.events() if event.data.feature == "distance"]
    assert [event.data.status for event in events if event.data.status != "updated"] == [
        "opened",
        "resolved",
    ]
    assert len({event.data.alert for event in events}) == 1
    assert [event.data.sequence for event in events] == list(range(len(events)))


def test_a_second_instance_takes_over_without_a_second_episode(kafka: Kafka, tmp_path: Path):
    """Two partitions, one instance, then two, then the first leaves: every record is judged, and
    the episode that the first opened is the only one.
    """
    kafka.create_all(partitions=2)
    path = kafka.write_config(tmp_path)
    kafka.send(records(800, seed=1) + records(400, seed=2, jump=10.0), partitions=2)
    with Running(path) as first:
        wait_for(lambda: kafka.is_done(0) and kafka.is_done(1), "all committed by the first")
        with Running(path) as second:
            wait_for(lambda: owned(first) == owned(second) == 1, "a partition each")
            kafka.send(records(400, seed=3, jump=10.0), partitions=2)
            wait_for(lambda: kafka.is_done(0) and kafka.is_done(1), "all committed by the two")
            first.stop()
            kafka.send(records(400, seed=4, jump=10.0), partitions=2)
            wait_for(lambda: kafka.is_done(0) and kafka.is_done(1), "all committed by the second")
            total = consumed(first) + consumed(second)

    counts = Counter(event.data.alert for event in kafka.events() if event.data.status == "opened")
    assert list(counts.values()) == [1]
    assert total == 2_000


def test_a_broker_that_restarts_in_mid_stream_is_waited_for(
    cluster: Cluster, kafka: Kafka, tmp_path: Path
):
    kafka.create_all()
    kafka.send(records(400, seed=1))
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(kafka.is_done, "the first records committed")
        cluster.stop(signal.SIGKILL)
        try:
            wait_for(lambda: run.problems, "not ready")
            problems, live = run.problems, run.service.health.is_live
        finally:
            cluster.start()
        kafka.send(records(200, seed=2, jump=10.0))
        wait_for(kafka.is_done, "the records after the restart committed")
        wait_for(run.ready, "ready")

    assert "the broker does not answer" in problems[0]
    assert live
    assert kafka.statuses() == ["opened"]


def test_without_its_alert_topic_the_service_waits_and_commits_nothing(
    kafka: Kafka, tmp_path: Path
):
    kafka.create(kafka.input, kafka.dead_letters)
    kafka.send(records(400, seed=1) + records(200, seed=2, jump=10.0))
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(lambda: any(kafka.alerts in each for each in run.problems), "not ready")
        time.sleep(1.5)  # longer than the time between commits
        committed = kafka.committed()
        kafka.create(kafka.alerts)
        wait_for(kafka.is_done, "all committed")
        wait_for(run.ready, "ready")

    assert committed is None
    assert kafka.statuses() == ["opened"]


def test_an_alert_topic_deleted_in_mid_stream_freezes_the_offsets_until_it_is_back(
    kafka: Kafka, tmp_path: Path
):
    kafka.create_all()
    kafka.send(records(400, seed=1))
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(kafka.is_done, "the first records committed")
        kafka.delete(kafka.alerts)
        kafka.send(records(200, seed=2, jump=10.0))
        wait_for(lambda: not run.ready(), "not ready")
        time.sleep(1.5)
        committed = kafka.committed()
        kafka.create(kafka.alerts)
        wait_for(kafka.is_done, "all committed")

    assert committed == 400
    assert kafka.statuses() == ["opened"]


def test_an_input_topic_that_appears_later_is_read(kafka: Kafka, tmp_path: Path):
    kafka.create(kafka.alerts, kafka.dead_letters)
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(lambda: any(kafka.input in each for each in run.problems), "not ready")
        kafka.create(kafka.input)
        kafka.send(records(400, seed=1) + records(200, seed=2, jump=10.0))
        wait_for(kafka.is_done, "all committed")
        wait_for(run.ready, "ready")

    assert kafka.statuses() == ["opened"]


def test_poison_goes_to_the_dead_letters_byte_for_byte_and_the_rest_goes_on(
    kafka: Kafka, tmp_path: Path
):
    poison = [b"{", b"\xff\xfe", b"[1]", b"", b'{"distance": NaN}', b"[" * 5_000, b'{"x": 1}']
    headers = [("trace", b"\x00\xff"), ("trace", b"again")]
    kafka.create_all()
    kafka.send(records(400, seed=1))
    kafka.send(poison, key=b"\xfekey", headers=headers)
    kafka.send([None], key=b"tombstone")
    kafka.send(records(200, seed=2, jump=10.0))
    with Running(kafka.write_config(tmp_path)):
        wait_for(kafka.is_done, "all committed")

    letters = kafka.read(kafka.dead_letters)
    assert [letter.value() for letter in letters] == poison
    assert {letter.key() for letter in letters} == {b"\xfekey"}
    for index, letter in enumerate(letters):
        found = letter.headers()
        assert isinstance(found, list)
        assert found[:2] == headers
        said = dict(found[2:])
        assert said["__detector.errors.topic"] == kafka.input.encode()
        assert said["__detector.errors.partition"] == b"0"
        assert said["__detector.errors.offset"] == str(400 + index).encode()
        assert int(said["__detector.errors.timestamp"] or b"") > 1_700_000_000_000
        assert said["__detector.errors.kind"]
        assert said["__detector.errors.exception.message"]
        assert said["__detector.errors.app.version"]
    assert kafka.statuses() == ["opened"]


def test_a_dead_letter_too_big_for_its_topic_says_length_and_digest(kafka: Kafka, tmp_path: Path):
    """Its small neighbours in the same batch go as they are."""
    big = b"{" + random.Random(1).randbytes(200_000)  # what compresses well would fit
    kafka.create(kafka.input, kafka.alerts)
    kafka.create(kafka.dead_letters, max_message_bytes="20000")
    kafka.send([b"{1", big, b"{2"])
    with Running(kafka.write_config(tmp_path)):
        wait_for(kafka.is_done, "all committed")

    letters = kafka.read(kafka.dead_letters)
    assert [letter.value() for letter in letters] == [b"{1", None, b"{2"]
    said = dict(letters[1].headers() or [])
    assert said["__detector.errors.value.length"] == b"200001"
    assert said["__detector.errors.value.sha256"] == hashlib.sha256(big).hexdigest().encode()


def test_an_alert_too_big_for_its_topic_is_kept_until_the_topic_takes_it(
    kafka: Kafka, tmp_path: Path
):
    """No alert is made smaller or passed over: what it says and when must not depend on a topic."""
    kafka.create(kafka.input, kafka.dead_letters)
    kafka.create(kafka.alerts, max_message_bytes="500")
    kafka.send(records(400, seed=1) + records(200, seed=2, jump=10.0))
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(lambda: any("max.message.bytes" in each for each in run.problems), "not ready")
        time.sleep(1.5)  # longer than the time between commits
        committed = kafka.committed()
        problems = run.problems
        kafka.limit(kafka.alerts, 1_048_576)
        wait_for(kafka.is_done, "all committed")
        wait_for(run.ready, "ready")

    assert committed is None or committed <= 400
    (said,) = [each for each in problems if "max.message.bytes" in each]
    assert re.search(r"does not take a message of \d,\d{3} bytes", said)
    assert kafka.statuses() == ["opened"]


def test_a_record_over_the_limit_is_a_dead_letter(kafka: Kafka, tmp_path: Path):
    kafka.create_all()
    big = json.dumps({"distance": 10.0, "tip": 0.0, "note": "x" * 2_000}).encode()
    kafka.send([*records(10, seed=1), big])
    with Running(kafka.write_config(tmp_path, limits={"max_message_bytes": 1_000})):
        wait_for(kafka.is_done, "all committed")

    assert [letter.value() for letter in kafka.read(kafka.dead_letters)] == [big]


def test_a_topic_that_is_mere_garbage_is_paused_not_drained(kafka: Kafka, tmp_path: Path):
    """After 1,000 records, half of them garbage, at most the batch at hand is still read."""
    kafka.create_all()
    kafka.send([b"garbage"] * 8_000)
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(lambda: run.seen, "the event")
        time.sleep(1.0)
        committed = kafka.committed()

    assert [(e.data.feature, e.data.signals[0].kind) for e in kafka.events()] == [("*", "invalid")]
    assert committed is not None
    assert 1_000 <= committed < 8_000
    assert len(kafka.read(kafka.dead_letters)) == committed


def test_records_deleted_before_they_were_read_are_an_event_and_reading_goes_on(
    kafka: Kafka, tmp_path: Path
):
    kafka.create_all()
    path = kafka.write_config(tmp_path)
    kafka.send(records(100, seed=1))
    with Running(path):
        wait_for(kafka.is_done, "the first records committed")
    kafka.send(records(100, seed=2))
    place = TopicPartition(kafka.input, 0, 150)
    kafka.admin.delete_records([place])[place].result()
    with Running(path):
        wait_for(kafka.is_done, "all committed")

    events = [event.data for event in kafka.events() if event.data.feature == "*"]
    assert [event.status for event in events] == ["opened", "resolved"]
    assert events[0].position.offset == 100
    assert events[0].signals[0].value == 50  # records 100 to 149


def test_records_deleted_while_it_waits_are_an_event_and_reading_goes_on(
    kafka: Kafka, tmp_path: Path
):
    """Kafka refuses our offset in mid-stream: what we did not read in time is gone."""
    kafka.create_all()
    kafka.send(records(100, seed=1))
    with Running(kafka.write_config(tmp_path)) as run:
        wait_for(kafka.is_done, "the first records committed")
        kafka.delete(kafka.alerts)
        wait_for(lambda: not run.ready(), "not ready")
        kafka.send(records(100, seed=2))
        place = TopicPartition(kafka.input, 0, 150)
        kafka.admin.delete_records([place])[place].result()
        kafka.create(kafka.alerts)
        wait_for(kafka.is_done, "all committed")

    events = [event.data for event in kafka.events() if event.data.feature == "*"]
    assert [event.status for event in events] == ["opened", "resolved"]
    assert events[0].position.offset == 100
    assert events[0].signals[0].value == 50  # records 100 to 149


def test_an_input_topic_made_anew_is_read_from_its_beginning(kafka: Kafka, tmp_path: Path):
    kafka.create_all()
    path = kafka.write_config(tmp_path)
    kafka.send(records(100, seed=1))
    with Running(path) as run:
        wait_for(kafka.is_done, "the first records committed")
        kafka.delete(kafka.input)
        wait_for(lambda: not run.ready(), "not ready")
        kafka.create(kafka.input)
        kafka.send(records(50, seed=2))
        wait_for(kafka.is_done, "all committed")
        wait_for(run.ready, "ready")


@pytest.mark.parametrize("start", ["earliest", "latest"])
def test_start_decides_only_where_the_group_has_no_offset(kafka: Kafka, tmp_path: Path, start: str):
    kafka.create_all()
    path = kafka.write_config(tmp_path, start=start)
    kafka.send(records(100, seed=1))
    with Running(path) as run:
        wait_for(lambda: kafka.committed() == 100, "the first commit")
        first = consumed(run)
    kafka.send(records(70, seed=2))
    with Running(path) as run:
        wait_for(kafka.is_done, "all committed")
        second = consumed(run)

    assert first == (100 if start == "earliest" else 0)
    assert second == 70


def test_two_models_read_one_topic_and_each_judges_for_itself(kafka: Kafka, tmp_path: Path):
    kafka.create_all()
    kafka.send(records(400, seed=1) + records(200, seed=2, jump=10.0))
    model = {"topic": kafka.input, "scaler": "scaler.yaml"}
    with Running(kafka.write_config(tmp_path, models={"one": model, "two": model})):
        wait_for(kafka.is_done, "all committed")

    began = [event.data for event in kafka.events() if event.data.status == "opened"]
    assert sorted(data.model for data in began if data.feature == "distance") == ["one", "two"]


@pytest.mark.parametrize(
    "protocol",
    [{"partition.assignment.strategy": "cooperative-sticky"}, {"group.protocol": "consumer"}],
)
def test_other_group_protocols_work_as_well(kafka: Kafka, tmp_path: Path, protocol: dict[str, str]):
    kafka.create_all(partitions=2)
    kafka.send(records(800, seed=1), partitions=2)
    settings = {"bootstrap.servers": kafka.bootstrap, "group.id": kafka.group, **protocol}
    path = kafka.write_config(tmp_path, kafka=settings)
    with Running(path) as first:
        wait_for(lambda: kafka.is_done(0) and kafka.is_done(1), "all committed by one")
        with Running(path) as second:
            wait_for(lambda: owned(first) == owned(second) == 1, "a partition each")
            kafka.send(records(800, seed=2), partitions=2)
            wait_for(lambda: kafka.is_done(0) and kafka.is_done(1), "all committed by two")
            total = consumed(first) + consumed(second)
        wait_for(first.ready, "ready")
        kafka.send(records(400, seed=3), partitions=2)
        wait_for(lambda: kafka.is_done(0) and kafka.is_done(1), "all committed by one again")

    assert total == 1_600
    assert kafka.events() == []


def consumed(run: Running) -> int:
    name = "detector_messages_consumed_total"
    return int(run.service.metrics.registry.get_sample_value(name, {"model": "fares"}) or 0)


def owned(run: Running) -> int:
    """Partitions that it reads."""
    collected = run.service.metrics.registry.collect()
    return sum(len(each.samples) for each in collected if each.name == "detector_partition_lag")
