"""Another version of the scaler file than the one configured."""

from collections.abc import Iterator

from detector.detection.faults.fault import Affine, Column, Fault
from detector.events import Transform
from detector.scaler import FeatureScaler, Scaler

_SAME = 1e-9  # relative difference below which two versions scale alike


def faults(column: Column) -> Iterator[Fault]:
    """Scaled with the parameters of every other version that knows the feature."""
    own, before = column.scaling, column.view.scaler.before
    if own is None or (before is not None and column.view.values == "raw"):
        return
    for version in column.versions:
        scaler = version.features.get(column.view.name)
        if scaler is None or scaler.kind == "identity" or scaler.before != before:
            continue
        other = Affine(*scaler.parameters.affine())
        if _alike(own, other):
            continue
        if column.view.values == "raw":
            yield Fault(
                cause="double_scaling",
                variant="older_scaler",
                map=other,
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
                map=whole,
                prior=0.5,
                figures=_figures(version, scaler, whole),
                looks=f"is scaled by version {version.version} of the scaler",
                fix="deploy the scaler and the model that were trained together,"
                f" or configure version {version.version} here",
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
