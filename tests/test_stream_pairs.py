"""The service on a topic that carries pairs: a canary that scales by another file."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.streaming import MEAN, SCALE, Kafka, Running, wait_for

pytestmark = pytest.mark.kafka
GAIN = 1.25  # of the canary: it divides by SCALE / GAIN
FIELDS = {"distance": {"raw": "trip.km", "scaled": "inputs.distance"}}  # tip: raw.tip, scaled.tip


def pairs(n: int, *, seed: int, canary: float = 0.0) -> tuple[list[bytes], list[int]]:
    """*n* messages with pairs, and which of them a *canary* (a share) has scaled wrongly."""
    rng = np.random.default_rng(seed)
    distance, tip = rng.normal(MEAN, SCALE, n), rng.normal(size=n)
    hit = rng.random(n) < canary
    scaled = (distance - MEAN) / SCALE * np.where(hit, GAIN, 1.0)
    messages = [
        json.dumps(
            {
                "trip": {"km": km},
                "inputs": {"distance": z},
                "raw": {"tip": t},
                "scaled": {"tip": t},
            }
        ).encode()
        for km, z, t in zip(distance.tolist(), scaled.tolist(), tip.tolist(), strict=True)
    ]
    return messages, np.flatnonzero(hit).tolist()


def test_a_canary_of_a_tenth_is_named_and_its_episode_outlives_a_restart(
    kafka: Kafka, tmp_path: Path
):
    """Nested and configured fields; the first wrong offset, the share and the recovered gain."""
    kafka.create_all()
    path = kafka.write_config(
        tmp_path,
        models={
            "fares": {
                "topic": kafka.input,
                "scaler": "scaler.yaml",
                "values": "both",
                "fields": FIELDS,
            }
        },
    )
    sound, _ = pairs(300, seed=1)
    wrong, hit = pairs(600, seed=2, canary=0.1)
    kafka.send(sound + wrong)
    with Running(path):
        wait_for(kafka.is_done, "the first records committed")
    kafka.send(pairs(300, seed=3, canary=0.1)[0])
    with Running(path):
        wait_for(kafka.is_done, "the records of the second life committed")
        assert kafka.statuses() == ["opened"]
        kafka.send(pairs(2_000, seed=4)[0])
        wait_for(lambda: len(kafka.statuses()) > 1, "the end of the episode")

    events = [event.data for event in kafka.events()]
    told = [event.diagnosis for event in events if event.diagnosis is not None][-1]
    share = [s.value for event in events for s in event.signals if s.kind == "parity"]
    assert {event.feature for event in events} == {"distance"}
    assert len({event.alert for event in events}) == 1
    assert kafka.statuses() == ["opened", "resolved"]
    assert events[0].since.offset == 300 + hit[0]
    assert events[0].position.offset == 300 + hit[1]
    assert told.cause == "gain"
    assert told.transform is not None
    assert told.transform.gain == pytest.approx(GAIN)
    assert share[-1] == pytest.approx(0.1, abs=0.05)
