"""What the engine knows of a feature now, for metrics, tables and the ready eye."""

from dataclasses import dataclass

from detector.events import DriftEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureStatus:
    """One feature of a model.

    tests:        names of the tests that watch it.
    count:        valid values so far; missing, invalid: records without one.
    mean, std, minimum, maximum: of the valid values, topic unit; None without one.
    statistic:    evidence against training now; an episode opens at ``threshold``.
    open:         the last event of the open episode, if one is open.
    muted_events: events that were counted and not published.
    """

    feature: str
    tests: tuple[str, ...]
    count: int
    missing: int
    invalid: int
    mean: float | None
    std: float | None
    minimum: float | None
    maximum: float | None
    statistic: float
    threshold: float
    open: DriftEvent | None
    muted_events: int
