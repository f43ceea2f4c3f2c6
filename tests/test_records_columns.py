"""Whole files as columns, for fit."""

import json
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detector.errors import ConfigError
from detector.records import lines, read_columns

ROWS: list[dict[str, Any]] = [
    {"id": "x1", "a": 1.5, "b": None, "ts": "1970-01-01T00:00:05Z"},
    {"id": "x2", "a": 2.5, "b": 4, "ts": "1970-01-01T00:00:04Z"},
    {"id": "x3", "a": None, "b": 5, "ts": "1970-01-01T00:00:03Z"},
]


@pytest.fixture(params=["ndjson", "csv", "parquet"])
def file(request, tmp_path):
    path = tmp_path / f"x.{request.param}"
    if request.param == "ndjson":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    elif request.param == "csv":
        lines = [",".join("" if v is None else str(v) for v in row.values()) for row in ROWS]
        path.write_text("\n".join([",".join(ROWS[0]), *lines]))
    else:
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    return str(path)


def test_every_format_gives_the_same_columns(file):
    read = read_columns(file, time="ts")

    assert list(read.columns) == ["id", "a", "b"]
    assert read.numeric == ("a", "b")
    np.testing.assert_array_equal(read.columns["a"], [1.5, 2.5, math.nan])
    np.testing.assert_array_equal(read.columns["b"], [math.nan, 4, 5])
    assert read.invalid == {("id", "text"): 3}
    assert read.times is not None
    assert read.times.tolist() == [5.0, 4.0, 3.0]
    assert read.bad_times == 0


def test_only_the_columns_that_were_asked_for(file):
    read = read_columns(file, features=["b"])

    assert list(read.columns) == ["b"]
    assert read.times is None


def test_a_file_without_any_of_them_is_refused_or_all_rejected(file):
    if file.endswith("ndjson"):
        assert read_columns(file, features=["z"]).rejected == {"features": 3}
    else:
        with pytest.raises(ConfigError, match="at least one feature"):
            read_columns(file, features=["z"])


def test_fields_of_messages_are_found_wherever_they_first_appear(tmp_path, monkeypatch):
    """A field of a later chunk is missing in the rows before it; nested fields are paths."""
    monkeypatch.setattr(lines, "READ_BYTES", 16)
    path = tmp_path / "x.ndjson"
    path.write_text('{"a":1}\n{broken\n{"w":{"t":2,"u":{"v":3}}}\n{"a":4,"w":"x"}\n')

    read = read_columns(str(path))

    assert list(read.columns) == ["a", "w.t", "w.u.v", "w"]
    np.testing.assert_array_equal(read.columns["a"], [1, math.nan, 4])
    np.testing.assert_array_equal(read.columns["w.t"], [math.nan, 2, math.nan])
    np.testing.assert_array_equal(read.columns["w.u.v"], [math.nan, 3, math.nan])
    assert read.numeric == ("a", "w.t", "w.u.v")
    assert read.rejected == {"json": 1}


def test_numbers_order_rows_as_they_stand(tmp_path):
    path = tmp_path / "x.ndjson"
    path.write_text('{"a":1,"n":1764072000000000000}\n{"a":2}\n')

    read = read_columns(str(path), time="n")

    assert read.times is not None
    assert read.times[0] == 1764072000000000000.0
    assert read.bad_times == 1
