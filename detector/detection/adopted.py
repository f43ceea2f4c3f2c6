"""What an event of another process says of the causes of its episode, read from its fields."""

from msgspec.structs import replace

from detector.detection.besides import alone, without_besides
from detector.detection.episode import Episode, PairCause, Takeover
from detector.events import Besides, Cause, Diagnosis, Since


def adopt_values(episode: Episode) -> None:
    """Take the diagnosis that *episode* was adopted with for that of its values alone."""
    if episode.diagnosis is not None:
        _hold(episode, episode.diagnosis)


def adopted_pairs(episode: Episode, record: int) -> PairCause:
    """What the pairs of an *episode* say that is adopted before *record*; the diagnosis of its
    values is left to the episode.
    """
    told, episode.diagnosis = episode.diagnosis, None
    if told is None:
        return PairCause(onset=record, place=episode.since)
    pairs, values = (_first(told.besides, of) for of in ("pairs", "values"))
    if pairs is not None and pairs.cause == "unknown":  # pairs that prove nothing came second
        _hold(episode, told)
        later = pairs.since != episode.since
        takeover = Takeover(since=pairs.since, succeeds=told.cause) if later else None
        return PairCause(onset=record, place=pairs.since, diagnosis=alone(pairs), takeover=takeover)
    if values is not None:
        episode.diagnosis, episode.place = alone(values), values.since
        episode.takeover = _takeover(values.since, values.succeeds)
    return PairCause(
        onset=record,
        place=told.since or episode.since,
        diagnosis=_undated(told),
        second=pairs,
        takeover=_takeover(told.since, told.succeeds),
    )


def _hold(episode: Episode, told: Diagnosis) -> None:
    episode.diagnosis, episode.place = _undated(told), told.since or episode.since
    episode.takeover = _takeover(told.since, told.succeeds)


def _undated(told: Diagnosis) -> Diagnosis:
    return replace(without_besides(told), since=None, succeeds=None)


def _takeover(since: Since | None, succeeds: Cause | None) -> Takeover | None:
    if since is None or succeeds is None:
        return None
    return Takeover(since=since, succeeds=succeeds)


def _first(besides: tuple[Besides, ...], of: str) -> Besides | None:
    return next((one for one in besides if one.of == of), None)
