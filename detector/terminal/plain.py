"""Words for logs and pipes: one line of text, no colour, no control characters."""

import unicodedata
from collections.abc import Sequence
from math import floor, log10

from detector.events import DriftEvent


def safe(text: str) -> str:
    r"""*text* with control characters made visible, so that no name drives the terminal.

    >>> safe("temp\x1b[31m")
    'temp\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(
        char if unicodedata.category(char) not in ("Cc", "Cf", "Zl", "Zp") else _escaped(char)
        for char in text
    )


def event_line(event: DriftEvent) -> str:
    """An event as one line: time, status, severity, feature, sentence, place."""
    data = event.data
    cause = "" if data.diagnosis is None else f" cause={data.diagnosis.cause}"
    return safe(
        f"{event.time} {data.status} {data.severity} {data.model}/{data.feature}: {data.summary} "
        f"(record {data.position.offset}, since {data.since.offset}{cause})"
    )


def number(value: float | None) -> str:
    """A figure in a few digits; a dash for None.

    >>> number(55.2637), number(0.0), number(1.5e9), number(None)
    ('55.26', '0', '1.5e+09', '-')
    """
    return "-" if value is None else f"{value:.4g}"


def column(values: Sequence[float | None]) -> list[str]:
    """Figures that stand below each other: as many digits after the point in each as tell them
    apart; a dash for None.

    >>> column([-1.7, 5.6, 14.0]), column([1764000000.0, 1764003600.0]), column([0.0, 1.5e-7])
    (['-1.70', '5.60', '14.00'], ['1764000000', '1764003600'], ['0', '1.5e-07'])
    >>> column([None, 0.02, 0.0234])
    ['-', '0.0200', '0.0234']
    """
    known = [value for value in values if value is not None]
    width = max(known, default=0.0) - min(known, default=0.0)
    width = width or max(map(abs, known), default=0.0)
    if not 1e-4 <= width < 1e15 or max(map(abs, known)) >= 1e15:  # noqa: PLR2004 - longer than it says
        return [number(value) for value in values]
    after_point = min(max(2 - floor(log10(width)), 0), 6)
    return [
        "-" if value is None else f"{round(value, after_point) + 0.0:.{after_point}f}"
        for value in values
    ]


def pairs(name: str, **values: object) -> str:
    """``name key=value …``: a line that a script can take apart."""
    return " ".join([safe(name), *(f"{key}={safe(str(value))}" for key, value in values.items())])


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
