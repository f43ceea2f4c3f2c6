"""`detector scaler`: what it prints and how it exits."""

import pytest

from detector.cli import main
from detector.scaler import Scaler
from tests.test_scaler_file import WHOLE, phased


@pytest.fixture
def files(tmp_path):
    """A scaler file, one of another version and scale, and one that is wrong."""
    texts = {
        "a": WHOLE,
        "b": WHOLE.replace('version: "3"', 'version: "4"').replace("scale: 17.78", "scale: 18.0"),
        "wrong": WHOLE.replace("17.78", "0"),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return {name: str(tmp_path / f"{name}.yaml") for name in texts}


def test_show_prints_a_line_a_feature(files, capsys):
    status = main(["scaler", "show", files["a"]])
    lines = capsys.readouterr().out.splitlines()

    assert status == 0
    assert lines[0] == "fares version 3, 1 features"
    assert lines[1] == Scaler.load(files["a"]).digest
    assert lines[3] == "source rows 120000, origin train.parquet"
    assert lines[-1].split("  ")[0] == "temp"
    assert "mean 55.26, scale 17.78" in lines[-1]
    assert "120,000 rows, 6 quantiles, 10.9 to 100, 1 decimals, 1 atoms" in lines[-1]


def test_show_says_how_many_laws_a_season_has(tmp_path, capsys):
    path = tmp_path / "season.yaml"
    path.write_text(phased())

    assert main(["scaler", "show", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("1 to 2, 2 laws by day of week")


def test_show_says_what_is_not_known(tmp_path, capsys):
    path = tmp_path / "small.yaml"
    path.write_text('schema: scaler/v1\nname: a\nversion: "1"\nkind: identity\nfeatures: {x: }\n')

    assert main(["scaler", "show", str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["x", "identity", *"---", "none"]


def test_digest_prints_the_digest_and_nothing_else(files, capsys):
    assert main(["scaler", "digest", files["a"]]) == 0
    assert capsys.readouterr().out == f"{Scaler.load(files['a']).digest}\n"


def test_diff_exits_1_and_says_what_differs(files, capsys):
    status = main(["scaler", "diff", files["a"], files["b"]])
    out, err = capsys.readouterr()

    assert status == 1
    assert out.splitlines() == [
        "version: 3 became 4",
        "temp: scale: 17.78 became 18.0 (+0.0124 of the first's scale)",
    ]
    assert "predictions: not the same" in err


def test_diff_of_equal_scalers_exits_0_and_prints_nothing(files, capsys):
    assert main(["scaler", "diff", files["a"], files["a"]]) == 0
    assert capsys.readouterr().out == ""


def test_wrong_file_exits_2_with_its_place(files, capsys):
    assert main(["scaler", "show", files["wrong"]]) == 2
    assert "features.temp.scale: expected a finite number above 0, got '0'" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("action", ["push", "pull", "list"])
def test_registry_is_refused_by_name_until_it_comes(action, capsys):
    assert main(["scaler", action, "fares@3"]) == 2
    assert f"detector scaler {action}: not in this release" in capsys.readouterr().err
