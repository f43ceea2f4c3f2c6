"""The bundled rows of flights and weather, as columns and as messages."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Columns = Mapping[str, FloatArray]

UNITS = {
    "temp": "degF",
    "dewp": "degF",
    "humid": "%",
    "wind_speed": "mph",
    "pressure": "hPa",
    "visib": "mi",
    "distance": "mi",
    "dep_delay": "min",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Departures from New York in 2013, in random order.

    flights: carrier and number; not a feature, as real messages have such fields too.
    columns: one a feature of ``UNITS``, shape (n,); NaN where nobody measured.
    """

    flights: tuple[str, ...]
    columns: Columns

    def __len__(self) -> int:
        return len(self.flights)


def load_rows(part: Literal["training", "live"]) -> Rows:
    """The rows that training saw, or those that are streamed; none is in both."""
    packed = files("detector.demo").joinpath("data", f"{part}.csv.gz").read_bytes()
    text = gzip.decompress(packed).decode()
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    cells = dict(zip(header, zip(*lines, strict=True), strict=True))
    return Rows(
        flights=cells["flight"],
        columns={
            name: np.array([float(cell) if cell else np.nan for cell in cells[name]])
            for name in UNITS
        },
    )


def messages(rows: Rows) -> Iterator[bytes]:
    """Each row as the JSON object that is sent; a missing value is null."""
    names = ("flight", *rows.columns)
    values = zip(rows.flights, *(c.tolist() for c in rows.columns.values()), strict=True)
    for row in values:
        yield msgspec.json.encode(dict(zip(names, row, strict=True)))  # writes NaN as null
