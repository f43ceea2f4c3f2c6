"""Training rows to a scaler: what is stored of each feature."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detector.errors import ConfigError, Fault
from detector.fit.fitting import Fitting, name_faults, phase_faults, unknown_columns, unselected
from detector.fit.selection import FloatArray, select
from detector.scaler import FeatureScaler, PhaseBy, Phases, RobustParameters, Scaler
from detector.scaler.estimate import estimate_parameters, is_constant
from detector.scaler.file import name_fault
from detector.scaler.parameters import LARGEST
from detector.scaler.profile import measure_reference
from detector.scaler.scaler import apply_before
from detector.scaler.season import Season, measure_season


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
    faults = [*name_faults(fitting), *phase_faults(fitting), *unknown_columns(columns, fitting)]
    if faults:
        raise ConfigError.of(faults)
    if fitting.features is None:
        names, left_out = select(columns, fitting.time)
    else:
        names, left_out = list(dict.fromkeys(fitting.features)), {}
    faults = [*unselected(names, left_out, fitting)]
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
