"""The alert of README: draws docs/alert.svg, and writes the event and the demo's summary into README.

    .venv/bin/python docs/alert.py

Judges the demo's stream offline; its first event is of the temperature that arrives in degrees
Celsius. Run it again when events look or say something else.
"""

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from detector import Detector
from detector.demo.rows import load_rows
from detector.demo.schedule import MESSAGES, inject
from detector.demo.summary import summarise
from detector.demo.training import MODEL, TOPIC, fit
from detector.demo.verdict import rows, verdict
from detector.detection import DetectorSettings, ModelSettings
from detector.events import DriftEvent, encode
from detector.terminal.events import event_panel

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
EVENT = re.compile(r"(?<=<!-- event: docs/alert\.py -->\n```json\n).*?(?=```\n)", re.DOTALL)
SUMMARY = re.compile(r"(?<=<!-- summary: docs/alert\.py -->\n```text\n).*?(?=```\n)", re.DOTALL)
ONE_LINE = re.compile(r"[\[{][^\[\]{}]*[\]}]")
BEGIN = datetime(2026, 11, 24, 14, 0, tzinfo=UTC).timestamp()
A_SECOND = 400  # messages, as the demo streams them
WIDTH = 104


def events_of_the_demo() -> list[DriftEvent]:
    """Every event of the demo's stream, the opening of the first episode first."""
    scaler = fit()
    model = ModelSettings(name=MODEL, topic=TOPIC, scaler=scaler)
    detector = Detector(DetectorSettings(group="detector", models={MODEL: model}))
    live = inject(load_rows("live"), scaler)
    times = BEGIN + np.arange(len(live)) / A_SECOND
    return detector.update(MODEL, live.columns, times)


def as_json(event: DriftEvent) -> str:
    """The event as its subscribers get it, innermost objects on a line of their own."""
    text = json.dumps(json.loads(encode(event)), indent=2, ensure_ascii=False)
    return ONE_LINE.sub(_joined, text) + "\n"


def as_svg(event: DriftEvent) -> str:
    """The event as ``detector alerts`` and ``detector demo`` draw it."""
    console = Console(
        record=True, width=WIDTH, force_terminal=True, color_system="truecolor", file=io.StringIO()
    )
    console.print(event_panel(event))
    without_web_fonts = re.sub(r"@font-face {{.*?}}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(
        title="detector alerts", code_format=without_web_fonts, unique_id="alert"
    )


def as_table(events: list[DriftEvent]) -> str:
    """What the demo prints at its end, at its usual pace."""
    summary = summarise(events)
    table = list(rows(summary))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if i in (2, 3) else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    return "\n".join([*lines, "", verdict(summary, MESSAGES / A_SECOND), ""])


def _joined(inner: re.Match[str]) -> str:
    line = " ".join(inner[0].split())
    return line.replace("{ ", "{").replace(" }", "}").replace("[ ", "[").replace(" ]", "]")


if __name__ == "__main__":
    found = events_of_the_demo()
    (DOCS / "alert.svg").write_text(as_svg(found[0]), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    text = EVENT.sub(lambda _: as_json(found[0]), text, count=1)
    text = SUMMARY.sub(lambda _: as_table(found), text, count=1)
    README.write_text(text, encoding="utf-8")
