"""Features of a model that depart at the same record are one deployment: one group, one cause to
look for.
"""

from collections.abc import Iterable, Sequence

from detector.detection.episode import Episode
from detector.events import Group, group_id

SAME = 8  # records by which two onsets may differ: estimates of one onset do


def regroup(
    consumer_group: str,
    features: Sequence[str],
    opened: Iterable[Episode],
    known: Iterable[Episode],
) -> list[Episode]:
    """Give the *opened* episodes their groups; the *known* ones whose group changed by it.

    features: all features of the model, in order.
    """
    before = [episode for episode in known if not episode.hidden and episode.onset >= 0]
    changed: list[Episode] = []
    for episode in opened:
        if episode.hidden:
            continue
        mates = [other for other in before if abs(other.onset - episode.onset) <= SAME]
        before.append(episode)
        if not mates:
            continue
        first = min(mates, key=lambda other: (other.opened, other.onset))
        names = {other.feature for other in mates} | {episode.feature}
        if first.group is not None:
            names |= set(first.group.features)
            identity = first.group.id
        else:
            since = f"{first.since.partition}/{first.since.offset}"
            identity = group_id(group=consumer_group, model=first.model, since=since)
        group = Group(id=identity, features=tuple(f for f in features if f in names))
        members = [other for other in before if other.feature in names]
        for member in members:
            if member.group != group:
                member.group = group
                if member is not episode and member not in changed:
                    changed.append(member)
    return changed
