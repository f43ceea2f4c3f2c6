"""The reference of one feature, as the scaler file writes it."""

import math
from collections.abc import Callable

from detector.scaler.file_coarser import read_coarser, written_coarser
from detector.scaler.file_phases import check_phases, read_phases, written_phases
from detector.scaler.file_quantiles import read_quantiles, written_quantiles
from detector.scaler.parameters import LARGEST
from detector.scaler.reference import BlockChange, Reference, Step
from detector.yamlfile import Inline, Node

MAX_DECIMALS = 15  # digits that float64 holds
_LATER = "a later release reads it; leave it out until then."
_KEYS = (
    "count",
    "min",
    "max",
    "mean",
    "std",
    "quantiles",
    "atoms",
    "distinct",
    "decimals",
    "coarser",
    "missing_rate",
    "autocorrelation_time",
    "longest_run",
    "step",
    "block_change",
    "phases",
)
_SHARE_SLACK = 1e-6  # shares of atoms are rounded when written by hand


def read_reference(node: Node) -> Reference | None:
    """The reference under *node*; None where it has faults, which are recorded."""
    faults = node.fault_count
    if not node.require_mapping("a mapping"):
        return None
    node.only(_KEYS, later={"innovation": _LATER})
    law = read_quantiles(node.get("quantiles"))
    reference = Reference(
        count=_whole(node.get("count"), 1, required=True) or 0,
        probabilities=law[0],
        quantiles=law[1],
        min=_finite(node.get("min")),
        max=_finite(node.get("max")),
        mean=_finite(node.get("mean")),
        std=_above_zero(node.get("std")),
        atoms=_atoms(node.get("atoms")),
        distinct=_whole(node.get("distinct"), 1),
        decimals=_whole(node.get("decimals"), 0, MAX_DECIMALS),
        coarser=read_coarser(node.get("coarser")),
        missing_rate=_optional(
            node.get("missing_rate"), lambda v: 0 <= v < 1, "a share from 0 to below 1"
        ),
        autocorrelation_time=_optional(
            node.get("autocorrelation_time"), lambda v: v >= 1, "a number of rows, 1 or more"
        ),
        longest_run=_whole(node.get("longest_run"), 1),
        step=_step(node.get("step")),
        block_change=_block_change(node.get("block_change")),
        phases=read_phases(node.get("phases")),
    )
    if node.fault_count == faults:
        _check_order(node, reference)
    return reference if node.fault_count == faults else None


def written_reference(reference: Reference) -> dict[str, object]:
    """The keys and values of *reference*; what is not known is left out."""
    data: dict[str, object] = {key: getattr(reference, key) for key in _KEYS}
    data["quantiles"] = written_quantiles(reference.probabilities, reference.quantiles)
    data["atoms"] = Inline(reference.atoms) or None
    data["coarser"] = written_coarser(reference.coarser)
    if reference.step is not None:
        step = reference.step
        data["step"] = Inline(mean=step.mean, q99=step.q99, max=step.max)
    if reference.block_change is not None:
        change = reference.block_change
        data["block_change"] = Inline(mean=change.mean, log_std=change.log_std)
    if reference.phases is not None:
        data["phases"] = written_phases(reference.phases)
    return {key: value for key, value in data.items() if value is not None}


def _atoms(node: Node) -> tuple[tuple[float, float], ...]:
    """Values and shares, heaviest first; equal shares in the file's order."""
    if not node.is_given:
        return ()
    faults = node.fault_count
    pairs = node.number_items() or []
    for value, share in pairs:
        if not 0 < share <= 1:
            node.fault("shares above 0 and at most 1", got=f"{value}: {share}")
    if len({value for value, _ in pairs}) < len(pairs):
        node.fault("each value once", got="one value written in two ways")
    if node.fault_count == faults and math.fsum(share for _, share in pairs) > 1 + _SHARE_SLACK:
        node.fault("shares that sum to at most 1", got=f"{math.fsum(s for _, s in pairs):.6g}")
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))


def _step(node: Node) -> Step | None:
    keys = ("mean", "q99", "max")
    values = _magnitudes(node, keys)
    if values is None:
        return None
    if not (values["mean"] <= values["max"] and values["q99"] <= values["max"]):
        node.fault("a max that is not below mean or q99", got=f"{values['max']}")
    return Step(**values)


def _block_change(node: Node) -> BlockChange | None:
    values = _magnitudes(node, ("mean", "log_std"))
    return None if values is None else BlockChange(**values)


def _magnitudes(node: Node, keys: tuple[str, ...]) -> dict[str, float] | None:
    """Finite numbers from 0 under *keys*, all required; None where absent or wrong."""
    if not node.is_given or not node.require_mapping():
        return None
    faults = node.fault_count
    node.only(keys)
    values = {
        key: node.get(key).number(
            required=True, check=lambda v: v >= 0, expected="a finite number from 0"
        )
        for key in keys
    }
    return values if node.fault_count == faults else None


def _check_order(node: Node, reference: Reference) -> None:
    """Min ≤ quantiles ≤ max and min ≤ mean ≤ max, as far as they are known; none beyond LARGEST."""
    known = (reference.min, reference.max, reference.mean, reference.std)
    numbers = [float(reference.quantiles[0]), float(reference.quantiles[-1])]
    numbers += [value for value in known if value is not None]
    numbers += [value for value, _ in reference.atoms]
    if reference.phases is not None:
        numbers += [float(law.quantiles[end]) for law in reference.phases.laws for end in (0, -1)]
    if max(map(abs, numbers)) > LARGEST:
        node.fault(f"values within ±{LARGEST:g}", got=f"{max(numbers, key=abs):g}")
        return
    low = -math.inf if reference.min is None else reference.min
    high = math.inf if reference.max is None else reference.max
    if low > high:
        node.get("min").fault(f"at most max ({high!r})")
        return
    if reference.quantiles[0] < low or reference.quantiles[-1] > high:
        got = f"values from {reference.quantiles[0]} to {reference.quantiles[-1]}"
        node.get("quantiles").fault(f"values from min ({low!r}) to max ({high!r})", got=got)
    # a mean of equal values may leave their range by a rounding
    slack = 1e-9 * max(abs(low), abs(high)) if math.isfinite(high - low) else 0.0
    if reference.mean is not None and not low - slack <= reference.mean <= high + slack:
        node.get("mean").fault(f"a number from min ({low!r}) to max ({high!r})")
    if reference.longest_run is not None and reference.longest_run > reference.count:
        node.get("longest_run").fault(f"at most count ({reference.count})")
    if reference.phases is not None:
        check_phases(node.get("phases"), reference.phases, reference.count, low, high)


def _finite(node: Node) -> float | None:
    return _optional(node, math.isfinite, "a finite number")


def _above_zero(node: Node) -> float | None:
    return _optional(node, lambda value: value > 0, "a finite number above 0")


def _optional(node: Node, check: Callable[[float], bool], expected: str) -> float | None:
    """A number, or None where the key is absent, null or wrong (which is recorded)."""
    if not node.is_given:
        return None
    value = node.number(check=check, expected=expected)
    return None if math.isnan(value) else value


def _whole(node: Node, low: int, high: float = math.inf, *, required: bool = False) -> int | None:
    if not required and not node.is_given:
        return None
    text = f"a whole number from {low}" + (f" to {high}" if high < math.inf else "")
    value = node.integer(
        low - 1, required=required, check=lambda v: low <= v <= high, expected=text
    )
    return None if value < low else value
