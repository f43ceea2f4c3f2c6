"""Records without a usable value."""

from detector.detection.faults.fault import Column, Fault
from detector.events import Transform, words


def missing(column: Column, share: float) -> Fault:
    """*share* of the records carry no value."""
    return Fault(
        cause="missing_values",
        map=None,
        figures=Transform(share=round(share, 4)),
        looks=f"is missing in {words.share(share)} of the records since the onset{_usual(column)}",
        fix=f"look for what stopped filling {column.name} in, or renamed it",
    )


def _usual(column: Column) -> str:
    rate = None if column.view.reference is None else column.view.reference.missing_rate
    return "" if rate is None else f" (training: {words.share(rate)})"


def invalid(column: Column, share: float) -> Fault:
    """*share* of the records carry no finite number."""
    return Fault(
        cause="invalid_values",
        map=None,
        figures=Transform(share=round(share, 4)),
        looks=f"is text, a boolean or no finite number in {words.share(share)} of the records since"
        " the onset",
        fix=f"look at a message of the topic, and send {column.name} as a number, or null",
    )
