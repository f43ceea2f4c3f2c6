"""The scaling parameters of one feature, as the scaler file writes them."""

import math
from collections.abc import Mapping

from detector.scaler.parameters import (
    LARGEST,
    IdentityParameters,
    Kind,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    RobustParameters,
    StandardParameters,
)
from detector.yamlfile import Node

PARAMETERS: Mapping[Kind, tuple[str, ...]] = {
    "standard": ("mean", "scale"),
    "minmax": ("data_min", "data_max", "feature_range", "clip"),
    "robust": ("center", "scale"),
    "maxabs": ("max_abs",),
    "identity": (),
}
_DEFAULT_RANGE = (0.0, 1.0)


def read_parameters(node: Node, kind: Kind) -> Parameters:
    """The parameters under *node*; faults are recorded, and what comes back then is of no use."""
    parameters: Parameters
    faults = node.fault_count
    match kind:
        case "standard":
            parameters = StandardParameters(mean=_location(node, "mean"), scale=_scale(node))
        case "robust":
            parameters = RobustParameters(center=_location(node, "center"), scale=_scale(node))
        case "maxabs":
            parameters = MaxAbsParameters(max_abs=_scale(node, "max_abs"))
        case "minmax":
            parameters = _minmax(node)
        case "identity":
            return IdentityParameters()
    if node.fault_count == faults:
        _check_map(node, parameters)
    return parameters


def _check_map(node: Node, parameters: Parameters) -> None:
    """A range such as -1.7e308 to 1.7e308 is made of finite numbers and yet no float itself."""
    gain, offset = parameters.affine()
    if not (0 < gain < math.inf and math.isfinite(offset)):
        node.fault("parameters whose quotient is a finite number", got="an overflow")
        return
    spread = parameters.spread or 1.0
    largest = max(abs(parameters.centre or 0.0), spread, 1 / spread, gain, 1 / gain)
    if largest > LARGEST:
        node.fault(
            f"numbers whose squares float64 can hold: at most {LARGEST:g}, divisors no smaller "
            f"than {1 / LARGEST:g}",
            got="larger or smaller ones",
            hint="another unit would help.",
        )


def written_parameters(parameters: Parameters) -> dict[str, object]:
    """The keys and values of *parameters*; defaults are left out."""
    values = {key: getattr(parameters, key) for key in PARAMETERS[parameters.kind]}
    if isinstance(parameters, MinMaxParameters):
        values["feature_range"] = list(parameters.feature_range)
        if parameters.feature_range == _DEFAULT_RANGE:
            del values["feature_range"]
        if not parameters.clip:
            del values["clip"]
    return values


def _location(node: Node, key: str) -> float:
    return node.get(key).number(required=True)


def _scale(node: Node, key: str = "scale") -> float:
    return node.get(key).number(
        required=True,
        # 1 / 5e-324 is infinite: such a scale is zero in all but name
        check=lambda value: value > 0 and math.isfinite(1 / value),
        expected="a finite number above 0",
    )


def _minmax(node: Node) -> MinMaxParameters:
    low = _location(node, "data_min")
    expected = "a finite number" if math.isnan(low) else f"a finite number above data_min ({low!r})"
    high = node.get("data_max").number(
        required=True,
        check=lambda value: math.isnan(low) or value > low,
        expected=expected,
    )
    clip = node.get("clip")
    return MinMaxParameters(
        data_min=low,
        data_max=high,
        feature_range=_feature_range(node.get("feature_range")),
        clip=clip.boolean(),
    )


def _feature_range(node: Node) -> tuple[float, float]:
    """scikit-learn's ``feature_range``: two numbers, ascending."""
    if not node.exists:
        return _DEFAULT_RANGE
    faults = node.fault_count
    bounds = node.numbers() or []
    if node.fault_count == faults and not (len(bounds) == 2 and bounds[0] < bounds[1]):  # noqa: PLR2004
        node.fault("two numbers, the lower first", got=repr(bounds))
    return (bounds[0], bounds[1]) if node.fault_count == faults else _DEFAULT_RANGE
