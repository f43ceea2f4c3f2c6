"""Tables of figures in Markdown, and how sure a count is."""

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import gammaincinv

MILLION = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures under a title; *note* says how to read them."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """The title as a heading, the note, and the table with its first column to the left."""
        lines = [f"### {self.title}", ""]
        lines += [self.note, ""] if self.note else []
        lines += [_line(self.columns), _line(["---", *["---:"] * (len(self.columns) - 1)])]
        return "\n".join([*lines, *map(_line, self.rows), ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def limits(count: int) -> tuple[float, float]:
    """Exact 95 % limits of the mean of a Poisson count (Garwood 1936).

    >>> [round(float(x), 2) for x in limits(0)], [round(float(x), 2) for x in limits(6)]
    ([0.0, 3.69], [2.2, 13.06])
    """
    low = float(gammaincinv(count, 0.025)) if count else 0.0
    return low, float(gammaincinv(count + 1, 0.975))


def rate(count: int, messages: float) -> str:
    """Events per million messages with 95 % limits."""
    if messages <= 0:
        return "–"
    low, high = (figure(limit / messages * MILLION) for limit in limits(count))
    return f"{figure(count / messages * MILLION)} ({low}–{high})"


def figure(value: float) -> str:
    """Two significant digits, thousands marked, no exponent."""
    if value == 0:
        return "0"
    if abs(value) < 9.95:
        return f"{value:.2f}" if abs(value) < 0.995 else f"{value:.1f}"
    return f"{float(f'{value:.3g}'):,.0f}"
