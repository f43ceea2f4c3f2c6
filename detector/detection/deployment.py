"""Features of a model that depart at the same record are one deployment: one group, one cause to
look for.
"""

from collections.abc import Iterable, Sequence

from detector.detection.episode import Episode
from detector.events import Group, group_id

SAME = 8  # records by which two onsets may differ: estimates of one onset do
LISTED = 20  # features that a group names: with hundreds an event of names alone would be too big


def regroup(
    consumer_group: str,
    features: Sequence[str],
    opened: Iterable[Episode],
    known: Iterable[Episode],
) -> list[Episode]:
    """Give the *opened* episodes their groups; the *known* ones whose group changed by it.

    features: all features of the model, in order.

    Where a group grows beyond those that it names, its members are not told: forty events that say
    forty-one instead of forty are no news.
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
        names |= first.mates
        if first.group is not None:
            identity = first.group.id
        else:
            since = f"{first.since.partition}/{first.since.offset}"
            identity = group_id(group=consumer_group, model=first.model, since=since)
        listed = tuple(f for f in features if f in names)[:LISTED]
        group = Group(id=identity, features=listed, size=len(names))
        for member in (other for other in before if other.feature in names):
            news = member.group is None or member.group.features != listed
            member.group, member.mates = group, frozenset(names)
            if news and member is not episode and member not in changed:
                changed.append(member)
    return changed
