"""The demo's model: its scaler, fitted as ``detector fit`` fits, and its configuration."""

from pathlib import Path

from detector.config import Config, load
from detector.demo.rows import UNITS, load_rows
from detector.fit import Fitting, fit_scaler
from detector.scaler import Scaler

MODEL = "flight-delay"
TOPIC = "features.flight-delay"
SCALER = "scalers/flight-delay.v3.yaml"

CONFIG = """\
# The demo's configuration; every setting that is not here has its default.
kafka:
  bootstrap.servers: {bootstrap_servers}
  group.id: demo
  group.protocol: consumer            # joins at once; the classic one waits 3 s for other members
models:
  {model}:
    topic: {topic}
    scaler: {scaler}
"""


def fit() -> Scaler:
    """The scaler of the bundled training rows, as StandardScaler would store it, and their
    reference.
    """
    rows = load_rows("training")
    fitting = Fitting(name=MODEL, version="3", kind="standard", features=tuple(UNITS), units=UNITS)
    source = {"rows": len(rows), "origin": "flights and weather of New York in 2013"}
    return fit_scaler(rows.columns, fitting, source=source).scaler


def configure(folder: Path, scaler: Scaler, bootstrap_servers: str) -> Config:
    """Writes the scaler file and the configuration below *folder*, and loads them as ``run`` does.

    Raises ConfigError where the files cannot be written.
    """
    (folder / SCALER).parent.mkdir(parents=True, exist_ok=True)
    scaler.save(folder / SCALER)
    path = folder / "detector.yaml"
    text = CONFIG.format(
        bootstrap_servers=bootstrap_servers, model=MODEL, topic=TOPIC, scaler=SCALER
    )
    path.write_text(text, encoding="utf-8")
    return load(path)
