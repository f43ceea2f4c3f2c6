"""The lattices of fewer digits, as the scaler file writes them."""

from detector.scaler.coarser import LEAST_DIGITS, MOST_DIGITS, Coarser
from detector.yamlfile import Inline, Node

_KEYS = ("digits", "count", "share", "longest_run")


def read_coarser(node: Node) -> tuple[Coarser, ...] | None:
    """The lattices, the finest first; None where there are none or they have faults."""
    if not node.is_given:
        return None
    if not node.is_list:
        node.fault("a list of lattices: digits, count, share and longest_run of each")
        return None
    faults = node.fault_count
    found = [_one(child) for child in node.elements()]
    if node.fault_count == faults and len({one.digits for one in found}) < len(found):
        node.fault("each number of digits once", got="one twice")
    return tuple(sorted(found, key=lambda one: -one.digits))


def written_coarser(coarser: tuple[Coarser, ...] | None) -> object:
    """A line a lattice; None where nothing is known of them."""
    if coarser is None:
        return None
    return [Inline({key: getattr(one, key) for key in _KEYS}) for one in coarser]


def _one(node: Node) -> Coarser:
    if not node.require_mapping("a mapping of digits, count, share and longest_run"):
        return Coarser(digits=0, count=1, share=0.0, longest_run=0)
    node.only(_KEYS)
    return Coarser(
        digits=_whole(node.get("digits"), LEAST_DIGITS, MOST_DIGITS),
        count=_whole(node.get("count"), 1),
        share=node.get("share").number(
            required=True, check=lambda v: 0 <= v <= 1, expected="a share from 0 to 1"
        ),
        longest_run=_whole(node.get("longest_run"), 0),
    )


def _whole(node: Node, low: int, high: int | None = None) -> int:
    text = f"a whole number from {low}" + ("" if high is None else f" to {high}")
    return node.integer(
        required=True, check=lambda v: low <= v and (high is None or v <= high), expected=text
    )
