"""Records without a usable value."""

from detector.detection.faults.fault import Column, Fault
from detector.events import Transform


def missing(column: Column, share: float) -> Fault:
    """*share* of the records carry no value."""
    return Fault(
        cause="missing_values",
        map=None,
        figures=Transform(share=round(share, 4)),
        looks=f"is missing in {share:.0%} of the records since the onset",
        fix=f"look for what stopped filling {column.name} in",
    )


def invalid(column: Column, share: float) -> Fault:
    """*share* of the records carry no finite number."""
    return Fault(
        cause="invalid_values",
        map=None,
        figures=Transform(share=round(share, 4)),
        looks=f"is no finite number in {share:.0%} of the records since the onset",
        fix=f"look for text, booleans or overflowing numbers in {column.name}",
    )
