"""Fixtures that several test files share: the real broker."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.broker import BrokerUnavailableError, Cluster, running
from tests.streaming import Kafka

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell's background jobs are started:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # children would ignore Ctrl-C, too


def _cluster(factory: pytest.TempPathFactory, *, secure: bool) -> Iterator[Cluster]:
    try:
        with running(factory.mktemp("kafka"), secure=secure) as cluster:
            yield cluster
    except BrokerUnavailableError as error:
        if "kafka" in os.environ.get("DETECTOR_REQUIRE", "").split(","):
            pytest.fail(f"DETECTOR_REQUIRE: {error}")
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real broker for the whole session; a test that stops it starts it again."""
    yield from _cluster(tmp_path_factory, secure=False)


@pytest.fixture(scope="session")
def secure_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A real broker that asks who comes and lets nobody do what no ACL allows."""
    yield from _cluster(tmp_path_factory, secure=True)


@pytest.fixture
def kafka(cluster: Cluster) -> Iterator[Kafka]:
    """The real broker's plain clients, with topic names of this test's own."""
    clients = Kafka(cluster.bootstrap)
    yield clients
    clients.close()
