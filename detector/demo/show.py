"""The whole demo: broker, model, stream, performance and verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from detector import logs
from detector.config import Config
from detector.demo.audience import Audience
from detector.demo.lines import Lines
from detector.demo.performance import Performance
from detector.demo.rows import load_rows, messages
from detector.demo.schedule import MESSAGES, inject
from detector.demo.summary import Summary, summarise
from detector.demo.training import MODEL, TOPIC, configure, fit
from detector.errors import ConfigError, Fault
from detector.events import encode
from detector.stream.embedded import EmbeddedBroker
from detector.terminal import is_terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the demo showed; *seconds* from the first message to the last alert."""

    summary: Summary
    seconds: float

    def report(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "faults": [
                {
                    "feature": finding.feature,
                    "fault": finding.fault,
                    "at": finding.at,
                    "found_after": finding.found_after,
                    "cause": finding.cause,
                    "resolved_after": finding.resolved_after,
                }
                for finding in self.summary.findings
            ],
            "missed": self.summary.missed,
            "false_alarms": len(self.summary.false_alarms),
            "messages": self.summary.messages,
            "seconds": round(self.seconds, 1),
        }


def show(folder: Path, *, seconds: float, keep: bool) -> Outcome:
    """Streams for about *seconds*; its files are below *folder*.

    keep: also writes there what was streamed and what was said, and says so.
    """
    watching = _audience()
    scaler = fit()
    values = list(messages(inject(load_rows("live"), scaler)))
    with EmbeddedBroker() as broker, _opened(folder / "detector.log") as log:
        logs.configure(log)
        config = configure(folder, scaler, broker.bootstrap_servers)
        for topic in (TOPIC, config.alerts_topic, config.dead_letters.topic):
            broker.create(topic)
        _introduce(watching, config, broker.bootstrap_servers)
        performance = Performance(config, values, watching)
        events = performance.run(len(values) / seconds)
    outcome = Outcome(summary=summarise(events), seconds=performance.seconds)
    watching.summary(outcome.summary, outcome.seconds)
    if keep:
        _write(folder / "stream.ndjson", values)
        _write(folder / "alerts.ndjson", (encode(event) for event in events))
        watching.say(
            f"Kept: configuration, scaler, stream, alerts and log. The same episodes once more:\n"
            f"  detector replay --config {config.path} --input {folder / 'stream.ndjson'}"
        )
    else:
        watching.say("Its files are gone now; --keep DIR keeps them, and the stream for `replay`.")
    return outcome


def _audience() -> Audience:
    if not is_terminal():
        return Lines()
    from detector.demo.screen import Screen  # noqa: PLC0415 - rich, only on a terminal

    return Screen()


def _introduce(watching: Audience, config: Config, bootstrap_servers: str) -> None:
    """Where everything is, and what is streamed."""
    scaler = config.models[MODEL].settings.scaler
    watching.say(
        f"Embedded broker at {bootstrap_servers}: records on {TOPIC}, alerts on "
        f"{config.alerts_topic}.\n"
        f"Configuration  {config.path}\n"
        f"Scaler         {config.models[MODEL].scaler_path}, just fitted on "
        f"{scaler.source['rows']:,} flights and their weather (New York, 2013)\n"
        f"Live           {MESSAGES:,} other flights of 2013 in random order, so that seasons do "
        "not count"
    )


def _opened(path: Path) -> TextIO:
    """The file of the log, in a folder that is made where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            Fault(
                place="--keep",
                expected="a folder that can be written",
                got=f"{path.parent} ({(error.strerror or str(error)).lower()})",
            )
        ) from error


def _write(path: Path, lines: Iterable[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
