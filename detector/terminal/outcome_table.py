"""The outcome of a run as a table on a terminal."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from detector.terminal.console import table
from detector.terminal.outcome import FeatureRow, Outcome
from detector.terminal.plain import number, safe

_FIGURES = ("valid", "missing", "invalid", "live mean ± std", "training", "alerts")


def draw_outcome(on: Console, outcome: Outcome) -> None:
    """Draw the table, the dead letters and the cautions."""
    title = f"{safe(outcome.model)}: {outcome.records:,} records"
    drawn = table("feature", *_FIGURES, "now", title=title, numeric=frozenset(_FIGURES))
    for row in outcome.rows:
        drawn.add_row(*_cells(row))
    on.print(drawn)
    for line in _notes(outcome):
        on.print(line)


def _cells(row: FeatureRow) -> tuple[Text | str, ...]:
    return (
        Text(safe(row.feature), "bold" if row.opened else ""),
        f"{row.valid:,}",
        _count(row.missing),
        _count(row.invalid),
        _figures(row.mean, row.std),
        _figures(row.training_mean, row.training_std),
        _count(row.opened),
        Text(row.state, "green" if row.state in ("quiet", "resolved") else "red"),
    )


def _count(count: int) -> Text:
    return Text(f"{count:,}", "" if count else "dim")


def _figures(mean: float | None, std: float | None) -> str:
    return number(None) if mean is None else f"{number(mean)} ± {number(std)}"


def _notes(outcome: Outcome) -> Iterator[Text]:
    if outcome.dead_letters:
        kinds = ", ".join(f"{kind} {n:,}" for kind, n in sorted(outcome.dead_letters.items()))
        yield Text(f"dead letters: {sum(outcome.dead_letters.values()):,} ({kinds})", "yellow")
    if outcome.invalid:
        kinds = ", ".join(
            f"{safe(name)} {kind} {n:,}" for (name, kind), n in outcome.invalid.items()
        )
        yield Text(f"invalid values: {kinds}", "yellow")
    for caution in outcome.cautions():
        yield Text(f"Caution: {caution}.", "yellow")
