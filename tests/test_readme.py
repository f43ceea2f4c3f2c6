"""README and docs say what is true: their blocks run, their commands parse, their links resolve."""

import contextlib
import importlib.util
import io
import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from detector import cli
from detector.config import load
from detector.config.effective import effective
from detector.config.schema import TOP
from detector.demo.producer import parse as parse_producer
from detector.events import decode, event_schema
from detector.scaler import Scaler

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXT = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
CONFIGURATION = TEXT["configuration.md"]

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PRINTS = re.compile(r"It prints `([^`]+)`")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
MAKE = re.compile(r"\bmake ([a-z]+)")
OF_OTHERS = {
    "--build",
    "--profile",
    "--full",
    "--quick",
    "--part",
}  # of Docker Compose and benchmarks


def blocks(language):
    return [
        (f"{name}: block {i}", text)
        for name, page in TEXT.items()
        for i, (kind, text) in enumerate(BLOCK.findall(page))
        if kind == language
    ]


def named(found):
    return {"argvalues": [text for _, text in found], "ids": [name for name, _ in found]}


def shell_commands():
    for _, text in blocks("shell"):
        for line in text.splitlines():
            yield shlex.split(line, comments=True)


def the_drawing():
    """The script that draws the alert, as a module."""
    spec = importlib.util.spec_from_file_location("alert", ROOT / "docs" / "alert.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchor(heading):
    """GitHub's anchor for a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def keys(schema, above=""):
    """Every key of a configuration that has a meaning of its own, dotted."""
    for name, inner in schema.items():
        parts = [inner, *inner.get("anyOf", [])]
        properties = next((part["properties"] for part in parts if "properties" in part), None)
        free = inner.get("additionalProperties")
        if properties:
            yield from keys(properties, f"{above}{name}.")
        elif isinstance(free, dict) and "properties" in free:
            yield from keys(free["properties"], f"{above}{name}.NAME.")
        else:
            yield above + name


# ------------------------------------------------------------------------ blocks


@pytest.mark.parametrize("source", **named(blocks("python")))
def test_python_blocks_run_and_print_what_the_page_says(source, monkeypatch):
    monkeypatch.chdir(ROOT)
    page = next(page for page in TEXT.values() if source in page)
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        exec(compile(source, "README.md", "exec"), {})

    assert printed.getvalue().splitlines() == PRINTS.findall(page)


def test_commands_of_shell_blocks_parse():
    """Every option exists and none that is required is left out."""
    ours = [words[1:] for words in shell_commands() if words and words[0] == "detector"]

    assert len(ours) >= 3
    for words in ours:
        assert cli._parser(words).parse_args(words).command == words[0]


def test_commands_of_shell_blocks_are_known():
    """Whatever is not ours is make, Docker Compose or the shell itself."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for words in shell_commands():
        match words:
            case ["FORM=--full", "make", target] | ["make", target]:
                assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
            case ["python", script, *_]:
                assert (ROOT / script).exists()
            case ["docker", "compose", "--profile", profile, "up", service]:
                assert compose[service]["profiles"] == [profile]
            case ["docker", "compose", "exec", service, *command]:
                assert service in compose
                assert cli._parser(command[1:]).parse_args(command[1:]).command == command[1]
            case _:
                assert not words or words[0] in ("detector", "docker", "export")


def test_every_option_that_is_named_anywhere_exists(capsys):
    known = set(OF_OTHERS)
    for command in cli.COMMANDS:
        cli.main([command, "--help"])
        known |= set(OPTION.findall(capsys.readouterr().out))

    assert set(OPTION.findall("".join(TEXT.values()))) <= known


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(MAKE.findall(" ".join(CODE.findall(TEXT["README.md"])))) <= targets


def test_readme_has_every_command():
    assert all(f"`detector {command} " in TEXT["README.md"] for command in cli.COMMANDS)


def test_the_producer_takes_the_arguments_of_the_compose_file():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

    assert parse_producer(compose["producer"]["command"]).topic == "features.flight-delay"


def test_yaml_blocks_load(tmp_path):
    """The scaler file and the configuration of README belong together and are right."""
    scaler, config = (text for _, text in blocks("yaml"))
    (tmp_path / "scalers").mkdir()
    (tmp_path / "scalers" / "flight-delay.v3.yaml").write_text(scaler)
    secret = tmp_path / "secret"
    secret.write_text("hush")
    path = tmp_path / "detector.yaml"
    path.write_text(config.replace("/run/secrets/kafka-password", str(secret)))

    model = load(path).models["flight-delay"]

    assert model.fields == {"temp": "weather.temp", "distance": "distance"}
    assert Scaler.load(tmp_path / "scalers" / "flight-delay.v3.yaml") == model.settings.scaler


# ------------------------------------------------------------------------ the alert


@pytest.fixture(scope="module")
def drawing():
    return the_drawing()


@pytest.fixture(scope="module")
def events(drawing):
    return drawing.events_of_the_demo()


def test_the_event_shown_is_the_first_of_the_demo(drawing, events):
    """After a change of what events say: python docs/alert.py."""
    shown = next(text for _, text in blocks("json"))
    event = decode(shown.encode())

    assert event.id == events[0].id
    assert event.data.summary == events[0].data.summary
    assert event.data.diagnosis == events[0].data.diagnosis
    assert shown.count("\n") == drawing.as_json(events[0]).count("\n")


def test_the_summary_shown_is_that_of_the_demo(drawing, events):
    """After a change of what is found: python docs/alert.py."""
    [(_, shown)] = blocks("text")

    assert shown == drawing.as_table(events)


def test_the_event_shown_is_valid():
    jsonschema.validate(json.loads(next(text for _, text in blocks("json"))), event_schema())


def test_the_picture_is_small_and_of_the_event_shown():
    picture = (ROOT / "docs" / "alert.svg").read_text(encoding="utf-8")
    shown = json.loads(next(text for _, text in blocks("json")))["data"]

    assert len(picture) < 200_000
    assert shown["diagnosis"]["variant"] in picture
    assert shown["alert"][:8] in picture


def test_every_field_of_an_event_is_explained():
    shown = json.loads(next(text for _, text in blocks("json")))
    table = TEXT["README.md"].split("| field | says |")[1].split("\n\n")[0]
    explained = set(CODE.findall("".join(line.split("|")[1] for line in table.splitlines()[2:])))

    # model and feature stand in `subject`, status in `data.status`
    fields = {*shown, *shown["data"]} - {"data", "model", "feature", "status"}

    assert fields <= explained


# ------------------------------------------------------------------------ settings


@pytest.mark.parametrize("key", sorted(keys(TOP)))
def test_every_setting_is_described(key):
    """By its dotted name below the section that its table belongs to."""
    documented = set(CODE.findall(CONFIGURATION))
    endings = {key, key.removeprefix("kafka."), key.removeprefix("models.NAME.")}
    above = key.rpartition(".")[0].removeprefix("models.NAME.")  # tolerance of a feature

    assert endings & documented or above in documented


def test_defaults_that_are_written_are_the_defaults(tmp_path):
    (tmp_path / "s.yaml").write_text(blocks("yaml")[0][1])
    path = tmp_path / "detector.yaml"
    path.write_text(
        "kafka: {bootstrap.servers: b}\nmodels:\n  m: {topic: t, scaler: s.yaml, time: {field: x}}"
    )
    in_effect: dict[str, Any] = dict(effective(load(path)))
    model = in_effect["models"]["m"]
    rows = re.findall(r"^\| `([\w.]+)` \| `([^`]+)` \|", CONFIGURATION, re.MULTILINE)

    for key, written in rows:
        value: Any = model if key.split(".")[0] in model else in_effect
        for name in ["kafka", key] if key == "group.id" else key.split("."):
            value = value[name]
        assert yaml.safe_load(written) == value, key
    assert len(rows) > 10


# ------------------------------------------------------------------------ pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page):
    for link in LINK.findall(TEXT[page.name]):
        if link.startswith("https://"):
            continue
        path, _, fragment = link.partition("#")
        target = page.parent / path if path else page
        assert target.is_file(), link
        if fragment:
            headings = HEADING.findall(target.read_text(encoding="utf-8"))
            assert fragment in map(anchor, headings), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_have_no_machine_paths_and_no_placeholders(page):
    found = re.findall(r"/(?:home|work|tmp|root|Users)/|TODO|FIXME|TBD|XXX|lorem", TEXT[page.name])

    assert found == []


def test_the_licence_is_that_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "LICENSE").read_text()

    assert project["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_changelog_has_the_version_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert f"\n## {project['version']}" in TEXT["CHANGELOG.md"]
