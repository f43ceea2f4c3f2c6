"""``detector fit``: training data to a scaler file."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from detector.cli import Subparsers
from detector.errors import ConfigError, Fault

if TYPE_CHECKING:
    from detector.fit import Fitted, Fitting, FloatArray
    from detector.records import Columns
    from detector.scaler import Before, Kind

_KINDS = ("standard", "minmax", "robust", "maxabs", "identity")
_BEFORE = ("log", "log1p", "sqrt")
_PHASES = ("hour_of_day", "day_of_week", "hour_of_week")
STANDARD_OUTPUT = "-"


def add(subparsers: Subparsers) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "fit",
        help="training data to a scaler file",
        description="Fits scikit-learn's statistics on the training rows and writes them, with "
        "what training saw of every feature, to a scaler file.",
    )
    parser.add_argument(
        "--input", required=True, metavar="FILE", help="training rows; - is standard input"
    )
    parser.add_argument("--format", choices=("ndjson", "csv", "parquet"), help="default: by suffix")
    parser.add_argument("--name", required=True, metavar="N", help="of the scaler")
    parser.add_argument("--version", required=True, metavar="V", help="of the scaler")
    parser.add_argument("--kind", required=True, choices=_KINDS, metavar="K", help=_either(_KINDS))
    parser.add_argument(
        "--features",
        action="append",
        metavar="A,B",
        help="default: numeric columns that vary and are neither time nor an identifier",
    )
    for option, example, text in (
        ("--unit", "temp=degF", "unit of a feature; may be repeated"),
        ("--before", "fare=log1p", f"applied before scaling: {_either(_BEFORE)}; may be repeated"),
        ("--feature-kind", "dist=minmax", "kind of one feature; may be repeated"),
    ):
        parser.add_argument(option, action="append", default=[], metavar=example, help=text)
    parser.add_argument(
        "--time", metavar="FIELD", help="sort the rows by this field; default: the file's order"
    )
    parser.add_argument(
        "--phases",
        choices=_PHASES,
        metavar="P",
        help=f"laws by phase of --time, in UTC, for features with a season: {_either(_PHASES)}",
    )
    parser.add_argument(
        "--output", required=True, metavar="FILE", help="the scaler file; - is standard output"
    )


def run(args: argparse.Namespace) -> int:
    """Fit and write; ConfigError with everything that is wrong."""
    from detector.fit import fit_scaler  # noqa: PLC0415 - numpy, only when it is needed

    fitting = _fitting(args)
    _check_output(args)
    rows = _rows(args, fitting.features)
    columns, times = _sorted(rows, args.time)
    seconds = None
    if fitting.phases is not None and times is not None:
        seconds = _seconds(times, args.time)
    fitted = fit_scaler(
        columns,
        fitting,
        times=seconds,
        source=_source(args, rows),
        created_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )
    _write(fitted, args.output)
    for line in _words(args, fitting, fitted, rows):
        sys.stderr.write(f"{line}\n")
    if seconds is not None:
        sys.stderr.write(
            f"hours and days: UTC, from {_date(seconds[0])} to {_date(seconds[-1])}.\n"
        )
    return 0


def _check_output(args: argparse.Namespace) -> None:
    """Refuse to write over the training rows."""
    if args.output != STANDARD_OUTPUT and Path(args.output).resolve() == Path(args.input).resolve():
        got = f"{args.input}, which is read"
        raise ConfigError(Fault(place="--output", expected="a file of its own", got=got))


def _rows(args: argparse.Namespace, features: Sequence[str] | None) -> "Columns":
    """The training rows; all columns where one that was asked for has no value at all, so that
    the nearest right name can be told.
    """
    import numpy as np  # noqa: PLC0415 - only when it is needed

    from detector.records import STANDARD_INPUT, place_of, read_columns  # noqa: PLC0415 - same

    rows = read_columns(args.input, given=args.format, features=features, time=args.time)
    empty = [name for name, column in rows.columns.items() if np.isnan(column).all()]
    if features is not None and empty and args.input != STANDARD_INPUT:
        everything = read_columns(args.input, given=args.format, time=args.time)
        if any(name not in everything.columns for name in empty):
            rows = everything
    if not rows.columns or not len(next(iter(rows.columns.values()))):
        got = f"none ({_counts(rows.rejected)})" if rows.rejected else "none"
        raise ConfigError(Fault(place=place_of(args.input), expected="training rows", got=got))
    return rows


def _sorted(
    rows: "Columns", field: str | None
) -> "tuple[dict[str, FloatArray], FloatArray | None]":
    """The columns and the times, rows ascending by time where a time field was named; ties keep
    their order.
    """
    import numpy as np  # noqa: PLC0415 - only when it is needed

    if field is None or rows.times is None:
        return rows.columns, None
    if rows.bad_times:
        raise ConfigError(
            Fault(
                place=f"--time {field}",
                expected="a number or an ISO 8601 time in every row",
                got=f"{rows.bad_times} of {len(rows.times)} rows without one",
            )
        )
    order = np.argsort(rows.times, kind="stable")
    return {name: column[order] for name, column in rows.columns.items()}, rows.times[order]


def _seconds(times: "FloatArray", field: str) -> "FloatArray":
    """Seconds since the epoch for times as they stand; ConfigError where no unit fits."""
    from detector.records import PER_SECOND, unit_of  # noqa: PLC0415 - only when it is needed

    unit = unit_of(times)
    if unit is None:
        raise ConfigError(
            Fault(
                place=f"--time {field}",
                expected="seconds, milliseconds or microseconds since 1970, or ISO 8601",
                got=f"numbers up to {float(abs(times).max()):g}",
            )
        )
    return times / PER_SECOND[unit]


def _date(seconds: float) -> str:
    """So that a time in a unit that nobody meant is seen."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "minutes").removesuffix("+00:00")


def _write(fitted: "Fitted", output: str) -> None:
    if output != STANDARD_OUTPUT:
        fitted.scaler.save(output)
        return
    from detector import yamlfile  # noqa: PLC0415 - only when it is needed
    from detector.scaler.file import written  # noqa: PLC0415 - the same

    sys.stdout.write(yamlfile.dump(written(fitted.scaler)))


def _words(
    args: argparse.Namespace, fitting: "Fitting", fitted: "Fitted", rows: "Columns"
) -> Iterator[str]:
    """What was assumed and what was left out."""
    scaler = fitted.scaler
    count = len(next(iter(rows.columns.values())))
    yield (
        f"{args.output}: {scaler.name} version {scaler.version}, {len(scaler.features)} features "
        f"from {count:,} rows, {scaler.digest}"
    )
    if fitting.time is None:
        yield "row order: taken as it stands in the file; --time FIELD sorts by time."
    else:
        yield f"row order: ascending by {fitting.time}."
    if rows.rejected:
        yield f"rows that could not be used: {_counts(rows.rejected)}"
    yield from (f"left out {name}: {reason}" for name, reason in fitted.left_out.items())
    yield from fitted.remarks


def _source(args: argparse.Namespace, rows: "Columns") -> dict[str, object]:
    count = len(next(iter(rows.columns.values())))
    return {"rows": count, "origin": Path(args.input).name, "order": args.time or "file"}


def _features(given: Sequence[str] | None) -> list[str] | None:
    """The names between the commas, each once; None where nothing was asked for."""
    if given is None:
        return None
    names = [name.strip() for part in given for name in part.split(",") if name.strip()]
    if not names:
        raise ConfigError(Fault(place="--features", expected="names, as in a,b", got="none"))
    return list(dict.fromkeys(names))


def _fitting(args: argparse.Namespace) -> "Fitting":
    """What to fit; ConfigError with every argument that is wrong."""
    from detector.fit import Fitting, phase_faults  # noqa: PLC0415 - numpy, only when it is needed

    faults: list[Fault] = []
    fitting = Fitting(
        name=args.name,
        version=args.version,
        kind=args.kind,
        features=_features(args.features),
        time=args.time,
        phases=args.phases,
        units=_pairs("--unit", args.unit, None, faults),
        before=cast("dict[str, Before]", _pairs("--before", args.before, _BEFORE, faults)),
        feature_kinds=cast(
            "dict[str, Kind]", _pairs("--feature-kind", args.feature_kind, _KINDS, faults)
        ),
    )
    faults += phase_faults(fitting)
    if faults:
        raise ConfigError.of(faults)
    return fitting


def _pairs(
    option: str, given: Iterable[str], words: Sequence[str] | None, faults: list[Fault]
) -> dict[str, str]:
    """FEATURE=WORD arguments as a mapping; what is wrong with them goes to *faults*."""
    from detector.yamlfile import nearest  # noqa: PLC0415 - only when it is needed

    pairs: dict[str, str] = {}
    for argument in given:
        name, equals, word = argument.rpartition("=")
        if not equals or not name or not word:
            faults.append(Fault(place=option, expected="FEATURE=WORD", got=repr(argument)))
        elif words is not None and word not in words:
            hint = nearest(word, words)
            faults.append(
                Fault(place=f"{option} {argument}", expected=_either(words), got=word, hint=hint)
            )
        elif pairs.setdefault(name, word) != word:
            got = f"{pairs[name]!r} and {word!r} for {name}"
            faults.append(Fault(place=option, expected="each feature once", got=got))
    return pairs


def _either(words: Sequence[str]) -> str:
    return f"one of {', '.join(words)}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())
