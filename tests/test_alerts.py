"""Following the alert topic."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from detector.events import encode
from detector.stream.embedded import EmbeddedBroker
from detector.stream.sender import Sender
from tests.drift_events import event

CONFIG = """\
kafka: {{bootstrap.servers: "{servers}"}}
models:
  flight-delay: {{topic: features.flight-delay, scaler: scaler.yaml}}
"""
SCALER = """\
schema: scaler/v1
name: flight-delay
version: "1"
kind: standard
features: {temp: {mean: 55.26, scale: 17.78}}
"""


def config(folder: Path, servers: str) -> Path:
    (folder / "scaler.yaml").write_text(SCALER)
    (folder / "detector.yaml").write_text(CONFIG.format(servers=servers))
    return folder / "detector.yaml"


def publish(servers: str, *values: bytes) -> None:
    sender = Sender(servers, "drift.alerts")
    for value in values:
        sender.send(value)
    sender.close()


def follow(path: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "detector", "alerts", "--config", str(path), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def next_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


@pytest.fixture
def broker():
    with EmbeddedBroker() as broker:
        broker.create("drift.alerts")
        yield broker


def test_events_are_lines_of_json_what_is_none_is_skipped_with_a_word_and_ctrl_c_ends(
    broker, tmp_path
):
    first, second = event("temp", 7), event("temp", 9, status="resolved", sequence=1)
    publish(broker.bootstrap_servers, encode(first), b"{}", b"\xff", encode(second))
    process = follow(config(tmp_path, broker.bootstrap_servers), "--from", "beginning")

    lines = [next_line(process.stdout) for _ in range(2)]
    process.send_signal(signal.SIGINT)
    rest, words = process.communicate(timeout=20)

    assert [json.loads(line) for line in lines] == [
        json.loads(encode(each)) for each in (first, second)
    ]
    assert rest == ""
    assert process.returncode == 0
    assert "Skipped a record (partition 0, offset 1)" in words
    assert "Records skipped: 2" in words


def test_ctrl_c_ends_it_while_the_broker_is_away(tmp_path):
    """The callbacks of the client run just then, and an exception in them would be a traceback."""
    with EmbeddedBroker() as broker:
        broker.create("drift.alerts")
        process = follow(config(tmp_path, broker.bootstrap_servers))
        next_line(process.stderr)  # it follows now
    next_line(process.stderr)  # the connection is lost

    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "Traceback" not in words


def test_from_the_end_shows_only_what_comes_after(broker, tmp_path):
    publish(broker.bootstrap_servers, encode(event("temp", 7)))
    process = follow(config(tmp_path, broker.bootstrap_servers))
    next_line(process.stderr)  # it follows now

    publish(broker.bootstrap_servers, encode(event("humid", 8)))
    line = next_line(process.stdout)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert json.loads(line)["subject"] == "flight-delay/humid"


def test_a_broker_that_does_not_answer_is_said_in_a_sentence(tmp_path):
    with EmbeddedBroker() as gone:
        path = config(tmp_path, gone.bootstrap_servers)

    process = follow(path)
    out, words = process.communicate(timeout=30)

    assert process.returncode == 2
    assert out == ""
    assert "Cannot read topic drift.alerts" in words
    assert "--connect" in words
    assert "Traceback" not in words


def test_a_bad_configuration_is_told_before_connecting(tmp_path):
    process = follow(tmp_path / "missing.yaml")
    _, words = process.communicate(timeout=20)

    assert process.returncode == 2
    assert "missing.yaml" in words
