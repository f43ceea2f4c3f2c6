"""The drift event: what the detector says, as CONTRACT fixes it (CloudEvents 1.0, structured
JSON).
"""

from typing import Literal

import msgspec

Status = Literal["opened", "updated", "resolved"]
Severity = Literal["info", "warning", "critical"]
SignalKind = Literal[
    "location", "spread", "shape", "precision", "change", "range", "missing", "invalid", "constant",
    "silence", "parity", "version",
]  # fmt: skip
Cause = Literal[
    "double_scaling", "unscaled", "inverse_scaling", "scaler_version", "scaler_kind",
    "refit_on_live", "column_scaler", "column_swap", "unit", "log_missing", "log_extra",
    "sign_flip", "clipping", "imputed_constant", "stuck_value", "precision", "offset", "gain",
    "missing_values", "invalid_values", "distribution_shift", "unknown",
]  # fmt: skip


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One test that speaks: how far, against what tolerance, in which unit."""

    kind: SignalKind
    value: float | None
    tolerance: float | None
    unit: str | None


class Alternative(msgspec.Struct, frozen=True, kw_only=True):
    """Another explanation of the same values."""

    cause: Cause
    confidence: float


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """The best estimate of the record with which the episode, or a cause within it, began."""

    partition: int
    offset: int
    time: str


class Transform(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The figures of a cause, in the topic's unit; only those that the cause has."""

    gain: float | None = None
    offset: float | None = None
    constant: float | None = None
    share: float | None = None
    lower: float | None = None
    upper: float | None = None
    feature: str | None = None
    version: str | None = None
    mean: float | None = None
    scale: float | None = None
    shift: float | None = None
    decimals: int | None = None
    batch: int | None = None


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One record whose scaled value is not what the training scaler makes of its raw one.

    raw, scaled: as they arrived; scaled is null where it is missing or no number.
    training:    what the training scaler makes of the raw value.
    expected:    the scaled value if the diagnosis is true; null where it foretells none.
    """

    partition: int
    offset: int
    raw: float
    scaled: float | None
    training: float | None
    expected: float | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the diagnosis foretells beside what arrived, since the onset, in the topic's unit.

    of:       ``all`` valid values; ``others``: those that the fault leaves alone (no constant, not
              at a bound, not missing); ``pairs`` of raw and scaled values.
    count:    values in ``live``, or pairs that disagree.
    before:   quantiles of the records just before the onset, where these and not training's law
              are what ``expected`` is made of; else null.
    expected: quantiles of what should arrive if the diagnosis is true.
    live:     quantiles of what did arrive.
    pairs:    a low, a middle and a high raw value among the pairs that disagree.
    """

    of: Literal["all", "others", "pairs"]
    count: int
    before: dict[str, float] | None = None
    expected: dict[str, float] | None = None
    live: dict[str, float] | None = None
    pairs: tuple[Pair, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One cause: how sure, in words and in figures, and what to do about it."""

    cause: Cause
    variant: str | None
    confidence: float
    explanation: str
    transform: Transform | None
    fix: str | None


class Besides(Finding, frozen=True, kw_only=True):
    """Another cause that holds at the same time as the one of the diagnosis.

    of:       ``pairs``: what other pairs of raw and scaled values prove than those of the
              diagnosis; ``values``: what the raw values show by themselves.
    since:    where it began.
    succeeds: the cause that it took over from inside the episode, if it did.
    """

    since: Since
    of: Literal["pairs", "values"] = "values"
    succeeds: Cause | None = None


class Diagnosis(Finding, frozen=True, kw_only=True):
    """Which preprocessing fault explains the departure, and what to do about it.

    evidence: null where there is nothing to hold the name against.
    since, succeeds: where the cause took over from another one inside the episode, and which.
    besides: further faults that hold at the same time; explanation and fix speak of them, too.
    """

    alternatives: tuple[Alternative, ...]
    evidence: Evidence | None = None
    since: Since | None = None
    succeeds: Cause | None = None
    besides: tuple[Besides, ...] = ()


def _unknown() -> None:
    """What ``omit_defaults`` does not take for a default: the field is written all the same."""


class Training(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The scaler that the feature is compared with; its parameters under scikit-learn's names.

    quantiles: of the training law in the topic's unit, at the probabilities of ``live.quantiles``;
               null where the scaler file has no reference.
    """

    scaler: str
    version: str
    digest: str
    kind: Literal["standard", "minmax", "robust", "maxabs", "identity"]
    mean: float | None = None
    scale: float | None = None
    center: float | None = None
    data_min: float | None = None
    data_max: float | None = None
    max_abs: float | None = None
    quantiles: dict[str, float] | None = msgspec.field(default_factory=_unknown)


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The window since the onset (at most the last 2,048 records), in the topic's unit; std
    divides by n.
    """

    count: int
    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    missing_rate: float
    invalid_rate: float
    quantiles: dict[str, float] | None


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """The record that tipped the decision."""

    topic: str
    partition: int
    offset: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Features of one model that departed at the same record: one deployment.

    features: the first twenty of them in the model's order.
    size:     how many there were when this was said.
    """

    id: str
    features: tuple[str, ...]
    size: int | None = None


class RootCause(msgspec.Struct, frozen=True, kw_only=True):
    """The episode upstream that explains this one."""

    model: str
    feature: str
    alert: str
    cause: Cause | None


class CascadeMember(msgspec.Struct, frozen=True, kw_only=True):
    """An episode downstream that this one explains."""

    model: str
    feature: str
    alert: str


class VersionShare(msgspec.Struct, frozen=True, kw_only=True):
    """How many records name one scaler.

    scaler:     its name, where it is the configured one or one of the files under ``versions``.
    version, digest: the scaler's where it is known, else what the records say; None where they say
                nothing, and both where all that could not be told apart stands together.
    share:      of the records that name a scaler, since the first that named another one and at
                most the last 1,000 of each partition.
    records:    how many these are.
    configured: it is the one that is configured.
    """

    scaler: str | None
    version: str | None
    digest: str | None
    share: float
    records: int
    configured: bool


class DriftData(msgspec.Struct, frozen=True, kw_only=True):
    """The ``data`` of the event.

    feature:  ``*`` is the model itself.
    alert:    stable id of the episode; joins its events.
    sequence: 0, 1, 2… within the episode.
    versions: the scalers that records name, where some name another than the configured one.
    """

    model: str
    feature: str
    status: Status
    severity: Severity
    alert: str
    sequence: int
    signals: tuple[Signal, ...]
    summary: str
    diagnosis: Diagnosis | None
    training: Training | None
    live: Live | None
    position: Position
    since: Since
    group: Group | None = None
    root_cause: RootCause | None = None
    cascade: tuple[CascadeMember, ...] = ()
    versions: tuple[VersionShare, ...] | None = None


class DriftEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One CloudEvent; ``id`` is a function of ``alert`` and ``sequence``, so repeats can be
    dropped.
    """

    id: str
    source: str
    type: Literal["detector.drift.opened", "detector.drift.updated", "detector.drift.resolved"]
    subject: str
    time: str
    data: DriftData
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Literal["urn:detector:drift-event:1"] = "urn:detector:drift-event:1"
