"""A configuration is read whole: the environment, every default, every fault."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector import yamlfile
from detector.config import HeaderNames, load
from detector.config import schema as keys
from detector.config.effective import effective
from detector.config.kafka import REFUSED, weaknesses
from detector.config.schema import config_schema
from detector.detection.settings import FeatureSettings, Tolerance
from detector.errors import ConfigError, Fault
from detector.records import TimeField
from detector.secrets import Secret

ROOT = Path(__file__).parent.parent
CANARY = "canary-7f3a"
SCALER = """\
schema: scaler/v1
name: flight-delay
version: "{version}"
kind: standard
features:
  temp: {{mean: 55.26, scale: 17.78}}
  wind: {{mean: 11.1, scale: 5.5}}
"""
SMALLEST = """\
kafka: {bootstrap.servers: "localhost:9092"}
models:
  flight-delay: {topic: features, scaler: scalers/v3.yaml}
"""
EVERYTHING = """\
kafka:
  bootstrap.servers: localhost:9092
  group.id: watchers
  sasl.password: canary-7f3a
  socket.keepalive.enable: yes
  session.timeout.ms: 20000
start: latest
delivery: at_least_once
alerts: {topic: a}
dead_letters: {topic: d, stop_above: 0.25}
limits: {max_message_bytes: 2048}
web: {listen: "[::1]:0", token: canary-7f3a}
models:
  flight-delay:
    topic: features
    scaler: scalers/v3.yaml
    values: scaled
    fields: {temp: weather.temp}
    time: {field: ts, unit: ms}
    versions: [scalers/v*.yaml]
    headers: {digest: d, version: null}
    silence_after_s: null
    sensitivity:
      false_alarm_every: 5000
      tolerance: {shift: 0.2, scale: 1.2}
    features:
      temp:
        tolerance: {shift: 0.5}
        accept: {decimals: 0}
        mute_until: 2026-12-01T01:00:00+01:00
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "scalers").mkdir()
    for version in "23":
        (tmp_path / f"scalers/v{version}.yaml").write_text(SCALER.format(version=version))
    return tmp_path


def read(folder, text, **environ):
    path = folder / "detector.yaml"
    path.write_text(text)
    return load(path, environ)


def refusal(folder, text, **environ):
    with pytest.raises(ConfigError) as caught:
        read(folder, text, **environ)
    return str(caught.value)


def with_model(line):
    """The smallest configuration with one more line in its model."""
    return SMALLEST.replace("v3.yaml}", "v3.yaml, " + line + "}")


# ------------------------------------------------------------------------ what is read


def test_what_is_left_out_has_the_defaults_of_the_contract(folder):
    config = read(folder, SMALLEST)

    assert config.kafka == {"bootstrap.servers": "localhost:9092"}
    assert (config.group, config.start, config.delivery) == (
        "detector",
        "earliest",
        "at_least_once",
    )
    assert config.alerts_topic == "drift.alerts"
    assert config.dead_letters.topic == "drift.dead-letters"
    assert config.dead_letters.stop_above == 0.5
    assert config.max_message_bytes == 1_048_576
    assert (config.web.host, config.web.port, config.web.token) == ("127.0.0.1", 8080, None)
    model = config.models["flight-delay"]
    assert (model.fields, model.time) == ({"temp": "temp", "wind": "wind"}, None)
    assert (model.settings.topic, model.settings.values) == ("features", "raw")
    assert model.settings.false_alarm_every == 1_000_000
    assert (model.settings.silence_after_s, model.settings.stop_above) == (600.0, 0.5)
    assert model.settings.features == {"temp": FeatureSettings(), "wind": FeatureSettings()}
    assert model.settings.versions == ()
    assert model.headers == HeaderNames(digest="scaler-digest", version="scaler-version")


def test_every_setting_arrives(folder):
    config = read(folder, EVERYTHING)

    assert config.kafka == {
        "bootstrap.servers": "localhost:9092",
        "sasl.password": Secret(CANARY),
        "socket.keepalive.enable": "true",
        "session.timeout.ms": "20000",
    }
    assert (config.group, config.start) == ("watchers", "latest")
    assert (config.alerts_topic, config.dead_letters.topic) == ("a", "d")
    assert config.dead_letters.stop_above == 0.25
    assert config.max_message_bytes == 2048
    assert (config.web.host, config.web.port, config.web.token) == ("::1", 0, Secret(CANARY))
    model = config.models["flight-delay"]
    assert model.fields == {"temp": "weather.temp", "wind": "wind"}
    assert model.time == TimeField("ts", "ms")
    judged = model.settings
    assert (judged.values, judged.false_alarm_every) == ("scaled", 5000)
    assert (judged.silence_after_s, judged.stop_above) == (None, 0.25)
    assert judged.scaler.version == "3"
    assert [version.version for version in judged.versions] == ["2"]
    assert model.headers == HeaderNames(digest="d", version=None)
    assert judged.features["temp"] == FeatureSettings(
        tolerance=Tolerance(shift=0.5, scale=1.2),
        accept_decimals=0,
        mute_until=1_796_083_200.0,  # date -u -d 2026-12-01 +%s
    )
    assert judged.features["wind"] == FeatureSettings(tolerance=Tolerance(shift=0.2, scale=1.2))


def test_the_core_is_told_the_group_and_the_models(folder):
    config = read(folder, EVERYTHING)

    told = config.detector_settings()

    assert told.group == "watchers"
    assert told.models == {"flight-delay": config.models["flight-delay"].settings}


def test_two_models_may_read_one_topic(folder):
    config = read(folder, SMALLEST + "  other: {topic: features, scaler: scalers/v2.yaml}\n")

    assert {model.settings.topic for model in config.models.values()} == {"features"}


def test_a_file_of_versions_may_lack_features(folder):
    (folder / "scalers/v1.yaml").write_text(
        SCALER.format(version="1").replace("  wind: {mean: 11.1, scale: 5.5}\n", "")
    )

    config = read(folder, with_model("versions: [scalers/v*.yaml]"))

    assert [v.version for v in config.models["flight-delay"].settings.versions] == ["1", "2"]


@pytest.mark.parametrize(
    ("headers", "digest", "version"),
    [
        ("{}", "scaler-digest", "scaler-version"),
        ("{digest: d}", "d", "scaler-version"),
        ("{digest: null, version: v}", None, "v"),
        ("{version: null}", "scaler-digest", None),
        ("{digest: null, version: null}", None, None),
    ],
)
def test_headers_have_names_of_ones_own_or_are_switched_off(folder, headers, digest, version):
    config = read(folder, with_model(f"headers: {headers}"))

    named = config.models["flight-delay"].headers
    assert named == HeaderNames(digest=digest, version=version)
    assert named.any == (headers != "{digest: null, version: null}")
    shown: Any = effective(config)
    assert shown["models"]["flight-delay"]["headers"] == {"digest": digest, "version": version}


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [("0.0.0.0:80", "0.0.0.0", 80), ("[::]:9", "::", 9), ("a-b.lan:65535", "a-b.lan", 65535)],
)  # fmt: skip
def test_listen_takes_names_and_both_kinds_of_address(folder, listen, host, port):
    web = read(folder, SMALLEST + f'web: {{listen: "{listen}"}}\n').web

    assert (web.host, web.port) == (host, port)


# ------------------------------------------------------------------------ the environment


def test_the_environment_fills_texts_and_numbers(folder):
    text = """\
kafka: {bootstrap.servers: "${HOST}:${PORT:-9092}"}
start: ${START:-latest}
limits:
  max_message_bytes: ${SIZE}
models:
  flight-delay:
    topic: ${TOPIC}
    scaler: ${SCALERS:-scalers}/v3.yaml
    silence_after_s: ${NEVER:-}
"""

    config = read(folder, text, HOST="kafka", SIZE="4096", TOPIC="2026", START="")

    assert config.kafka["bootstrap.servers"] == "kafka:9092"
    assert config.start == "latest"  # as in a shell, :- also stands for an empty variable
    assert config.max_message_bytes == 4096
    model = config.models["flight-delay"].settings
    assert model.topic == "2026"  # a text though it looks like a number: nobody can quote it there
    assert model.silence_after_s is None


def test_two_dollars_are_a_literal_and_values_are_not_expanded_again(folder):
    text = SMALLEST.replace("kafka: {", 'kafka: {client.id: "$${A}", client.rack: "${B}", ')

    config = read(folder, text, A="wrong", B="${A}")

    assert config.kafka["client.id"] == "${A}"
    assert config.kafka["client.rack"] == "${A}"


def test_an_unset_variable_is_a_fault_told_once_with_its_line(folder):
    message = refusal(folder, SMALLEST.replace("topic: features", 'topic: "${TOPIC}"'))

    assert message == (
        f"{folder}/detector.yaml:3: models.flight-delay.topic: expected the environment variable "
        "TOPIC to be set, got an unset one.\nHint: set it, or give a default: ${TOPIC:-default}."
    )


@pytest.mark.parametrize("text", ["${", "${A", "${1}", "${A-b}", "${A:b}", "${}"])
def test_a_malformed_reference_is_a_fault(folder, text):
    message = refusal(folder, SMALLEST.replace("topic: features", f'topic: "{text}"'), A="a")

    assert "expected ${NAME}, ${NAME:-default} or ${file:/path}" in message


def test_an_unquoted_reference_inside_braces_is_explained(folder):
    message = refusal(folder, SMALLEST.replace("topic: features", "topic: ${TOPIC}"), TOPIC="a")

    assert message.endswith('Hint: inside { } and [ ] quote a reference: "${NAME}".')


# ------------------------------------------------------------------------ secrets


def test_a_value_from_a_file_is_a_secret_whatever_its_key(folder):
    (folder / "secret").write_text(f"{CANARY}\n")
    text = SMALLEST.replace(
        "kafka: {", 'kafka: {sasl.username: "${file:secret}", ssl.key.pem: "${PEM}", '
    )

    config = read(folder, text, PEM=CANARY)

    assert config.kafka["sasl.username"] == Secret(CANARY)
    assert config.kafka["ssl.key.pem"] == Secret(CANARY)
    assert CANARY not in repr(config)
    assert CANARY not in yamlfile.dump(effective(config))


@pytest.mark.parametrize("key", ["topic: features", "scaler: scalers/v3.yaml"])
def test_a_value_from_a_file_is_refused_where_it_would_be_shown(folder, key):
    (folder / "secret").write_text(CANARY)
    text = SMALLEST.replace(key, key.partition(" ")[0] + ' "${file:secret}"')

    message = refusal(folder, text)

    assert "expected a value that may be shown" in message
    assert CANARY not in message


@pytest.mark.parametrize(
    "text",
    [
        "kafka: {sasl.password: {a: canary-7f3a}}\nweb: {token: [canary-7f3a]}\n",
        'kafka: {sasl.password: "${canary-7f3a}"}\nweb: {token: 7}\n',
        "kafka: {sasl.password: canary-7f3a}\nweb: {token: canary-7f3a, tokn: canary-7f3a}\n",
        'kafka: {group.id: "${file:secret}"}\nstart: "${file:secret}"\n',
        'models: {m: {silence_after_s: "${file:secret}", fields: {t: ["${file:secret}"]}}}\n',
        "kafka:\n  sasl.password: *canary-7f3a\n",
        "kafka:\n  sasl.password: !canary-7f3a x\n",
        "kafka:\n  sasl.password: canary-7f3a\n  sasl.password: canary-7f3a\n",
        'web: {token: "${SECRET}", listen: "${file:secret}"}\n',
        "limits:\n  max_message_bytes: ${file:secret}\n",
    ],
)
def test_no_fault_quotes_a_secret(folder, text):
    (folder / "secret").write_text(CANARY)

    with pytest.raises(ConfigError) as caught:
        read(folder, text, SECRET=CANARY)

    assert CANARY not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("content", "got"),
    [(None, "no such file or directory"), (b"", "an empty file"), (b"\n", "an empty file"),
     (b"\xff", "something else"), (b"a\0b", "something else"),
     (b"a" * 1_048_577, "something else")],
)  # fmt: skip
def test_a_secret_file_that_holds_no_text_is_a_fault(folder, content, got):
    if content is not None:
        (folder / "secret").write_bytes(content)

    message = refusal(
        folder, SMALLEST.replace("kafka: {", 'kafka: {sasl.password: "${file:secret}", ')
    )

    assert message.endswith(f"expected a file with a text at {folder}/secret, got {got}.")


def test_what_weakens_the_connection_is_said():
    assert weaknesses({"security.protocol": "SASL_SSL"}) == []
    assert len(weaknesses({
        "enable.ssl.certificate.verification": "false",
        "ssl.endpoint.identification.algorithm": "none",
        "security.protocol": "sasl_plaintext",
    })) == 3  # fmt: skip


def test_pairs_stand_at_raw_and_scaled_unless_a_field_says_otherwise(folder):
    config = read(folder, with_model("values: both, fields: {temp: {scaled: inputs.temp}}"))

    model = config.models["flight-delay"]
    assert model.settings.values == "both"
    assert model.fields == {"temp": "raw.temp", "wind": "raw.wind"}
    assert model.scaled_fields == {"temp": "inputs.temp", "wind": "scaled.wind"}
    assert model.columns == {
        "temp": "raw.temp",
        "wind": "raw.wind",
        "temp (scaled)": "inputs.temp",
        "wind (scaled)": "scaled.wind",
    }
    assert read(folder, yamlfile.dump(effective(config))) == config


def test_a_feature_that_is_called_like_a_scaled_half_keeps_its_own_column(folder):
    """Any printable name is allowed; the halves step aside."""
    text = (folder / "scalers/v3.yaml").read_text().replace("wind:", '"temp (scaled)":')
    (folder / "scalers/v3.yaml").write_text(text)

    model = read(folder, with_model("values: both")).models["flight-delay"]
    values, scaled = model.paired({name: np.array([i]) for i, name in enumerate(model.columns)})

    assert (list(values), list(scaled)) == (["temp", "temp (scaled)"],) * 2
    assert [int(column[0]) for column in (*values.values(), *scaled.values())] == [0, 1, 2, 3]


# ------------------------------------------------------------------------ faults


WRONG = {  # a line of the file, and what its message must say
    "strat: latest": "did you mean 'start'?",
    "start: earlest": "did you mean 'earliest'?",
    "delivery: exactly_once": "until then `at_least_once`",
    "alerts: {topics: a}": "did you mean 'topic'?",
    "alerts: a": "expected a mapping",
    "alerts: {topic: a/b}": "at most 249 letters",
    "alerts: {topic: ''}": "at most 249 letters",
    "alerts: {topic: ..}": "at most 249 letters",
    "alerts: {topic: 7}": 'quote it: "7"',
    "alerts: {topic: features}": "a topic that no model reads",
    "alerts: {topic: drift.dead-letters}": "and another for dead letters",
    "dead_letters: {topic: features}": "a topic that no model reads",
    "dead_letters: {stop_above: 0}": "a share above 0 and at most 1",
    "dead_letters: {stop_above: 1.5}": "a share above 0 and at most 1",
    "limits: {max_message_bytes: 0}": "1 or more",
    "limits: {max_message_bytes: 1e6}": "write 1000000.0",
    "limits: {max_message_bytes: true}": "1 or more",
    "web: {listen: 8080}": "expected text",
    'web: {listen: "localhost"}': "host and port",
    'web: {listen: "localhost:65536"}': "0 to 65535",
    "web: {token: ''}": "or null for none",
    "web:": "expected a mapping",
}
WRONG_MODEL = {
    "values: row": "did you mean 'raw'?",
    "upstream: [a]": "a later release",
    "fields: {tmp: a}": "did you mean 'temp'?",
    "fields: {temp: {raw: a, scaled: b}}": "with `values: both`",
    "values: both, fields: {temp: a}": "{raw: PLACE, scaled: PLACE}",
    "values: both, fields: {temp: {raw: a, scald: b}}": "did you mean 'scaled'?",
    "values: both, fields: {temp: {raw: a, scaled: a}}": "two places",
    "values: both, fields: {temp: {raw: ''}}": "the key or dotted path",
    "fields: {temp: 3}": 'quote it: "3"',
    "fields: {temp: ''}": "the key or dotted path",
    "fields: [temp]": "a mapping of features",
    "time: {unit: s}": "time.field: expected text, got nothing",
    "time: {field: ts, unit: m}": "one of s, ms, us, iso",
    "time: ts": "expected a mapping with field, unit",
    "versions: scalers/v2.yaml": "expected a list",
    "versions: [scalers/x*.yaml]": "no such file",
    'versions: ["https://models.internal/registry#flight-delay@2"]': "a later release",
    "headers: scaler-digest": "expected a mapping with digest, version",
    "headers: null": "expected a mapping with digest, version",
    "headers: {digst: a}": "did you mean 'digest'?",
    "headers: {digest: 3}": 'quote it: "3"',
    "headers: {version: [a]}": "expected text",
    "headers: {digest: ''}": "the name of a header, or null for none",
    "headers: {digest: a, version: a}": "expected two names",
    "headers: {version: scaler-digest}": "expected two names",
    "silence_after_s: 0": "or null for never",
    "sensitivity: {false_alarm_every: 999}": "1000 or more",
    "sensitivity: {false_alarm_every: 1.0e+30}": "at most 1e+15",
    "sensitivity: {tolerance: {shift: 1001}}": "at most 1000",
    "sensitivity: {tolerance: {scale: 1001}}": "at most 1000",
    "sensitivity: {tolerance: {shift: 0}}": "a number above 0",
    "sensitivity: {tolerance: {scale: 1}}": "a ratio above 1",
    "sensitivity: {tolerance: {scale: .nan}}": "a ratio above 1",
    "sensitivity: {tolerences: {}}": "did you mean 'tolerance'?",
    "features: {'*': {}}": "a feature of the scaler (temp, wind)",
    "features: {temp: {tolerance: {sift: 1}}}": "did you mean 'shift'?",
    "features: {temp: {mute_until: 2026-12-01T00:00:00}}": "in UTC: 2026-12-01T00:00:00Z",
    "features: {temp: {mute_until: 0001-01-01T00:00:00+14:00}}": "between 1970 and 9999",
    "features: {temp: {mute_until: soon}}": "a date and time",
    "features: {temp: {accept: {decimals: 16}}}": "0 to 15",
    "features: {temp: {accept: {decimals: 0.5}}}": "0 to 15",
    "features: {temp: 1}": "expected a mapping",
}


@pytest.mark.parametrize(("line", "says"), WRONG.items())
def test_a_wrong_setting_is_refused_with_the_way_out(folder, line, says):
    message = refusal(folder, f"{SMALLEST}{line}\n")

    assert says in message
    assert f"{folder}/detector.yaml:4: " in message


@pytest.mark.parametrize(("line", "says"), WRONG_MODEL.items())
def test_a_wrong_setting_of_a_model_is_refused_with_the_way_out(folder, line, says):
    message = refusal(folder, with_model(line))

    assert says in message
    assert f"{folder}/detector.yaml:3: models.flight-delay." in message


@pytest.mark.parametrize("key", sorted(REFUSED))
def test_keys_that_the_detector_owns_or_that_load_code_are_refused(folder, key):
    message = refusal(folder, SMALLEST.replace("kafka: {", f"kafka: {{{key}: x, "))

    assert f"kafka.{key}: expected only keys that are yours to set" in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "a mapping with kafka and models"),
        ("[]", "a mapping with kafka and models"),
        ("{}", "kafka.bootstrap.servers: expected text, got nothing (the key is required)"),
        ("kafka: {}", "kafka.bootstrap.servers: expected text, got nothing (the key is required)"),
        ("kafka: {bootstrap.servers: }", "kafka.bootstrap.servers: expected text, a number"),
        ("kafka: {bootstrap.servers: [a]}", "kafka.bootstrap.servers: expected text, a number"),
        ("kafka: {group.id: ' '}", "a name that may be shown"),
        ("models: {}", "models: expected at least one model, got none"),
        ("models:", "models: expected a mapping of names"),
        ("kafka: {}", "models: expected at least one model"),
        ("models: {m: }", "models.m: expected a mapping with topic and scaler"),
        ("models: {m: {}}", "models.m.topic: expected text, got nothing (the key is required)"),
        ("models: {m: {}}", "models.m.scaler: expected text, got nothing (the key is required)"),
        ("models: {'*': {}}", "not '*'"),
        ("models: {m: {scaler: nowhere.yaml}}", "nowhere.yaml, got no such file"),
        ("models: {m: {scaler: scalers}}", "got a folder"),
        ("models: {m: {scaler: ''}}", "got a folder"),
        (f"models: {{m: {{scaler: {'x' * 300}}}}}", "got file name too long"),
        (f"models: {{m: {{versions: [{'x' * 300}]}}}}", "got file name too long"),
        ('models: {m: {scaler: "a\\0b"}}', "got no such file"),
        ('models: {m: {topic: "${file:a\\0b}"}}', "got something else"),
    ],
)  # fmt: skip
def test_what_is_required_is_asked_for(folder, text, says):
    assert says in refusal(folder, text)


def test_all_faults_come_at_once_those_of_the_scaler_files_too(folder):
    (folder / "scalers/v3.yaml").write_text(SCALER.format(version="3").replace("17.78", "0"))
    (folder / "scalers/v2.yaml").write_text(SCALER.format(version="2").replace("11.1", ".nan"))
    text = """\
kafka: {bootstrap.servers: "${UNSET}", transactional.id: x}
strat: latest
models:
  flight-delay: {topic: a b, scaler: scalers/v3.yaml, versions: [scalers/v*.yaml], values: bath}
"""

    with pytest.raises(ConfigError) as caught:
        read(folder, text)

    faults = [fault for fault in caught.value.faults if isinstance(fault, Fault)]
    places = [re.sub(r".*/|:\d+", "", fault.place) for fault in faults]
    assert sorted(places) == [
        "detector.yaml: kafka.bootstrap.servers",
        "detector.yaml: kafka.transactional.id",
        "detector.yaml: models.flight-delay.topic",
        "detector.yaml: models.flight-delay.values",
        "detector.yaml: strat",
        "v2.yaml: features.wind.mean",
        "v3.yaml: features.temp.scale",
    ]


# ------------------------------------------------------------------------ effective and schema


def test_what_is_in_effect_reads_as_the_same_configuration(folder):
    text = EVERYTHING.replace("  sasl.password: canary-7f3a\n", "").replace(
        "token: canary-7f3a", "token: null"
    )
    config = read(folder, text)

    again = read(folder, yamlfile.dump(effective(config)))

    assert again == config


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda p: p.name)
def test_the_shipped_configurations_load_and_fit_the_schema(path):
    config = load(path, {})

    jsonschema.validate(yaml.safe_load(path.read_text()), config_schema(REFUSED))
    assert config.models


@pytest.mark.parametrize("text", [SMALLEST, EVERYTHING], ids=["smallest", "everything"])
def test_the_schema_accepts_what_the_reader_accepts(text):
    data = json.loads(json.dumps(yaml.safe_load(text), default=str))

    jsonschema.validate(data, config_schema(REFUSED))


# What the schema cannot say: one value against another, files, time zones, names of features.
BEYOND_SCHEMA = re.compile(
    r"features}|scaled: [ab]|temp: a}|dead-letters}|topic: features|tmp|x\*|'\*'|mute_until|listen"
    r"|nan|https|version: a}|version: scaler-digest"
)


@pytest.mark.parametrize(
    "text",
    [f"{SMALLEST}{line}\n" for line in WRONG if not BEYOND_SCHEMA.search(line)]
    + [with_model(line) for line in WRONG_MODEL if not BEYOND_SCHEMA.search(line)]
    + [SMALLEST.replace("kafka: {", f"kafka: {{{key}: x, ") for key in REFUSED],
)
def test_the_schema_refuses_what_the_reader_refuses(text):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), config_schema(REFUSED))


def test_the_schema_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(config_schema(REFUSED))


def test_every_key_of_the_schema_stands_in_the_shipped_example():
    """The example shows every setting, in effect or as a comment, so users find them all."""
    example = (ROOT / "config/detector.yaml").read_text()
    sections = (
        keys.TOP, keys.ALERTS, keys.DEAD_LETTERS, keys.LIMITS, keys.WEB, keys.MODEL,
        keys.TIME, keys.SENSITIVITY, keys.TOLERANCE, keys.FEATURE, keys.ACCEPT,
    )  # fmt: skip

    missing = [
        key for section in sections for key in section if not re.search(rf"\b{key}:", example)
    ]

    assert missing == []


# ------------------------------------------------------------------------ whatever people write

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["${", "${A}", "${file:/}", "${file:\0}", "*", "1e3", "#a@1", "a://b", "/*"]),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=8), some),
    max_leaves=5,
)  # fmt: skip


def paths(data, path=()):
    """Every place of a nested mapping."""
    yield path
    if isinstance(data, dict):
        for key, value in data.items():
            yield from paths(value, (*path, key))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.sampled_from(sorted(paths(yaml.safe_load(EVERYTHING)))), value=ODD)
def test_any_value_anywhere_is_read_or_refused_in_words(folder, where, value):
    root = {"root": yaml.safe_load(EVERYTHING)}
    node, last = root, "root"
    for key in where:
        node, last = node[last], key
    node[last] = value

    places = [str(folder)]
    try:
        read(folder, yaml.safe_dump(root["root"], allow_unicode=True))
    except ConfigError as error:
        places = [str(fault) for fault in error.faults]

    assert all(Path(place.partition(":")[0]).exists() for place in places)  # also of a `/*`
