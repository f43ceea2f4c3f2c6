"""Every figure about detection and speed in one run: tables in Markdown, plots in SVG.

    python benchmarks/detection.py --output FOLDER [--full]

Writes false_alarms.md, delay.md and speed.md, delay.svg and false_alarms.svg to FOLDER, and prints
the tables as they come. The quick forms by default, a few minutes; --full takes far longer.
"""

import argparse
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import delay
import false_alarms
import speed
from lab.bars import bars
from lab.tables import Table

COMMANDS = {
    "false_alarms": "python benchmarks/false_alarms.py",
    "delay": "python benchmarks/delay.py",
    "speed": "python benchmarks/speed.py",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of each is run."""

    false_alarms: false_alarms.Size
    delay: delay.Size
    speed: speed.Size


QUICK = Sizes(false_alarms=false_alarms.QUICK, delay=delay.QUICK, speed=speed.QUICK)
FULL = Sizes(false_alarms=false_alarms.FULL, delay=delay.FULL, speed=speed.FULL)


def run(sizes: Sizes, folder: Path, option: str) -> None:
    """Measure, print and write everything."""
    folder.mkdir(parents=True, exist_ok=True)
    measured: dict[str, Callable[[], Iterator[Table]]] = {
        "speed": lambda: speed.tables(sizes.speed),
        "delay": lambda: delay.tables(sizes.delay),
        "false_alarms": lambda: false_alarms.tables(sizes.false_alarms),
    }
    for name, tables in measured.items():
        found = []
        for table in tables():
            print(table.markdown(), flush=True)
            found.append(table)
        head = f"`{COMMANDS[name]}{option}`, {platform.machine()}, Python {_python()}\n\n"
        text = head + "\n".join(table.markdown() for table in found)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        if name in PLOTS:
            (folder / f"{name}.svg").write_text(PLOTS[name](found), encoding="utf-8")
    print(f"Written to {folder}.")


def _python() -> str:
    return platform.python_version()


def _delays(tables: list[Table]) -> str:
    """Median delay of every detector, with what it found and what it cried for nothing."""
    medians = {
        f"{name}: {share} found, {quiet.split()[0]} false": _number(delay)
        for name, share, delay, _, quiet in tables[0].rows
    }
    return bars("Median delay in messages; faults found; false alarms per million", medians)


def _alarms(tables: list[Table]) -> str:
    """Events per million on independent messages, the worst of the five laws."""
    beside = tables[1]
    worst = {
        name: max(_number(row[column].split()[0]) for row in beside.rows)
        for column, name in enumerate(beside.columns[1:], start=1)
    }
    return bars("False alarms per million independent messages, worst of five laws", worst)


def _number(text: str) -> float:
    """NaN where nothing was found."""
    return float("nan") if text == "–" else float(text.replace(",", ""))


PLOTS: dict[str, Callable[[list[Table]], str]] = {"delay": _delays, "false_alarms": _alarms}


def main(arguments: list[str] | None = None) -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description="Every figure about detection in one run.")
    parser.add_argument("--output", type=Path, required=True, help="folder for tables and plots")
    parser.add_argument("--full", action="store_true", help="the long forms")
    options = parser.parse_args(arguments)
    run(FULL if options.full else QUICK, options.output, "" if options.full else " --quick")


if __name__ == "__main__":
    main()
