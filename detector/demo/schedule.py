"""When each fault begins and ends, counted in messages."""

from dataclasses import dataclass

from detector.demo.faults import FAULTS, Fault
from detector.demo.rows import Rows
from detector.scaler import Scaler

# The test without a reference resolves after some 1,500 clean records, so a clean stretch of
# 2,500 shows each recovery before the next fault. All of it is 18,000 messages, 3 MB: within the
# 5 MB that the embedded broker keeps.
CLEAN_AT_FIRST = 2_000
FAULTY = 1_500
CLEAN_AFTER = 2_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """One fault in the messages ``begin``, ``begin + 1``, … ``end - 1``, counted from 0."""

    fault: Fault
    begin: int
    end: int


INJECTIONS = tuple(
    Injection(fault=fault, begin=begin, end=begin + FAULTY)
    for number, fault in enumerate(FAULTS)
    for begin in (CLEAN_AT_FIRST + number * (FAULTY + CLEAN_AFTER),)
)
MESSAGES = INJECTIONS[-1].end + CLEAN_AFTER


def inject(rows: Rows, scaler: Scaler) -> Rows:
    """The first ``MESSAGES`` of *rows*, with every fault in its place."""
    columns = {name: column[:MESSAGES].copy() for name, column in rows.columns.items()}
    for injection in INJECTIONS:
        span = slice(injection.begin, injection.end)
        for name, values in injection.fault.distort(rows.columns, span, scaler).items():
            columns[name][span] = values
    return Rows(flights=rows.flights[:MESSAGES], columns=columns)


def injected_at(message: int) -> Injection | None:
    """The fault that *message* carries; None in a clean stretch."""
    return next((i for i in INJECTIONS if i.begin <= message < i.end), None)
