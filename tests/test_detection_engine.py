"""The engine as a library: what `update` takes, refuses and answers."""

from typing import Any

import numpy as np
import pytest

from detector import Detector as TopLevel
from detector.detection import Detector, DetectorSettings, FeatureSettings
from detector.errors import ConfigError
from tests.streams import (
    EPOCH,
    IDENTITY,
    STANDARD,
    TOPIC,
    bare,
    detector,
    fitted,
    model,
    normal,
    rng,
    run,
    stream,
    written,
)

SCALER = bare(x=STANDARD, y=STANDARD)


def test_update_counts_offsets_and_seconds_on_across_calls():
    """Without times and position: partition 0, offsets from 0, one second a record."""
    live = normal(3000, 1)
    live[1500:] += 30
    columns = {"x": live, "y": normal(3000, 2)}
    engine = detector(model(SCALER))

    events = [
        event
        for first in range(0, 3000, 700)
        for event in engine.update(
            "fares", {name: values[first : first + 700] for name, values in columns.items()}
        )
    ]

    opened = events[0]
    assert opened.data.feature == "x"
    assert 1500 <= opened.data.position.offset < 1520
    assert opened.data.position.partition == 0
    assert opened.data.position.topic == TOPIC
    assert opened.time == f"1970-01-01T00:25:{opened.data.position.offset - 1500:02d}.000Z"
    assert written(events) == written(run(model(SCALER), stream(columns, times=np.arange(3000.0))))


def test_update_takes_times_and_positions_as_they_are():
    live = normal(500, 1) + 50
    position = ("elsewhere", 7, np.arange(10_000, 10_500))
    engine = detector(model(SCALER))

    opened = engine.update(
        "fares", {"x": live, "y": normal(500, 2)}, EPOCH + np.arange(500.0), position
    )[0]

    assert opened.data.position.partition == 7
    assert 10_000 <= opened.data.position.offset < 10_020
    assert opened.time.startswith("2025-11-24T16:00:")


def test_a_feature_without_a_column_is_missing_in_every_record():
    engine = detector(model(SCALER))

    events = engine.update("fares", {"x": normal(500, 1)})

    assert {event.data.feature for event in events} == {"y"}
    assert events[0].data.signals[0].kind == "missing"
    assert [s.missing for s in engine.status("fares")] == [0, 500]


def test_lists_and_integers_are_columns_too():
    engine = detector(model(SCALER))

    columns: Any = {"x": [50, 51], "y": np.array([50, 49])}

    assert engine.update("fares", columns) == []
    assert [s.count for s in engine.status("fares")] == [2, 2]


def test_an_unknown_column_is_refused_by_name():
    with pytest.raises(ValueError, match="fares has no feature 'z'"):
        detector(model(SCALER)).update("fares", {"z": np.zeros(3)})


def test_an_unknown_model_is_a_key_error():
    with pytest.raises(KeyError, match="rides"):
        detector(model(SCALER)).update("rides", {"x": np.zeros(3)})


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"one length, got \[2, 3\]"):
        detector(model(SCALER)).update("fares", {"x": np.zeros(3), "y": np.zeros(2)})


def test_no_column_at_all_is_refused():
    with pytest.raises(ValueError, match="one length, got none"):
        detector(model(SCALER)).update("fares", {})


@pytest.mark.parametrize(
    ("times", "position"),
    [(np.zeros(2), None), (None, (TOPIC, 0, np.arange(4)))],
)
def test_times_and_offsets_of_another_length_are_refused(times, position):
    with pytest.raises(ValueError, match="expected 3 times and offsets"):
        detector(model(SCALER)).update("fares", {"x": np.zeros(3)}, times, position)


def test_a_refused_call_leaves_the_engine_as_it_was():
    engine = detector(model(SCALER))
    with pytest.raises(ValueError, match="one length"):
        engine.update("fares", {"x": np.zeros(3), "y": np.zeros(2)})
    with pytest.raises(ValueError, match="times"):
        engine.update("fares", {"x": np.zeros(3)}, np.zeros(1))

    events = engine.update("fares", {"x": normal(500, 1) + 90, "y": normal(500, 2)})

    assert events[0].data.since.offset == 0


def test_an_empty_batch_is_no_event():
    engine = detector(model(SCALER))

    assert engine.update("fares", {"x": np.zeros(0), "y": np.zeros(0)}) == []
    assert [s.mean for s in engine.status("fares")] == [None, None]


def test_status_says_what_was_seen_by_the_formulas():
    live = normal(2000, 3)
    live[:20], live[20:30] = np.nan, np.inf
    engine = detector(model(bare(x=STANDARD)))

    engine.update("fares", {"x": live})

    (status,) = engine.status("fares")
    valid = live[30:]
    assert (status.feature, status.count, status.missing, status.invalid) == ("x", 1970, 20, 10)
    assert status.mean == pytest.approx(valid.mean())
    assert status.std == pytest.approx(valid.std())
    assert (status.minimum, status.maximum) == (valid.min(), valid.max())
    assert status.threshold == 1e6  # false_alarm_every times one feature


def test_status_before_any_record_knows_nothing():
    (status,) = detector(model(bare(x=STANDARD))).status("fares")

    assert (status.count, status.mean, status.std) == (0, None, None)
    assert (status.minimum, status.maximum) == (None, None)
    assert (status.statistic, status.open, status.muted_events) == (0.0, None, 0)


def test_the_threshold_is_shared_by_the_features():
    """One budget for the model: A times F for each, under any dependence between them."""
    engine = detector(model(SCALER, false_alarm_every=5000))

    assert [s.threshold for s in engine.status("fares")] == [10_000.0, 10_000.0]


def test_status_shows_the_open_episode_and_that_evidence_had_reached_the_threshold():
    engine = detector(model(bare(x=STANDARD)))

    events = engine.update("fares", {"x": normal(500, 1) + 50})

    (status,) = engine.status("fares")
    assert status.open == events[-1]
    assert status.statistic >= status.threshold


def test_muted_features_are_judged_and_counted_and_told_nowhere():
    muted = {"x": FeatureSettings(mute_until=EPOCH + 10**6)}
    engine = detector(model(bare(x=STANDARD), muted))

    assert run(engine, stream({"x": normal(3000, 1) + 50})) == []

    (status,) = engine.status("fares")
    assert status.muted_events >= 1
    assert status.open is None


def test_models_do_not_know_of_each_other():
    one, other = (
        model(bare(x=STANDARD)),
        model(bare(x=IDENTITY)),
    )
    settings = DetectorSettings(group="tests", models={"fares": one, "rides": other})
    engine = Detector(settings)

    events = engine.update("fares", {"x": normal(500, 1) + 50})

    assert events
    assert engine.status("rides")[0].count == 0


def test_events_come_in_the_order_of_their_records():
    n = 6000
    columns = {name: rng(i, 9).normal(size=n) for i, name in enumerate("abcdef")}
    scaler = fitted({name: rng(i, 10).normal(size=3000) for i, name in enumerate("abcdef")})
    for i, values in enumerate(columns.values()):
        values[500 * i : 500 * i + 700] += 3

    offsets = [e.data.position.offset for e in run(model(scaler), stream(columns))]

    assert len(offsets) > 12
    assert offsets == sorted(offsets)


CONFIG = """
kafka: {bootstrap.servers: "localhost:9092", group.id: tests}
models:
  fares: {topic: features.fares, scaler: scaler.yaml}
"""


def test_a_configuration_file_is_all_that_an_engine_needs(tmp_path):
    bare(x=STANDARD).save(tmp_path / "scaler.yaml")
    (tmp_path / "detector.yaml").write_text(CONFIG, encoding="utf-8")
    live = {"x": normal(500, 1) + 50}

    events = TopLevel.from_config(tmp_path / "detector.yaml").update("fares", live)

    assert written(events) == written(detector(model(bare(x=STANDARD))).update("fares", live))


def test_a_wrong_configuration_is_told_with_its_place(tmp_path):
    (tmp_path / "detector.yaml").write_text(CONFIG, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"scaler\.yaml"):
        Detector.from_config(str(tmp_path / "detector.yaml"))
