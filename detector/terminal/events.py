"""A drift event as a picture: one line while it streams by, a panel to read."""

from collections.abc import Iterable, Iterator

from rich.console import Group as Stack
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from detector.events import DriftEvent, Group, VersionShare
from detector.terminal.evidence import evidence_table
from detector.terminal.plain import number, safe

STYLES = {"info": "cyan", "warning": "yellow", "critical": "bold red"}
RESOLVED = "green"
MARKS = {"opened": "●", "updated": "◐", "resolved": "✓"}
SUREST = 0.99  # 0.995 would be drawn as 100 %, and nothing is that sure
_DIGEST = len("sha256:") + 8  # characters of a digest: as many as people compare
_CLOCK = slice(11, 19)  # of an RFC 3339 time: hours, minutes, seconds


def style_of(event: DriftEvent) -> str:
    """The colour of an event: its severity's, or green where it is over."""
    return RESOLVED if event.data.status == "resolved" else STYLES[event.data.severity]


def drawn(event: DriftEvent) -> Panel | Text:
    """A panel where an episode opens, a line where it goes on or ends."""
    return event_panel(event) if event.data.status == "opened" else event_line(event)


def event_line(event: DriftEvent) -> Text:
    """Time, severity, feature, sentence and cause; wraps under the sentence where it is long."""
    data, style = event.data, style_of(event)
    cause = "" if data.diagnosis is None else f"  cause: {data.diagnosis.cause}"
    word = "resolved" if data.status == "resolved" else data.severity
    return Text.assemble(
        (f"{safe(event.time[_CLOCK])} ", "dim"),
        (f"{MARKS[data.status]} {word:<8} ", style),
        (f"{safe(data.model)}/{safe(data.feature)}", "bold"),
        f"  {safe(data.summary)}",
        (cause, style),
        (f"  record {data.position.offset:,}", "dim"),
    )


def event_panel(event: DriftEvent) -> Panel:
    """The whole event: sentence, cause, what to do, figures, since when."""
    data, style = event.data, style_of(event)
    head = f"{MARKS[data.status]} {data.status} · {data.severity} · "
    title = Text.assemble((head, style), (f"{safe(data.model)}/{safe(data.feature)}", "bold"))
    return Panel(
        Stack(*_body(event)),
        title=title,
        title_align="left",
        subtitle=Text(safe(data.alert[:8]), "dim"),
        subtitle_align="right",
        border_style=style,
    )


def _body(event: DriftEvent) -> Iterator[Text | Table]:
    data = event.data
    yield Text(safe(data.summary), "bold")
    if data.diagnosis is not None:
        yield from _diagnosis(event)
    if data.versions is not None:
        yield Text(_versions(data.versions), "dim")
    drawn = evidence_table(data)
    if drawn is not None:
        yield drawn
    if data.training is not None or data.live is not None:
        yield Text(_figures(event), "dim")
    yield Text(_since(event), "dim")
    if data.group is not None and len(data.group.features) > 1:
        yield Text(f"together with {_mates(data.group)}", "dim")
    if data.root_cause is not None:
        root = data.root_cause
        yield Text(f"explained by {safe(root.model)}/{safe(root.feature)}", "dim")


def _mates(group: Group) -> str:
    names = safe(", ".join(group.features))
    more = (group.size or 0) - len(group.features)
    return f"{names} and {more:,} more" if more > 0 else names


def _diagnosis(event: DriftEvent) -> Iterator[Text]:
    diagnosis = event.data.diagnosis
    if diagnosis is None:
        return
    variant = "" if diagnosis.variant is None else f" ({safe(diagnosis.variant)})"
    yield Text.assemble(
        "cause: ",
        (f"{diagnosis.cause}{variant}", style_of(event)),
        f", confidence {min(diagnosis.confidence, SUREST):.0%}: {safe(diagnosis.explanation)}",
    )
    if diagnosis.fix is not None:
        yield Text(f"fix: {safe(diagnosis.fix)}")


def _versions(versions: Iterable[VersionShare]) -> str:
    """How many records name which scaler, the configured one first."""
    return "records name " + ", ".join(
        f"{safe(_name(each))} {each.records:,}" + (" (configured)" if each.configured else "")
        for each in versions
    )


def _name(each: VersionShare) -> str:
    if each.version is not None:
        return f"version {each.version}"
    return "others" if each.digest is None else each.digest[:_DIGEST]


def _since(event: DriftEvent) -> str:
    since, position = event.data.since, event.data.position
    text = f"since record {since.offset:,} ({safe(since.time[_CLOCK])})"
    if since.partition != position.partition:
        return f"{text} of partition {since.partition}"
    later = position.offset - since.offset
    return f"{text}, said at record {position.offset:,}, {later:,} later"


def _figures(event: DriftEvent) -> str:
    training, live = event.data.training, event.data.live
    parts = []
    if training is not None:
        named = {
            "mean": training.mean,
            "center": training.center,
            "scale": training.scale,
            "data_min": training.data_min,
            "data_max": training.data_max,
            "max_abs": training.max_abs,
        }
        known = " ".join(
            f"{name} {number(value)}" for name, value in named.items() if value is not None
        )
        parts.append(f"training {known or training.kind}")
    if live is not None:
        parts.append(
            f"live mean {number(live.mean)} std {number(live.std)}, "
            f"{number(live.min)} to {number(live.max)}, {live.count:,} records"
        )
    return "; ".join(parts)
