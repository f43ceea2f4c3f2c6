"""How the cause that the pairs of an episode prove is revised: as they go on, and where another map
takes over.
"""

from dataclasses import replace
from math import sqrt

from detector.detection.adopted import adopted_pairs
from detector.detection.besides import besides
from detector.detection.diagnosis import Former, PairDiagnoser, Proof, Second, is_same
from detector.detection.episode import Episode, PairCause, Takeover
from detector.detection.pair_succession import PairSuccession
from detector.detection.window import Window
from detector.events import Besides

_FAR_MORE = 1.5  # times as many points, before the second of two maps is told as the first
_SIGMA = 3.0  # and so many standard deviations, lest two that are as frequent swap by chance


class PairRevision:
    """Revises what the pairs of one feature say, episode after episode."""

    def __init__(self, index: int, window: Window, pairs: PairDiagnoser) -> None:
        self._index, self._window, self._pairs = index, window, pairs
        self._succession = PairSuccession(index, window, pairs)

    def due(self, episode: Episode, first: int, last: int) -> list[int]:
        """The record from *first* to *last* (exclusive) after which to look for another map."""
        return [] if episode.pairs is None else self._succession.due(first, last)

    def begin(self, episode: Episode, since: int, record: int) -> None:
        """The pairs disagree since the record *since*, as is known at *record*."""
        own, takeover, place = episode.former, None, self._window.since(since)
        if own is not None:
            takeover = Takeover.of(place, own)
        episode.pairs = PairCause(onset=since, place=place, takeover=takeover)
        self._read(episode.pairs, record)

    def adopt(self, episode: Episode, record: int) -> None:
        """Go on with pairs that disagreed before *record*, in another process; read them anew."""
        episode.pairs = adopted_pairs(episode, record)
        self._succession.begin(episode.pairs, record)

    def reconsider(self, episode: Episode, record: int, *, due: bool) -> bool:
        """Look at the pairs where a second map may have come, or a check is *due*; True where
        their cause was read again.
        """
        cause = episode.pairs
        if cause is None:
            return False
        looks = self._succession.is_due(record)
        onset = self._succession.look(cause, record) if looks else None
        if onset is not None:
            self._turn(cause, onset, record)
            episode.turned(record)
            return True
        again = looks and self._succession.rereads
        if (due or again) and not self._succession.waits(record):
            self._read(cause, record)
            return True
        return False

    def _read(self, cause: PairCause, record: int) -> None:
        """What all pairs since the onset prove."""
        proof = self._in_order(
            self._pairs.diagnose(self._index, self._window, cause.onset, record), cause
        )
        cause.signal = proof.signal
        if proof.diagnosis is not None and proof.reading is not None:
            onset = self._succession.since(cause, proof.diagnosis, proof.reading, record)
            if onset is not None:
                self._turn(cause, onset, record)
                return
            cause.diagnosis, cause.reading = proof.diagnosis, proof.reading
            cause.second = self._dated(proof.second, cause.second)
        if cause.takeover is not None and cause.takeover.is_void(cause.diagnosis):
            cause.takeover = None
        self._succession.begin(cause, record)

    def _in_order(self, proof: Proof, cause: PairCause) -> Proof:
        """*proof* with the map first that was told first, unless another is far more frequent."""
        second, reading, found = proof.second, proof.reading, proof.diagnosis
        if second is None or reading is None or found is None:
            return proof
        swapped = is_same(second.diagnosis, cause.diagnosis) and (
            cause.second is None or is_same(found, cause.second)
        )
        if not swapped or _is_far_more(int(reading.obeyed.sum()), int(second.reading.obeyed.sum())):
            return proof
        return replace(
            proof,
            diagnosis=second.diagnosis,
            reading=second.reading,
            second=Second(found, reading, proof.since),
            since=second.since,
        )

    def _dated(self, second: Second | None, before: Besides | None) -> Besides | None:
        """What other pairs are called; since when is told once."""
        if second is None:
            return None
        same = before is not None and is_same(before, second.diagnosis)
        since = before.since if same and before is not None else self._window.since(second.since)
        return besides(second.diagnosis, "pairs", since)

    def _turn(self, cause: PairCause, onset: int, record: int) -> None:
        """Another map holds since *onset*."""
        assert cause.diagnosis is not None  # noqa: S101 - something is succeeded
        former = Former(named=cause.diagnosis, since=cause.onset, first=cause.first)
        cause.place = self._window.since(onset)
        cause.takeover = Takeover.of(cause.place, former)
        cause.onset, cause.reading, cause.second = onset, None, None
        self._read(cause, record)


def _is_far_more(one: int, other: int) -> bool:
    return one > _FAR_MORE * other and one - other > _SIGMA * sqrt(one + other)
