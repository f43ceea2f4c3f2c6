"""The command line: a file a command, and what every command shares.

A command is a module ``detector.cli.NAME`` with ``add(subparsers)``, which registers its parser,
and ``run(args)``, which does the work and answers the exit status. Only the module of the command
that was asked for is imported: replay is started thousands of times, and imports are most of its
start.
"""

import argparse
import difflib
import errno
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn, Protocol, TypeAlias, cast

from detector.errors import ConfigError, TransportError

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - what add_subparsers() gives has no public name

COMMANDS = {
    "run": "watch the live feature topics and publish drift events",
    "demo": "see it work: an embedded broker, real data, faults injected live",
    "replay": "the same detector over a file, offline and repeatable",
    "check": "validate a configuration and show what is monitored by which test",
    "fit": "training data to a scaler file",
    "scaler": "show, compare and fingerprint scaler files",
    "alerts": "follow the alert topic in the terminal",
    "schema": "print a JSON Schema: event, config or scaler",
}
LATER = {
    "audit": "it comes with a later release; until then replay rows that carry the raw and "
    "the scaled value with `values: both`"
}

# Threads of linear algebra wait for each other by spinning: where other processes share the cores,
# or a container may use a part of one, small matrices take many times as long in two as in one.
_LIBRARIES = {"OPENBLAS_NUM_THREADS": "1"}  # read when numpy is imported, by the command itself

WRONG_INPUT = 2
BUG = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
BROKEN_PIPE = 141  # 128 + SIGPIPE


class Command(Protocol):
    """What a module of this package offers."""

    def add(self, subparsers: Subparsers) -> None:
        """Register the parser of the command under its name."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work; the exit status."""


class Parser(argparse.ArgumentParser):
    """An argument parser without abbreviations that names the nearest right option."""

    def __init__(self, **options: object) -> None:
        super().__init__(**{**options, "allow_abbrev": False})  # type: ignore[arg-type]  # passed on
        self._given: Sequence[str] = ()

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - typeshed's three overloads say no more
        """Keep what was given, for the hint of :meth:`error`."""
        self._given = sys.argv[1:] if args is None else args
        known, unknown = super().parse_known_args(args, namespace)
        if unknown and self.prog != PROGRAM:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        """Usage and *message* on standard error; exit status 2."""
        right = [option for option in self._option_string_actions if option.startswith("--")]
        hints = []
        for word in (given.partition("=")[0] for given in self._given):
            near = difflib.get_close_matches(word, right, n=1, cutoff=0.6)
            if word.startswith("--") and word not in right and near:
                hints.append(f"\nHint: {word} is unknown; did you mean {near[0]}?")
        super().error(message + "".join(hints))


PROGRAM = "detector"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status of CONTRACT's table."""
    for name, value in _LIBRARIES.items():
        os.environ.setdefault(name, value)
    try:
        status = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the outermost place
        return _status_of(error)
    return status


def _status_of(error: BaseException) -> int:
    """The exit status for *error*, after telling it; a traceback for bugs of ours only."""
    status, words = BUG, "This is a bug of the detector; please report the lines above."
    match error:
        case KeyboardInterrupt():
            return INTERRUPTED
        case BrokenPipeError():  # the reader went away: `| head`
            _drop_output()
            return BROKEN_PIPE
        case ConfigError():
            status, words = WRONG_INPUT, str(error)
        case TransportError():
            status, words = error.exit_status, str(error)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            _drop_output()
            status, words = WRONG_INPUT, f"{PROGRAM}: cannot write: {error.strerror}"
        case _:
            traceback.print_exception(error)
    sys.stderr.write(f"{words}\n")
    return status


def _drop_output() -> None:
    """What is left in the buffer has nowhere to go; the interpreter would complain at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(given: Sequence[str]) -> int:
    if given and not given[0].startswith("-"):
        _refuse_unknown(given[0])
    try:
        args = _parser(given).parse_args(given)
    except SystemExit as stop:
        return int(stop.code or 0)
    return _command(args.command).run(args)


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """The whole parser; of the commands, only the one that was *given* has its options."""
    parser = Parser(
        prog=PROGRAM,
        description="Names what broke when live features are normalised differently from training.",
        epilog="`detector COMMAND --help` tells the options of a command.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    subparsers: Subparsers = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=Parser
    )
    for name, summary in COMMANDS.items():
        if given and given[0] == name:
            _command(name).add(subparsers)
        else:
            subparsers.add_parser(name, help=summary)
    return parser


def _command(name: str) -> Command:
    return cast("Command", importlib.import_module(f"{__name__}.{name}"))


def _refuse_unknown(name: str) -> None:
    if name in LATER:
        raise ConfigError(f"{PROGRAM} {name}: not in this release: {LATER[name]}.")
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        commands = ", ".join(COMMANDS)
        raise ConfigError(f"{PROGRAM}: expected one of {commands}, got {name!r}.{hint}")


class _Version(argparse.Action):
    """Print the version; looked up only when asked for, since the look-up reads the disk."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - 20 ms that no command needs

        sys.stdout.write(f"{PROGRAM} {version('drift-detector')}\n")
        parser.exit()
