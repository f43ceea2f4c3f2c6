"""Words for logs and pipes: one line of text, no colour, no control characters."""

import unicodedata

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


def pairs(name: str, **values: object) -> str:
    """``name key=value …``: a line that a script can take apart."""
    return " ".join([safe(name), *(f"{key}={safe(str(value))}" for key, value in values.items())])


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
