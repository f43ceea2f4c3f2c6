"""The command line: what every command shares, and the exit statuses of the contract."""

import errno
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import jsonschema
import pytest

from detector import cli
from detector.errors import ConfigError, Fault, NotAuthorisedError, RecordError, RestartNeededError

PROGRAM = [sys.executable, "-m", "detector"]


def detector(*args, **options):
    return subprocess.run(
        [*PROGRAM, *args], capture_output=True, text=True, timeout=60, check=False, **options
    )


@pytest.fixture
def command(monkeypatch):
    """Installs a command ``probe`` that does what it is given."""

    def install(do):
        module = types.ModuleType("detector.cli.probe")
        add = lambda subparsers: subparsers.add_parser("probe").add_argument("--config")  # noqa: E731
        vars(module).update(add=add, run=do)
        monkeypatch.setitem(sys.modules, "detector.cli.probe", module)
        monkeypatch.setitem(cli.COMMANDS, "probe", "a command for the test")

    return install


def raising(error):
    def run(_args):
        raise error

    return run


# ------------------------------------------------------------------------ words


def test_version_is_that_of_the_package():
    result = detector("--version")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("detector 0.")


def test_help_names_every_command():
    result = detector("--help")

    assert (result.returncode, result.stderr) == (0, "")
    for command in ("run", "demo", "replay", "check", "fit", "scaler", "alerts", "schema"):
        assert f"\n    {command} " in result.stdout


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_exists_and_explains_itself(name, capsys):
    status = cli.main([name, "--help"])

    assert status == 0
    assert f"usage: detector {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["chek"], "Did you mean `check`?"),
        (["zzz"], "expected one of run, demo,"),
        (["audit"], "not in this release"),
        (["--verbose"], "required: COMMAND"),
        (["check"], "the following arguments are required: --config"),
        (["check", "--confg", "x"], "--confg is unknown; did you mean --config?"),
        (["check", "--conf", "x"], "did you mean --config?"),
        (["check", "--config", "x", "--conect"], "did you mean --connect?"),
        (
            ["check", "--config", "/nowhere.yaml"],
            "/nowhere.yaml: expected a file, got no such file",
        ),
        (["schema", "evnt"], "choose from"),
    ],
)
def test_wrong_arguments_are_told_without_a_traceback(args, says, capsys):
    status = cli.main(args)

    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


# ------------------------------------------------------------------------ exit statuses


FAULT = Fault(place="a.yaml:1", expected="x", got="y")


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (ConfigError(FAULT, "another"), 2, "a.yaml:1: expected x, got y.\nanother\n"),
        (RestartNeededError("fenced"), 75, "fenced\n"),
        (NotAuthorisedError("may not read"), 77, "may not read\n"),
        (KeyboardInterrupt(), 130, ""),
        (OSError(errno.ENOSPC, "disk full"), 2, "detector: cannot write: disk full\n"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_bug_ends_with_its_status_and_its_words(command, capfd, error, status, says):
    command(raising(error))

    assert cli.main(["probe"]) == status
    assert capfd.readouterr().err == says


@pytest.mark.parametrize("error", [ValueError("oops"), RecordError("json", "oops")])
def test_a_bug_is_told_as_one_with_a_traceback(command, capsys, error):
    command(raising(error))

    assert cli.main(["probe"]) == 70
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("This is a bug of the detector; please report the lines above.\n")


def test_the_status_of_a_command_is_passed_on(command):
    command(lambda args: 1 if args.config == "x" else 0)

    assert cli.main(["probe", "--config", "x"]) == 1
    assert cli.main(["probe"]) == 0


def test_a_reader_that_goes_away_ends_the_command_quietly():
    """As with `detector schema event | head -0`."""
    with subprocess.Popen(
        [*PROGRAM, "schema", "event"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (141, b"")


def test_a_full_disk_is_not_called_a_bug():
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        result = subprocess.run(
            [*PROGRAM, "schema", "config"], stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert (result.returncode, result.stderr) == (
        2,
        b"detector: cannot write: No space left on device\n",
    )


# ------------------------------------------------------------------------ start and schema


def test_only_the_command_that_was_asked_for_is_imported():
    """`replay` starts thousands of times; what others need would cost it half a second each."""
    code = (
        "import sys; from detector.cli import main; main(['--help']); main(['schema', 'event']);"
        "print([m for m in ('numba', 'confluent_kafka', 'rich', 'pyarrow', 'structlog')"
        " if m in sys.modules], file=sys.stderr)"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stderr == "[]\n"


@pytest.mark.skipif(sys.platform != "linux", reason="counts the threads in /proc")
@pytest.mark.parametrize(("asked", "threads"), [(None, 1), ("3", 3)])
def test_linear_algebra_has_one_thread_unless_more_are_asked_for(asked, threads):
    """Several spin while they wait for each other, which on shared cores takes far longer."""
    env = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    if asked is not None:
        env["OPENBLAS_NUM_THREADS"] = asked
    code = (
        "import os; from detector.cli import main; main(['schema', 'event']);"
        "import numpy, sys; print(len(os.listdir('/proc/self/task')), file=sys.stderr)"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env
    )

    cores = len(os.sched_getaffinity(0))
    assert int(result.stderr) == min(threads, cores)


def test_a_command_that_judges_nothing_does_not_wait_for_the_compiler():
    """Numba takes half a second to import; `check` and a schema do without."""
    config = Path(__file__).parent.parent / "config" / "detector.yaml"
    code = (
        "import sys; from detector.cli import main;"
        f"main(['schema', 'config']); main(['check', '--config', {str(config)!r}]);"
        "import detector.cli.alerts, detector.cli.fit;"
        "print([m for m in ('numba', 'scipy') if m in sys.modules], file=sys.stderr)"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("kind", ["event", "config", "scaler"])
def test_schema_prints_a_valid_schema(kind, capsys):
    assert cli.main(["schema", kind]) == 0

    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "$defs" in schema
