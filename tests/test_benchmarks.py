"""The benchmarks run: each prints its tables with the rows that it promises."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp, poisson

import delay
import detection
import diagnosis
import false_alarms
import speed
from lab import flights
from lab.bars import bars
from lab.faults import FAULTS
from lab.laws import LAWS, PROCESSES
from lab.reach import least_delay
from lab.rivals import Kolmogorov
from lab.tables import limits

ALARMS = false_alarms.Size(
    references=1,
    messages=3_000,
    rows=(1_000,),
    paths=1,
    path_messages=500,
    path_rows=1_000,
    deals=1,
    live=1_000,
)
DELAY = delay.Size(runs=1, deals=1, features=("temp",), reach=300)
SPEED = speed.Size(
    values=2_000,
    messages=500,
    turns=1,
    features=(2,),
    batches=(10, 100),
    end_to_end=(2,),
    start_up=(5,),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything, as small as it gets."""
    where = tmp_path_factory.mktemp("bench")
    sizes = detection.Sizes(false_alarms=ALARMS, delay=DELAY, speed=SPEED)
    detection.run(sizes, where, " --tiny")
    return where


def test_every_law_and_process_has_its_row_of_false_alarms(folder: Path) -> None:
    text = (folder / "false_alarms.md").read_text()

    for name in (*(f"{law.name}, 1,000 rows" for law in LAWS), *(p.name for p in PROCESSES)):
        assert f"\n| {name} |" in text
    assert "\n| time order" in text


def test_every_fault_has_its_row_of_delays(folder: Path) -> None:
    text = (folder / "delay.md").read_text()

    for fault in FAULTS:
        assert text.count(f"\n| {fault.name} |") == len(LAWS) + 3
    for detector in delay.DETECTORS:
        assert text.count(f"\n| {detector} |") == 2


def test_every_part_of_the_engine_is_timed(folder: Path) -> None:
    text = (folder / "speed.md").read_text()

    for part in (*speed.PARTS, "start, 5 features", "a diagnosis, 5 features", "all"):
        assert f"\n| {part} |" in text


def test_diagnoses_are_timed_on_every_kind_of_topic() -> None:
    """Each row holds diagnoses and figures above zero."""
    size = diagnosis.Size(contexts=(8,), paths=1, rows=3_000)
    topics = [f"{kind}, {values}" for kind in diagnosis.KINDS for values in ("raw", "scaled")]

    naming, deployment, quiet = diagnosis.tables(size)

    assert [row[0] for row in naming.rows] == [f"{topic}, 8" for topic in topics]
    assert [row[0] for row in deployment.rows] == topics
    for row in (*naming.rows, *deployment.rows):
        assert int(row[1]) > 0
        assert float(row[2]) > 0
    assert [row[0] for row in quiet.rows] == list(diagnosis.KINDS)


def test_plots_show_every_detector(folder: Path) -> None:
    for plot in ("delay.svg", "false_alarms.svg"):
        assert (folder / plot).read_text().count("<rect") >= len(delay.DETECTORS)


@pytest.mark.parametrize("script", [false_alarms, delay, speed, detection])
def test_scripts_say_how_they_are_called(script, capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        script.main(["--help"])

    assert stop.value.code == 0
    assert "--output" in (out := capsys.readouterr().out) or "--quick" in out


def test_limits_of_a_count_are_those_of_the_poisson_law() -> None:
    """Garwood: at the limits the count has a tail of 2.5 % on its side."""
    low, high = limits(6)

    assert poisson.sf(5, low) == pytest.approx(0.025)
    assert poisson.cdf(6, high) == pytest.approx(0.025)


@pytest.mark.parametrize(("p", "rate"), [(0.05, 30.4), (1e-4, 31.0)])
def test_our_kolmogorov_test_is_scipys(p: float, rate: float) -> None:
    """With ties, which both take as they are."""
    rng = np.random.default_rng(1)
    training, live = rng.poisson(30, 4_000) / 10, rng.poisson(rate, 20_000) / 10
    windows = live.reshape(20, 1_000)
    wanted = [ks_2samp(training, w, method="asymp").pvalue < p for w in windows]

    alarms = Kolmogorov(training, p).update(live)

    assert [1_000 * (i + 1) for i in np.flatnonzero(wanted)] == alarms
    assert 0 < len(alarms) < 20


def test_bound_of_a_normal_shift_is_the_formula() -> None:
    """KL of N(1, 1) from N(0.1, 1.1^2), the nearest tolerated law, in closed form."""
    nearest = np.log(1.1) + (1 + 0.9**2) / (2 * 1.1**2) - 0.5
    shift = next(fault for fault in FAULTS if fault.shift == 1.0)

    assert least_delay(LAWS[0], shift, 1.0, 1e6) == pytest.approx(np.log(1e6) / nearest, rel=1e-4)


def test_time_order_is_an_order_of_the_same_rows() -> None:
    training, live = flights.in_time_order()
    dealt = flights.in_random_order(np.random.default_rng(1))

    def both(parts):
        return np.sort(np.concatenate([part["temp"] for part in parts]))

    np.testing.assert_array_equal(both((training, live)), both(dealt))


def test_time_order_begins_in_winter_and_ends_there() -> None:
    training, live = flights.in_time_order()

    assert np.nanmean(training["temp"][:2_000]) < 45
    assert np.nanmean(live["temp"][2_000:4_000]) > 70
    assert np.nanmean(live["temp"][-2_000:]) < 50


def test_neighbours_in_time_order_share_their_weather() -> None:
    """Flights of one hour: steps are far smaller than those between rows in random order."""
    ordered, dealt = (
        flights.in_time_order()[0],
        flights.in_random_order(np.random.default_rng(1))[0],
    )

    def steps(columns):
        return np.nanmean(np.abs(np.diff(columns["temp"])))

    assert steps(ordered) < steps(dealt) / 5


def test_a_bar_of_nothing_has_no_length() -> None:
    chart = bars("title", {"ours": 0.0, "other": 10.0, "blind": float("nan")})

    assert chart.count('width="0.0"') == 2
    assert "not found" in chart
