"""Questions that several sections of a configuration ask of their nodes."""

import re
from collections.abc import Iterable

from detector.config.schema import MAX_TOLERANCE, TOPIC_PATTERN
from detector.detection.settings import Tolerance
from detector.scaler.file import MAX_NAME, name_fault
from detector.yamlfile import Node

_TOPIC = re.compile(TOPIC_PATTERN)


def read_section(node: Node, keys: Iterable[str]) -> Node:
    """*node*, whose keys are among *keys*; absent it is as good as empty."""
    if node.exists and node.require_mapping(f"a mapping with {', '.join(keys)}"):
        node.only(keys)
    return node


def read_topic(node: Node, default: str = "") -> str:
    """The name of a topic as Kafka accepts it; required where there is no default."""
    topic = node.text(default, required=not default)
    if node.exists and node.is_text and not _TOPIC.search(topic):
        node.fault("a topic: at most 249 letters, digits, '.', '_' and '-'")
    return topic


def read_tolerance(node: Node, default: Tolerance) -> Tolerance:
    """A tolerance; what it leaves out is the *default*'s."""
    return Tolerance(
        shift=node.get("shift").number(
            default.shift,
            check=lambda shift: 0 < shift <= MAX_TOLERANCE,
            expected=f"a number above 0 and at most {MAX_TOLERANCE}, in training scales",
        ),
        scale=node.get("scale").number(
            default.scale,
            check=lambda scale: 1 < scale <= MAX_TOLERANCE,
            expected=f"a ratio above 1 and at most {MAX_TOLERANCE}; 1.1 is a tenth",
        ),
    )


def check_name(name: str, node: Node) -> None:
    """Record a fault unless *name* can be shown and fits into an event."""
    wrong = name_fault(name)
    if wrong is not None:
        node.fault(f"a printable name of 1 to {MAX_NAME} characters, not '*'", got=wrong)
