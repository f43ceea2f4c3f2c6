"""What came of a run over a file: the figures of each feature, and the plain words for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from detector.terminal.plain import pairs, safe


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureRow:
    """One feature at the end of a run.

    valid, missing, invalid: records with and without a value.
    mean, std:   of the valid values, topic unit; None without one.
    training_mean, training_std: what they are compared with; None where training left nothing.
    state:       ``quiet``, ``resolved``, ``muted``, or the severity of what is open.
    opened, resolved: events published; muted ones are not among them.
    """

    feature: str
    valid: int
    missing: int
    invalid: int
    mean: float | None
    std: float | None
    training_mean: float | None
    training_std: float | None
    state: str
    opened: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A whole run; ``opened`` and ``resolved`` count the model's own events (``*``) as well.

    records:      that were used.
    dead_letters: by kind.
    bad_times:    records whose time was missing or no time.
    """

    model: str
    records: int
    rows: tuple[FeatureRow, ...]
    opened: int = 0
    resolved: int = 0
    bad_times: int = 0
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    invalid: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def cautions(self) -> Iterator[str]:
        """What looks more like a mistake in the configuration than like data."""
        if not self.records and not self.dead_letters:
            yield "the input is empty: no records"
        elif not self.records and set(self.dead_letters) == {"features"}:
            yield "no record has any of the model's features: see `fields` in the configuration"
        elif not self.records:
            yield (
                "not one record could be used; expected is what --format says: ndjson (a JSON "
                "object a line), csv or parquet"
            )
        for row in self.rows:
            if self.records and row.missing == self.records:
                yield (
                    f"{safe(row.feature)} is missing in every record: "
                    "see `fields` in the configuration"
                )
        if self.bad_times:
            yield (
                f"records without a usable time: {self.bad_times}; that of the record before "
                "stands for it"
            )


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """The outcome for a log: a line of totals, one for every feature that has something to say."""
    yield pairs(
        f"model={outcome.model}",
        records=outcome.records,
        dead_letters=sum(outcome.dead_letters.values()),
        opened=outcome.opened,
        resolved=outcome.resolved,
    )
    if outcome.dead_letters:
        yield pairs("dead_letters", **dict(sorted(outcome.dead_letters.items())))
    for row in outcome.rows:
        if row.opened or row.invalid or row.state != "quiet":
            yield pairs(
                f"feature={row.feature}",
                missing=row.missing,
                invalid=row.invalid,
                opened=row.opened,
                resolved=row.resolved,
                state=row.state,
            )
    for caution in outcome.cautions():
        yield f"Caution: {caution}."
