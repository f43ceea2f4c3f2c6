"""Scaler files: what a minimal one holds, what a wrong one says, and that nothing gets lost."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from detector.errors import ConfigError
from detector.scaler import (
    IdentityParameters,
    MinMaxParameters,
    PhaseLaw,
    Phases,
    Scaler,
    StandardParameters,
)
from tests.scalers import scalers

HEAD = 'schema: scaler/v1\nname: fares\nversion: "3"\n'
WHOLE = (
    HEAD
    + """
created_at: 2026-11-20T09:30:00Z
source: {rows: 120000, origin: train.parquet}
kind: standard
features:
  temp:
    mean: 55.26
    scale: 17.78
    unit: degF
    before: log1p
    reference:
      count: 120000
      min: 10.9
      max: 100.0
      mean: 55.26
      std: 17.78
      quantiles: {0.001: 12.0, 0.01: 17.1, 0.05: 26.1, 0.1: 32.0, 0.5: 55.0, 0.999: 98.1}
      atoms: {55.0: 0.31}
      distinct: 171
      decimals: 1
      missing_rate: 0.0
      autocorrelation_time: 3.2
      longest_run: 4
      step: {mean: 0.9, q99: 4.0, max: 11.2}
      block_change: {mean: 0.6, log_std: 0.5}
"""
)


@pytest.fixture
def load(tmp_path):
    """Loads a scaler file of the given text."""
    path = tmp_path / "scaler.yaml"

    def load(text):
        path.write_text(text, encoding="utf-8")
        return Scaler.load(path)

    return load


@pytest.fixture
def refusal(load, tmp_path):
    """What is said about a wrong text, a line a fault or hint, without the folder."""

    def refusal(text):
        with pytest.raises(ConfigError) as caught:
            load(text)
        return str(caught.value).replace(f"{tmp_path}/", "").split("\n")

    return refusal


def standard(reference: str) -> str:
    """A file of one feature with this reference, in line 10."""
    return (
        f"{HEAD}kind: standard\nfeatures:\n  temp:\n    mean: 1\n    scale: 2\n"
        f"    reference:\n      {reference}\n"
    )


# -------------------------------------------------------------------- right files


@given(scalers)
def test_what_is_saved_is_loaded_again(tmp_path_factory, scaler):
    """Every float64 comes back exactly, and so do odd names."""
    path = tmp_path_factory.getbasetemp() / "round_trip.yaml"

    scaler.save(path)

    assert Scaler.load(path) == scaler


def test_file_with_the_required_keys_only_is_whole(load):
    scaler = load(HEAD + "kind: standard\nfeatures:\n  amount: {mean: 1, scale: 2.5}\n")

    assert (scaler.name, scaler.version, scaler.kind) == ("fares", "3", "standard")
    assert scaler.features["amount"].parameters == StandardParameters(mean=1.0, scale=2.5)
    assert scaler.features["amount"].reference is None
    assert scaler.digest.startswith("sha256:")


def test_every_key_of_a_reference_is_read(load):
    temp = load(WHOLE).features["temp"]

    assert (temp.unit, temp.before) == ("degF", "log1p")
    assert temp.reference is not None
    assert temp.reference.count == 120_000
    assert temp.reference.probabilities.tolist() == [0.001, 0.01, 0.05, 0.1, 0.5, 0.999]
    assert temp.reference.quantiles.tolist() == [12.0, 17.1, 26.1, 32.0, 55.0, 98.1]
    assert temp.reference.atoms == ((55.0, 0.31),)
    assert temp.reference.step is not None
    assert temp.reference.step.q99 == 4.0


def test_list_of_order_statistics_stands_in_the_middle_of_equal_shares(load):
    scaler = load(standard("{count: 4, quantiles: [1, 2, 2, 5]}"))
    reference = scaler.features["temp"].reference

    assert reference is not None
    np.testing.assert_array_equal(reference.probabilities, [0.125, 0.375, 0.625, 0.875])


def test_feature_may_be_of_another_kind_than_the_file(load):
    scaler = load(
        HEAD + "kind: standard\nfeatures:\n  a: {kind: minmax, data_min: 0, data_max: 5}\n"
        "  b: {kind: identity}\n"
    )

    assert scaler.features["a"].parameters == MinMaxParameters(data_min=0.0, data_max=5.0)
    assert scaler.features["b"].parameters == IdentityParameters()


def test_identity_feature_needs_nothing_at_all(load):
    scaler = load(HEAD + "kind: identity\nfeatures:\n  a:\n  b: {}\n")

    assert list(scaler.features) == ["a", "b"]


def test_feature_named_no_stays_text(load):
    scaler = load(HEAD + "kind: maxabs\nfeatures:\n  no: {max_abs: 1}\n  1.5: {max_abs: 2}\n")

    assert list(scaler.features) == ["no", "1.5"]


def test_optional_keys_may_be_null(load):
    scaler = load(
        HEAD + "created_at: ~\nsource: null\ndigest: null\nkind: maxabs\n"
        "features:\n  a: {max_abs: 1, unit: null, before: null, reference: null}\n"
    )

    assert scaler.features["a"].unit is None


def test_atoms_are_kept_heaviest_first(load):
    scaler = load(standard("{count: 9, quantiles: [1, 5], atoms: {2: 0.1, 1: 0.3, 3: 0.1}}"))
    reference = scaler.features["temp"].reference

    assert reference is not None
    assert reference.atoms == ((1.0, 0.3), (2.0, 0.1), (3.0, 0.1))


def test_numbers_are_written_so_that_yaml_reads_numbers(load, tmp_path):
    """`1e-05` is text to YAML 1.1."""
    scaler = load(HEAD + "kind: standard\nfeatures:\n  a: {mean: 0.00001, scale: 2.0e+17}\n")

    scaler.save(tmp_path / "written.yaml")

    assert "mean: 1.0e-05" in (tmp_path / "written.yaml").read_text()


def test_laws_by_phase_are_read_as_lists_or_by_probability(load):
    laws = "[{count: 4, quantiles: [1, 2]}, {count: 5, quantiles: {0.1: 3, 0.5: 4}}]"
    table = "[0, 0, 0, 0, 0, 1, 1]"
    phases = f"phases: {{by: day_of_week, table: {table}, laws: {laws}}}"

    scaler = load(standard(f"{{count: 9, quantiles: [1, 5], {phases}}}"))

    reference = scaler.features["temp"].reference
    assert reference is not None
    assert reference.phases == Phases(
        by="day_of_week",
        table=(0, 0, 0, 0, 0, 1, 1),
        laws=(
            PhaseLaw(4, np.array([0.25, 0.75]), np.array([1.0, 2.0])),
            PhaseLaw(5, np.array([0.1, 0.5]), np.array([3.0, 4.0])),
        ),
    )


# -------------------------------------------------------------------- wrong files


@pytest.mark.parametrize(
    "scale", ["0", "-1.5", ".nan", ".inf", "5.0e-324", "true", "'1'", "~", "x"]
)
def test_scale_must_be_a_finite_number_above_zero(refusal, scale):
    lines = refusal(HEAD + f"kind: standard\nfeatures:\n  temp:\n    mean: 1\n    scale: {scale}\n")

    assert lines[0].startswith(
        "scaler.yaml:8: features.temp.scale: expected a finite number above 0, got "
    )


def test_number_that_yaml_reads_as_text_says_how_to_write_it(refusal):
    lines = refusal(HEAD + "kind: standard\nfeatures:\n  a: {mean: 0, scale: 1e-3}\n")

    assert lines == [
        "scaler.yaml:6: features.a.scale: expected a finite number above 0, got '1e-3' (text).",
        "Hint: YAML reads 1e-3 as text; write 0.001.",
    ]


@pytest.mark.parametrize("high", ["3", "2.5", ".inf"])
def test_data_max_must_lie_above_data_min(refusal, high):
    [line] = refusal(HEAD + f"kind: minmax\nfeatures:\n  a: {{data_min: 3, data_max: {high}}}\n")

    assert "features.a.data_max: expected a finite number above data_min (3.0), got" in line


@pytest.mark.parametrize("bounds", ["[1, 0]", "[0, 0]", "[0]", "[0, 1, 2]", "0", "[a, 1]"])
def test_feature_range_must_be_two_ascending_numbers(refusal, bounds):
    lines = refusal(
        HEAD + "kind: minmax\nfeatures:\n"
        f"  a: {{data_min: 0, data_max: 1, feature_range: {bounds}}}\n"
    )

    assert "features.a.feature_range" in lines[0]


def test_range_that_no_float_can_hold_is_refused(refusal):
    [line] = refusal(
        HEAD + "kind: minmax\nfeatures:\n  a: {data_min: -1.7e+308, data_max: 1.7e+308}\n"
    )

    assert line.endswith("expected parameters whose quotient is a finite number, got an overflow.")


@pytest.mark.parametrize(
    "feature",
    [
        "kind: standard\nfeatures:\n  a: {mean: 0, scale: 1.0e-300}\n",
        "kind: standard\nfeatures:\n  a: {mean: 1.0e+200, scale: 1.0}\n",
        "kind: maxabs\nfeatures:\n  a: {max_abs: 1.0e+300}\n",
        "kind: minmax\nfeatures:\n  a: {data_min: 0.0, data_max: 1.0e-300}\n",
        "kind: minmax\nfeatures:\n  a: {data_min: 0, data_max: 1, feature_range: [0, 1.0e+300]}\n",
    ],
)
def test_parameters_whose_squares_no_float_can_hold_are_refused(refusal, feature):
    """Variances are sums of squares: they would be 0 or infinite."""
    [line, hint] = refusal(HEAD + feature)

    assert "features.a: expected numbers whose squares float64 can hold: at most 1e+75" in line
    assert "another unit" in hint


def test_reference_whose_squares_no_float_can_hold_is_refused(refusal):
    reference = "{count: 3, quantiles: [-1.7e+308, 0.0, 1.7e+308]}"
    [line] = refusal(
        HEAD + f"kind: standard\nfeatures:\n  a: {{mean: 0, scale: 1, reference: {reference}}}\n"
    )

    assert line.endswith("features.a.reference: expected values within ±1e+75, got -1.7e+308.")


def test_parameter_of_another_kind_says_whose_it_is(refusal):
    lines = refusal(HEAD + "kind: standard\nfeatures:\n  a: {mean: 0, scale: 1, center: 2}\n")

    assert lines[1] == "Hint: that is a parameter of robust, and this feature is standard."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{count: 9, quantiles: [3, 2, 1]}", "quantiles: expected ascending values, got 2.0 after"),
        ("{count: 9, quantiles: {0.5: 2, 0.1: 3}}", "quantiles: expected ascending values"),
        ("{count: 9, quantiles: {0.0: 2, 0.5: 3}}", "quantiles: expected probabilities above 0"),
        ("{count: 9, quantiles: {0.5: 2, 1: 3}}", "quantiles: expected probabilities above 0"),
        ("{count: 9, quantiles: {0.5: 2, 0.50: 3}}", "quantiles: expected each probability once"),
        ("{count: 9, quantiles: {p50: 2, 0.6: 3}}", "quantiles: expected a number as a key"),
        ("{count: 9, quantiles: [1]}", "quantiles: expected at least two values"),
        ("{count: 9, quantiles: []}", "quantiles: expected at least two values"),
        ("{count: 9, quantiles: 5}", "quantiles: expected a list of order statistics"),
        ("{count: 9, quantiles: [1, x]}", "quantiles[1]: expected a finite number, got 'x' (text)"),
        ("{count: 9}", "quantiles: expected a list of order statistics"),
        ("{quantiles: [1, 2]}", "count: expected a whole number from 1, got nothing"),
        ("{count: 0, quantiles: [1, 2]}", "count: expected a whole number from 1"),
        ("{count: 2.5, quantiles: [1, 2]}", "count: expected a whole number from 1"),
        ("{count: 9, quantiles: [1, 2], std: 0}", "std: expected a finite number above 0"),
        ("{count: 9, quantiles: [1, 2], min: 1.5}", "quantiles: expected values from min (1.5)"),
        ("{count: 9, quantiles: [1, 2], max: 1.5}", "quantiles: expected values from min (-inf)"),
        ("{count: 9, quantiles: [1, 2], min: 3, max: 2}", "min: expected at most max (2.0)"),
        ("{count: 9, quantiles: [1, 2], min: 1, max: 2, mean: 4}", "mean: expected a number from"),
        ("{count: 9, quantiles: [1, 2], atoms: {1: 0}}", "atoms: expected shares above 0"),
        ("{count: 9, quantiles: [1, 2], atoms: {1: 1.1}}", "atoms: expected shares above 0"),
        ("{count: 9, quantiles: [1, 2], atoms: {1: 0.6, 2: 0.6}}", "atoms: expected shares that"),
        ("{count: 9, quantiles: [1, 2], atoms: {1: 0.1, 1.0: 0.1}}", "atoms: expected each value"),
        ("{count: 9, quantiles: [1, 2], atoms: [1]}", "atoms: expected a mapping of numbers"),
        ("{count: 9, quantiles: [1, 2], decimals: -1}", "decimals: expected a whole number from 0"),
        ("{count: 9, quantiles: [1, 2], decimals: 16}", "decimals: expected a whole number from 0"),
        ("{count: 9, quantiles: [1, 2], missing_rate: 1}", "missing_rate: expected a share"),
        ("{count: 9, quantiles: [1, 2], autocorrelation_time: 0.5}", "autocorrelation_time: exp"),
        ("{count: 9, quantiles: [1, 2], longest_run: 10}", "longest_run: expected at most count"),
        ("{count: 9, quantiles: [1, 2], step: {mean: 1, q99: 3, max: 2}}", "step: expected a max"),
        ("{count: 9, quantiles: [1, 2], step: {mean: 1, max: 2}}", "step.q99: expected a finite"),
        (
            "{count: 9, quantiles: [1, 2], block_change: {mean: -1, log_std: 0}}",
            "block_change.mean",
        ),
        ("{count: 9, quantiles: [1, 2], quantile: 3}", "quantile: expected one of count, min, max"),
        ("[1, 2]", "reference: expected a mapping, got a list"),
    ],
)
def test_wrong_reference_is_refused_at_its_place(refusal, text, says):
    lines = refusal(standard(text))

    assert lines[0].startswith("scaler.yaml:10: features.temp.reference")
    assert says in lines[0]


def test_part_of_a_reference_that_comes_later_is_refused_by_name(refusal):
    lines = refusal(standard("{count: 9, quantiles: [1, 2], innovation: {mean: 0}}"))

    assert "reference.innovation: expected no 'innovation' yet" in lines[0]
    assert "later release" in lines[1]


WEEK = "[0, 0, 0, 0, 0, 1, 1]"
TWO_LAWS = "[{count: 3, quantiles: [1, 2]}, {count: 3, quantiles: [1, 2]}]"


def phased(by="day_of_week", table=WEEK, laws=TWO_LAWS, more=""):
    return standard(
        "{count: 9, min: 1, max: 2, quantiles: [1, 2], "
        f"phases: {{by: {by}, table: {table}, laws: {laws}{more}}}}}"
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"by": "hour"}, ".by: expected one of hour_of_day, day_of_week, hour_of_week, got 'hour'"),
        ({"by": "hour_of_day"}, ".table: expected 24 entries, for the hours of hour_of_day, got 7"),
        ({"table": "[]"}, ".table: expected 7 entries, for the days of day_of_week, got 0"),
        ({"table": "[0, 0, 0, 0, 0, 1, 2]"}, ".table[6]: expected the number of a law, 0 to 1"),
        ({"table": "[0, 0, 0.5, 0, 0, 1, 1]"}, ".table[2]: expected the number of a law, 0 to 1"),
        ({"table": "[0, 0, 0, 0, 0, 1, x]"}, ".table[6]: expected a finite number, got 'x' (text)"),
        ({"table": "[0, 0, 0, 0, 0, 0, 0]"}, ".laws: expected laws that a phase has, got law 1"),
        ({"table": "0"}, ".table: expected a list that says which law each phase has, got '0'"),
        ({"table": "~"}, ".table: expected a list that says which law each phase has, got nothing"),
        ({"laws": "{}"}, ".laws: expected a list of 2 to 8 laws, got a mapping"),
        ({"laws": f"[{', '.join(['{count: 1, quantiles: [1, 2]}'] * 9)}]"}, "2 to 8 laws, got 9"),
        ({"laws": "[{count: 1, quantiles: [1, 2]}]", "table": "[0,0,0,0,0,0,0]"}, "laws, got 1"),
        ({"laws": TWO_LAWS.replace("3,", "0,")}, ".laws[0].count: expected a whole number from 1"),
        ({"laws": TWO_LAWS.replace("3,", "5,")}, "counts that sum to at most count (9), got 10"),
        ({"laws": TWO_LAWS.replace("1, 2", "2, 1")}, "quantiles: expected ascending values"),
        ({"laws": TWO_LAWS.replace("1, 2", "1")}, "quantiles: expected at least two values, got 1"),
        ({"laws": TWO_LAWS.replace("1, 2", "1, 3")}, "expected values from min (1.0) to max (2.0)"),
        ({"laws": TWO_LAWS.replace("quantiles", "q")}, "got the unknown key 'q'"),
        ({"laws": "[1, 2]"}, ".laws[0]: expected a mapping of count and quantiles, got '1'"),
        ({"more": ", law: 3"}, "expected one of by, table, laws, got the unknown key 'law'"),
    ],
)
def test_wrong_laws_by_phase_are_refused_at_their_place(refusal, wrong, says):
    lines = refusal(phased(**wrong))

    assert lines[0].startswith("scaler.yaml:10: features.temp.reference.phases")
    assert says in lines[0]


def test_laws_by_phase_lack_nothing(refusal):
    lines = refusal(standard("{count: 9, quantiles: [1, 2], phases: {}}"))

    assert [line.split(": ")[1] for line in lines] == [
        f"features.temp.reference.phases.{key}" for key in ("by", "laws", "table")
    ]


def test_all_faults_of_laws_by_phase_are_told_at_once(refusal):
    laws = "[{count: 0, quantiles: [2, 1]}, {count: 1, quantiles: [1]}, 5]"

    lines = refusal(phased(by="hour", table="[0, 3]", laws=laws, more=", x: 1"))

    assert len([line for line in lines if not line.startswith("Hint")]) == 7


def test_law_by_phase_with_values_that_before_cannot_take_is_refused(refusal):
    laws = "[{count: 3, quantiles: [-2, 2]}, {count: 3, quantiles: [1, 2]}]"
    phases = f"phases: {{by: day_of_week, table: {WEEK}, laws: {laws}}}"

    lines = refusal(
        HEAD + "kind: standard\nfeatures:\n  a: {mean: 0, scale: 1, before: log1p, "
        f"reference: {{count: 9, quantiles: [1, 2], {phases}}}}}\n"
    )

    assert "expected only training values that have a log1p, got -2.0" in lines[0]


def test_law_by_phase_whose_squares_no_float_can_hold_is_refused(refusal):
    laws = TWO_LAWS.replace("1, 2", "1, 1.0e+100")

    [line] = refusal(phased(laws=laws).replace("min: 1, max: 2, ", ""))

    assert line.endswith("features.temp.reference: expected values within ±1e+75, got 1e+100.")


@pytest.mark.parametrize(("before", "lowest"), [("log", 0), ("log1p", -1), ("sqrt", -0.5)])
def test_reference_with_values_that_before_cannot_take_is_refused(refusal, before, lowest):
    lines = refusal(
        HEAD + f"kind: standard\nfeatures:\n  a: {{mean: 0, scale: 1, before: {before}, "
        f"reference: {{count: 9, quantiles: [{lowest}, 2]}}}}\n"
    )

    assert f"expected only training values that have a {before}, got {float(lowest)!r}" in lines[0]


@pytest.mark.parametrize(
    "name", ['"*"', '""', f"{'a' * 129}", '"a\\tb"', '"a\\u0007b"', '"a\\u2028b"']
)
def test_name_must_be_printable_short_and_no_star(refusal, name):
    of_feature = refusal(HEAD + f"kind: maxabs\nfeatures:\n  {name}: {{max_abs: 1}}\n")
    of_scaler = refusal(HEAD.replace("fares", name) + "kind: maxabs\nfeatures: {a: {max_abs: 1}}\n")

    assert "scaler.yaml:6" in of_feature[0]
    assert of_scaler[0].startswith("scaler.yaml:2: name: expected a printable name of 1 to 128")


def test_version_must_be_text(refusal):
    """YAML would make 1.10 the number 1.1."""
    lines = refusal(HEAD.replace('"3"', "1.10") + "kind: maxabs\nfeatures: {a: {max_abs: 1}}\n")

    assert lines == [
        "scaler.yaml:3: version: expected text, got '1.10' (a number).",
        'Hint: quote it: "1.10".',
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "",
            "scaler.yaml:1: expected a scaler file: a mapping with schema: scaler/v1, got nothing",
        ),
        ("[1, 2]", "scaler.yaml:1: expected a scaler file: a mapping"),
        (HEAD + "kind: standard\n", "features: expected a mapping of at least one feature name"),
        (HEAD + "kind: standard\nfeatures: {}\n", "at least one feature name"),
        (HEAD + "kind: standard\nfeatures: [a]\n", "at least one feature name"),
        (HEAD + "kind: standard\nfeatures:\n  a:\n", "features.a: expected a mapping of scaling"),
        (HEAD + "features: {a: {max_abs: 1}}\n", "kind: expected one of standard, minmax"),
        (HEAD + "kind: std\nfeatures: {a: {max_abs: 1}}\n", "kind: expected one of standard"),
        ("kind: maxabs\nfeatures: {a: {max_abs: 1}}\n", "schema: expected scaler/v1, got nothing"),
        (WHOLE.replace("scaler/v1", "scaler/v2"), "schema: expected scaler/v1, got 'scaler/v2'"),
        (WHOLE.replace("log1p", "log2"), "before: expected one of log, log1p, sqrt, got 'log2'"),
        (WHOLE.replace("degF", "1"), "unit: expected text, got '1' (an integer)"),
        (WHOLE.replace("2026-11-20T09:30:00Z", "soon"), "created_at: expected a date and time"),
        (WHOLE.replace("{rows: 120000, origin: train.parquet}", "train"), "source: expected a map"),
        (WHOLE + "digest: abc\n", "digest: expected sha256: and 64 hexadecimal digits, got 'abc'"),
        (WHOLE + "extra: 1\n", "extra: expected one of schema, name"),
        (WHOLE + "kind: robust\n", "expected each key once, got 'kind' again"),
    ],
)
def test_wrong_file_says_what_is_expected(refusal, text, says):
    assert any(says in line for line in refusal(text))


def test_wrong_digest_says_what_it_would_have_to_be(refusal, load):
    right = load(WHOLE).digest

    lines = refusal(WHOLE.replace("17.78", "17.79") + f"digest: {right}\n")

    assert "digest: expected sha256:" in lines[0]
    assert right in lines[0]
    assert "restore them" in lines[1]


def test_right_digest_is_verified_and_taken(load):
    right = load(WHOLE).digest

    assert load(WHOLE + f"digest: {right}\n").digest == right


def test_all_faults_of_a_file_are_told_at_once(refusal):
    lines = refusal(
        "schema: scaler/v2\nname: 3\nknd: standard\nkind: standrd\nfeatures:\n"
        "  a: {mean: yes, scale: 1e-3}\n  a: {}\n  b: {kind: robust, center: .nan, scale: -1}\n"
    )
    places = [line.split(": expected")[0] for line in lines if not line.startswith("Hint")]

    assert sorted(places) == sorted(
        [
            "scaler.yaml:1: schema",
            "scaler.yaml:2: name",
            "scaler.yaml:1: version",
            "scaler.yaml:3: knd",
            "scaler.yaml:4: kind",
            "scaler.yaml:6: features.a.mean",
            "scaler.yaml:6: features.a.scale",
            "scaler.yaml:7: features",
            "scaler.yaml:8: features.b.center",
            "scaler.yaml:8: features.b.scale",
        ]
    )


def test_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"gone.yaml: expected a file, got no such file"):
        Scaler.load(tmp_path / "gone.yaml")


def test_failed_save_leaves_the_old_file(tmp_path, load):
    scaler = load(WHOLE)
    folder = tmp_path / "folder"
    folder.mkdir()

    with pytest.raises(ConfigError, match="expected a file that can be written"):
        scaler.save(folder / "gone" / "a.yaml")

    assert list(Path(folder).iterdir()) == []
