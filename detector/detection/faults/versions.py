"""Another version of the scaler file than the one configured."""

from collections.abc import Iterator

from detector.detection.faults.fault import Affine, Column, Curve, Fault
from detector.events import Transform
from detector.scaler import FeatureScaler, Scaler

_SAME = 1e-9  # relative difference below which two versions scale alike


def faults(column: Column) -> Iterator[Fault]:
    """Scaled with the parameters of every other version that knows the feature."""
    own, mine = column.scaling, column.view.scaler
    if own is None:
        return
    for version in column.versions:
        scaler = version.features.get(column.view.name)
        if scaler is None or scaler.kind == "identity":
            continue
        other = Affine(*scaler.parameters.affine())
        if mine.before == scaler.before and _alike(own, other):
            continue
        if column.view.values == "raw":
            yield Fault(
                cause="double_scaling",
                variant="older_scaler",
                map=_applied(scaler, other),
                prior=-2.0,
                figures=_figures(version, scaler, other),
                looks=f"arrives scaled already, by version {version.version} of the scaler",
                fix=f"send {column.name} unscaled: the model's own scaler scales it again",
            )
        else:
            whole = own.back().then(other)
            yield Fault(
                cause="scaler_version",
                variant=version.version,
                map=whole if mine.before == scaler.before else _exchanged(mine, scaler),
                prior=0.5,
                figures=_figures(version, scaler, whole),
                looks=f"is scaled by version {version.version} of the scaler",
                fix="deploy the scaler and the model that were trained together,"
                f" or configure version {version.version} here",
            )


def _applied(scaler: FeatureScaler, affine: Affine) -> Affine | Curve:
    if scaler.before is None:
        return affine
    return Curve(scaler.transform, scaler.inverse_transform)


def _exchanged(mine: FeatureScaler, other: FeatureScaler) -> Curve:
    """What the *other* scaler makes of the values behind scaled ones, with its own ``before``."""
    return Curve(
        forward=lambda z: other.transform(mine.inverse_transform(z)),
        inverse=lambda z: mine.transform(other.inverse_transform(z)),
    )


def _alike(one: Affine, other: Affine) -> bool:
    return abs(one.gain - other.gain) <= _SAME * abs(one.gain) and abs(
        one.offset - other.offset
    ) <= _SAME * (abs(one.offset) + 1)


def _figures(version: Scaler, scaler: FeatureScaler, whole: Affine) -> Transform:
    return Transform(
        version=version.version,
        mean=scaler.parameters.centre,
        scale=scaler.parameters.spread,
        gain=whole.gain,
        offset=whole.offset,
    )
