"""``detector demo``: the main job, with nothing installed."""

import argparse
import contextlib
import json
import math
import sys
import tempfile
from pathlib import Path

from detector.cli import Subparsers

SECONDS = 45.0


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "demo",
        help="see it work: an embedded broker, real data, faults injected live",
        description="Runs the detector on an embedded broker. Flights and weather of New York in "
        "2013 are streamed, four faults are injected one after the other, and the alerts are "
        "shown as they come. Exit status 1 if a fault was missed.",
    )
    parser.add_argument(
        "--seconds",
        type=_above_zero,
        default=SECONDS,
        metavar="N",
        help=f"how long it streams; no fault is left out, the pace rises; default: {SECONDS:.0f}",
    )
    parser.add_argument(
        "--speed", type=_above_zero, default=1.0, metavar="X", help="so many times as fast"
    )
    parser.add_argument(
        "--json", action="store_true", help="the summary as one JSON object on standard output"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep the configuration, the scaler, the stream, the alerts and the log there",
    )


def run(args: argparse.Namespace) -> int:
    """Perform and sum up; 1 if a fault was missed."""
    from detector.demo.show import show  # noqa: PLC0415 - numpy and the client, for --help

    seconds = args.seconds / args.speed
    with contextlib.ExitStack() as stack:
        folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        outcome = show(folder, seconds=seconds, keep=args.keep is not None)
    if args.json:
        sys.stdout.write(f"{json.dumps(outcome.report())}\n")
    return 1 if outcome.summary.missed else 0


def _above_zero(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number
