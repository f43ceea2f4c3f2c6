"""The demo: its data, its faults, its verdict, and the whole of it."""

import itertools
import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from detector.cli import main
from detector.demo.faults import FAULTS
from detector.demo.rows import UNITS, Rows, load_rows, messages
from detector.demo.schedule import INJECTIONS, MESSAGES, inject, injected_at
from detector.demo.summary import summarise
from detector.events import Cause
from detector.scaler import FeatureScaler, Scaler, StandardParameters
from tests.drift_events import event


@pytest.fixture(scope="module")
def live() -> Rows:
    return load_rows("live")


@pytest.fixture(scope="module")
def distorted(live) -> Rows:
    return inject(live, SCALER)


SCALER = Scaler(
    name="flight-delay",
    version="1",
    kind="standard",
    features={
        "distance": FeatureScaler(parameters=StandardParameters(mean=1000.0, scale=500.0)),
    },
    digest="sha256:0",
)


def span(cause: Cause) -> slice:
    injection = next(i for i in INJECTIONS if i.fault.cause == cause)
    return slice(injection.begin, injection.end)


def test_training_and_live_rows_are_different_flights_of_one_law(live):
    """Means of independent rows of one law differ by less than 4 standard errors of the
    difference; a season would differ by a hundred.
    """
    training = load_rows("training")

    for name in UNITS:
        one, other = (
            rows.columns[name][~np.isnan(rows.columns[name])] for rows in (training, live)
        )
        error = np.sqrt(one.var() / len(one) + other.var() / len(other))
        assert abs(one.mean() - other.mean()) < 4 * error, name


def test_bundled_data_stay_under_a_megabyte():
    from importlib.resources import files

    folder = files("detector.demo").joinpath("data")

    assert sum(len(file.read_bytes()) for file in folder.iterdir() if file.is_file()) < 1_000_000


def test_a_message_is_a_json_object_and_a_missing_value_is_null():
    rows = Rows(
        flights=("UA 1410",), columns={"temp": np.array([71.96]), "dewp": np.array([np.nan])}
    )

    assert [json.loads(message) for message in messages(rows)] == [
        {"flight": "UA 1410", "temp": 71.96, "dewp": None}
    ]


def test_no_two_faults_overlap_and_none_shares_a_feature():
    """So every recovery is seen, and an alarm belongs to one fault at most."""
    gaps = [after.begin - before.end for before, after in itertools.pairwise(INJECTIONS)]
    features = [feature for fault in FAULTS for feature in fault.features]

    assert INJECTIONS[0].begin > 0
    assert min(gaps) > 0
    assert INJECTIONS[-1].end < MESSAGES
    assert len(features) == len(set(features))


def test_clean_stretches_are_the_bundled_rows_themselves(live, distorted):
    clean = [n for n in range(MESSAGES) if injected_at(n) is None]

    for name in UNITS:
        assert np.array_equal(
            distorted.columns[name][clean], live.columns[name][clean], equal_nan=True
        )


def test_features_without_a_fault_pass_through_a_fault(live, distorted):
    for name in ("pressure", "visib", "dep_delay"):
        assert np.array_equal(
            distorted.columns[name], live.columns[name][:MESSAGES], equal_nan=True
        )


def test_celsius_is_the_temperature_on_the_other_scale(live, distorted):
    """Back to Fahrenheit by the textbook, within the rounding to 0.1 degC (0.09 degF)."""
    where = span("unit")

    back = distorted.columns["temp"][where] * 9 / 5 + 32

    assert np.allclose(back, live.columns["temp"][where], atol=0.0901)


def test_scaled_distance_has_left_the_miles(live, distorted):
    where = span("double_scaling")

    assert np.allclose(
        distorted.columns["distance"][where] * 500 + 1000, live.columns["distance"][where]
    )


def test_swapped_columns_hold_each_others_values(live, distorted):
    where = span("column_swap")

    assert np.array_equal(distorted.columns["dewp"][where], live.columns["humid"][where])
    assert np.array_equal(distorted.columns["humid"][where], live.columns["dewp"][where])


def test_a_stuck_sensor_repeats_its_last_value(live, distorted):
    where = span("stuck_value")
    before = live.columns["wind_speed"][: where.start]

    assert set(distorted.columns["wind_speed"][where]) == {before[~np.isnan(before)][-1]}


def test_a_fault_is_found_after_the_messages_that_carried_it():
    """Found at the first faulty message is found after one; the cause is the last that was named
    while the fault lasted.
    """
    begin, end = span("unit").start, span("unit").stop

    found = summarise(
        [
            event("temp", begin),
            event("temp", begin + 16, status="updated", sequence=1, cause="unit"),
            event("temp", end + 9, status="updated", sequence=2, cause="unknown"),
            event("temp", end + 99, status="resolved", sequence=3),
        ]
    )

    temp = found.findings[0]
    assert (temp.feature, temp.fault, temp.at) == ("temp", "unit", begin)
    assert (temp.found_after, temp.cause, temp.resolved_after) == (1, "unit", 100)
    assert found.false_alarms == ()


def test_nothing_found_is_missed_on_every_broken_feature():
    found = summarise([])

    assert [finding.feature for finding in found.findings] == [
        "temp",
        "distance",
        "dewp",
        "humid",
        "wind_speed",
    ]
    assert found.missed == 5


@pytest.mark.parametrize(
    ("feature", "offset"),
    [("temp", 0), ("pressure", span("unit").start), ("temp", span("unit").stop), ("*", 5_000)],
    ids=["before", "another feature", "after", "the model"],
)
def test_an_alarm_where_no_fault_is_is_false(feature, offset):
    found = summarise([event(feature, offset)])

    assert len(found.false_alarms) == 1
    assert found.missed == 5


def test_an_event_delivered_twice_counts_once():
    twice = event("temp", 0)

    assert len(summarise([twice, twice]).false_alarms) == 1


def demo(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "detector", "demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_demo_finds_every_fault_and_nothing_else(tmp_path):
    """A tenth of the time: the same messages at ten times the pace."""
    process = demo("--seconds", "4.5", "--json", "--keep", str(tmp_path / "kept"))
    out, words = process.communicate(timeout=60)

    report = json.loads(out)
    assert [fault["feature"] for fault in report["faults"]] == [
        feature for fault in FAULTS for feature in fault.features
    ]
    assert all(1 <= fault["found_after"] <= 1_000 for fault in report["faults"]), report
    assert (report["missed"], report["false_alarms"]) == (0, 0), words
    assert process.returncode == 0
    assert "5 of 5 broken features found" in words
    for injection in INJECTIONS:
        assert injection.fault.words in words
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {
        "detector.yaml",
        "scalers",
        "stream.ndjson",
        "alerts.ndjson",
        "detector.log",
    }


def test_what_the_demo_keeps_replays_to_the_same_events(tmp_path):
    """An event is a function of the records: only the clock differs from the live run."""
    demo("--speed", "100", "--keep", str(tmp_path)).communicate(timeout=60)
    live = [json.loads(line) for line in (tmp_path / "alerts.ndjson").read_text().splitlines()]
    config, stream = tmp_path / "detector.yaml", tmp_path / "stream.ndjson"
    replayed = subprocess.run(
        [sys.executable, "-m", "detector", "replay", "--config", config, "--input", stream],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    offline = [json.loads(line) for line in replayed.stdout.splitlines()]
    assert offline
    assert sorted(e["id"] for e in live) == sorted(e["id"] for e in offline)


def test_ctrl_c_ends_the_demo_without_a_traceback():
    process = demo("--seconds", "15")
    assert process.stderr is not None
    for line in process.stderr:  # until faults come, so that all its threads are at work
        if line.startswith("message"):
            break

    process.send_signal(signal.SIGINT)
    _, words = process.communicate(timeout=20)

    assert process.returncode == 130, words
    assert "Traceback" not in words


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    process = demo("--keep", str(tmp_path / "file" / "folder"))
    _, words = process.communicate(timeout=20)

    assert process.returncode == 2
    assert "--keep: expected a folder that can be written" in words


@pytest.mark.parametrize("option", ["--seconds", "--speed"])
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon"])
def test_a_pace_that_is_none_is_refused(option, value, capsys):
    assert main(["demo", option, value]) == 2
    assert "expected a number above 0" in capsys.readouterr().err


def test_a_little_of_everything_needs_every_kernel():
    """What an image judges while it is built: what it leaves out compiles at the first alarm."""
    result = subprocess.run(
        [sys.executable, "-m", "detector.demo.warm"], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stderr) == (0, "")
