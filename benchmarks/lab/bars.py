"""A bar chart as SVG, with figures at the bars; readable on light and dark pages."""

import math
from collections.abc import Mapping
from html import escape

_ROW, _LABEL, _BAR, _FIGURE = 26, 330, 330, 70  # pixels
_DECADES = 4  # of a logarithmic axis, below its largest value
OWN, OTHER = "#2a7de1", "#9aa4b2"


def bars(title: str, values: Mapping[str, float]) -> str:
    """One horizontal bar a value on a logarithmic axis; ours (names that begin so) in blue.

    A value of zero has no bar; NaN reads "not found".
    """
    known = [v for v in values.values() if v > 0]
    top = math.log10(max(known, default=1.0))
    width, height = _LABEL + _BAR + _FIGURE, _ROW * (len(values) + 2)
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13" '
            f'role="img" aria-label="{escape(title)}">'
        ),
        "<style>text{fill:#24292f}@media(prefers-color-scheme:dark){text{fill:#d0d7de}}</style>",
        f'<text x="0" y="{_ROW * 0.7:g}" font-weight="bold">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(values.items(), start=1):
        y = _ROW * (number + 0.25)
        length = _length(value, top)
        colour = OWN if name.startswith("ours") else OTHER
        lines += [
            f'<text x="{_LABEL - 8}" y="{y + 13:g}" text-anchor="end">{escape(name)}</text>',
            (
                f'<rect x="{_LABEL}" y="{y:g}" width="{length:.1f}" height="18" rx="2" '
                f'fill="{colour}"/>'
            ),
            f'<text x="{_LABEL + length + 6:.1f}" y="{y + 13:g}">{_figure(value)}</text>',
        ]
    foot = _ROW * (len(values) + 1.8)
    lines.append(f'<text x="{_LABEL}" y="{foot:g}" font-size="11">logarithmic axis</text>')
    return "\n".join([*lines, "</svg>", ""])


def _length(value: float, top: float) -> float:
    if not value > 0:
        return 0.0
    return _BAR * min(max(1 + (math.log10(value) - top) / _DECADES, 0.02), 1.0)


def _figure(value: float) -> str:
    if math.isnan(value):
        return "not found"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"
