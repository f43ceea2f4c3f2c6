"""Files to columns: the same rows give the same columns in every format."""

import io
import json
import math
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.errors import ConfigError
from detector.records import (
    Selection,
    TimeField,
    check_input,
    csv_rows,
    lines,
    parquet,
    read_chunks,
    read_columns,
)

INVALID = math.inf


class Trickle(io.BytesIO):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data, size):
        super().__init__(data)
        self.size = size

    def read1(self, _size=-1):
        return self.read(self.size)


def write(path, rows):
    """*rows* in the format that the suffix of *path* says."""
    if path.suffix == ".ndjson":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix == ".csv":
        names = list(rows[0])
        cells = [["" if row[n] is None else repr(row[n]) for n in names] for row in rows]
        path.write_text("\n".join(map(",".join, [names, *cells])) + "\n")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return str(path)


def only(name, selection, given=None):
    chunks = list(read_chunks(name, selection, given))
    assert len(chunks) == 1
    return chunks[0]


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "b": st.none() | st.integers(-(2**60), 2**60),
            "ts": st.integers(0, 2**31),
        }
    ),
    min_size=1,
    max_size=30,
)


@settings(deadline=None, max_examples=50)
@given(rows=ROWS)
@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".ndjson"])
def test_a_table_is_read_as_it_was_written(tmp_path_factory, suffix, rows):
    name = write(tmp_path_factory.mktemp("t") / f"x{suffix}", rows)
    selection = Selection(features=["a", "b"], time=TimeField("ts", "s"))
    if suffix == ".ndjson":  # a row of nulls alone is a record there as well
        assert only(name, selection).size == len(rows)

    decoded = only(name, selection).decoded

    for feature in ("a", "b"):
        expected = [math.nan if row[feature] is None else float(row[feature]) for row in rows]
        np.testing.assert_array_equal(decoded.columns[feature], expected)
        assert decoded.missing[feature] == sum(row[feature] is None for row in rows)
    assert decoded.times.tolist() == [row["ts"] for row in rows]
    assert decoded.kept.tolist() == list(range(len(rows)))
    assert not decoded.rejected
    assert not decoded.invalid


# ------------------------------------------------------------------ NDJSON


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([b'{"a":1}', b"", b"  \r", b"{", b'{"a":2}\r', b"x" * 60])),
    st.integers(1, 90),
    st.booleans(),
)
def test_lines_do_not_depend_on_how_the_bytes_come(texts, size, ends):
    """A line over the limit is cut; the last needs no end.

    The second method splits the whole text at once.
    """
    data = b"\n".join(texts) + (b"\n" if ends else b"")
    blocks = list(lines.line_blocks(Trickle(data, size), limit=50))

    read = [line for block, _ in blocks for line in block]

    expected = data.removesuffix(b"\n").split(b"\n") if data else []
    assert read == [line[:51] for line in expected]
    assert [bytes_read for _, bytes_read in blocks][-1:] == ([len(data)] if data else [])


def test_record_numbers_count_dead_letters_and_pass_over_blank_lines(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"a":1}\n\n{broken\n{"a":2}\n')

    chunk = only(str(path), Selection(features=["a"]))

    assert chunk.offsets.tolist() == [0, 2]
    assert chunk.decoded.times.tolist() == [0.0, 2.0]
    assert [(index, error.kind) for index, error in chunk.decoded.rejected] == [(1, "json")]
    assert chunk.originals[1] == b"{broken"
    assert chunk.bytes_read == path.stat().st_size


# ------------------------------------------------------------------ CSV


def csv_chunk(tmp_path, text, features=("a", "b"), **selection):
    path = tmp_path / "x.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return only(str(path), Selection(features=features, **selection))


@pytest.mark.parametrize(
    ("cell", "number", "kind"),
    [
        ("1.5", 1.5, None),
        (" 2 ", 2.0, None),
        ("+3e-2", 0.03, None),
        ("", math.nan, None),
        ("  ", math.nan, None),
        ("nan", math.nan, None),
        ("NaN", math.nan, None),
        ("inf", INVALID, "number"),
        ("-Infinity", INVALID, "number"),
        ("1e999", INVALID, "number"),
        ("9" * 5000, INVALID, "number"),
        ("abc", INVALID, "text"),
        ("true", INVALID, "text"),
        ("1_000", INVALID, "text"),
        ("0x10", INVALID, "text"),
        ("\u0663", INVALID, "text"),  # float() reads the digits of every script
        ('"1,5"', INVALID, "text"),
        ('"7"', 7.0, None),
        ('"two\nlines"', INVALID, "text"),
    ],
)
def test_what_a_cell_is(tmp_path, cell, number, kind):
    decoded = csv_chunk(tmp_path, f"a,b\n{cell},1\n4,2\n").decoded

    np.testing.assert_array_equal(decoded.columns["a"], [number, 4.0])
    assert decoded.columns["b"].tolist() == [1.0, 2.0]
    assert dict(decoded.invalid) == ({} if kind is None else {("a", kind): 1})


def test_lines_that_do_not_fit_the_header_are_dead_letters(tmp_path):
    text = b'a,b\n1,2\n3\n\n4,5,6\n"x"y,1\n\xff,1\n' + b"7" * 200 + b",1\n8,9\n"

    chunk = csv_chunk(tmp_path, text, max_bytes=100)

    assert [(i, error.kind) for i, error in chunk.decoded.rejected] == [
        (1, "csv"),
        (2, "csv"),
        (3, "csv"),
        (4, "utf8"),
        (5, "size"),
    ]
    assert chunk.offsets.tolist() == [0, 6]
    assert chunk.originals[1:4] == [b"3", b"4,5,6", b'"x"y,1']
    assert chunk.originals[5] == b"7" * 101
    assert chunk.decoded.columns["a"].tolist() == [1.0, 8.0]


def test_the_header_may_have_a_byte_order_mark_and_spaces(tmp_path):
    chunk = csv_chunk(tmp_path, "\ufeffa, b\r\n1,2\r\n")

    assert chunk.decoded.columns["a"].tolist() == [1.0]
    assert chunk.decoded.columns["b"].tolist() == [2.0]


def test_a_feature_without_a_column_is_missing(tmp_path):
    decoded = csv_chunk(tmp_path, "a\n1\n2\n").decoded

    assert np.isnan(decoded.columns["b"]).all()
    assert decoded.missing == {"b": 2}


def test_a_feature_stands_where_the_configuration_says(tmp_path):
    decoded = csv_chunk(tmp_path, "w.t,b\n1,2\n", fields={"a": "w.t"}).decoded

    assert decoded.columns["a"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("unit", "cell", "time"),
    [
        ("s", "5", 5.0),
        ("ms", "5", 0.005),
        ("iso", "1970-01-01T00:00:05Z", 5.0),
        ("s", "x", math.nan),
    ],
)
def test_csv_times(tmp_path, unit, cell, time):
    decoded = csv_chunk(tmp_path, f"a,ts\n1,{cell}\n", time=TimeField("ts", unit)).decoded

    np.testing.assert_array_equal(decoded.times, [time])
    assert decoded.bad_times == (cell == "x")


def test_a_long_csv_comes_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "CHUNK_ROWS", 2)
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n2\n3\n")

    chunks = list(read_chunks(str(path), Selection(features=["a"])))

    assert [chunk.first for chunk in chunks] == [0, 2]
    assert [chunk.decoded.times.tolist() for chunk in chunks] == [[0.0, 1.0], [2.0]]


def test_blank_lines_at_the_end_are_no_records(tmp_path):
    assert csv_chunk(tmp_path, "a,b\n1,2\n\n\n").size == 1


def test_a_line_without_an_end_is_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_rows, "MAX_LINE_BYTES", 8)

    chunk = csv_chunk(tmp_path, "a,b\n1,2\n" + "3" * 50 + "\n4,5\n")

    assert chunk.originals == [b"1,2", b"3" * 9, b"4,5"]


@settings(deadline=None)
@given(st.integers(1, 40))
def test_rows_do_not_depend_on_how_the_bytes_come(size):
    """A pipe is judged as far as it has come; quotes may go over lines and over reads."""
    text = b'a,b\r\n1,2\r\n"x\r\ny",3\r\n\r\n4\r\n5,"6"'
    selection = Selection(features=["a", "b"])

    chunks = list(csv_rows.CsvFile(Trickle(text, size), "-").read_chunks(selection))

    sizes = [chunk.size for chunk in chunks]
    assert [chunk.first for chunk in chunks] == [sum(sizes[:i]) for i in range(len(sizes))]
    assert [line for chunk in chunks for line in chunk.originals] == [
        b"1,2",
        b'"x\r\ny",3',
        b"4",
        b'5,"6"',
    ]
    assert np.concatenate([c.decoded.columns["b"] for c in chunks]).tolist() == [2, 3, 6]
    assert np.concatenate([c.offsets for c in chunks]).tolist() == [0, 1, 3]
    assert len(chunks) > 1 or size > 20


# ------------------------------------------------------------------ Parquet


def parquet_chunk(tmp_path, columns, features=("a",), **selection):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table(columns), path)
    return only(str(path), Selection(features=features, **selection))


@pytest.mark.parametrize(
    ("values", "numbers", "kind"),
    [
        (pa.array([1, None, 3], pa.int8()), [1, math.nan, 3], None),
        (pa.array([2**63, None], pa.uint64()), [2.0**63, math.nan], None),
        (pa.array([2**53 + 1], pa.int64()), [2.0**53], None),
        (pa.array([0.5, None], pa.float32()), [0.5, math.nan], None),
        (pa.array([np.float16(0.5)], pa.float16()), [0.5], None),
        (pa.array([math.nan, math.inf, -math.inf]), [math.nan, INVALID, INVALID], "number"),
        (pa.array(["1.5", None]), [INVALID, math.nan], "text"),
        (pa.array(["x", None]).dictionary_encode(), [INVALID, math.nan], "text"),
        (pa.array([1.5, None]).dictionary_encode(), [1.5, math.nan], None),
        (pa.array([True, None]), [INVALID, math.nan], "boolean"),
        (pa.array([[1], None]), [INVALID, math.nan], "list"),
        (pa.array([{"x": 1}, None]), [INVALID, math.nan], "object"),
        (pa.array([0, None], pa.timestamp("us")), [INVALID, math.nan], "other"),
        (pa.array([None, None], pa.null()), [math.nan, math.nan], None),
    ],
)
def test_what_a_parquet_column_is(tmp_path, values, numbers, kind):
    decoded = parquet_chunk(tmp_path, {"a": values}).decoded

    np.testing.assert_array_equal(decoded.columns["a"], numbers)
    count = int(np.isinf(numbers).sum())
    assert dict(decoded.invalid) == ({("a", kind): count} if count else {})


def test_a_decimal_is_a_number(tmp_path):
    import decimal

    values = pa.array([decimal.Decimal("1.25"), None], pa.decimal128(5, 2))

    decoded = parquet_chunk(tmp_path, {"a": values}).decoded

    np.testing.assert_array_equal(decoded.columns["a"], [1.25, math.nan])


def test_a_path_leads_into_structs_and_a_column_of_that_name_wins(tmp_path):
    nested = pa.array([{"t": 1}, None, {"t": None}])
    below = parquet_chunk(tmp_path, {"w": nested}, fields={"a": "w.t"}).decoded
    both = parquet_chunk(tmp_path, {"w": nested, "w.t": [7, 8, 9]}, fields={"a": "w.t"}).decoded

    np.testing.assert_array_equal(below.columns["a"], [1, math.nan, math.nan])
    assert both.columns["a"].tolist() == [7, 8, 9]


def test_a_path_that_leads_nowhere_is_missing(tmp_path):
    decoded = parquet_chunk(
        tmp_path,
        {"w": [1], "v": pa.array([{"x": 1}])},
        features=("a", "b"),
        fields={"a": "w.t", "b": "v.t"},
    ).decoded

    assert np.isnan([decoded.columns["a"], decoded.columns["b"]]).all()


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        (pa.array([5, None], pa.int64()), "s"),
        (pa.array([5000, None], pa.int64()), "ms"),
        (pa.array([5_000_000_000, None], pa.timestamp("ns")), "s"),
        (pa.array([5, None], pa.timestamp("s", tz="UTC")), "iso"),
        (pa.array(["1970-01-01T00:00:05", None]), "iso"),
        (pa.array([5, None], pa.int64()), "any"),
    ],
)
def test_parquet_times(tmp_path, values, unit):
    decoded = parquet_chunk(
        tmp_path, {"a": [1, 2], "ts": values}, time=TimeField("ts", unit)
    ).decoded

    np.testing.assert_array_equal(decoded.times, [5.0, math.nan])
    assert decoded.bad_times == 1


def test_a_time_field_without_a_column_gives_no_times(tmp_path):
    decoded = parquet_chunk(tmp_path, {"a": [1]}, time=TimeField("ts", "s")).decoded

    assert np.isnan(decoded.times).all()
    assert decoded.bad_times == 1


def test_a_date_is_its_midnight(tmp_path):
    decoded = parquet_chunk(
        tmp_path,
        {"a": [1], "ts": pa.array([2], pa.date32())},
        time=TimeField("ts", "iso"),
    ).decoded

    assert decoded.times.tolist() == [2 * 86400.0]


def test_a_long_parquet_file_comes_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "CHUNK_ROWS", 2)
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1, 2, 3]}), path)

    chunks = list(read_chunks(str(path), Selection(features=["a"])))

    assert [chunk.offsets.tolist() for chunk in chunks] == [[0, 1], [2]]
    assert chunks[-1].bytes_read == path.stat().st_size


# ------------------------------------------------------------------ what cannot be read


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.txt", b"", "expected a file name that ends in"),
        ("x.csv", b"c,d\n1,2\n", "at least one feature ('a'), got the columns 'c', 'd'"),
        ("x.csv", b"a,a\n1,2\n", "'a' more than once"),
        ("x.csv", b'"a"b\n1,2\n', "a CSV header line"),
        ("x.parquet", b"PAR1 this is none PAR1", "expected a Parquet file"),
    ],
)
def test_a_wrong_file_is_told_in_one_message(tmp_path, name, data, message):
    path = tmp_path / name
    path.write_bytes(data)

    with pytest.raises(ConfigError) as raised:
        list(read_chunks(str(path), Selection(features=["a"])))

    assert message in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        check_input(str(tmp_path / "none.csv"))
    with pytest.raises(ConfigError, match="a directory"):
        check_input(str(tmp_path))
    (tmp_path / "x.csv").touch()
    with pytest.raises(ConfigError, match="expected one of ndjson, csv, parquet, got 'xml'"):
        check_input(str(tmp_path / "x.csv"), "xml")
    with pytest.raises(ConfigError, match="a closed one"):
        list(read_chunks("-", Selection(features=["a"])))


@pytest.fixture(autouse=True)
def closed_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [1]}), path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(ConfigError, match=r"drift-detector\[parquet\]"):
        list(read_chunks(str(path), Selection(features=["a"])))


@pytest.mark.parametrize("suffix", [".ndjson", ".csv", ".parquet"])
def test_an_empty_file_has_no_chunks(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    path.touch()

    assert list(read_chunks(str(path), Selection(features=["a"]))) == []
    assert read_columns(str(path)).columns == {}


@pytest.mark.parametrize("given", ["ndjson", "csv", "parquet"])
def test_standard_input_is_read_like_a_file(monkeypatch, given):
    table = io.BytesIO()
    pq.write_table(pa.table({"a": [1.0, 2.0]}), table)
    data = {"ndjson": b'{"a":1}\n{"a":2}\n', "csv": b"a\n1\n2\n", "parquet": table.getvalue()}
    stream = io.TextIOWrapper(io.BytesIO(data[given]))
    monkeypatch.setattr(sys, "stdin", stream)

    decoded = only("-", Selection(features=["a"]), given).decoded

    assert decoded.columns["a"].tolist() == [1.0, 2.0]
