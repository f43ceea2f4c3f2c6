"""The console on standard error, and the looks that everything on it shares.

rich decides on colour by the terminal and by ``NO_COLOR``, and takes the width from the terminal or
from ``COLUMNS``.
"""

import sys
from typing import TextIO

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
)
from rich.table import Table
from rich.text import Text


def console(stream: TextIO | None = None) -> Console:
    """A console on *stream*; None is standard error as it is now."""
    return Console(file=sys.stderr if stream is None else stream, highlight=False)


def table(*columns: str, title: str | None = None, numeric: frozenset[str] = frozenset()) -> Table:
    """An empty table with these *columns*; the *numeric* ones stand to the right and, unlike the
    others, are never wrapped. rich reads brackets in a plain string as markup: words that come from
    elsewhere go in as ``Text``.
    """
    drawn = Table(
        title=None if title is None else Text(title, "bold"),
        title_justify="left",
        header_style="dim",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for column in columns:
        right = column in numeric
        drawn.add_column(
            column, justify="right" if right else "left", overflow="fold", no_wrap=right
        )
    return drawn


def byte_progress(on: Console) -> Progress:
    """A bar that counts bytes, and goes away when it is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
        console=on,
        transient=True,
    )


def message_progress(on: Console) -> Progress:
    """A bar that counts messages, and goes away when it is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", style="dim"),
        console=on,
        transient=True,
    )
