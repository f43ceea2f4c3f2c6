"""Replay: the same engine over a file, repeatable to the byte."""

import base64
import io
import json
import os
import pty
import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cli import main
from detector.config import load
from detector.events import encode
from detector.records import ndjson
from detector.replay import Replay, dead_letters

SHIFT_AT = 1500
SCALER = """
schema: scaler/v1
name: fares
version: "1"
kind: standard
features:
  amount: {mean: 50.0, scale: 10.0}
  distance: {mean: 3.0, scale: 2.0}
"""
MODEL = """
  %s:
    topic: features.%s
    scaler: scaler.yaml
    time: {field: ts, unit: s}
"""
CONFIG = """
kafka: {bootstrap.servers: "localhost:9092", group.id: tests}
limits: {max_message_bytes: 200}
models:
"""


def rows(n=3000, *, shift=30.0) -> list[dict[str, Any]]:
    """Normal rows; from SHIFT_AT on, amount lies three training scales higher."""
    rng = np.random.default_rng(7)
    amount, distance = rng.normal(50, 10, n), rng.normal(3, 2, n)
    amount[SHIFT_AT:] += shift
    return [
        {"ts": 1_764_072_000 + i, "amount": a, "distance": d}
        for i, (a, d) in enumerate(zip(amount.tolist(), distance.tolist(), strict=True))
    ]


def lines(records):
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def dirty():
    """Rows with everything that goes wrong in between, from the very first line on."""
    out = [b"{broken\n"]
    for i, row in enumerate(rows(2400)):
        if i % 211 == 3:
            out += [b"\n", b'{"other":1}\n', b"\xff\xfe\n", b"x" * 300 + b"\n"]
        if i % 97 == 5:
            row["distance"] = [None, "far", True, [1]][i % 4]
        out.append(lines([row]))
    return b"".join(out)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "scaler.yaml").write_text(SCALER)
    (tmp_path / "config.yaml").write_text(CONFIG + MODEL % ("fares", "fares"))
    (tmp_path / "drift.ndjson").write_bytes(lines(rows()))
    (tmp_path / "quiet.ndjson").write_bytes(lines(rows(shift=0.0)))
    return tmp_path


def replay(place, name, *options):
    return main(
        ["replay", "--config", f"{place}/config.yaml", "--input", f"{place}/{name}", *options]
    )


def events_of(text):
    return [json.loads(line) for line in text.splitlines()]


# ------------------------------------------------------------------ the same bytes


def test_twice_the_same_bytes(place):
    for name in ("first", "second"):
        assert replay(place, "drift.ndjson", "--alerts", f"{place}/{name}") == 0

    assert (place / "first").read_bytes() == (place / "second").read_bytes() != b""


class Trickle(io.BytesIO):
    """A pipe that gives as many bytes at a time as it is told, over and over."""

    def __init__(self, data, sizes):
        super().__init__(data)
        self.sizes, self.turn = sizes, 0

    def read1(self, _size=-1):
        self.turn += 1
        return self.read(self.sizes[self.turn % len(self.sizes)])


def outcome_of(config, data, sizes):
    run = Replay(config.models["fares"], config.group)
    chunks = ndjson.read_chunks(Trickle(data, sizes), run.selection(config.max_message_bytes))
    said, refused = b"", b""
    for step in run.run(chunks):
        said += b"".join(encode(event) + b"\n" for event in step.events)
        refused += b"".join(dead_letters(step.chunk))
    return said, refused, run.outcome().dead_letters, run.outcome().invalid


@pytest.fixture(scope="module")
def dirty_replay(tmp_path_factory):
    place = tmp_path_factory.mktemp("dirty")
    (place / "scaler.yaml").write_text(SCALER)
    (place / "config.yaml").write_text(CONFIG + MODEL % ("fares", "fares"))
    config, data = load(place / "config.yaml"), dirty()
    return config, data, outcome_of(config, data, [len(data)])


@settings(deadline=None, max_examples=12)
@given(st.lists(st.integers(100, 40_000), min_size=1, max_size=5))
def test_the_same_bytes_however_the_input_is_cut(dirty_replay, sizes):
    """Events, dead letters and counts are a function of the records alone."""
    config, data, whole = dirty_replay

    assert outcome_of(config, data, sizes) == whole
    assert whole[0]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_format_gives_the_same_events(place, kind, capfdbinary):
    records = rows()
    if kind == "csv":
        cells = [",".join(map(repr, row.values())) for row in records]
        (place / "drift.csv").write_text("\n".join([",".join(records[0]), *cells]))
    else:
        pq.write_table(pa.Table.from_pylist(records), place / "drift.parquet")
    replay(place, "drift.ndjson")
    expected = capfdbinary.readouterr().out

    assert replay(place, f"drift.{kind}") == 0

    assert capfdbinary.readouterr().out == expected != b""


# ------------------------------------------------------------------ what it says


def test_the_offset_is_the_number_of_the_record_and_the_time_is_its_own(place, capfdbinary):
    replay(place, "drift.ndjson")

    first = events_of(capfdbinary.readouterr().out)[0]
    position = first["data"]["position"]
    assert first["type"] == "detector.drift.opened"
    assert first["subject"] == "fares/amount"
    assert position["topic"] == "features.fares"
    assert position["partition"] == 0
    assert SHIFT_AT <= position["offset"] < SHIFT_AT + 60
    moment = np.datetime64(first["time"].removesuffix("Z"), "ms").astype(int)
    assert moment == (1_764_072_000 + position["offset"]) * 1000


def test_dead_letters_count_as_records(place, capfdbinary):
    (place / "late.ndjson").write_bytes(b"{broken\n\n" * 10 + lines(rows()))
    replay(place, "drift.ndjson")
    plain = events_of(capfdbinary.readouterr().out)
    replay(place, "late.ndjson")
    late = events_of(capfdbinary.readouterr().out)

    offsets = [event["data"]["position"]["offset"] for event in plain]
    assert [event["data"]["position"]["offset"] - 10 for event in late] == offsets
    assert [event["time"] for event in late] == [event["time"] for event in plain]


def test_fail_on_drift(place):
    assert replay(place, "drift.ndjson", "--fail-on-drift") == 1
    assert replay(place, "drift.ndjson") == 0
    assert replay(place, "quiet.ndjson", "--fail-on-drift") == 0


def test_dead_letters_go_to_their_file_untouched(place):
    bad = [b"{broken", b"\xff\xfe", b'{"other":1}']
    (place / "bad.ndjson").write_bytes(b"\n".join([lines(rows(5)).rstrip(), *bad]))

    replay(place, "bad.ndjson", "--dead-letters", f"{place}/dead")

    letters = [json.loads(line) for line in (place / "dead").read_bytes().splitlines()]
    assert [(letter["offset"], letter["kind"]) for letter in letters] == [
        (5, "json"),
        (6, "utf8"),
        (7, "features"),
    ]
    assert [letter.get("value", "").encode() for letter in letters] == [bad[0], b"", bad[2]]
    assert base64.b64decode(letters[1]["value_base64"]) == bad[1]
    assert all(letter["reason"] for letter in letters)


def test_a_record_without_a_time_is_no_silence(place, capfdbinary):
    """1970 between two moments of today would be; the time of the record before is not."""
    records = rows(shift=0.0)
    for index in (0, 700, 2999):
        records[index]["ts"] = None
    (place / "odd.ndjson").write_bytes(b"{broken\n" + lines(records))

    assert replay(place, "odd.ndjson") == 0

    assert capfdbinary.readouterr().out == b""


def test_a_topic_of_garbage_is_an_event_and_reading_goes_on(place, capfdbinary):
    (place / "garbage.ndjson").write_bytes(b"{broken\n" * 1500 + lines(rows()))

    assert replay(place, "garbage.ndjson") == 0

    said = events_of(capfdbinary.readouterr().out)
    assert [(e["data"]["feature"], e["data"]["status"]) for e in said][:2] == [
        ("*", "opened"),
        ("*", "resolved"),
    ]
    assert any(event["data"]["feature"] == "amount" for event in said)


def test_the_end_is_told_in_a_few_plain_lines(place, capsys):
    (place / "bad.ndjson").write_bytes(b"{broken\n" + lines(rows()))
    replay(place, "bad.ndjson", "--alerts", os.devnull)

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[:2] == [
        "model=fares records=3000 dead_letters=1 opened=1 resolved=0",
        "dead_letters json=1",
    ]
    assert "\x1b" not in said.err


def test_a_muted_feature_is_judged_and_says_nothing(place, capsys):
    muted = "    features: {amount: {mute_until: 2030-01-01T00:00:00Z}}\n"
    (place / "config.yaml").write_text(CONFIG + MODEL % ("fares", "fares") + muted)

    assert replay(place, "drift.ndjson", "--fail-on-drift") == 0

    said = capsys.readouterr()
    assert said.out == ""
    assert "feature=amount missing=0 invalid=0 opened=0 resolved=0 state=muted" in said.err


@pytest.mark.parametrize(
    ("data", "caution"),
    [
        (b"", "the input is empty"),
        (b'{"other":1}\n', "no record has any of the model's features"),
        (b"[\n", "not one record could be used; expected is what --format says"),
        (b'{"amount":50,"ts":"?"}\n', "records without a usable time: 1"),
        (b'{"amount":50,"ts":1}\n', "distance is missing in every record"),
    ],
)
def test_what_looks_like_a_mistake_is_said(place, capsys, data, caution):
    (place / "odd.ndjson").write_bytes(data)

    assert replay(place, "odd.ndjson") == 0

    assert caution in capsys.readouterr().err


# ------------------------------------------------------------------ mistakes


def test_several_models_need_a_name(place, capsys):
    (place / "config.yaml").write_text(CONFIG + MODEL % ("a", "a") + MODEL % ("b", "b"))

    assert replay(place, "quiet.ndjson") == 2
    assert "--model: expected one of a, b" in capsys.readouterr().err
    assert replay(place, "quiet.ndjson", "--model", "c") == 2
    assert "got 'c'" in capsys.readouterr().err
    assert replay(place, "quiet.ndjson", "--model", "b") == 0


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("none.ndjson", [], "no such file"),
        ("scaler.yaml", [], "say --format"),
        (".", ["--format", "csv"], "a directory"),
        ("drift.ndjson", ["--alerts", "{place}/no/such/place"], "can be written"),
        ("drift.ndjson", ["--alerts", "{place}/drift.ndjson"], "which is read"),
        ("drift.ndjson", ["--dead-letters", "{place}/config.yaml"], "which is read"),
        ("drift.ndjson", ["--alerts", "{place}/x", "--dead-letters", "{place}/x"], "of its own"),
        ("drift.ndjson", ["--dead-letters", "-"], "of its own"),
    ],
)
def test_mistakes_are_told_in_a_sentence(place, capsys, name, options, message):
    before = (place / "drift.ndjson").read_bytes()

    assert replay(place, name, *(option.format(place=place) for option in options)) == 2

    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert (place / "drift.ndjson").read_bytes() == before


# ------------------------------------------------------------------ on a terminal


def test_a_terminal_gets_events_and_a_table(place):
    """Drawn on standard error, in the width of the terminal; standard output stays data."""
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "detector", "replay", "--config", f"{place}/config.yaml"]
    with subprocess.Popen(
        [*command, "--input", f"{place}/drift.ndjson"],
        stdout=subprocess.PIPE,
        stderr=writer,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"},
    ) as process:
        os.close(writer)
        drawn = b""
        while piece := _read(reader):
            drawn += piece
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(reader)

    assert process.returncode == 0
    assert all(json.loads(line)["specversion"] == "1.0" for line in out.splitlines())
    text = drawn.decode()
    assert "fares/amount" in text
    assert "since record" in text  # the panel of what opened
    assert "fares: 3,000 records" in text
    assert "50 ± 10" in text
    assert "\x1b[31m" not in text


def _read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says EIO once the other side is closed
        return b""


# ------------------------------------------------------------------ pairs


def paired_rows():
    """Sound pairs; from SHIFT_AT on every tenth message has the raw amount for the scaled one."""
    for i, row in enumerate(rows(shift=0.0)):
        wrong = i >= SHIFT_AT and i % 10 == 0
        scaled = {"amount": (row["amount"] - 50) / 10, "distance": (row["distance"] - 3) / 2}
        raw = {"amount": row["amount"], "distance": row["distance"]}
        yield {
            "ts": row["ts"],
            "raw": raw,
            "scaled": scaled | ({"amount": raw["amount"]} if wrong else {}),
        }


def flat(row):
    halves = {f"{half}.{name}": row[half][name] for half in ("raw", "scaled") for name in row[half]}
    return {"ts": row["ts"], **halves}


def test_pairs_are_read_alike_from_ndjson_csv_and_parquet(place, capsys):
    """The canary is found at its second message, and named."""
    (place / "config.yaml").write_text(CONFIG + MODEL % ("fares", "fares") + "    values: both\n")
    data = list(paired_rows())
    (place / "p.ndjson").write_bytes(lines(data))
    table = [flat(row) for row in data]
    header, *cells = [",".join(table[0]), *(",".join(map(repr, r.values())) for r in table)]
    (place / "p.csv").write_text("\n".join([header, *cells]) + "\n")
    pq.write_table(pa.Table.from_pylist(data), place / "p.parquet")

    said = []
    for name in ("p.ndjson", "p.csv", "p.parquet"):
        assert replay(place, name) == 0
        said.append(capsys.readouterr().out)

    assert said[0] == said[1] == said[2]
    opened = events_of(said[0])[0]["data"]
    assert (opened["feature"], opened["diagnosis"]["cause"]) == ("amount", "unscaled")
    assert (opened["since"]["offset"], opened["position"]["offset"]) == (SHIFT_AT, SHIFT_AT + 10)


def test_what_a_scaled_half_lacks_is_counted_under_its_own_name(place):
    (place / "config.yaml").write_text(CONFIG + MODEL % ("fares", "fares") + "    values: both\n")
    row = {"ts": 1, "raw": {"amount": 50, "distance": 3}, "scaled": {"amount": "0", "distance": 0}}
    data = lines([row])

    _, _, _, invalid = outcome_of(load(place / "config.yaml"), data, [len(data)])

    assert invalid == {("amount (scaled)", "text"): 1}
