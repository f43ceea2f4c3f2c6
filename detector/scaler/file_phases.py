"""The laws by phase of a feature with a season, as the scaler file writes them."""

from typing import cast

import numpy as np

from detector.scaler.file_quantiles import read_quantiles, written_quantiles
from detector.scaler.reference import MAX_LAWS, PHASES, PhaseBy, PhaseLaw, Phases
from detector.yamlfile import Inline, Node

_KEYS = ("by", "table", "laws")
_LAW = ("count", "quantiles")
_UNITS = {"hour_of_day": "hours", "day_of_week": "days", "hour_of_week": "hours"}


def read_phases(node: Node) -> Phases | None:
    """The phases under *node*; None where there are none, or faults, which are recorded."""
    if not node.is_given or not node.require_mapping():
        return None
    faults = node.fault_count
    node.only(_KEYS)
    by = cast("PhaseBy | None", node.get("by").choice(PHASES, required=True) or None)
    laws = _laws(node.get("laws"))
    table = _table(node.get("table"), by, len(laws))
    if node.fault_count > faults or by is None:
        return None
    unused = set(range(len(laws))) - set(table)
    if unused:
        node.get("laws").fault("laws that a phase has", got=f"law {min(unused)}, which none has")
    return Phases(by=by, table=table, laws=laws)


def written_phases(phases: Phases) -> dict[str, object]:
    """The keys and values of *phases*."""
    return {
        "by": phases.by,
        "table": list(phases.table),
        "laws": [
            Inline(count=law.count, quantiles=written_quantiles(law.probabilities, law.quantiles))
            for law in phases.laws
        ],
    }


def check_phases(node: Node, phases: Phases, count: int, low: float, high: float) -> None:
    """The laws are of no more than *count* rows, with values from *low* to *high*."""
    total = sum(law.count for law in phases.laws)
    if total > count:
        node.get("laws").fault(f"counts that sum to at most count ({count})", got=f"{total}")
    for law, child in zip(phases.laws, node.get("laws").elements(), strict=True):
        if law.quantiles[0] < low or law.quantiles[-1] > high:
            got = f"values from {law.quantiles[0]} to {law.quantiles[-1]}"
            expected = f"values from min ({low!r}) to max ({high!r})"
            child.get("quantiles").fault(expected, got=got)


def _laws(node: Node) -> tuple[PhaseLaw, ...]:
    """All laws, those with faults too, so that the table is held against their number."""
    if not node.is_list:
        got = None if node.exists else "nothing (the key is required)"
        node.fault(f"a list of 2 to {MAX_LAWS} laws", got=got)
        return ()
    elements = node.elements()
    if not 2 <= len(elements) <= MAX_LAWS:  # noqa: PLR2004 - one law is no season
        node.fault(f"2 to {MAX_LAWS} laws", got=f"{len(elements)}")
    return tuple(_law(child) for child in elements)


def _law(node: Node) -> PhaseLaw:
    if not node.require_mapping("a mapping of count and quantiles"):
        return PhaseLaw(count=0, probabilities=np.zeros(0), quantiles=np.zeros(0))
    node.only(_LAW)
    count = node.get("count").integer(
        required=True, check=lambda v: v >= 1, expected="a whole number from 1"
    )
    probabilities, quantiles = read_quantiles(node.get("quantiles"))
    return PhaseLaw(count=count, probabilities=probabilities, quantiles=quantiles)


def _table(node: Node, by: PhaseBy | None, laws: int) -> tuple[int, ...]:
    """Which law each phase has; of no use where there are faults."""
    if not node.is_list:
        got = None if node.exists else "nothing (the key is required)"
        node.fault("a list that says which law each phase has", got=got)
        return ()
    entries = node.numbers()
    if entries is None:
        return ()
    if by is not None and len(entries) != PHASES[by]:
        node.fault(f"{PHASES[by]} entries, for the {_UNITS[by]} of {by}", got=f"{len(entries)}")
    wrong = [i for i, entry in enumerate(entries) if entry not in range(laws)]
    if wrong and laws:
        expected = f"the number of a law, 0 to {laws - 1}"
        node.elements()[wrong[0]].fault(expected)
    return tuple(int(entry) for entry in entries)
