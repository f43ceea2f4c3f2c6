"""`detector check`: what is in effect, what is watched, and what is wrong, in words."""

import pytest
import yaml

from detector import cli
from detector.cli.check import report
from detector.config import load
from detector.detection.describe import describe

CANARY = "canary-7f3a"
CONFIG = """\
kafka:
  bootstrap.servers: localhost:1
  sasl.username: reader
  sasl.password: ${PASSWORD}
web: {token: "${PASSWORD}"}
models:
  flight-delay: {topic: features, scaler: full.yaml}
"""
SCALER = """\
schema: scaler/v1
name: flight-delay
version: "3"
kind: standard
features:
  temp: {mean: 55.26, scale: 17.78}
  wind: {mean: 11.1, scale: 5.5}
  age: {kind: minmax, data_min: 0.0, data_max: 90.0}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "full.yaml").write_text(SCALER)
    (tmp_path / "detector.yaml").write_text(CONFIG)
    return tmp_path


def check(folder, *args, config=CONFIG):
    (folder / "detector.yaml").write_text(config)
    return cli.main(["check", "--config", str(folder / "detector.yaml"), *args])


def test_what_is_in_effect_is_yaml_on_standard_output_without_secrets(folder, capfd, monkeypatch):
    monkeypatch.setenv("PASSWORD", CANARY)

    assert check(folder) == 0

    out, err = capfd.readouterr()
    shown = yaml.safe_load(out)
    assert shown["kafka"]["sasl.username"] == "reader"
    assert shown["kafka"]["sasl.password"] == shown["web"]["token"] == "(secret)"
    assert shown["dead_letters"] == {"topic": "drift.dead-letters", "stop_above": 0.5}
    assert shown["models"]["flight-delay"]["scaler"] == str(folder / "full.yaml")
    assert err.endswith("detector.yaml: no faults.\n")
    assert CANARY not in out + err


def test_each_feature_is_reported_once_with_its_tests(folder):
    """Features that are watched alike share their lines; all the tests and hints are there."""
    config = load(folder / "detector.yaml", {"PASSWORD": CANARY})

    lines = list(report(config))

    assert "  temp, wind" in lines
    assert "  age" in lines
    text = "\n".join(lines)
    for feature in describe(config.models["flight-delay"].settings):
        for test in feature.tests:
            assert f"    {test.name}{'' if test.promised else ' *'} " in text
            assert test.words in text
        for hint in feature.hints:
            assert f"    Better: {hint}." in text


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ("", "in the headers scaler-digest and scaler-version: one that names another is an event"),
        (", headers: {digest: null, version: v}", "in the header v: one that names another is"),
        (", headers: {digest: null, version: null}", "in its headers is not looked at"),
    ],
)
def test_the_headers_that_are_watched_are_named(folder, headers, says):
    (folder / "detector.yaml").write_text(CONFIG.replace("full.yaml", f"full.yaml{headers}"))
    config = load(folder / "detector.yaml", {"PASSWORD": CANARY})

    assert says in "\n".join(report(config))


def test_a_weakened_connection_is_pointed_at(folder, capfd, monkeypatch):
    monkeypatch.setenv("PASSWORD", CANARY)

    check(
        folder,
        config=CONFIG.replace(
            "kafka:", "kafka:\n  sasl.mechanism: PLAIN\n  security.protocol: sasl_plaintext"
        ),
    )

    assert "Caution: security.protocol is SASL_PLAINTEXT" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("sasl.passwrod: ${PASSWORD}", 'No such configuration property: "sasl.passwrod"'),
        ("security.protocol: ${file:secret}", "Invalid value for configuration property"),
        ("session.timeout.ms: soon", "session.timeout.ms"),
        ("ssl.key.pem: ${PASSWORD}\n  security.protocol: ssl", "ssl.key.pem"),
    ],
)
def test_a_key_that_librdkafka_does_not_take_is_refused_without_its_value(
    folder, capfd, monkeypatch, line, says
):
    monkeypatch.setenv("PASSWORD", CANARY)
    (folder / "secret").write_text(CANARY)

    assert check(folder, config=CONFIG.replace("kafka:", f"kafka:\n  {line}")) == 2

    out, err = capfd.readouterr()
    assert says in err
    assert f"{folder}/detector.yaml: kafka: " in err
    assert CANARY not in out + err
    assert "Traceback" not in err


def test_faults_are_the_only_thing_said(folder, capfd, monkeypatch):
    monkeypatch.delenv("PASSWORD", raising=False)

    assert check(folder) == 2

    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("the environment variable PASSWORD to be set") == 2


def test_connect_says_that_no_broker_answers(folder, capfd, monkeypatch):
    """Port 1 is closed on every machine that runs tests."""
    monkeypatch.setenv("PASSWORD", CANARY)

    assert check(folder, "--connect", config=CONFIG.replace("  sasl", "  # sasl")) == 2

    _, err = capfd.readouterr()
    assert "localhost:1" in err
    assert "Traceback" not in err
    assert "no faults" not in err
