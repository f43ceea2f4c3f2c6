"""``detector replay``: the same detector over a file, offline and repeatable."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from detector.cli import Subparsers
from detector.errors import ConfigError, Fault
from detector.terminal import is_terminal

if TYPE_CHECKING:
    from detector.config import Config, ModelConfig
    from detector.replay import Step
    from detector.terminal.outcome import Outcome

STANDARD = "-"
DRIFT = 1


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "replay",
        help="the same detector over a file, offline and repeatable",
        description="Judges the records of a file as `run` would judge those of the topic, without "
        "Kafka. Events go to standard output, one JSON object a line; words to standard error.",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--input", required=True, metavar="FILE", help="the records; - is standard input"
    )
    parser.add_argument(
        "--format",
        choices=("ndjson", "csv", "parquet"),
        help="default: by the file's suffix; standard input: ndjson",
    )
    parser.add_argument("--model", metavar="NAME", help="required where there are several")
    parser.add_argument(
        "--alerts", default=STANDARD, metavar="FILE", help="where events go; default: -"
    )
    parser.add_argument(
        "--dead-letters", metavar="FILE", help="where records go that cannot be used"
    )
    parser.add_argument(
        "--fail-on-drift", action="store_true", help="exit status 1 if an alert opened"
    )


def run(args: argparse.Namespace) -> int:
    """Replay; 1 with ``--fail-on-drift`` if an alert opened."""
    from detector.config import load  # noqa: PLC0415 - numpy, only when it is needed
    from detector.records import check_input, read_chunks, size_of  # noqa: PLC0415

    config = load(args.config)
    model = choose(config, args.model)
    check_input(args.input, args.format)
    _check_outputs(args)
    from detector.replay import Replay  # noqa: PLC0415 - compiles kernels: after cheap mistakes

    replay = Replay(model, config.group)
    chunks = read_chunks(args.input, replay.selection(config.max_message_bytes), args.format)
    with ExitStack() as stack:
        alerts = stack.enter_context(_output(args.alerts))
        letters = None
        if args.dead_letters is not None:
            letters = stack.enter_context(_output(args.dead_letters))
        steps = _watched(replay.run(chunks), size_of(args.input), args)
        for step in steps:
            _write(step, alerts, letters)
    outcome = replay.outcome()
    _tell(outcome)
    return DRIFT if args.fail_on_drift and outcome.opened else 0


def choose(config: "Config", name: str | None) -> "ModelConfig":
    """The model that the records belong to."""
    models = config.models
    known = ", ".join(models)
    if name is None and len(models) == 1:
        return next(iter(models.values()))
    if name is None:
        raise ConfigError(
            Fault(
                place="--model",
                expected=f"one of {known}, since {config.path} has several models",
                got="nothing",
            )
        )
    if name not in models:
        raise ConfigError(Fault(place="--model", expected=f"one of {known}", got=repr(name)))
    return models[name]


def _write(step: "Step", alerts: BinaryIO, letters: BinaryIO | None) -> None:
    from detector.events import encode  # noqa: PLC0415 - loaded by now
    from detector.replay import dead_letters  # noqa: PLC0415

    if step.events:
        alerts.write(b"".join(encode(event) + b"\n" for event in step.events))
        alerts.flush()
    if letters is not None:
        letters.writelines(dead_letters(step.chunk))


def _watched(
    steps: Iterable["Step"], size: int | None, args: argparse.Namespace
) -> Iterator["Step"]:
    """*steps*, drawn as they pass if a person watches: events, and bytes as a bar."""
    if not is_terminal():
        yield from steps
        return
    from detector.terminal.console import byte_progress, console  # noqa: PLC0415 - rich
    from detector.terminal.events import drawn  # noqa: PLC0415

    here = console()
    shown = args.alerts != STANDARD or not is_terminal(sys.stdout)
    records = 0
    with byte_progress(here) as bar:
        task = bar.add_task("replay", total=size, note="")
        for step in steps:
            yield step
            records += step.chunk.size
            for event in step.events if shown else ():
                bar.console.print(drawn(event))
            bar.update(task, completed=step.chunk.bytes_read, note=f"{records:,} records")


def _tell(outcome: "Outcome") -> None:
    if is_terminal():
        from detector.terminal.console import console  # noqa: PLC0415 - rich
        from detector.terminal.outcome_table import draw_outcome  # noqa: PLC0415

        draw_outcome(console(), outcome)
        return
    from detector.terminal.outcome import outcome_lines  # noqa: PLC0415

    for line in outcome_lines(outcome):
        sys.stderr.write(f"{line}\n")


def _check_outputs(args: argparse.Namespace) -> None:
    """Refuse to write over the input, or two outputs over each other."""
    named = {"--alerts": args.alerts, "--dead-letters": args.dead_letters}
    files = {
        option: Path(name).resolve()
        for option, name in named.items()
        if name is not None and name != STANDARD
    }
    for option, path in files.items():
        if path in (Path(args.input).resolve(), args.config.resolve()):
            raise ConfigError(
                Fault(place=option, expected="a file of its own", got=f"{path}, which is read")
            )
    if len(set(files.values())) < len(files) or args.dead_letters == args.alerts == STANDARD:
        raise ConfigError(
            Fault(
                place="--dead-letters",
                expected="a file of its own",
                got="that of --alerts",
            )
        )


@contextmanager
def _output(name: str) -> Iterator[BinaryIO]:
    if name == STANDARD:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        stream = Path(name).open("wb")  # noqa: SIM115 - closed below; errors of writing pass
    except OSError as error:
        raise ConfigError(
            Fault(
                place=name,
                expected="a file that can be written",
                got=error.strerror or "an error",
            )
        ) from error
    with stream:
        yield stream
