"""A sign lost or gained."""

from collections.abc import Iterator

from detector.detection.faults.fault import Affine, Column, Fault
from detector.events import Transform


def faults(column: Column) -> Iterator[Fault]:
    """Negated after scaling, and on a scaled topic before it as well."""
    fix = f"look for a subtraction the other way round, or a convention, that turned {column.name}"
    yield Fault(
        cause="sign_flip",
        map=Affine(-1.0, 0.0),
        figures=Transform(gain=-1.0, offset=0.0),
        looks="arrives negated",
        fix=fix,
    )
    own = column.scaling
    if column.view.values == "scaled" and own is not None and column.view.scaler.before is None:
        whole = own.back().then(Affine(-1.0, 0.0)).then(own)
        if abs(whole.offset) > 0:
            yield Fault(
                cause="sign_flip",
                variant="before_scaling",
                map=whole,
                prior=-1.0,
                figures=Transform(gain=whole.gain, offset=whole.offset),
                looks="was negated before it was scaled",
                fix=fix,
            )
