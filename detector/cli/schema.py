"""``detector schema``: the JSON Schema of what users write and read."""

import argparse
import json
import sys

from detector.cli import Subparsers

KINDS = ("event", "config", "scaler")


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "schema",
        help="print a JSON Schema: event, config or scaler",
        description="Prints the JSON Schema (2020-12) of a drift event as it stands on the alert "
        "topic, of the configuration file, or of a scaler file.",
    )
    parser.add_argument("kind", choices=KINDS, help="what to describe")


def run(args: argparse.Namespace) -> int:
    """Print the schema on standard output."""
    json.dump(_schema(args.kind), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
    return 0


def _schema(kind: str) -> dict[str, object]:
    match kind:
        case "event":
            from detector.events import event_schema  # noqa: PLC0415 - one of three is needed

            return event_schema()
        case "scaler":
            from detector.scaler.schema import scaler_schema  # noqa: PLC0415 - one of three

            return scaler_schema()
        case _:
            from detector.config.kafka import REFUSED  # noqa: PLC0415 - one of three
            from detector.config.schema import config_schema  # noqa: PLC0415 - one of three

            return config_schema(REFUSED)
