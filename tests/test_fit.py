"""`fit`: which columns become features, what is stored of them, and what it says about the rest."""

import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from detector.cli import main
from detector.errors import ConfigError
from detector.fit import Fitting, fit_scaler, no_feature
from detector.scaler import MinMaxParameters, RobustParameters, Scaler, StandardParameters

N = 400
RNG = np.random.default_rng(11)
TEMP = (RNG.normal(55, 17, N)).round(1)
FARE = RNG.exponential(20, N)
COLUMNS = {"temp": TEMP, "fare": FARE}


def fitting(**options):
    return Fitting(**{"name": "fares", "version": "1", "kind": "standard", **options})


def refusal(columns, **options):
    with pytest.raises(ConfigError) as caught:
        fit_scaler(columns, fitting(**options))
    return str(caught.value)


# -------------------------------------------------------------------- fit_scaler


def test_parameters_are_after_before_and_the_reference_is_not():
    fitted = fit_scaler(COLUMNS, fitting(before={"fare": "log1p"}, units={"temp": "degF"}))
    temp, fare = fitted.scaler.features["temp"], fitted.scaler.features["fare"]

    assert temp.parameters == StandardParameters(mean=TEMP.mean(), scale=TEMP.std())
    assert temp.unit == "degF"
    logs = np.log1p(FARE)
    assert fare.parameters == StandardParameters(mean=logs.mean(), scale=logs.std())
    assert fare.reference is not None
    assert fare.reference.mean == FARE.mean()


def test_scaled_training_rows_have_mean_zero_and_spread_one():
    scaler = fit_scaler(COLUMNS, fitting(before={"fare": "sqrt"})).scaler

    for name, feature in scaler.features.items():
        scaled = feature.transform(COLUMNS[name])
        assert (scaled.mean(), scaled.std()) == (pytest.approx(0, abs=1e-12), pytest.approx(1))


def test_feature_may_have_a_kind_of_its_own():
    scaler = fit_scaler(COLUMNS, fitting(feature_kinds={"fare": "minmax"})).scaler

    assert isinstance(scaler.features["fare"].parameters, MinMaxParameters)
    assert scaler.features["temp"].kind == "standard"


@pytest.mark.parametrize(
    ("name", "column", "reason"),
    [
        ("temp", TEMP, None),
        ("grade", np.tile([1.0, 2.0, 3.0], 9), None),
        ("n", np.arange(20.0), "whole numbers that only ascend: time or an identifier"),
        ("n", np.arange(7.0), None),  # so few may ascend by chance
        ("ts", 1.7e9 + np.arange(20) / 8, "time, by its name and its values"),
        ("time", 1.7e9 + TEMP, "time, by its name and its values"),
        ("time", TEMP, None),  # a running time
        ("trip_id", FARE, "an identifier, by its name and because no value comes twice"),
        ("trip_id", np.repeat(FARE, 2), None),
        ("k", np.full(9, 0.1), "it is constant (0.1)"),
        ("note", np.full(9, np.inf), "no more than half of its values are numbers"),
        ("gone", np.full(9, np.nan), "no more than half of its values are numbers"),
        ("gaps", np.where(np.arange(N) % 3 > 0, np.nan, TEMP), None),
    ],
)
def test_columns_that_nobody_asked_for(name, column, reason):
    assert no_feature(name, column) == reason


def test_what_is_left_out_is_said():
    columns = COLUMNS | {"id": np.arange(float(N)), "k": np.ones(N)}

    fitted = fit_scaler(columns, fitting())

    assert list(fitted.scaler.features) == ["temp", "fare"]
    assert list(fitted.left_out) == ["id", "k"]


def test_identifier_that_was_asked_for_is_a_feature():
    columns = {"id": np.arange(float(N))}

    assert list(fit_scaler(columns, fitting(features=["id"])).scaler.features) == ["id"]


def test_column_of_time_is_no_feature():
    fitted = fit_scaler(COLUMNS, fitting(time="fare"))

    assert fitted.left_out == {"fare": "the rows are sorted by it"}


def test_constant_feature_that_was_asked_for_stops_the_fit():
    said = refusal(COLUMNS | {"k": np.full(N, 0.1)}, features=["temp", "k"])

    assert said.startswith("feature k: expected values that vary, got 0.1 in every row.")


def test_before_that_is_not_defined_counts_the_values():
    column = np.concatenate([np.arange(1.0, 98.0), [0.0, -1.0, -2.0]])

    said = refusal({"fare": column}, features=["fare"], before={"fare": "log"})

    assert said == (
        "--before fare=log: expected values that have a log, "
        "got 3 of 100 that have none, the lowest -2.0."
    )


def test_unknown_columns_are_named_with_the_nearest_right_one():
    said = refusal(COLUMNS, features=["temp", "fair"], units={"tmp": "degF"})

    assert said.split("\n") == [
        "--features: expected columns of the input, got 'fair'.",
        "Hint: did you mean 'fare'?",
        "--unit: expected columns of the input, got 'tmp'.",
        "Hint: did you mean 'temp'?",
    ]


def test_option_for_a_column_that_is_no_feature_says_why():
    said = refusal(COLUMNS | {"k": np.ones(N)}, units={"k": "m"})

    assert said == "--unit: expected features, got 'k'.\nHint: it is constant (1.0)."


def test_no_feature_at_all_lists_the_reasons():
    said = refusal({"id": np.arange(9.0)})

    assert "expected at least one feature, got none" in said
    assert "id: whole numbers that only ascend" in said


def test_feature_without_a_number_and_names_that_cannot_be_are_told_together():
    said = refusal({"*": TEMP, "gone": np.full(N, np.nan)}, features=["*", "gone"])

    assert "feature *: expected a printable name" in said
    assert "feature gone: expected numbers, got none in 400 rows." in said
    assert "--name: expected a printable name" in refusal(COLUMNS, name="")


@pytest.mark.parametrize("unit", [1e200, 1e80, 1e-80])
def test_values_whose_squares_no_float_can_hold_are_a_fault(unit):
    said = refusal({"x": unit * np.array([1.0, -1.0, 0.5])}, features=["x"])

    assert "expected values within ±1e+75, and a spread that can be squared, got values" in said
    assert "another unit would help" in said


def test_what_is_unusual_about_a_feature_is_remarked():
    column = np.concatenate([np.zeros(30), [5.0, np.inf]])

    fitted = fit_scaler({"x": column}, fitting(kind="robust", features=["x"]))

    assert fitted.scaler.features["x"].parameters == RobustParameters(center=0.0, scale=1.0)
    assert fitted.remarks == [
        "x: 1 of 32 values are no numbers and took no part",
        "x: its interquartile range is 0, for which RobustScaler stores the scale 1.0",
    ]


# -------------------------------------------------------------------- laws by phase

HOURS = 1_764_547_200.0 + 3600.0 * np.arange(
    24 * 60, dtype=np.float64
)  # 60 days from a Monday, 2025-12-01, UTC
SEASONAL = (20 + 5 * np.sin(2 * np.pi * HOURS / 86400.0) + RNG.normal(size=len(HOURS))).round(1)
FLAT = RNG.exponential(size=len(HOURS))


def test_features_with_a_season_get_laws_and_the_others_a_remark():
    columns = {"ts": HOURS, "temp": SEASONAL, "fare": FLAT}

    fitted = fit_scaler(columns, fitting(time="ts", phases="hour_of_day"))
    temp, fare = (fitted.scaler.features[name].reference for name in ("temp", "fare"))

    assert temp is not None
    assert temp.phases is not None
    assert temp.phases.by == "hour_of_day"
    assert fare is not None
    assert fare.phases is None
    assert fitted.remarks[0].startswith(f"temp: {len(temp.phases.laws)} laws by hour of day")
    assert fitted.remarks[1:] == [
        "fare: no laws by hour of day: its hours are alike, as far as chance allows",
    ]


def test_without_phases_there_is_one_law_and_no_word_of_it():
    fitted = fit_scaler({"ts": HOURS, "temp": SEASONAL}, fitting(time="ts"))
    reference = fitted.scaler.features["temp"].reference

    assert reference is not None
    assert reference.phases is None
    assert fitted.remarks == []


def test_phases_without_a_time_are_refused_with_the_way_out():
    said = refusal({"temp": SEASONAL}, phases="hour_of_day")

    assert said == (
        "--phases hour_of_day: expected --time FIELD with it, got none.\n"
        "Hint: name the field that says when a row happened; laws by phase are of its hours and "
        "days, in UTC."
    )


# -------------------------------------------------------------------- detector fit


@pytest.fixture
def fit(tmp_path, capsys):
    """Runs `detector fit`: exit status, the scaler if one was written, and what was said."""

    def fit(path, *options):
        output = tmp_path / "scaler.yaml"
        output.unlink(missing_ok=True)
        arguments = ["--name", "fares", "--version", "1", "--kind", "standard"]
        status = main(["fit", "--input", str(path), *arguments, "--output", str(output), *options])
        said = capsys.readouterr().err
        return status, Scaler.load(output) if output.exists() else None, said

    return fit


@pytest.fixture
def ndjson(tmp_path):
    """Rows in descending order of time, with an identifier and a text."""
    path = tmp_path / "train.ndjson"
    rows = [
        {"temp": TEMP[i], "fare": FARE[i], "id": f"{i:04}", "row": i, "ts": 1000 - i}
        for i in range(N)
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_file_holds_what_fit_scaler_gives(fit, ndjson):
    status, scaler, said = fit(ndjson, "--features", "temp,fare")

    assert status == 0
    assert scaler is not None
    assert scaler.features == fit_scaler(COLUMNS, fitting()).scaler.features
    assert scaler.source == {"rows": N, "origin": "train.ndjson", "order": "file"}
    assert "row order: taken as it stands in the file" in said


def test_csv_and_parquet_give_the_same_scaler(fit, ndjson, tmp_path):
    csv = tmp_path / "train.csv"
    rows = (f"{t!r},{f!r}\n" for t, f in zip(TEMP.tolist(), FARE.tolist(), strict=True))
    csv.write_text("temp,fare\n" + "".join(rows))
    parquet = tmp_path / "train.parquet"
    pyarrow.parquet.write_table(pa.table(COLUMNS), parquet)

    _, expected, _ = fit(ndjson, "--features", "temp,fare")
    assert expected is not None
    for path in (csv, parquet):
        _, scaler, _ = fit(path)
        assert scaler is not None
        assert scaler.features == expected.features


def test_defaults_leave_out_identifiers_time_and_text_and_say_so(fit, ndjson):
    status, scaler, said = fit(ndjson, "--time", "ts")

    assert status == 0
    assert scaler is not None
    assert list(scaler.features) == ["temp", "fare"]
    assert "left out id: no more than half of its values are numbers" in said
    assert "left out row: an identifier" in said


def test_rows_are_sorted_by_time_where_a_field_is_named(fit, ndjson):
    """Reversed rows have the same law; steps stay, and the order is told."""
    _, scaler, said = fit(ndjson, "--features", "temp", "--time", "ts")
    reversed_temp = fit_scaler({"temp": TEMP[::-1]}, fitting()).scaler.features["temp"]

    assert scaler is not None
    assert scaler.features["temp"] == reversed_temp
    assert "row order: ascending by ts." in said


@pytest.fixture
def seasonal(tmp_path):
    """Writes a CSV of hourly rows, their times in the form that is asked for, newest first."""

    def seasonal(written):
        path = tmp_path / "season.csv"
        rows = zip(HOURS[::-1].tolist(), SEASONAL[::-1].tolist(), strict=True)
        lines = [f"{written(seconds)},{value}" for seconds, value in rows]
        path.write_text("\n".join(["ts,temp", *lines, ""]))
        return path

    return seasonal


@pytest.mark.parametrize(
    "written",
    [
        lambda seconds: f"{seconds:.0f}",
        lambda seconds: f"{seconds * 1e3:.0f}",
        lambda seconds: f"{seconds * 1e6:.0f}",
        lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(),
    ],
)
def test_laws_by_phase_are_the_same_however_times_are_written(fit, seasonal, written):
    status, scaler, said = fit(seasonal(written), "--time", "ts", "--phases", "hour_of_day")
    columns = {"ts": HOURS, "temp": SEASONAL}
    expected = fit_scaler(columns, fitting(time="ts", phases="hour_of_day")).scaler.features

    assert status == 0
    assert scaler is not None
    assert scaler.features == expected
    assert "temp: 4 laws by hour of day" in said  # 1,440 rows, and 200 or more a law
    assert "hours and days: UTC, from 2025-12-01 00:00 to 2026-01-29 23:00." in said


def test_times_of_no_unit_are_refused_where_hours_are_needed(fit, seasonal):
    path = seasonal(lambda seconds: f"{seconds * 1e9:.0f}")

    status, scaler, said = fit(path, "--time", "ts", "--phases", "day_of_week")

    assert (status, scaler) == (2, None)
    assert "--time ts: expected seconds, milliseconds or microseconds since 1970, or ISO" in said
    assert "got numbers up to 1.7697" in said
    assert fit(path, "--time", "ts")[0] == 0  # an order they are


def test_options_by_feature_are_taken(fit, ndjson):
    _, scaler, _ = fit(
        *(ndjson, "--features", "temp,fare", "--unit", "temp=degF", "--unit", "fare=USD"),
        *("--before", "fare=log1p", "--feature-kind", "temp=minmax"),
    )

    assert scaler is not None
    assert (scaler.features["temp"].unit, scaler.features["fare"].unit) == ("degF", "USD")
    assert scaler.features["fare"].before == "log1p"
    assert scaler.features["temp"].kind == "minmax"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--features", "temp,fair"], "--features: expected columns of the input, got 'fair'."),
        (["--features", ","], "--features: expected names, as in a,b, got none."),
        (["--unit", "temp"], "--unit: expected FEATURE=WORD, got 'temp'."),
        (["--unit", "=degF"], "--unit: expected FEATURE=WORD, got '=degF'."),
        (["--before", "fare=lg1p"], "expected one of log, log1p, sqrt, got lg1p."),
        (["--feature-kind", "fare=max"], "expected one of standard, minmax, robust, maxabs"),
        (["--unit", "fare=a", "--unit", "fare=b"], "--unit: expected each feature once"),
        (["--time", "when"], "--time when: expected a number or an ISO 8601 time in every row"),
        (["--kind", "std"], "invalid choice: 'std'"),
        (["--phases", "hour_of_day"], "--phases hour_of_day: expected --time FIELD with it"),
        (["--phases", "month", "--time", "ts"], "invalid choice: 'month'"),
    ],
)
def test_wrong_arguments_exit_2_and_write_nothing(fit, ndjson, options, says):
    status, scaler, said = fit(ndjson, *options)

    assert status == 2
    assert scaler is None
    assert says in said


@pytest.mark.parametrize("content", ["", "\n\n", "not json\n[1]\n"])
def test_input_without_a_usable_row_exits_2(fit, tmp_path, content):
    path = tmp_path / "empty.ndjson"
    path.write_text(content)

    status, scaler, said = fit(path)

    assert (status, scaler) == (2, None)
    assert "expected training rows, got none" in said


def test_training_rows_are_never_written_over(fit, ndjson):
    rows = ndjson.read_bytes()

    status, _, said = fit(ndjson, "--features", "temp", "--output", str(ndjson))

    assert status == 2
    assert "--output: expected a file of its own" in said
    assert ndjson.read_bytes() == rows


def test_columns_that_are_not_there_name_the_input_and_the_way_out(fit, tmp_path):
    path = tmp_path / "train.csv"
    path.write_text("a;b\n1;2\n")

    status, _, said = fit(path, "--features", "temp")

    assert status == 2
    assert "got the columns 'a;b'" in said
    assert "--features of fit" in said


def test_rows_that_could_not_be_used_are_counted(fit, ndjson):
    ndjson.write_text(ndjson.read_text() + "not json\n")

    status, _, said = fit(ndjson, "--features", "temp")

    assert status == 0
    assert "rows that could not be used: json 1" in said


def test_scaler_goes_to_standard_output_where_asked(ndjson, capsys, tmp_path):
    arguments = ["--name", "fares", "--version", "1", "--kind", "robust", "--output", "-"]

    status = main(["fit", "--input", str(ndjson), "--features", "temp", *arguments])

    written = tmp_path / "from_stdout.yaml"
    written.write_text(capsys.readouterr().out)
    assert status == 0
    assert Scaler.load(written).kind == "robust"
