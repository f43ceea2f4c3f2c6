"""What is said of records that name another scaler: shares, sentences, the fix."""

import numpy as np

from detector.detection.batch import IntArray
from detector.detection.settings import ModelSettings
from detector.detection.watch.roster import CONFIGURED, Entry, Roster
from detector.detection.watch.turn import Finding
from detector.events import Diagnosis, Signal, Transform, VersionShare

_MOST_SAID = 3  # scalers in a sentence; the event's `versions` has all
_SHOWN = len("sha256:") + 8  # characters of a digest that people compare


def version_finding(settings: ModelSettings, roster: Roster, counts: IntArray) -> Finding:
    """The finding for *counts* of records, by the number of the scaler that they name.

    At least one of them names another than the configured one.
    """
    order = np.argsort(-counts, kind="stable").tolist()
    others = [number for number in order if number != CONFIGURED and counts[number]]
    total = int(counts.sum())
    return Finding(
        signal=Signal(
            kind="version",
            value=int(counts[others].sum()) / total,
            tolerance=0.0,
            unit="share of records",
        ),
        severity="critical",
        summary=_summary(settings, int(counts[others].sum()), total),
        diagnosis=_diagnosis(roster, others, counts),
        versions=tuple(
            _share(roster[number], int(counts[number]), total, configured=number == CONFIGURED)
            for number in [CONFIGURED, *others]
        ),
    )


def _summary(settings: ModelSettings, away: int, total: int) -> str:
    own = f"{settings.scaler.name} version {settings.scaler.version}"
    if total == 1:
        return f"a record of {settings.topic} names another scaler than {own}"
    return (
        f"{_percent(away / total)} of the last {total:,} records of {settings.topic}"
        f" name another scaler than {own}"
    )


def _diagnosis(roster: Roster, others: list[int], counts: IntArray) -> Diagnosis:
    own, worst = roster[CONFIGURED], roster[others[0]]
    total = int(counts.sum())
    return Diagnosis(
        cause="scaler_version",
        variant=worst.version,
        confidence=worst.confidence,
        explanation=f"{_shares(roster, others, counts)}; configured is {_called(own)}",
        transform=Transform(version=worst.version, share=int(counts[others[0]]) / total),
        fix=_fix(own, worst),
        alternatives=(),
    )


def _shares(roster: Roster, others: list[int], counts: IntArray) -> str:
    """Who names what: the heaviest first, those beyond _MOST_SAID together."""
    total = int(counts.sum())
    if total == 1:
        return f"a record names {_called(roster[others[0]])}"
    said = [
        f"{_percent(int(counts[number]) / total)} name {_called(roster[number])}"
        for number in others[:_MOST_SAID]
    ]
    if rest := others[_MOST_SAID:]:
        said.append(f"{_percent(int(counts[rest].sum()) / total)} name {len(rest)} more")
    first, *more = said
    share, _, name = first.partition(" ")
    whose = f"{share} of the last {total:,} records that name a scaler {name}"
    return ", ".join([whose, *more])


def _called(entry: Entry) -> str:
    """A scaler in words.

    >>> _called(Entry(scaler="fares", version="2", digest="sha256:1a2b3c4d5e"))
    'fares version 2 (sha256:1a2b3c4d…)'
    >>> _called(Entry(scaler=None, version="9", digest=None))
    'version 9'
    """
    if entry.version is None and entry.digest is None:
        return "yet others"
    of = f"{entry.scaler} " if entry.scaler else ""
    what = "an unreadable " if not entry.readable else of
    if entry.version is None:
        return f"{what}digest {_short(entry.digest)}"
    digest = f" ({_short(entry.digest)})" if entry.digest else ""
    return f"{what}version {entry.version}{digest}"


def _short(digest: str | None) -> str:
    digest = digest or ""
    return digest if len(digest) <= _SHOWN else f"{digest[:_SHOWN]}…"


def _percent(share: float) -> str:
    """A share as people write it, two digits at most below a hundred.

    >>> _percent(0.12), _percent(0.0955), _percent(0.001), _percent(1.0)
    ('12%', '9.6%', '0.1%', '100%')
    """
    return f"{float(f'{100 * share:.2g}'):g}%"


def _fix(own: Entry, other: Entry) -> str:
    if not other.readable:
        return (
            "write the headers as UTF-8 text: `detector scaler digest FILE` prints the digest of a"
            " scaler file"
        )
    mend = f"scale with version {own.version} where these records are made"
    if other.scaler is not None:
        return f"{mend}, or configure {other.scaler} version {other.version} here"
    return f"{mend}, or configure the scaler file that they name here"


def _share(entry: Entry, records: int, total: int, *, configured: bool) -> VersionShare:
    return VersionShare(
        scaler=entry.scaler,
        version=entry.version,
        digest=entry.digest,
        share=records / total,
        records=records,
        configured=configured,
    )
