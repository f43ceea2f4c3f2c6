"""Health and metrics as probes and scrapers see them."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.config import Web
from detector.errors import ConfigError
from detector.secrets import Secret
from detector.web.health import LIVE_WITHIN_S, Health
from detector.web.metrics import Metrics
from detector.web.server import AT_ONCE, WebServer
from tests.streaming import get, wait_for

DOCUMENT = Path(__file__).parent.parent / "docs" / "metrics.md"


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def url(health: Health) -> Iterator[str]:
    with WebServer(Web(port=0), health, Metrics()) as web:
        yield f"http://127.0.0.1:{web.port}"


def test_ready_says_why_not_and_then_yes(url: str, health: Health):
    health.report(("the alert topic drift.alerts does not exist",))
    assert get(f"{url}/readyz") == (503, "the alert topic drift.alerts does not exist\n")

    health.report(())
    assert get(f"{url}/readyz") == (200, "ready\n")


def test_a_process_that_is_not_ready_is_alive(url: str, health: Health):
    """An unreachable broker must not make the orchestrator restart us."""
    health.report(("the broker does not answer",))

    assert get(f"{url}/livez") == (200, "live\n")


def test_a_loop_that_has_not_turned_for_half_a_minute_is_not_alive():
    now = 1000.0
    health = Health(clock=lambda: now)
    now += LIVE_WITHIN_S - 0.1
    assert health.is_live

    now += 0.2
    assert not health.is_live

    health.tick()
    assert health.is_live


def test_the_token_guards_the_metrics_and_never_the_health():
    settings = Web(port=0, token=Secret("canary"))
    with WebServer(settings, Health(), Metrics()) as web:
        url = f"http://127.0.0.1:{web.port}"
        without = get(f"{url}/metrics")
        wrong = get(f"{url}/metrics", {"Authorization": "Bearer canarY"})
        right = get(f"{url}/metrics", {"Authorization": "Bearer canary"})
        live = get(f"{url}/livez")

    assert without[0] == wrong[0] == 401
    assert "canary" not in without[1] + wrong[1] + right[1]
    assert right[0] == live[0] == 200


def test_an_unknown_path_says_what_there_is(url: str):
    assert get(f"{url}/") == (404, "there are /livez, /readyz and /metrics\n")


def test_a_port_in_use_is_one_clear_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"web.listen: .*127.0.0.1:{port}"):
            WebServer(Web(port=port), Health(), Metrics()).__enter__()


def test_clients_that_dawdle_are_cut_and_do_not_lock_others_out():
    """As many connections as there are places, each of which never ends its request."""
    with WebServer(Web(port=0), Health(), Metrics(), timeout_s=0.3) as web:
        slow = [socket.create_connection(("127.0.0.1", web.port)) for _ in range(AT_ONCE)]
        for each in slow:
            each.sendall(b"GET /livez")
        wait_for(lambda: answers(f"http://127.0.0.1:{web.port}"), "a free place", within_s=3)
        for each in slow:
            each.close()


def answers(url: str) -> bool:
    try:
        return get(f"{url}/livez")[0] == 200
    except OSError:  # closed at once: no place
        return False


def test_mismatches_are_counted_from_their_total():
    metrics = Metrics()
    for total in (0, 3, 3, 10):
        metrics.set_mismatches("fares", total)

    assert b'detector_scaler_mismatches_total{model="fares"} 10.0' in metrics.render()


def test_every_metric_is_documented_with_its_labels_and_nothing_else_is():
    documented = {
        name: set(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(
            r"^\| `(\w+)` \| \w+ \| ([^|]*)\|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE
        )
    }

    collectors: list[Any] = list(Metrics().registry._collector_to_names)
    actual = {
        collector._name + ("_total" if collector._type == "counter" else ""): set(
            collector._labelnames
        )
        for collector in collectors
    }
    assert documented == actual
