"""The evidence of an event as a small table: training, what the cause foretells, what arrived."""

from collections.abc import Mapping, Sequence

from rich.table import Table
from rich.text import Text

from detector.events import DriftData, Evidence
from detector.terminal.plain import column

Quantiles = Mapping[str, float]
_WIDE = 11  # characters, of which five columns no longer fit into 80


def evidence_table(data: DriftData) -> Table | None:
    """The quantiles of an event below each other, or its pairs.

    None where there is nothing to compare, or nothing any more: the episode is resolved.
    """
    shown = None if data.diagnosis is None else data.diagnosis.evidence
    if data.status == "resolved":
        return None
    if shown is not None and shown.of == "pairs":
        return _pairs(shown)
    trained = None if data.training is None else data.training.quantiles
    if shown is None:
        arrived = None if data.live is None else data.live.quantiles
        shown = Evidence(of="all", count=0, live=arrived)
    if shown.live is None or (trained is None and shown.expected is None):
        return None
    others = shown.of == "others"
    rows = {
        "training": None if others else trained,
        "just before": shown.before,
        "expected": shown.expected,
        "live": shown.live,
    }
    return _quantiles("other values" if others else "quantiles", rows)


def _quantiles(title: str, rows: Mapping[str, Quantiles | None]) -> Table:
    """One row a law, one column a probability; only ends and middle where numbers are long."""
    probabilities = list(rows["live"] or ())
    cells = [cell for values in rows.values() if values for cell in column(list(values.values()))]
    if max(map(len, cells)) > _WIDE:
        probabilities = probabilities[:1] + probabilities[2:3] + probabilities[-1:]
    drawn = _grid(title, [f"{float(q):.0%}" for q in probabilities])
    for name, values in rows.items():
        if values is not None:
            _add(drawn, name, [values.get(q) for q in probabilities])
    return drawn


def _pairs(shown: Evidence) -> Table:
    """One column a record, the raw value above what became of it."""
    drawn = _grid("record", [f"{pair.offset:,}" for pair in shown.pairs])
    _add(drawn, "raw", [pair.raw for pair in shown.pairs])
    _add(drawn, "training scaler", [pair.training for pair in shown.pairs])
    if any(pair.expected is not None for pair in shown.pairs):
        _add(drawn, "expected", [pair.expected for pair in shown.pairs])
    _add(drawn, "scaled", [pair.scaled for pair in shown.pairs])
    return drawn


def _grid(title: str, heads: Sequence[str]) -> Table:
    drawn = Table.grid(padding=(0, 2))
    drawn.add_column()
    for _ in heads:
        drawn.add_column(justify="right", no_wrap=True)
    drawn.add_row(Text(title, "dim"), *(Text(head, "dim") for head in heads))
    return drawn


def _add(drawn: Table, name: str, values: Sequence[float | None]) -> None:
    """A row; what is to be compared stands out."""
    look = "" if name in ("expected", "live", "scaled") else "dim"
    drawn.add_row(Text(name, look), *(Text(cell, look) for cell in column(values)))
