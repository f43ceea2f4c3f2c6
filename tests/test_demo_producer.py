"""The demo's pipeline against a broker of one's own."""

import itertools
import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from detector.demo.pace import send_steadily
from detector.demo.producer import Options, parse
from detector.errors import ConfigError
from detector.stream.embedded import EmbeddedBroker
from detector.stream.topic_reader import TopicReader


def test_it_streams_json_until_sigterm():
    with EmbeddedBroker() as broker:
        broker.create("flights")
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "detector.demo.producer"),
                *("--bootstrap-servers", broker.bootstrap_servers),
                *("--topic", "flights", "--rate", "2000"),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        reader = TopicReader({"bootstrap.servers": broker.bootstrap_servers}, "test", "flights")
        reader.start("beginning")
        messages = reader.read(20)[:1]
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=20)
        reader.close()

    value = messages[0].value()
    assert value is not None
    assert {"flight", "temp", "distance"} <= set(json.loads(value))
    assert process.returncode == 0
    assert words.startswith("Sent ")


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        ([], "usage"),
        (["--bootstrap-servers", "a:1", "more"], "usage"),
        (["--bootstrap-server", "a:1", "--speed", "2"], "--speed"),
        (["--bootstrap-servers", "a:1", "--rate", "0"], "--rate"),
        (["--bootstrap-servers", "a:1", "--rate", "fast"], "--rate"),
    ],
)
def test_wrong_arguments_are_said(argv, word):
    with pytest.raises(ConfigError, match=word):
        parse(argv)


def test_defaults_are_the_topic_of_the_example_and_a_calm_pace():
    assert parse(["--bootstrap-servers", "a:1"]) == Options(
        bootstrap_servers="a:1", topic="features.flight-delay", rate=200.0
    )


def test_pace_is_kept():
    """100 messages at 1,000 a second: the last leaves after 99 ms, give or take a tick, and
    never early by more than that.
    """
    began = time.monotonic()

    sent = send_steadily([b""] * 100, lambda _: None, rate=1_000, stop=threading.Event())

    assert sent == 100
    assert time.monotonic() - began > 0.099 - 0.021


def test_a_stop_ends_a_stream_without_end():
    stop, sent = threading.Event(), []

    def send(value: bytes) -> None:
        sent.append(value)
        if len(sent) == 5:
            stop.set()

    assert send_steadily(itertools.repeat(b""), send, rate=1e9, stop=stop) == 5
