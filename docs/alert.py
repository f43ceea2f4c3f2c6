"""The alert of README: draws docs/alert.svg and writes the event itself into README.

    .venv/bin/python docs/alert.py

Judges the first records of the demo's stream offline, up to the opening of the first episode: the
temperature that arrives in degrees Celsius. Run it again when events look or say something else.
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
from detector.demo.schedule import inject
from detector.demo.training import MODEL, TOPIC, fit
from detector.detection import DetectorSettings, ModelSettings
from detector.events import DriftEvent, encode
from detector.terminal.events import event_panel

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
BLOCK = re.compile(r"(?<=<!-- event: docs/alert\.py -->\n```json\n).*?(?=```\n)", re.DOTALL)
ONE_LINE = re.compile(r"[\[{][^\[\]{}]*[\]}]")
BEGIN = datetime(2026, 11, 24, 14, 0, tzinfo=UTC).timestamp()
A_SECOND = 400  # messages, as the demo streams them
WIDTH = 104


def first_alert() -> DriftEvent:
    """The event that opens the demo's first episode."""
    scaler = fit()
    model = ModelSettings(name=MODEL, topic=TOPIC, scaler=scaler)
    detector = Detector(DetectorSettings(group="detector", models={MODEL: model}))
    rows = inject(load_rows("live"), scaler)
    times = BEGIN + np.arange(len(rows)) / A_SECOND
    return detector.update(MODEL, rows.columns, times)[0]


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


def _joined(inner: re.Match[str]) -> str:
    line = " ".join(inner[0].split())
    return line.replace("{ ", "{").replace(" }", "}").replace("[ ", "[").replace(" ]", "]")


if __name__ == "__main__":
    alert = first_alert()
    (DOCS / "alert.svg").write_text(as_svg(alert), encoding="utf-8")
    readme = README.read_text(encoding="utf-8")
    README.write_text(BLOCK.sub(lambda _: as_json(alert), readme, count=1), encoding="utf-8")
