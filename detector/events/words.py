"""Numbers as the sentences of an event have them."""

from math import floor, log10

_SHORT = 9  # significant digits that a reader can still compare with the record itself


def figure(value: float | None, digits: int = 4) -> str:
    """A number as people write it, rounded to *digits* significant ones.

    >>> figure(55.26), figure(-0.00123456), figure(1234567.0), figure(2.491, 3)
    ('55.26', '-0.001235', '1,235,000', '2.49')
    >>> figure(0.0), figure(1e-5), figure(1.5e20), figure(None)
    ('0', '1e-05', '1.5e+20', 'nothing')
    """
    if value is None:
        return "nothing"
    rounded = float(f"{value:.{digits}g}")
    if not 1e-4 <= abs(rounded) < 1e15:  # noqa: PLR2004 - where zeros would have to be counted
        return f"{rounded:.{digits}g}"
    after_point = max(digits - 1 - floor(log10(abs(rounded))), 0)
    text = f"{rounded:,.{after_point}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_sent(value: float) -> str:
    """A single value as it stands in the record, if it is short there.

    >>> as_sent(-999.0), as_sent(1764000123.0), as_sent(1 / 3)
    ('-999', '1764000123', '0.3333')
    """
    text = f"{value:.{_SHORT}g}"
    return f"{value:.{_SHORT + 6}g}" if float(text) == value or _is_whole(value) else figure(value)


def share(value: float) -> str:
    """A share of the records, never rounded to all or nothing.

    >>> share(0.37), share(0.004), share(0.00001), share(0.9996), share(1.0), share(0.0)
    ('37%', '0.4%', '0.001%', '99.96%', '100%', '0%')
    """
    rest = min(value, 1 - value)
    after_point = 0 if rest >= 0.0095 or rest <= 0 else min(-floor(log10(rest)) - 2, 6)  # noqa: PLR2004
    return f"{value:.{after_point}%}"


def _is_whole(value: float) -> bool:
    return value == round(value) and abs(value) < 1e15  # noqa: PLR2004 - every digit of it is shown
