"""Training rows to a scaler: which columns are features, and what is stored of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from detector.errors import ConfigError, Fault
from detector.scaler import Before, FeatureScaler, Kind, PhaseBy, Phases, RobustParameters, Scaler
from detector.scaler.estimate import estimate_parameters, is_constant
from detector.scaler.file import name_fault
from detector.scaler.parameters import LARGEST
from detector.scaler.profile import measure_reference
from detector.scaler.scaler import apply_before
from detector.scaler.season import Season, measure_season
from detector.yamlfile import nearest

FloatArray = npt.NDArray[np.float64]

MIN_ROWS_OF_IDENTIFIER = 8  # fewer rows stand in order by chance: one in 5,040 for 7
EPOCH_S = 1e8  # 1973 in seconds, yesterday in other units: a duration or an hour is far below
_IDENTIFIERS = {"id", "uuid", "guid", "index", "key", "rownum", "row", "row_id", "unnamed: 0"}
_TIMES = {"time", "timestamp", "ts", "datetime", "date", "epoch", "event_time", "created_at"}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A scaler and what its maker should know.

    left_out: columns that nobody asked for and that are no features, with the reason.
    remarks:  a line about each feature of the scaler with which something is unusual; with phases,
              one about the season of each.
    """

    scaler: Scaler
    left_out: Mapping[str, str]
    remarks: Sequence[str]


def fit_scaler(
    columns: Mapping[str, FloatArray],
    fitting: Fitting,
    *,
    times: FloatArray | None = None,
    source: Mapping[str, object] | None = None,
    created_at: str | None = None,
) -> Fitted:
    """The scaler of training rows, with the reference of every feature.

    columns: one array of shape (n,) a column, rows in their order; NaN is missing, ±inf is invalid
             (text, a number beyond float64) and takes no part.
    times:   when the rows happened, seconds since the epoch, shape (n,); None: the column
             ``fitting.time``. Needed for phases only.
    Raises ConfigError with every fault: unknown names, constant features, values for which
    ``before`` is not defined.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # huge values become a fault
        return _fit(columns, fitting, times, source or {}, created_at)


def _fit(
    columns: Mapping[str, FloatArray],
    fitting: Fitting,
    times: FloatArray | None,
    source: Mapping[str, object],
    created_at: str | None,
) -> Fitted:
    faults = [*_name_faults(fitting), *phase_faults(fitting), *_unknown(columns, fitting)]
    if faults:
        raise ConfigError.of(faults)
    names, left_out = _select(columns, fitting)
    faults = [*_unselected(names, left_out, fitting)]
    faults += [f for name in names for f in _value_faults(name, columns[name], fitting)]
    if faults:
        raise ConfigError.of(faults)
    if times is None and fitting.time is not None:
        times = columns.get(fitting.time)
    seasons = _seasons(columns, names, fitting.phases, times)
    features = {
        name: _feature(name, columns[name], fitting, _laws(seasons.get(name), times))
        for name in names
    }
    scaler = Scaler(
        name=fitting.name,
        version=fitting.version,
        kind=fitting.kind,
        features=features,
        created_at=created_at,
        source=source,
    )
    remarks = [
        f"{name}: {remark}"
        for name, feature in features.items()
        for remark in _remarks(feature, columns[name], seasons.get(name))
    ]
    return Fitted(scaler=scaler, left_out=left_out, remarks=remarks)


def _name_faults(fitting: Fitting) -> Iterator[Fault]:
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


def _seasons(
    columns: Mapping[str, FloatArray],
    names: Sequence[str],
    by: PhaseBy | None,
    times: FloatArray | None,
) -> dict[str, Season]:
    """The season of each feature; none where no phases were asked for."""
    if by is None or times is None:
        return {}
    return {name: measure_season(columns[name], times, by) for name in names}


def _laws(season: Season | None, times: FloatArray | None) -> tuple[Phases, FloatArray] | None:
    if season is None or season.phases is None or times is None:
        return None
    return season.phases, times


def _unknown(columns: Mapping[str, FloatArray], fitting: Fitting) -> Iterator[Fault]:
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


def _unselected(
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


def _select(
    columns: Mapping[str, FloatArray], fitting: Fitting
) -> tuple[list[str], dict[str, str]]:
    """The features, and why the other columns are none."""
    if fitting.features is not None:
        return list(dict.fromkeys(fitting.features)), {}
    reasons = {
        name: "the rows are sorted by it" if name == fitting.time else no_feature(name, column)
        for name, column in columns.items()
    }
    left_out = {name: reason for name, reason in reasons.items() if reason is not None}
    return [name for name in columns if name not in left_out], left_out


def no_feature(name: str, column: FloatArray) -> str | None:
    """Why a column that nobody asked for is no feature of a model; None if it may be one."""
    valid = column[np.isfinite(column)]
    if 2 * len(valid) <= len(column) - np.isnan(column).sum():
        return "no more than half of its values are numbers"
    if is_constant(valid):
        return f"it is constant ({float(valid[0])!r})"
    steps = np.diff(valid)
    ascending = bool((steps > 0).all()) and len(valid) >= MIN_ROWS_OF_IDENTIFIER
    if ascending and bool((valid == np.round(valid)).all()):
        return "whole numbers that only ascend: time or an identifier"
    lower = name.lower()
    if lower in _TIMES and (bool((steps >= 0).all()) or float(valid.min()) > EPOCH_S):
        return "time, by its name and its values"
    if (lower in _IDENTIFIERS or lower.endswith(("_id", "_uuid"))) and _all_distinct(valid):
        return "an identifier, by its name and because no value comes twice"
    return None


def _all_distinct(values: FloatArray) -> bool:
    return len(np.unique(values)) == len(values)


def _value_faults(name: str, column: FloatArray, fitting: Fitting) -> Iterator[Fault]:
    """What keeps a selected column from being a feature."""
    place = f"feature {name}"
    wrong = name_fault(name)
    if wrong is not None:
        yield Fault(place=place, expected="a printable name of 1 to 128 characters", got=wrong)
    valid = column[np.isfinite(column)]
    if not len(valid):
        yield Fault(place=place, expected="numbers", got=f"none in {len(column)} rows")
        return
    before = fitting.before.get(name)
    prepared = apply_before(before, valid)
    undefined = valid[~np.isfinite(prepared)]
    if len(undefined):
        lowest = float(undefined.min())
        yield Fault(
            place=f"--before {name}={before}",
            expected=f"values that have a {before}",
            got=f"{len(undefined)} of {len(valid)} that have none, the lowest {lowest!r}",
        )
    elif is_constant(prepared):
        hint = "no scaler can be fitted on it; leave it out of --features."
        got = f"{float(valid[0])!r} in every row"
        yield Fault(place=place, expected="values that vary", got=got, hint=hint)
    elif np.abs(valid).max() > LARGEST or 1 / prepared.std() > LARGEST:
        got = f"values from {float(valid.min())!r} to {float(valid.max())!r}"
        expected = f"values within ±{LARGEST:g}, and a spread that can be squared"
        yield Fault(place=place, expected=expected, got=got, hint="another unit would help.")


def _feature(
    name: str,
    column: FloatArray,
    fitting: Fitting,
    season: tuple[Phases, FloatArray] | None,
) -> FeatureScaler:
    before = fitting.before.get(name)
    scaled = apply_before(before, column[np.isfinite(column)])
    return FeatureScaler(
        parameters=estimate_parameters(scaled, fitting.feature_kinds.get(name, fitting.kind)),
        unit=fitting.units.get(name),
        before=before,
        reference=measure_reference(column, season=season),
    )


def _remarks(feature: FeatureScaler, column: FloatArray, season: Season | None) -> Iterator[str]:
    if season is not None:
        yield season.words
    invalid = int(np.isinf(column).sum())
    if invalid:
        yield f"{invalid} of {len(column)} values are no numbers and took no part"
    if isinstance(feature.parameters, RobustParameters) and feature.reference is not None:
        lower, upper = np.percentile(column[np.isfinite(column)], [25.0, 75.0])
        if lower == upper:
            yield "its interquartile range is 0, for which RobustScaler stores the scale 1.0"
