"""Feature ``*``: silence, dead letters above the limit, records that Kafka no longer has."""

import numpy as np
import pytest

from detector.detection.watch import BREAKER_RECORDS
from detector.events import encode
from tests.streams import (
    EPOCH,
    MODEL,
    STANDARD,
    TOPIC,
    bare,
    detector,
    kinds,
    model,
    normal,
    run,
    statuses,
    stream,
    written,
)

SCALER = bare(x=STANDARD)


def judged(**settings):
    return model(SCALER, **{"silence_after_s": 600.0, **settings})


def quiet(n: int, *, at: int | None = None, gap: float = 0.0, **kw):
    """Sound records one a second, with a *gap* before record *at*."""
    times = EPOCH + np.arange(n, dtype=float)
    if at is not None:
        times[at:] += gap
    return stream({"x": normal(n, 1)}, times=times, **kw)


# ------------------------------------------------------------------ silence


def test_a_gap_in_the_times_is_a_silence_that_ends_with_the_next_record():
    opened, resolved = run(judged(), quiet(100, at=60, gap=1000.0))

    assert statuses([opened, resolved]) == ["opened", "resolved"]
    assert opened.data.feature == "*"
    assert kinds(opened) == ["silence"]
    assert opened.data.position.offset == opened.data.since.offset == 59
    assert opened.time == "2025-11-24T16:10:59.000Z"  # 600 s behind record 59, at 16:00:59
    assert resolved.data.position.offset == 60
    assert opened.data.training is None
    assert opened.data.live is None
    assert opened.data.diagnosis is None
    assert opened.data.alert == resolved.data.alert
    assert (opened.data.sequence, resolved.data.sequence) == (0, 1)


def test_a_gap_as_long_as_is_tolerated_is_no_silence():
    """The gap of 599 s comes on top of the usual second: 600 is not above 600."""
    assert run(judged(), quiet(100, at=60, gap=599.0)) == []


def test_silence_can_be_switched_off():
    settings = judged(silence_after_s=None)
    engine = detector(settings)

    assert run(engine, quiet(100, at=60, gap=1e6)) == []
    assert engine.advance(EPOCH) == engine.advance(EPOCH + 1e9) == []


def test_wall_time_and_record_time_tell_the_same_silence_in_the_same_bytes():
    """A reader that was waiting and one that reads the topic later say the same."""
    records = quiet(100, at=60, gap=1000.0)
    live = detector(judged())

    said = live.update_batch(records.batch(0, 60))
    said += live.advance(EPOCH + 60)  # the clock starts when the last records came
    said += live.advance(EPOCH + 659)
    assert said == []
    said += live.advance(EPOCH + 661)
    said += live.advance(EPOCH + 900)
    said += live.update_batch(records.batch(60, 100))

    assert written(said) == written(run(judged(), records))


def test_a_topic_without_any_record_is_silent_too():
    engine = detector(judged())

    assert engine.advance(EPOCH) == []
    (opened,) = engine.advance(EPOCH + 600)

    assert kinds(opened) == ["silence"]
    assert opened.data.position.topic == TOPIC
    assert engine.advance(EPOCH + 1200) == []
    assert statuses(run(engine, quiet(5))) == ["resolved"]


def test_records_that_come_keep_the_silence_away():
    engine = detector(judged())
    records = quiet(100)

    for i in range(10):
        engine.update_batch(records.batch(10 * i, 10 * i + 10))
        assert engine.advance(EPOCH + 500.0 * i) == []


def test_silence_is_asked_only_of_the_models_that_hear():
    engine = detector(judged())
    engine.advance(EPOCH, [])

    assert engine.advance(EPOCH + 1e6, []) == []


def test_a_step_back_in_time_is_no_silence():
    """Late records: what counts is the newest time so far."""
    times = EPOCH + np.arange(100, dtype=float)
    times[50] -= 5000

    assert run(judged(), stream({"x": normal(100, 1)}, times=times)) == []


# ------------------------------------------------------------------ dead letters


def garbage(first: int, last: int, n: int, *, every: int = 1):
    """*n* records of which every one (or every second…) from first to last is a dead letter."""
    return quiet(n, rejected=np.arange(first, last, every))


def test_the_breaker_opens_once_and_closes_once():
    """Above half of the last 1,000 at record 2000 + 501; at a quarter again 1,000 later, when
    750 good ones came after 2,000 bad ones.
    """
    events = run(judged(), garbage(2000, 4000, 8000))

    assert statuses(events) == ["opened", "resolved"]
    opened, resolved = events
    assert kinds(opened) == ["invalid"]
    assert opened.data.severity == "critical"
    assert opened.data.signals[0].value == pytest.approx(501 / BREAKER_RECORDS)
    assert opened.data.signals[0].tolerance == 0.5
    assert opened.data.position.offset == 2500
    assert resolved.data.position.offset == 4000 + 749


def test_the_breaker_waits_for_a_thousand_records():
    """Nothing but garbage from the start is told at the thousandth record, no sooner."""
    assert run(judged(), garbage(0, 999, 999)) == []
    assert run(judged(), garbage(0, 1000, 1000))[0].data.position.offset == 999


def test_a_share_between_the_limits_opens_nothing_and_closes_nothing():
    """Two fifths are below a half and above a quarter: no event before, none that ends it."""
    mixed = np.flatnonzero(np.arange(3000) % 5 < 2)
    assert run(judged(), quiet(3000, rejected=mixed)) == []

    after = np.concatenate([np.arange(1000), 1000 + mixed])
    assert statuses(run(judged(), quiet(4000, rejected=after))) == ["opened"]


@pytest.mark.parametrize("size", [1, 7, 500, 999, 1000, 1001])
def test_the_breaker_and_silences_are_the_same_in_any_split(size):
    bad = np.concatenate([np.arange(300, 1400), np.arange(3000, 3700)])
    records = quiet(4500, at=3500, gap=700.0, rejected=bad)
    cuts = range(size, 4500, size) if size > 1 else range(1290, 1420)

    assert statuses(run(judged(), records))
    assert written(run(judged(), records, cuts)) == written(run(judged(), records))


# ------------------------------------------------------------------ lost records


def test_lost_records_are_an_event_that_ends_with_the_next_record():
    engine = detector(judged())
    records = quiet(100)
    engine.update_batch(records.batch(0, 50))

    (opened,) = engine.offset_lost(MODEL, TOPIC, 0, 50, 80, EPOCH + 50)
    (resolved,) = engine.update_batch(records.batch(80, 100))

    assert kinds(opened) == ["missing"]
    assert opened.data.signals[0].value == 30.0
    assert opened.data.position.offset == 50
    assert opened.data.severity == "critical"
    assert "30 records" in opened.data.summary
    assert resolved.data.status == "resolved"
    assert resolved.data.alert == opened.data.alert
    assert engine.open_model_event(MODEL) is None


def test_a_second_loss_inside_the_episode_is_an_update_of_it():
    engine = detector(judged())

    (opened,) = engine.offset_lost(MODEL, TOPIC, 0, 5, 8, EPOCH)
    (updated,) = engine.offset_lost(MODEL, TOPIC, 1, 7, 9, EPOCH)

    assert statuses([opened, updated]) == ["opened", "updated"]
    assert updated.data.alert == opened.data.alert
    assert updated.data.sequence == 1
    assert "2 records" in updated.data.summary
    assert engine.open_model_event(MODEL) == updated


# ------------------------------------------------------------------ several at once


def test_the_episode_stays_open_while_any_of_its_conditions_holds():
    """A silence in the midst of garbage is no second `opened`, and its end no `resolved`: both are
    updates, which say what holds.
    """
    bad = np.arange(100, 2500)
    records = quiet(5000, at=2000, gap=1000.0, rejected=bad)

    events = run(judged(), records)

    assert statuses(events) == ["opened", "updated", "updated", "resolved"]
    assert [kinds(event) for event in events[:3]] == [
        ["invalid"],
        ["invalid", "silence"],
        ["invalid"],
    ]
    assert [event.data.position.offset for event in events[1:3]] == [1999, 2000]
    assert {event.data.severity for event in events} == {"critical"}
    assert {event.data.alert for event in events} == {events[0].data.alert}
    assert [event.data.sequence for event in events] == [0, 1, 2, 3]


def test_a_silence_between_two_partitions_begins_before_it_ends():
    """Its last record has a greater offset, in another partition, than the one that ends it."""
    events = run(judged(), quiet(100, at=60, gap=1000.0, turns=[60]))

    assert statuses(events) == ["opened", "resolved"]
    assert [event.data.position.offset for event in events] == [59, 0]


def test_an_adopted_silence_is_resolved_by_the_next_record_and_not_told_again():
    first = detector(judged())
    records = quiet(200)
    first.update_batch(records.batch(0, 100))
    first.advance(EPOCH + 100)
    (opened,) = first.advance(EPOCH + 800)
    later = detector(judged())

    later.adopt([opened])
    assert later.advance(EPOCH + 900) == later.advance(EPOCH + 9000) == []
    (resolved,) = later.update_batch(records.batch(100, 200))

    assert resolved.data.status == "resolved"
    assert resolved.data.alert == opened.data.alert
    assert resolved.data.sequence == 1
    assert encode(resolved) != encode(opened)


def test_adopted_garbage_ends_once_a_thousand_records_are_known_to_be_sound():
    opened = run(judged(), garbage(0, 1000, 1000))[-1]
    later = detector(judged())
    later.adopt([opened])

    assert run(later, quiet(BREAKER_RECORDS - 1)) == []
    (resolved,) = run(later, quiet(1))

    assert resolved.data.status == "resolved"
    assert resolved.data.alert == opened.data.alert


def test_an_adopted_loss_ends_with_the_next_record():
    opened = detector(judged()).offset_lost(MODEL, TOPIC, 0, 5, 8, EPOCH)
    later = detector(judged())
    later.adopt(opened)

    assert statuses(run(later, quiet(1))) == ["resolved"]


def test_each_condition_of_an_adopted_episode_leaves_it_by_itself():
    """A silence within garbage: records come again, and a thousand sound ones later all is well."""
    first = run(judged(), quiet(2500, at=2000, gap=1000.0, rejected=np.arange(100, 2500)))
    both = next(event for event in first if kinds(event) == ["invalid", "silence"])
    later = detector(judged())
    later.adopt([both])

    updated, resolved = run(later, quiet(BREAKER_RECORDS))

    assert statuses([updated, resolved]) == ["updated", "resolved"]
    assert kinds(updated) == ["invalid"]
    assert (updated.data.position.offset, resolved.data.position.offset) == (0, 999)
    assert [updated.data.sequence, resolved.data.sequence] == [
        both.data.sequence + 1,
        both.data.sequence + 2,
    ]
