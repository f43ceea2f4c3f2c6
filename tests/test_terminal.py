"""What people read: no name drives the terminal, and figures are not cut."""

import io
import os
import pty
from dataclasses import replace

import msgspec
import pytest
from rich.console import Console

from detector.events import (
    Alternative,
    Diagnosis,
    DriftData,
    DriftEvent,
    Evidence,
    Group,
    Live,
    Pair,
    Position,
    RootCause,
    Since,
    Training,
    VersionShare,
)
from detector.terminal import is_terminal
from detector.terminal.console import byte_progress, table
from detector.terminal.events import event_line, event_panel
from detector.terminal.outcome import FeatureRow, Outcome, outcome_lines
from detector.terminal.outcome_table import draw_outcome
from detector.terminal.plain import event_line as plain_line
from detector.terminal.plain import number, pairs, safe

EVENT = DriftEvent(
    id="1",
    source="/detector/tests/fares",
    type="detector.drift.opened",
    subject="fares/amount",
    time="2026-11-24T02:36:00.120Z",
    data=DriftData(
        model="fares",
        feature="amount",
        status="opened",
        severity="critical",
        alert="0123456789abcdef",
        sequence=0,
        signals=(),
        summary="amount is 2.4 training scales below training",
        diagnosis=Diagnosis(
            cause="unit",
            variant="degF_degC",
            confidence=0.97,
            explanation="live = 0.556 training - 17.8",
            transform=None,
            fix="convert amount before the scaler",
            alternatives=(Alternative(cause="unknown", confidence=0.03),),
        ),
        training=Training(
            scaler="fares", version="3", digest="sha256:0", kind="standard", mean=55.26, scale=17.78
        ),
        live=Live(
            count=480,
            mean=12.9,
            std=9.9,
            min=-6.1,
            max=31.0,
            missing_rate=0.0,
            invalid_rate=0.0,
            quantiles=None,
        ),
        position=Position(topic="features.fares", partition=0, offset=20479),
        since=Since(partition=0, offset=20000, time="2026-11-24T02:35:31.000Z"),
        group=Group(id="g", features=("amount", "distance")),
        root_cause=RootCause(model="cleaning", feature="amount", alert="a", cause="unit"),
    ),
)


def changed(**fields):
    return msgspec.structs.replace(EVENT, data=msgspec.structs.replace(EVENT.data, **fields))


def drawn(*parts, width=80, **options):
    console = Console(file=io.StringIO(), width=width, **options)
    for part in parts:
        console.print(part)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_line_has_the_clock_the_severity_the_feature_the_sentence_and_the_cause():
    text = " ".join(drawn(event_line(EVENT), width=200).split())

    assert text == (
        "02:36:00 ● critical fares/amount amount is 2.4 training scales below training "
        "cause: unit record 20,479"
    )


def test_a_panel_has_the_cause_the_fix_the_figures_and_the_beginning():
    text = drawn(event_panel(EVENT))

    for part in (
        "opened · critical · fares/amount",
        "unit (degF_degC), confidence 97%",
        "fix: convert amount before the scaler",
        "mean 55.26 scale 17.78",
        "live mean 12.9 std 9.9, -6.1 to 31",
        "since record 20,000 (02:35:31)",
        "479 later",
        "together with amount, distance",
        "explained by cleaning/amount",
        "01234567",
    ):
        assert part in text


def named(version, digest, records, *, configured=False):
    return VersionShare(
        scaler=None,
        version=version,
        digest=digest,
        share=records / 1200,
        records=records,
        configured=configured,
    )


def test_a_panel_says_how_many_records_name_which_scaler():
    versions = (
        named("3", "sha256:0123456789", 1_130, configured=True),
        named("2", None, 50),
        named(None, "sha256:1a2b3c4d5e6f", 15),
        named(None, None, 5),
    )

    assert (
        "records name version 3 1,130 (configured), version 2 50, sha256:1a2b3c4d 15, others 5"
        in drawn(event_panel(changed(versions=versions)), width=120)
    )


QUANTILES = {"0.05": 26.1, "0.5": 55.0, "0.95": 85.0}
EXPECTED = {"0.05": -3.28, "0.5": 12.78, "0.95": 29.44}
LIVE = {"0.05": -1.2, "0.5": 13.2, "0.95": 27.0}


def with_evidence(evidence, **fields):
    assert EVENT.data.diagnosis is not None
    assert EVENT.data.training is not None
    return changed(
        diagnosis=msgspec.structs.replace(EVENT.data.diagnosis, evidence=evidence),
        training=msgspec.structs.replace(EVENT.data.training, quantiles=QUANTILES),
        **fields,
    )


def rows(event, *names):
    """Lines of the panel that begin with one of *names*, as their words."""
    lines = (line.strip("│ ").split() for line in drawn(event_panel(event)).splitlines())
    return [line for line in lines if line and line[0] in names and len(line) < 10]


def test_a_panel_shows_training_what_the_cause_foretells_and_what_arrived_below_each_other():
    event = with_evidence(Evidence(of="all", count=480, expected=EXPECTED, live=LIVE))

    assert rows(event, "quantiles", "training", "expected", "live") == [
        ["quantiles", "5%", "50%", "95%"],
        ["training", "26.1", "55.0", "85.0"],
        ["expected", "-3.3", "12.8", "29.4"],
        ["live", "-1.2", "13.2", "27.0"],
    ]


def test_a_panel_shows_the_records_before_where_these_were_mapped():
    event = with_evidence(
        Evidence(of="all", count=9, before=QUANTILES, expected=EXPECTED, live=LIVE)
    )

    assert rows(event, "just") == [["just", "before", "26.1", "55.0", "85.0"]]


def test_values_that_the_fault_leaves_alone_are_called_the_others():
    event = with_evidence(Evidence(of="others", count=9, expected=QUANTILES, live=LIVE))

    assert rows(event, "other", "training", "expected") == [
        ["other", "values", "5%", "50%", "95%"],
        ["expected", "26.1", "55.0", "85.0"],
    ]


def test_without_a_prediction_a_panel_shows_training_beside_live():
    assert EVENT.data.live is not None
    live = msgspec.structs.replace(EVENT.data.live, quantiles=LIVE)

    assert [row[0] for row in rows(with_evidence(None, live=live), "training", "live")][:2] == [
        "training",
        "live",
    ]


def test_a_panel_shows_pairs_record_by_record():
    pair = Pair(partition=0, offset=20001, raw=55.0, scaled=0.25, training=-0.015, expected=0.25)
    lost = msgspec.structs.replace(pair, offset=20002, scaled=None, expected=None)
    event = with_evidence(Evidence(of="pairs", count=2, pairs=(pair, lost)))

    assert rows(event, "record", "raw", "training", "expected", "scaled") == [
        ["record", "20,001", "20,002"],
        ["raw", "55.0", "55.0"],
        ["training", "scaler", "-0.0150", "-0.0150"],
        ["expected", "0.250", "-"],
        ["scaled", "0.250", "-"],
    ]


def test_of_an_unknown_map_a_panel_shows_the_pairs_without_a_prediction():
    pair = Pair(partition=0, offset=20001, raw=55.0, scaled=0.25, training=-0.015, expected=None)

    assert not rows(with_evidence(Evidence(of="pairs", count=1, pairs=(pair,))), "expected")


def test_long_numbers_leave_room_for_the_ends_and_the_middle():
    """Milliseconds since the epoch take fourteen characters each."""
    five = {str(q): 1.764e12 + 1000 * q for q in (0.05, 0.25, 0.5, 0.75, 0.95)}
    event = with_evidence(Evidence(of="others", count=9, expected=five, live=five))

    assert [row[-3:] for row in rows(event, "live")][:1] == [
        ["1764000000050", "1764000000500", "1764000000950"]
    ]
    assert max(map(len, drawn(event_panel(event)).splitlines())) <= 80


def test_what_is_resolved_has_no_evidence_any_more():
    event = with_evidence(
        Evidence(of="all", count=480, expected=EXPECTED, live=LIVE), status="resolved"
    )

    assert not rows(event, "expected")


def test_a_large_group_is_listed_in_part():
    group = Group(id="g", features=("amount", "distance"), size=40)

    assert "together with amount, distance and 38 more" in drawn(event_panel(changed(group=group)))


def test_a_panel_is_never_quite_sure():
    assert EVENT.data.diagnosis is not None
    diagnosis = msgspec.structs.replace(EVENT.data.diagnosis, confidence=0.9951)

    assert "confidence 99%" in drawn(event_panel(changed(diagnosis=diagnosis)))


def test_a_panel_does_without_what_is_not_known():
    bare = changed(
        diagnosis=None,
        training=None,
        live=None,
        group=None,
        root_cause=None,
        since=Since(partition=1, offset=3, time="2026-11-24T02:35:31.000Z"),
    )

    text = drawn(event_panel(bare))

    assert "cause" not in text
    assert "live" not in text
    assert "since record 3 (02:35:31) of partition 1" in text


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"severity": "info"}, "36"),
        ({"severity": "warning"}, "33"),
        ({"severity": "critical"}, "1;31"),
        ({"status": "resolved"}, "32"),
    ],
)
def test_the_colour_is_that_of_the_severity_or_green_once_it_is_over(fields, code):
    """The numbers are ANSI's: cyan 36, yellow 33, bold red 1;31, green 32."""
    text = drawn(
        event_line(changed(**fields)), force_terminal=True, color_system="standard", width=200
    )

    assert f"\x1b[{code}m" in text


def test_no_colour_where_none_is_wanted(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[31m" not in drawn(event_line(EVENT), force_terminal=True)


@pytest.mark.parametrize("draw", [event_line, event_panel, plain_line])
def test_nothing_that_a_producer_writes_drives_the_terminal(draw):
    """Escape sequences, rich's markup and a line break come out as text."""
    hostile = changed(feature="a\x1b[2Jb", summary="x\r\n[red]y[/red]\x9b1m\u202ez")

    text = drawn(draw(hostile), width=200) if draw is not plain_line else draw(hostile)

    for char in "\x1b\r\x9b\u202e":
        assert char not in text
    assert "[red]y[/red]" in text
    assert "\\x1b[2J" in text


def test_a_plain_line_can_be_searched():
    assert plain_line(EVENT) == (
        "2026-11-24T02:36:00.120Z opened critical fares/amount: amount is 2.4 training scales "
        "below training (record 20479, since 20000 cause=unit)"
    )


def test_words():
    assert safe("é\tü") == "é\\tü"
    assert number(1234567.0) == "1.235e+06"
    assert pairs("a", b=1, c="x\ny") == "a b=1 c=x\\ny"


def test_figures_of_a_table_are_not_cut_where_the_words_can_give_way():
    wide = table("feature", "n", numeric=frozenset({"n"}))
    wide.add_row("a very long name of a feature", "1,234,567")

    assert "1,234,567" in drawn(wide, width=24)


def test_progress_goes_away_when_it_is_done():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with byte_progress(console) as bar:
        bar.update(bar.add_task("replay", total=10, note="x"), completed=10)

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().endswith("\x1b[1A\x1b[2K")


def test_a_terminal_is_one_that_can_draw(monkeypatch):
    reader, writer = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(writer, "w") as stream, os.fdopen(reader, "rb"):
        assert is_terminal(stream)
        monkeypatch.setenv("TERM", "dumb")
        assert not is_terminal(stream)
    assert not is_terminal(io.StringIO())


ROW = FeatureRow(
    feature="amount",
    valid=12000,
    missing=0,
    invalid=3,
    mean=50.2,
    std=9.8,
    training_mean=50.0,
    training_std=10.0,
    state="critical",
    opened=1,
    resolved=0,
)
OUTCOME = Outcome(
    model="[red]fares",
    records=12003,
    rows=(ROW,),
    opened=1,
    dead_letters={"utf8": 1, "json": 2},
    invalid={("amount", "text"): 3},
)


def test_the_outcome_fits_a_terminal_of_eighty_columns():
    console = Console(file=io.StringIO(), width=80)

    draw_outcome(console, OUTCOME)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for part in ("[red]fares: 12,003 records", "12,000", "50.2 ± 9.8", "50 ± 10", "critical"):
        assert part in text
    assert "dead letters: 3 (json 2, utf8 1)" in text
    assert "invalid values: amount text 3" in text


def test_a_feature_without_a_value_has_a_dash_for_its_figures():
    bare = replace(ROW, valid=0, missing=5, mean=None, std=None, state="quiet", opened=0)
    console = Console(file=io.StringIO(), width=80)

    draw_outcome(console, Outcome(model="fares", records=5, rows=(bare,)))

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "  -  " in text
    assert "dead letters" not in text
    assert "Caution: amount is missing in every record" in " ".join(text.split())


def test_the_outcome_in_plain_lines():
    assert list(outcome_lines(OUTCOME)) == [
        "model=[red]fares records=12003 dead_letters=3 opened=1 resolved=0",
        "dead_letters json=2 utf8=1",
        "feature=amount missing=0 invalid=3 opened=1 resolved=0 state=critical",
    ]
