"""The image and the Compose file, as far as they can be tested without a Docker engine."""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
import yaml

from detector.config import load
from detector.demo.producer import parse as parse_producer
from tests.broker import KAFKA_VERSION

ROOT = Path(__file__).parent.parent
# The Compose Specification's own schema (github.com/compose-spec/compose-spec, Apache-2.0).
COMPOSE_SPEC = json.loads((Path(__file__).parent / "data" / "compose-spec.json").read_text())
REFERENCE = re.compile(r"\$\{([A-Z_]+)")


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it, instruction by instruction."""

    image: str
    steps: tuple[tuple[str, str], ...]

    def all(self, instruction):
        return [text for name, text in self.steps if name == instruction]

    @property
    def environment(self):
        words = [word for text in self.all("ENV") for word in shlex.split(text)]
        return dict(word.split("=", 1) for word in words)


def stages():
    lines = [
        line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")
    ]
    text = "\n".join(lines).replace("\\\n", "")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    starts = [i for i, (name, _) in enumerate(steps) if name == "FROM"]
    return [
        Stage(steps[i][1], tuple((name, rest.strip()) for name, rest in steps[i + 1 : end]))
        for i, end in zip(starts, [*starts[1:], len(steps)], strict=True)
    ]


BUILD, FINAL = stages()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]


def copied(stage):
    """Sources that a stage copies from the checkout, with their destination."""
    for text in stage.all("COPY"):
        if not text.startswith("--from"):
            *sources, destination = text.split()
            yield from ((source, destination) for source in sources)


# ------------------------------------------------------------------------ Dockerfile


@pytest.mark.parametrize(("source", "destination"), [*copied(BUILD), *copied(FINAL)])
def test_what_is_copied_exists_and_reaches_the_builder(source, destination):
    ignored = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and fnmatch.fnmatch(source, line.removeprefix("!")):
            ignored = not line.startswith("!")

    assert destination
    assert (ROOT / source).exists()
    assert not ignored


def test_both_stages_start_from_the_same_pinned_slim_python_that_the_package_allows():
    image = re.fullmatch(r"python:(3\.\d+)\.\d+-slim-\w+", FINAL.image)

    assert image
    assert BUILD.image == f"{FINAL.image} AS build"
    assert f'requires-python = ">={image[1]}"' in (ROOT / "pyproject.toml").read_text()


def test_the_image_runs_as_nobody_in_particular_and_gets_signals_itself():
    assert FINAL.all("USER") == ["65532:65532"]
    assert FINAL.all("RUN") == []  # whatever needs rights or tools happened in the first stage
    assert json.loads(FINAL.all("ENTRYPOINT")[0]) == ["detector"]
    assert json.loads(FINAL.all("CMD")[0]) == ["run", "--config", "/config/detector.yaml"]
    assert ("config", "/config") in set(copied(FINAL))


def test_the_environment_of_the_image_is_read_by_the_shipped_configuration():
    names = set(REFERENCE.findall((ROOT / "config/detector.yaml").read_text()))
    own = {name for name in FINAL.environment if name.startswith("DETECTOR_")}

    assert own <= names
    web = load(ROOT / "config/detector.yaml", FINAL.environment).web
    assert (web.host, web.port) == ("0.0.0.0", 8080)
    assert FINAL.all("EXPOSE") == [str(web.port)]


def test_kernels_are_looked_for_where_and_as_they_were_compiled():
    """Numba keys them by folder and processor: one letter of difference, and none is found."""
    names = ("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")

    assert {n: FINAL.environment[n] for n in names} == {n: BUILD.environment[n] for n in names}
    assert FINAL.environment["NUMBA_CPU_NAME"] == "generic"


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_follows_livez(status, healthy):
    """Run against a server that answers as /livez does, on the port of DETECTOR_LISTEN."""
    (text,) = FINAL.all("HEALTHCHECK")
    _, *code = json.loads(text.partition("CMD ")[2])
    server = (
        "import http.server as h, sys\n"
        "class A(h.BaseHTTPRequestHandler):\n"
        f"  def do_GET(self): self.send_response({status} if self.path == '/livez' else 404);"
        " self.end_headers()\n"
        "  def log_message(self, *_): pass\n"
        "s = h.HTTPServer(('127.0.0.1', 0), A); print(s.server_port, flush=True)\n"
        "s.handle_request()\n"
    )
    with subprocess.Popen([sys.executable, "-c", server], stdout=subprocess.PIPE) as process:
        assert process.stdout
        port = process.stdout.readline().decode().strip()
        environ = {"DETECTOR_LISTEN": f"0.0.0.0:{port}"}
        result = subprocess.run([sys.executable, *code], env=environ, timeout=10, check=False)

    assert (result.returncode == 0) is healthy


def test_the_health_check_fails_where_nobody_listens():
    (text,) = FINAL.all("HEALTHCHECK")
    _, *code = json.loads(text.partition("CMD ")[2])

    result = subprocess.run(
        [sys.executable, *code], env={"DETECTOR_LISTEN": "x:1"}, capture_output=True, check=False
    )

    assert result.returncode != 0


@pytest.mark.image
@pytest.mark.timeout(600)  # installing takes 15 s, and as many minutes as the network likes
@pytest.mark.skipif(
    not os.environ.get("CI") and "image" not in os.environ.get("DETECTOR_REQUIRE", ""),
    reason="installs every package anew; DETECTOR_REQUIRE=image runs it",
)
def test_the_steps_of_the_dockerfile_make_a_detector_that_starts_warm(tmp_path):
    """Its folders stand below a temporary one; all else is as written. The last step judges
    a little of everything and compiles the kernels; doing it again compiles nothing.
    """
    opt, src = tmp_path / "opt", tmp_path / "src"
    opt.mkdir()

    def moved(text):
        return re.sub(r"/(opt/detector|tmp/|src\b)", lambda m: f"{tmp_path}/{m[1]}", text)

    (tmp_path / "tmp").mkdir()
    for source, _ in copied(BUILD):
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        src.mkdir(exist_ok=True)
        copy(ROOT / source, src / source)
    python = tmp_path / "bin" / "python"  # what the base image calls python
    base = vars(sys)["_base_executable"]
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec {base} "$@"\n')
    python.chmod(0o755)
    environ = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": os.environ["HOME"]}
    for name, text in BUILD.steps:
        if name == "ENV":
            added = {k: moved(v) for k, v in BUILD.environment.items()}
            environ |= {k: v.replace("$PATH", environ["PATH"]) for k, v in added.items()}
        if name == "RUN":
            command = moved(text).replace(" --no-cache-dir", "")
            result = subprocess.run(
                command,
                shell=True,
                cwd=src,
                env=environ,
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, result.stderr

    kernels = set((opt / "detector/kernels").rglob("*.nb?"))
    assert kernels
    subprocess.run(command, shell=True, cwd=src, env=environ, capture_output=True, check=True)
    assert set((opt / "detector/kernels").rglob("*.nb?")) == kernels  # none was missing
    assert not list((opt / "detector").rglob("pip"))
    check = subprocess.run(
        [opt / "detector/bin/detector", "check", "--config", src / "config/detector.yaml"],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert check.returncode == 0, check.stderr
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "--python", opt / "detector/bin/python", "list"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "pytest" not in installed
    assert "pyarrow" not in installed


# ------------------------------------------------------------------------ Compose


def test_the_compose_file_follows_the_specification():
    jsonschema.validate(COMPOSE, COMPOSE_SPEC)


def test_what_is_mounted_built_and_depended_on_exists():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_dir()
        assert (ROOT / service.get("build", ".") / "Dockerfile").is_file()
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_variables_of_the_detector_are_those_that_its_configuration_reads():
    names = set(REFERENCE.findall((ROOT / "config/detector.yaml").read_text()))
    environ = SERVICES["detector"]["environment"]

    config = load(ROOT / "config/detector.yaml", FINAL.environment | environ)

    assert set(environ) <= names
    assert config.kafka["bootstrap.servers"] in listeners()


def listeners():
    advertised = SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    return [listener.split("://")[1] for listener in advertised.split(",")]


def test_every_topic_of_the_configuration_is_created_before_the_detector_starts():
    config = load(ROOT / "config/detector.yaml", {})
    wanted = {config.alerts_topic, config.dead_letters.topic} | {
        model.settings.topic for model in config.models.values()
    }
    (script,) = SERVICES["topics"]["command"]

    assert set(re.findall(r"--topic (\S+)", script)) == wanted
    assert SERVICES["detector"]["depends_on"]["topics"] == {
        "condition": "service_completed_successfully"
    }


def test_the_topics_script_is_valid_shell():
    (script,) = SERVICES["topics"]["command"]

    subprocess.run(["bash", "-n"], input=script.replace("$$", "$"), text=True, check=True)


def test_the_producer_of_the_demo_understands_its_arguments():
    producer = SERVICES["producer"]

    options = parse_producer(producer["command"])

    assert producer["entrypoint"] == ["python", "-m", "detector.demo.producer"]
    assert producer["profiles"] == ["demo"]
    assert options.bootstrap_servers in listeners()
    config = load(ROOT / "config/detector.yaml", {})
    assert options.topic == config.models["flight-delay"].settings.topic


@pytest.mark.parametrize("name", ["detector", "producer"])
def test_our_containers_have_no_rights(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


def test_a_clean_stop_has_time_and_ports_stay_on_this_machine():
    assert SERVICES["detector"]["stop_grace_period"] == "30s"
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_broker_is_the_version_that_the_tests_run_on():
    images = {service["image"] for service in SERVICES.values() if "kafka" in service["image"]}

    assert images == {f"apache/kafka:{KAFKA_VERSION}"}
