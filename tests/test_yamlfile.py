"""Strict YAML: what it refuses, where it says so, and that what it writes reads back the same."""

import math
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from detector import yamlfile
from detector.errors import ConfigError


def faults_of(text, read):
    """The faults that *read* finds in *text*, as text."""
    root, source = yamlfile.parse(text, "f.yaml")
    read(root)
    return [str(fault) for fault in source.faults]


def refusal(text):
    """Why *text* is no YAML to go on with."""
    with pytest.raises(ConfigError) as caught:
        yamlfile.parse(text, "f.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("1e-3", "YAML reads 1e-3 as text; write 0.001."),
        ("1E5", "YAML reads 1E5 as text; write 100000.0."),
        ("2e-17", "YAML reads 2e-17 as text; write 2.0e-17."),
        ("010", "YAML reads 010 as another number; write 10.0."),
        ("'1.5'", "numbers stand without quotes."),
        ("'1,5'", "the decimal sign is a point."),
    ],
)
def test_what_looks_like_a_number_and_is_none_says_how_to_write_it(written, hint):
    [fault] = faults_of(f"a: {written}", lambda root: root.get("a").number())

    assert fault.startswith("f.yaml:1: a: expected a finite number, got ")
    assert fault.endswith(f"Hint: {hint}")


@pytest.mark.parametrize(
    "written",
    [
        ".nan",
        ".inf",
        "-.inf",
        "yes",
        "true",
        "null",
        "[1]",
        "0x1F",
        "1:30",
        "1.0e+999",
        "!!float .",
    ],
)
def test_only_finite_decimal_numbers_are_numbers(written):
    faults = faults_of(f"a: {written}", lambda root: root.get("a").number())

    assert len(faults) == 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_is_read_back_exactly(value):
    """Ours and PyYAML's own reader agree on what the writer wrote."""
    text = yamlfile.dump({"a": value})
    root, source = yamlfile.parse(text, "f.yaml")

    assert root.get("a").number() == value
    assert source.faults == []
    assert yaml.safe_load(text) == {"a": value}


def test_nan_and_infinity_are_written_as_yaml_spells_them():
    text = yamlfile.dump({"a": math.inf, "b": -math.inf, "c": math.nan})

    assert text == "a: .inf\nb: -.inf\nc: .nan\n"


def test_key_that_yaml_reads_as_false_stays_text():
    root, _ = yamlfile.parse("{no: 1, on: 2, null: 3, 1.50: 4, 2013-01-01: 5}", "f.yaml")

    assert root.keys() == ["no", "on", "null", "1.50", "2013-01-01"]


def test_duplicate_key_names_its_mapping_and_both_lines():
    faults = faults_of("a:\n  b:\n    c: 1\n    d: 2\n    c: 3\n", lambda root: None)

    assert faults == ["f.yaml:5: a.b: expected each key once, got 'c' again (first in line 3)."]


def test_duplicate_key_inside_a_list_is_found():
    faults = faults_of("a: [{b: 1}, {b: 1, b: 2}]", lambda root: None)

    assert faults == ["f.yaml:1: a[1]: expected each key once, got 'b' again (first in line 1)."]


def test_first_of_two_equal_keys_is_read():
    root, _ = yamlfile.parse("{a: 1, a: 2}", "f.yaml")

    assert root.get("a").number() == 1


@pytest.mark.parametrize("key", ["? [1, 2]\n: 3", "? {a: 1}\n: {b: [3]}", "'': 3", "<<: {a: 1}"])
def test_key_must_be_text(key):
    [fault] = faults_of(f"{key}\nother: 1\n", lambda root: root.get("other").number(required=True))

    assert fault.startswith("f.yaml:1: expected text as a key")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x 1\nb: *x\n", "f.yaml:2: expected no aliases, got one."),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: expected one document, got a second one."),
        ("[" * 40, "f.yaml:1: expected at most 32 levels of nesting, got more."),
        ("a: [1, 2\n", "expected valid YAML, got a syntax error: "),
        ("a:\n\t- 1\n", "f.yaml:2: expected valid YAML"),
        ("a: 1\nb: '\x01'\n", "f.yaml:2: expected printable text, got a control character."),
    ],
)
def test_text_that_is_no_yaml_to_go_on_with_is_refused_with_its_line(text, says):
    assert says in refusal(text)


def test_tab_as_indentation_says_so():
    assert "Hint: indent with spaces, not tabs." in refusal("a:\n\tb: 1\n")


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!own", "!!set", "!!binary"])
def test_tag_that_is_not_plain_is_a_fault(tag):
    value = "{x, y}" if tag == "!!set" else "[x]" if tag.startswith("!!python") else "x"
    faults = faults_of(f"ok: 1\na: {tag} {value}\n", lambda root: None)

    assert len(faults) == 1
    assert faults[0].startswith("f.yaml:2: expected plain YAML, got ")


def test_all_faults_of_a_text_are_told_at_once():
    def read(root):
        root.only(["scale", "kind", "name"])
        root.get("scale").number()
        root.get("kind").choice(["standard", "robust"])
        root.get("name").text()
        root.get("gone").number(required=True)

    faults = faults_of("scael: 1\nscale: x\nkind: robst\nname: 3\n", read)

    assert "\n".join(faults).split("\n") == [
        "f.yaml:1: scael: expected one of scale, kind, name, got the unknown key 'scael'.",
        "Hint: did you mean 'scale'?",
        "f.yaml:2: scale: expected a finite number, got 'x' (text).",
        "f.yaml:3: kind: expected one of standard, robust, got 'robst' (text).",
        "Hint: did you mean 'robust'?",
        "f.yaml:4: name: expected text, got '3' (an integer).",
        'Hint: quote it: "3".',
        "f.yaml:1: gone: expected a finite number, got nothing (the key is required).",
    ]


def test_keys_that_come_later_and_keys_that_are_refused_say_why():
    faults = faults_of(
        "{phases: 1, data_min: 2}",
        lambda root: root.only(["mean"], later={"phases": "soon."}, refused={"data_min": "no."}),
    )

    assert faults == [
        "f.yaml:1: phases: expected no 'phases' yet, got the key.\nHint: soon.",
        "f.yaml:1: data_min: expected one of mean, got the key 'data_min'.\nHint: no.",
    ]


def test_secret_is_never_quoted():
    """A password where a mapping is expected would otherwise stand in the log of a failed start."""
    [fault] = faults_of("sasl.password: hunter2", lambda root: root.get("sasl.password").number())

    assert "hunter2" not in fault


def test_list_of_numbers_names_its_wrong_elements():
    faults = faults_of("a: [1.0, x, 3, .nan]", lambda root: root.get("a").numbers())

    assert [fault.split(":")[2] for fault in faults] == [" a[1]", " a[3]"]


def test_whole_number_may_have_a_point_and_must_be_whole():
    root, source = yamlfile.parse("{a: 1000000.0, b: 1_000, c: 1.5, d: true}", "f.yaml")

    assert [root.get(key).integer(-1) for key in "abcd"] == [1_000_000, 1_000, -1, -1]
    assert len(source.faults) == 2


def test_boolean_is_true_or_false_and_nothing_else():
    root, source = yamlfile.parse("{a: true, b: False, c: yes, d: 1}", "f.yaml")

    assert [root.get(key).boolean() for key in "abcd"] == [True, False, False, False]
    assert len(source.faults) == 2


def test_moment_is_read_quoted_or_not():
    root, source = yamlfile.parse("{a: 2026-11-20T09:30:00Z, b: '2026-11-20', c: soon}", "f.yaml")
    moments = [root.get(key).moment() for key in "abc"]

    assert moments[0] is not None
    assert moments[0].isoformat() == "2026-11-20T09:30:00+00:00"
    assert moments[1] is not None
    assert moments[2] is None
    assert len(source.faults) == 1


def test_missing_file_directory_and_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe9\n")

    with pytest.raises(ConfigError, match="expected a file, got no such file"):
        yamlfile.load(tmp_path / "gone.yaml")
    with pytest.raises(ConfigError, match="expected a readable file, got is a directory"):
        yamlfile.load(tmp_path)
    with pytest.raises(ConfigError, match=r"latin.yaml:2: expected UTF-8 text, got the byte 0xe9"):
        yamlfile.load(tmp_path / "latin.yaml")


def test_file_over_the_limit_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (yamlfile.MAX_BYTES + 1))

    with pytest.raises(ConfigError, match="at most 8388608 bytes"):
        yamlfile.load(path)


def test_reader_of_a_file_sees_the_old_text_or_the_new_one(tmp_path):
    """The new text comes by renaming: the old file, still open, keeps what it held."""
    path = tmp_path / "a.yaml"
    path.write_text("old")
    with path.open() as reader:
        yamlfile.save(path, "new")

        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yaml"]


def test_symbolic_link_stays_one(tmp_path):
    target = tmp_path / "target.yaml"
    target.write_text("old")
    link = tmp_path / "link.yaml"
    link.symlink_to(target)

    yamlfile.save(link, "new")

    assert link.is_symlink()
    assert target.read_text() == "new"


def test_place_that_cannot_be_written_is_a_fault(tmp_path):
    with pytest.raises(ConfigError, match="expected a file that can be written"):
        yamlfile.save(tmp_path / "gone" / "a.yaml", "text")


def test_what_is_no_regular_file_is_written_directly():
    yamlfile.save(Path(os.devnull), "text")

    assert not Path(os.devnull).is_file()
