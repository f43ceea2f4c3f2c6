"""Features that depart at one record are one deployment."""

import numpy as np
import pytest

from detector.detection.deployment import LISTED, SAME, regroup
from detector.detection.episode import Episode
from detector.events import Since, group_id
from detector.stream.preflight import LARGEST_EVENT
from tests.streams import fitted, model, rng, run, stream, written

FEATURES = ["a", "b", "c", "d"]


def episode(feature: str, onset: int, opened: int = 100, **kw) -> Episode:
    return Episode(
        model="fares",
        feature=feature,
        alert=f"alert of {feature}",
        since=Since(partition=0, offset=onset, time=""),
        onset=onset,
        opened=opened,
        severity="info",
        signals=(),
        **kw,
    )


@pytest.mark.parametrize(("apart", "together"), [(0, True), (SAME, True), (SAME + 1, False)])
def test_two_onsets_within_a_few_records_are_one(apart, together):
    one, other = episode("a", 90), episode("b", 90 + apart, opened=110)

    changed = regroup("g", FEATURES, [other], [one])

    assert (one.group is not None) == together
    assert one.group == other.group
    assert changed == ([one] if together else [])


def test_the_group_is_named_after_its_first_member_and_lists_features_in_the_models_order():
    late, early = episode("a", 91, opened=120), episode("c", 90, opened=95)

    regroup("g", FEATURES, [late], [early])

    assert late.group is not None
    assert late.group.features == ("a", "c")
    assert late.group.id == group_id(group="g", model="fares", since="0/90")


def test_episodes_that_open_at_one_record_have_their_group_at_once():
    one, other = episode("a", 90), episode("b", 90)

    regroup("g", FEATURES, [one, other], [])

    assert one.group is not None
    assert one.group == other.group


def test_a_third_joins_under_the_same_id_and_the_others_hear_of_it():
    one, other, third = episode("a", 90), episode("b", 91), episode("d", 92, opened=150)
    regroup("g", FEATURES, [one, other], [])
    before = one.group
    assert before is not None

    changed = regroup("g", FEATURES, [third], [one, other])

    assert changed == [one, other]
    assert third.group is not None
    assert third.group.id == before.id
    assert third.group.features == ("a", "b", "d")
    assert one.group == other.group == third.group


def test_one_that_opens_again_within_its_group_is_no_news_to_the_others():
    one, other = episode("a", 90), episode("b", 90)
    regroup("g", FEATURES, [one, other], [])
    again = episode("b", 92, opened=400)

    assert regroup("g", FEATURES, [again], [one]) == []
    assert again.group == one.group


def test_hidden_and_adopted_episodes_take_no_part():
    """One was never told; of the other this process does not know the onset."""
    hidden, adopted = episode("a", 90, hidden=True), episode("b", -1)
    one, other = episode("c", 90), episode("d", 2)

    assert regroup("g", FEATURES, [one, other], [hidden, adopted]) == []
    assert regroup("g", FEATURES, [episode("a", 90, hidden=True)], [one]) == []
    assert one.group is other.group is hidden.group is adopted.group is None


def test_a_large_group_names_some_of_its_features_and_says_how_many_there_are():
    """The members that are not named belong to it all the same: they share its id."""
    features = [f"f{i:03}" for i in range(200)]
    episodes = [episode(name, 90) for name in features]

    regroup("g", features, episodes, [])

    groups = {one.group for one in episodes}
    (group,) = groups
    assert group is not None
    assert group.features == tuple(features[:LISTED])
    assert group.size == 200


def test_that_a_large_group_grows_is_no_news_to_those_it_has():
    features = [f"f{i:03}" for i in range(LISTED + 2)]
    known = [episode(name, 90) for name in features[:-1]]
    regroup("g", features, known, [])
    late = episode(features[-1], 91, opened=150)

    assert regroup("g", features, [late], known) == []
    assert late.group is not None
    assert known[0].group == late.group
    assert late.group.size == LISTED + 2


def test_an_event_stays_small_whatever_the_names_are_and_however_many_depart():
    """Twenty names of the group at most, of 128 characters of four bytes each, and what is said."""
    names = ["\U0001f600" * 124 + f"{i:04}" for i in range(LISTED + 4)]
    trained = {name: np.round(rng(i).normal(10.0 * i, 3.0, 600), 1) for i, name in enumerate(names)}
    live = {name: np.round(rng(i, 2).normal(10.0 * i, 3.0, 300), 1) for i, name in enumerate(names)}
    for values in live.values():
        values[200:] = 1.8 * values[200:] + 32

    events = run(model(fitted(trained)), stream(live))

    assert max(e.data.group.size or 0 for e in events if e.data.group) > LISTED
    assert 10_000 < max(len(line) for line in written(events)) < LARGEST_EVENT
