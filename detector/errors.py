"""What can go wrong, by what happens next.

DetectorError
├── ConfigError      stop before connecting: the arguments, a file or the configuration are wrong
(exit 2)
├── RecordError      one record cannot be used: count it, dead-letter it, go on
└── TransportError   Kafka cannot serve us: retry, or stop and let the orchestrator restart
    ├── RestartNeededError    this client can never work again (exit 75)
    └── NotAuthorisedError    the broker refuses us (exit 77)
"""

from collections.abc import Iterable
from dataclasses import dataclass


class DetectorError(Exception):
    """Every error that is not a bug of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in a file or in the arguments.

    place:    file, line and path of the value, as far as they are known.
    expected: what would have been right.
    got:      what came instead, shortened; None where nothing came.
    hint:     the way out, where it is not obvious from *expected*.
    """

    place: str
    expected: str
    got: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        text = f"{self.place}: expected {self.expected}"
        if self.got is not None:
            text += f", got {self.got}"
        text += "."
        return text if self.hint is None else f"{text}\nHint: {self.hint}"


class ConfigError(DetectorError):
    """The arguments, a file or the configuration are wrong; carries every fault that was found."""

    def __init__(self, *faults: Fault | str) -> None:
        super().__init__(*faults)
        self.faults = faults

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> "ConfigError":
        """One error for all *faults* of a file."""
        return cls(*faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class RecordError(DetectorError):
    """One record cannot be used.

    kind:   a short name that is counted: json, utf8, depth, size, empty, object, features, number.
    reason: a sentence for the dead letter's header; it quotes nothing of the record.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(kind, reason)
        self.kind = kind
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class TransportError(DetectorError):
    """Kafka cannot serve us now."""

    exit_status = 75


class RestartNeededError(TransportError):
    """Kafka says that this process must be restarted."""


class NotAuthorisedError(TransportError):
    """The broker refuses a right that we need; the message names it."""

    exit_status = 77
