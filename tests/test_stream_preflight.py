"""`check --connect` and `run` against a broker that asks who comes and allows nothing by itself."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from detector import config
from detector.errors import NotAuthorisedError
from detector.stream.preflight import LARGEST_EVENT, preflight
from tests.broker import PASSWORD, Cluster
from tests.streaming import Kafka, Running, free_port, records, wait_for, write_config

TOPIC, GROUP = ResourceType.TOPIC, ResourceType.GROUP
READ, WRITE = AclOperation.READ, AclOperation.WRITE


@pytest.fixture
def secure(secure_cluster: Cluster) -> Iterator[Kafka]:
    """The clients of an administrator, whom the broker allows everything."""
    clients = Kafka(secure_cluster.bootstrap)
    yield clients
    clients.close()


def written(kafka: Kafka, cluster: Cluster, folder: Path, password: str = PASSWORD) -> Path:
    """A configuration for user detector of the secure listener."""
    return kafka.write_config(
        folder,
        kafka={
            "bootstrap.servers": cluster.secure_bootstrap,
            "group.id": kafka.group,
            "security.protocol": "sasl_plaintext",
            "sasl.mechanism": "PLAIN",
            "sasl.username": "detector",
            "sasl.password": password,
        },
    )


def allow(kafka: Kafka, *rights: tuple[ResourceType, str, AclOperation]) -> None:
    acls = [
        AclBinding(
            kind, name, ResourcePatternType.LITERAL, "User:detector", "*", right,
            AclPermissionType.ALLOW,
        )
        for kind, name, right in rights
    ]  # fmt: skip
    for done in kafka.admin.create_acls(acls).values():
        done.result()


def all_rights(kafka: Kafka) -> list[tuple[ResourceType, str, AclOperation]]:
    """The least that the detector needs; READ and WRITE imply DESCRIBE."""
    return [
        (TOPIC, kafka.input, READ),
        (TOPIC, kafka.alerts, READ),
        (TOPIC, kafka.alerts, WRITE),
        (TOPIC, kafka.dead_letters, WRITE),
        (GROUP, kafka.group, READ),
    ]


def test_a_broker_that_is_not_there_is_named(tmp_path: Path):
    port = free_port()
    path = write_config(tmp_path, kafka={"bootstrap.servers": f"127.0.0.1:{port}"})

    (problem,) = preflight(config.load(path))

    assert f"127.0.0.1:{port}" in problem
    assert "does not answer" in problem


@pytest.mark.kafka
def test_nothing_is_missing_where_all_is_there(kafka: Kafka, tmp_path: Path):
    kafka.create_all()

    assert preflight(config.load(kafka.write_config(tmp_path))) == []


@pytest.mark.kafka
def test_each_missing_topic_is_named_with_what_it_is_for(kafka: Kafka, tmp_path: Path):
    found = preflight(config.load(kafka.write_config(tmp_path)))

    assert [problem.split(", does not exist")[0] for problem in found] == [
        f"the topic of model fares, {kafka.input}",
        f"the alert topic, {kafka.alerts}",
        f"the dead-letter topic, {kafka.dead_letters}",
    ]


@pytest.mark.kafka
def test_an_alert_topic_that_takes_small_messages_only_is_named_with_what_it_needs(
    kafka: Kafka, tmp_path: Path
):
    kafka.create(kafka.input, kafka.dead_letters)
    kafka.create(kafka.alerts, max_message_bytes="2000")

    (problem,) = preflight(config.load(kafka.write_config(tmp_path)))

    assert problem == (
        f"the alert topic, {kafka.alerts}, takes messages of 2,000 bytes at most, and an event may"
        f" be larger. Raise its max.message.bytes to {LARGEST_EVENT:,} or more."
    )


@pytest.mark.kafka
def test_check_connect_exits_2_with_the_problem_in_words(kafka: Kafka, tmp_path: Path):
    kafka.create(kafka.input, kafka.dead_letters)
    path = kafka.write_config(tmp_path)
    command = [sys.executable, "-m", "detector", "check", "--config", str(path), "--connect"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"the alert topic, {kafka.alerts}, does not exist" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.kafka
def test_exactly_the_documented_rights_suffice(
    secure: Kafka, secure_cluster: Cluster, tmp_path: Path
):
    secure.create_all()
    allow(secure, *all_rights(secure))
    path = written(secure, secure_cluster, tmp_path)
    secure.send([*records(400, seed=1), b"{", *records(200, seed=2, jump=10.0)])

    assert preflight(config.load(path)) == []
    with Running(path):
        wait_for(secure.is_done, "all committed")
    assert secure.statuses() == ["opened"]
    assert len(secure.read(secure.dead_letters)) == 1


@pytest.mark.kafka
@pytest.mark.parametrize("left_out", range(5))
def test_each_right_that_is_missing_is_named_by_check_and_ends_run_with_77(
    secure: Kafka, secure_cluster: Cluster, tmp_path: Path, left_out: int
):
    secure.create_all()
    rights = all_rights(secure)
    kind, name, right = rights.pop(left_out)
    allow(secure, *rights)
    path = written(secure, secure_cluster, tmp_path)
    secure.send([*records(400, seed=1), b"{", *records(200, seed=2, jump=10.0)])

    (problem,) = preflight(config.load(path))
    run = Running(path)
    with pytest.raises(NotAuthorisedError) as refused, run:
        wait_for(lambda: run.has_ended, "the end")

    assert name in problem
    assert "not authorised" in problem
    assert refused.value.exit_status == 77
    assert name in str(refused.value)
    assert f"{right.name.capitalize()} on {kind.name.lower()} {name}" in str(refused.value)


@pytest.mark.kafka
def test_a_wrong_password_is_said_without_the_password(
    secure: Kafka, secure_cluster: Cluster, tmp_path: Path
):
    path = written(secure, secure_cluster, tmp_path, password="canary-wrong-5b1c")
    command = [sys.executable, "-m", "detector", "run", "--config", str(path)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    (problem,) = preflight(config.load(path))

    assert done.returncode == 77
    assert "credentials" in done.stderr
    assert "credentials" in problem
    assert "canary" not in done.stdout + done.stderr + problem
