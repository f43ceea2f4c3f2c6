"""What the tests of the service share: plain clients, a stream that jumps, and the service itself,
in a thread or as a process of its own.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from detector import config
from detector.events import DriftEvent, decode
from detector.stream.service import Service

T = TypeVar("T")
MEAN, SCALE = 10.0, 2.0
SCALER = f"""
schema: scaler/v1
name: fares
version: "1"
kind: standard
features:
  distance: {{mean: {MEAN}, scale: {SCALE}}}
  tip: {{mean: 0.0, scale: 1.0}}
"""
COORDINATOR_STARTS = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError._TIMED_OUT,
    KafkaError._WAIT_COORD,
)
WITHIN_S = 30.0  # generous: two cores are shared; what is waited for takes 1 to 6 s


def wait_for(question: Callable[[], T], what: str, within_s: float = WITHIN_S) -> T:
    """The first true answer; an assertion where none comes in time."""
    deadline = time.monotonic() + within_s
    while not (answer := question()):
        assert time.monotonic() < deadline, f"waited {within_s} s for {what}"
        time.sleep(0.05)
    return answer


def records(n: int, *, seed: int, jump: float = 0.0) -> list[bytes]:
    """*n* messages as training saw them, with ``distance`` off by *jump* training scales."""
    rng = np.random.default_rng(seed)
    distance = rng.normal(MEAN + jump * SCALE, SCALE, n)
    return [
        json.dumps({"distance": d, "tip": t}).encode()
        for d, t in zip(distance.tolist(), rng.normal(size=n).tolist(), strict=True)
    ]


class Kafka:
    """Plain clients of a broker, with names that no other test uses."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        name = uuid.uuid4().hex[:8]
        self.group, self.input = f"group-{name}", f"in-{name}"
        self.alerts, self.dead_letters = f"alerts-{name}", f"dead-{name}"
        quietly: dict[str, Any] = {"bootstrap.servers": bootstrap, "log_level": 2}
        self.admin = AdminClient(quietly)
        self._producer = Producer({**quietly, "enable.idempotence": True})
        self._reader = Consumer(
            {
                **quietly,
                "group.id": self.group,  # which it never joins
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
            }
        )

    def create(self, *topics: str, partitions: int = 1, **settings: str) -> None:
        """Creates topics; settings with ``_`` for ``.``."""
        own = {key.replace("_", "."): value for key, value in settings.items()}
        new = [NewTopic(topic, partitions, 1, config=own) for topic in topics]
        for done in self.admin.create_topics(new).values():
            done.result()

    def create_all(self, partitions: int = 1) -> None:
        """Creates the three topics of a configuration."""
        self.create(self.input, partitions=partitions)
        self.create(self.alerts, self.dead_letters)

    def limit(self, topic: str, max_message_bytes: int) -> None:
        """Sets how large a message of a topic may be."""
        resource = ConfigResource(
            ConfigResource.Type.TOPIC,
            topic,
            incremental_configs=[
                ConfigEntry(
                    "max.message.bytes",
                    str(max_message_bytes),
                    incremental_operation=AlterConfigOpType.SET,
                )
            ],
        )
        self.admin.incremental_alter_configs([resource])[resource].result()

    def delete(self, topic: str) -> None:
        """Deletes a topic with all its records."""
        self.admin.delete_topics([topic])[topic].result()

    def send(self, values: Iterable[bytes | None], *, partitions: int = 1, **message: Any) -> None:
        """Sends values to the input topic, in turn to its partitions, and waits for the broker."""
        for index, value in enumerate(values):
            self._producer.produce(self.input, value, partition=index % partitions, **message)
            self._producer.poll(0)
        assert self._producer.flush(WITHIN_S) == 0

    def send_named(
        self, values: Iterable[bytes], scalers: Iterable[list[tuple[str, str | bytes | None]]]
    ) -> None:
        """Sends values, each with its headers, and waits for the broker."""
        for value, headers in zip(values, scalers, strict=True):
            self._producer.produce(self.input, value, headers=headers)
            self._producer.poll(0)
        assert self._producer.flush(WITHIN_S) == 0

    def send_aborted(self, values: Iterable[bytes]) -> None:
        """Sends values in a transaction that is aborted."""
        producer = Producer(
            {"bootstrap.servers": self.bootstrap, "transactional.id": self.group, "log_level": 2}
        )
        producer.init_transactions(WITHIN_S)
        producer.begin_transaction()
        for value in values:
            producer.produce(self.input, value)
        producer.flush(WITHIN_S)
        producer.abort_transaction(WITHIN_S)

    def end(self, topic: str, partition: int = 0) -> int:
        """The offset after the last record."""
        place = TopicPartition(topic, partition)
        return self._reader.get_watermark_offsets(place, WITHIN_S)[1]

    def read(self, topic: str) -> list[Message]:
        """Every record that partition 0 holds now, as a plain consumer gets it."""
        end = self.end(topic)
        found: list[Message] = []
        self._reader.assign([TopicPartition(topic, 0, 0)])
        while len(found) < end:
            message = self._reader.poll(WITHIN_S)
            assert message is not None, f"{topic} gave {len(found)} of {end} records"
            assert message.error() is None, message.error()
            found.append(message)
        self._reader.unassign()
        return found

    def events(self) -> list[DriftEvent]:
        """Every event of the alert topic."""
        return [decode(message.value() or b"") for message in self.read(self.alerts)]

    def statuses(self, feature: str = "distance") -> list[str]:
        """How the episodes of one feature began and ended, in the order of the alert topic.

        Between them an episode may be updated, when more records prove it to be more severe.
        """
        own = [event.data.status for event in self.events() if event.data.feature == feature]
        return [status for status in own if status != "updated"]

    def committed(self, partition: int = 0) -> int | None:
        """The group's next offset of the input topic; None before its first commit.

        Not by the AdminClient: its list_consumer_group_offsets ends the process while the
        coordinator loads (librdkafka 2.16: a segmentation fault in rd_kafka_cgrp_op).
        """
        try:
            (place,) = self._reader.committed([TopicPartition(self.input, partition)], timeout=2.0)
        except KafkaException as error:
            if error.args[0].code() in COORDINATOR_STARTS:
                return None
            raise
        return place.offset if place.offset >= 0 else None

    def is_done(self, partition: int = 0) -> bool:
        """Whether the group has committed all that the input topic holds."""
        return self.committed(partition) == self.end(self.input, partition)

    def close(self) -> None:
        """Ends the connections."""
        self._reader.close()

    def write_config(self, folder: Path, **changes: object) -> Path:
        """A configuration for this broker and these topics; *changes* replace whole sections."""
        sections: dict[str, object] = {
            "kafka": {
                "bootstrap.servers": self.bootstrap,
                "group.id": self.group,
                "session.timeout.ms": 3000,  # a killed member is missed sooner
                "heartbeat.interval.ms": 500,
            },
            "alerts": {"topic": self.alerts},
            "dead_letters": {"topic": self.dead_letters},
            "models": {"fares": {"topic": self.input, "scaler": "scaler.yaml"}},
        }
        return write_config(folder, **(sections | changes))


def write_config(folder: Path, **changes: object) -> Path:
    """A configuration of one model, for a broker that is not there; JSON is YAML."""
    (folder / "scaler.yaml").write_text(SCALER, encoding="utf-8")
    sections: dict[str, object] = {
        "kafka": {"bootstrap.servers": "127.0.0.1:1"},
        "web": {"listen": "127.0.0.1:0"},
        "models": {"fares": {"topic": "features.fares", "scaler": "scaler.yaml"}},
    }
    path = folder / "detector.yaml"
    path.write_text(json.dumps(sections | changes), encoding="utf-8")
    return path


class Running:
    """The service in a thread, from ``__enter__`` until ``__exit__``."""

    def __init__(self, path: Path) -> None:
        self.seen: list[DriftEvent] = []
        self.service = Service(config.load(path), on_event=self.seen.append)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if error is None and self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Asks for the end, and waits for it."""
        self._stop.set()
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()

    @property
    def has_ended(self) -> bool:
        """Whether the service has ended, by itself or because it was asked."""
        return not self._thread.is_alive()

    @property
    def problems(self) -> tuple[str, ...]:
        """What /readyz says."""
        return self.service.health.problems

    def ready(self) -> bool:
        """Whether /readyz says yes."""
        assert self._error is None, self._error
        return not self.problems

    def _run(self) -> None:
        try:
            self.service.run(self._stop)
        except BaseException as error:  # noqa: BLE001  # raised again in the test's thread
            self._error = error


class Process:
    """``detector run`` as a process of its own."""

    def __init__(self, path: Path, log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "detector", "run", "--config", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, "NO_COLOR": "1"},
            )

    def end(self, how: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Ends it; the exit status, and how many seconds it took."""
        began = time.monotonic()
        self.process.send_signal(how)
        return self.process.wait(WITHIN_S), time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if error is not None:
            sys.stderr.write(self.log.read_text(encoding="utf-8")[-4000:])


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and body; status 0 where nobody listens."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {})) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""
