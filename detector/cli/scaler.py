"""``detector scaler``: show, compare and fingerprint scaler files."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from detector.cli import Subparsers
from detector.errors import ConfigError

if TYPE_CHECKING:
    from detector.scaler import FeatureScaler, Reference, Scaler

DIFFERENT = 1
_LATER = ("push", "pull", "list")
_HEAD = ("FEATURE", "KIND", "PARAMETERS", "UNIT", "BEFORE", "REFERENCE")


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "scaler",
        help="show, compare and fingerprint scaler files",
        description="Shows, compares and fingerprints scaler files.",
    )
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="show|diff|digest", parser_class=type(parser)
    )
    show = actions.add_parser("show", help="what a scaler file says, a line a feature")
    digest = actions.add_parser("digest", help="the digest of what changes a prediction")
    for one in (show, digest):
        one.add_argument("file", type=Path, metavar="FILE")
    diff = actions.add_parser("diff", help="what differs; exit status 0: nothing, 1: something")
    diff.add_argument("first", type=Path, metavar="FILE")
    diff.add_argument("second", type=Path, metavar="FILE")
    for name in _LATER:
        actions.add_parser(name, help="(later)").add_argument("rest", nargs=argparse.REMAINDER)


def run(args: argparse.Namespace) -> int:
    """Print what was asked for on standard output; ConfigError for a wrong file."""
    if args.action in _LATER:
        raise ConfigError(
            f"detector scaler {args.action}: not in this release: the registry comes later; until "
            "then a configuration names scaler files by their paths."
        )
    from detector.scaler import Scaler  # noqa: PLC0415 - numpy, only when it is needed

    if args.action == "diff":
        return _diff(Scaler.load(args.first), Scaler.load(args.second))
    scaler = Scaler.load(args.file)
    lines = [scaler.digest] if args.action == "digest" else _show(scaler)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0


def _diff(first: "Scaler", second: "Scaler") -> int:
    from detector.scaler.diff import differences  # noqa: PLC0415 - only when it is needed

    lines = differences(first, second)
    for line in lines:
        sys.stdout.write(f"{line}\n")
    same = "the same" if first.digest == second.digest else "not the same"
    sys.stderr.write(f"predictions: {same}. differences: {len(lines)}.\n")
    return DIFFERENT if lines else 0


def _show(scaler: "Scaler") -> Iterator[str]:
    yield f"{scaler.name} version {scaler.version}, {len(scaler.features)} features"
    yield scaler.digest
    if scaler.created_at is not None:
        yield f"created at {scaler.created_at}"
    if scaler.source:
        yield "source " + ", ".join(f"{key} {value}" for key, value in scaler.source.items())
    yield ""
    yield from _aligned([_HEAD, *(_row(name, f) for name, f in scaler.features.items())])


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _row(name: str, feature: "FeatureScaler") -> tuple[str, ...]:
    parameters = (
        f"{field.name} {_number(getattr(feature.parameters, field.name))}"
        for field in fields(feature.parameters)
    )
    return (
        name,
        feature.kind,
        ", ".join(parameters) or "-",
        feature.unit or "-",
        feature.before or "-",
        _law(feature.reference),
    )


def _law(reference: "Reference | None") -> str:
    if reference is None:
        return "none"
    parts = [f"{reference.count:,} rows", f"{len(reference.quantiles)} quantiles"]
    if reference.min is not None and reference.max is not None:
        parts.append(f"{_number(reference.min)} to {_number(reference.max)}")
    if reference.decimals is not None:
        parts.append(f"{reference.decimals} decimals")
    if reference.atoms:
        parts.append(f"{len(reference.atoms)} atoms")
    if reference.phases is not None:
        phases = reference.phases
        parts.append(f"{len(phases.laws)} laws by {phases.by.replace('_', ' ')}")
    if reference.autocorrelation_time is not None:
        parts.append(f"autocorrelation time {reference.autocorrelation_time:.3g} rows")
    return ", ".join(parts)


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
