"""What to fit, and what is wrong with it before a value is looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from detector.errors import Fault
from detector.fit.selection import FloatArray
from detector.scaler import Before, Kind, PhaseBy
from detector.scaler.file import name_fault
from detector.yamlfile import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """What to fit.

    features: names asked for; None: the numeric columns that vary and are neither time nor an
              identifier.
    time:     the column by which the rows were sorted, or None.
    phases:   by which phases of *time* laws are measured, or None for one law a feature.
    feature_kinds, units, before: by feature.
    """

    name: str
    version: str
    kind: Kind
    features: Sequence[str] | None = None
    time: str | None = None
    phases: PhaseBy | None = None
    feature_kinds: Mapping[str, Kind] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Before] = field(default_factory=dict)


def name_faults(fitting: Fitting) -> Iterator[Fault]:
    """Names that a scaler file could not carry."""
    for option, name in (("--name", fitting.name), ("--version", fitting.version)):
        wrong = name_fault(name)
        if wrong is not None:
            yield Fault(place=option, expected="a printable name of 1 to 128 characters", got=wrong)


def phase_faults(fitting: Fitting) -> Iterator[Fault]:
    """Phases are those of a time."""
    if fitting.phases is not None and fitting.time is None:
        yield Fault(
            place=f"--phases {fitting.phases}",
            expected="--time FIELD with it",
            got="none",
            hint="name the field that says when a row happened; laws by phase are of its hours "
            "and days, in UTC.",
        )


def unknown_columns(columns: Mapping[str, FloatArray], fitting: Fitting) -> Iterator[Fault]:
    """Names in the arguments that no column has."""
    named = {
        "--features": fitting.features or (),
        "--feature-kind": fitting.feature_kinds,
        "--unit": fitting.units,
        "--before": fitting.before,
    }
    for option, names in named.items():
        for name in names:
            if name not in columns:
                hint = nearest(name, columns) or f"the columns are {', '.join(columns)}."
                yield Fault(
                    place=option, expected="columns of the input", got=repr(name), hint=hint
                )


def unselected(
    names: Sequence[str], left_out: Mapping[str, str], fitting: Fitting
) -> Iterator[Fault]:
    """Options for columns that are not among the features; no features at all."""
    if not names:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        hint = f"{reasons or 'there are no columns'}. Name the features with --features."
        yield Fault(place="the input", expected="at least one feature", got="none", hint=hint)
        return
    options = {
        "--feature-kind": fitting.feature_kinds,
        "--unit": fitting.units,
        "--before": fitting.before,
    }
    for option, by_feature in options.items():
        for name in by_feature:
            if name not in names:
                reason = left_out.get(name, "it is not in --features")
                yield Fault(place=option, expected="features", got=repr(name), hint=f"{reason}.")
