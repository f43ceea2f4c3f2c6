"""The loop: consume, judge, publish, and commit what is published.

One turn takes 0.2 s where nothing comes and never more than a few seconds, whatever the broker
does: then the process is alive, and a signal to stop is heard.
"""

import gc
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from confluent_kafka import KafkaError, KafkaException, Message

from detector.config import Config
from detector.detection import Detector
from detector.events import DriftEvent
from detector.logs import get_logger
from detector.stream import client, failures
from detector.stream.adoption import Adoption
from detector.stream.assignment import Assignment, Loss, Place
from detector.stream.breaker import Breaker
from detector.stream.commits import Commits
from detector.stream.episodes import OpenEpisodes
from detector.stream.intake import Intake, by_partition
from detector.stream.outbox import Outbox
from detector.stream.publish import Publisher
from detector.stream.report import Report
from detector.stream.silence import Silence
from detector.stream.surroundings import Surroundings
from detector.tablestore import DiskStore
from detector.web.health import Health
from detector.web.metrics import Metrics

CONSUME_S = 0.2  # consume() ignores signals until its time is over
CONSUME_WHILE_ADOPTING_S = 0.02  # little can come then, and the adoption should go on
MOST_AT_ONCE = 2_000  # messages a call; more is no faster
BYTES_AT_ONCE = 16 * 1024 * 1024  # of big messages fewer
DRAIN_S = 0.5  # an acknowledgement takes 10 ms; one that takes longer stops the reading
FINISH_WITHIN_S = 3.0  # for acknowledgements, when we are asked to stop
COMMIT_WITHIN_S = 1.5
CLOSE_WITHIN_S = 3.0


def _keep_out_of_collections() -> None:
    """What start made lives as long as the loop: no collection of garbage goes through it, which
    took up to 0.1 s in the middle of a record.
    """
    gc.unfreeze()  # a loop before this one may have gone
    gc.collect()
    gc.freeze()


class Loop:
    """One life of the service, from connecting to leaving the group."""

    def __init__(
        self,
        config: Config,
        health: Health,
        metrics: Metrics,
        on_event: Callable[[DriftEvent], None] | None,
    ) -> None:
        self._config, self._health, self._metrics = config, health, metrics
        self._errors = client.ClientErrors()
        self._intake = Intake(config)
        self._detector = Detector(config.detector_settings(), DiskStore.of_user(os.environ))
        _keep_out_of_collections()
        self._breaker = Breaker({n: model.settings for n, model in config.models.items()})
        self._silence = Silence(config, self._detector)
        self._outbox = Outbox(client.producer(config.kafka, errors=self._errors))
        self._publisher = Publisher(config, self._outbox, metrics, on_event)
        self._commits = Commits(config.group)
        self._assignment = Assignment(config, self._before_revoke)
        self._surroundings = Surroundings(
            {
                config.alerts_topic: "the alert topic",
                config.dead_letters.topic: "the dead-letter topic",
                **dict.fromkeys(self._intake.topics, "the input topic"),
            }
        )
        self._episodes = OpenEpisodes(
            Adoption(config.kafka, config.group, config.alerts_topic, config.models),
            self._detector,
            self._publisher,
            self._breaker,
        )
        self._report = Report(health, metrics, self._detector)
        self._consumer = client.consumer(
            config.kafka, config.group, errors=self._errors, on_commit=self._commits.on_commit
        )
        self._at_once = MOST_AT_ONCE
        self._alert_waits = False
        self._refused: set[Place] = set()
        self._consumer.subscribe(
            self._intake.topics,
            on_assign=self._assignment.on_assign,
            on_revoke=self._assignment.on_revoke,
            on_lost=self._assignment.on_lost,
        )
        get_logger().info(
            "started", group=config.group, topics=self._intake.topics, alerts=config.alerts_topic
        )

    def turn(self) -> None:
        """Goes round once. Raises TransportError where going on is no use."""
        self._health.tick()
        self._errors.raise_end()
        try:
            if self._errors.take_all_brokers_down():
                self._surroundings.look_soon()
            self._surroundings.look(self._consumer, time.monotonic())
            self._begin()
            self._pause()
            adopting = self._assignment.waiting and not self._must_wait()
            timeout_s = CONSUME_WHILE_ADOPTING_S if adopting else CONSUME_S
            self._take(self._consumer.consume(self._at_once, timeout_s))
            self._go_on_after_loss()
            if self._assignment.owned and not self._must_wait():
                self._episodes.follow()
            self._publish(self._silence.advance(self._hears()))
            self._settle()
        except KafkaException as error:
            self._raise_unless_passing(failures.of(error), "working with the broker")
        self._report.make(
            self._consumer, self._surroundings, self._assignment, self._outbox, self._commits
        )

    def finish(self) -> None:
        """Publishes and commits what is done, 4.5 s at most."""
        if not self._outbox.drain(FINISH_WITHIN_S):
            get_logger().warning("stopped_before_acknowledgement", waiting=len(self._outbox))
            return
        deadline = time.monotonic() + COMMIT_WITHIN_S
        while time.monotonic() < deadline:
            offsets = self._assignment.uncommitted()
            if not offsets and not self._commits.is_under_way:
                break
            self._commits.begin(self._consumer, offsets)
            self._consumer.consume(1, 0.05)  # hears the answer; what comes is left for the next
            self._commits.settle(self._assignment)

    def close(self) -> bool:
        """Leaves the group; whether the client ended within 3 s (it can hang in a rebalance)."""
        closing = threading.Thread(target=self._close, name="close", daemon=True)
        closing.start()
        closing.join(CLOSE_WITHIN_S)
        get_logger().info("stopped", left_group=not closing.is_alive())
        return not closing.is_alive()

    def _close(self) -> None:
        self._assignment.owned.clear()  # what is done is committed; nothing is left to do on revoke
        self._consumer.close()
        self._episodes.close()

    # ---------------------------------------------------------------- partitions

    def _must_wait(self) -> bool:
        return (
            not self._surroundings.reachable
            or self._config.alerts_topic in self._surroundings.missing
        )

    def _begin(self) -> None:
        """Starts the partitions that wait, once all that is open was adopted."""
        if not self._assignment.waiting or self._must_wait():
            return
        if not self._episodes.catch_up():
            return
        places = list(self._assignment.waiting)
        self._say_lost(self._assignment.start(self._consumer))
        get_logger().info("partitions_started", partitions=[f"{t}/{p}" for t, p in places])

    def _before_revoke(self) -> None:
        """In the callback: commit what is acknowledged while it is still ours."""
        if self._surroundings.reachable and self._outbox.wait(DRAIN_S):
            self._commits.now(self._consumer, self._assignment.uncommitted())

    def _go_on_after_loss(self) -> None:
        for place in list(self._refused):
            loss = self._assignment.begin_again(self._consumer, place)
            self._refused.discard(place)
            if loss is not None:
                self._say_lost([loss])

    def _say_lost(self, losses: Iterable[Loss]) -> None:
        for loss in losses:
            get_logger().warning(
                "records_lost",
                topic=loss.topic,
                partition=loss.partition,
                expected=loss.expected,
                got=loss.got,
            )
            for model in self._intake.models(loss.topic):
                self._publish(
                    self._detector.offset_lost(
                        model, loss.topic, loss.partition, loss.expected, loss.got, time.time()
                    )
                )

    # ---------------------------------------------------------------- records

    def _take(self, messages: Sequence[Message]) -> None:
        records = [message for message in messages if message.error() is None]
        if len(records) != len(messages):
            for message in messages:
                if (error := message.error()) is not None:
                    self._hear(message, error)
        for place, run in by_partition(records).items():
            self._judge(place, run)
        if records:
            mean_bytes = sum(map(len, records)) / len(records)
            self._at_once = max(1, min(MOST_AT_ONCE, int(BYTES_AT_ONCE / (mean_bytes + 1))))

    def _judge(self, place: Place, run: list[Message]) -> None:
        progress = self._assignment.owned.get(place)
        if progress is None:  # taken from us while it was fetched
            return
        run = [m for m in run if (m.offset() or 0) >= progress.next]
        if not run:
            return
        for taken in self._intake.take(place, run):
            model = taken.batch.model
            self._metrics.count_batch(model, len(run), taken.decoded)
            self._publish(self._detector.update_batch(taken.batch))
            for message, error in taken.rejected:
                self._publisher.reject(model, message, error)
        progress.next = (run[-1].offset() or 0) + 1
        self._breaker.count(place[0], len(run))

    def _hear(self, message: Message, error: KafkaError) -> None:
        """An error that came in a record's place."""
        topic, partition = message.topic(), message.partition()
        if error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001
            if topic is not None and partition is not None:
                self._refused.add((topic, partition))
            return
        if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            self._surroundings.look_soon()
        doing = f"reading topic {topic}" if topic else f"working in group {self._config.group}"
        self._raise_unless_passing(error, doing, f"Read on topic {topic}")

    def _raise_unless_passing(self, error: KafkaError, doing: str, right: str = "") -> None:
        if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            right = f"Read on group {self._config.group}"
        ours = failures.transport_error(error, doing=doing, right=right or error.str())
        if ours is not None:
            raise ours from KafkaException(error)

    # ---------------------------------------------------------------- publish and commit

    def _publish(self, events: Iterable[DriftEvent]) -> None:
        for event in events:
            self._publisher.publish(event)
            self._breaker.hear(event)
            self._alert_waits = True

    def _settle(self) -> None:
        """Commits once all is acknowledged: each second, and at once when an alert waits."""
        self._outbox.pump(0)
        due = self._alert_waits or self._commits.is_due(time.monotonic())
        full = len(self._outbox) > MOST_AT_ONCE
        drained = (due or full) and self._outbox.drain(DRAIN_S)
        if drained and due and not self._commits.is_under_way and not self._must_wait():
            self._commits.begin(self._consumer, self._assignment.uncommitted())
            self._alert_waits = False
        self._commits.settle(self._assignment)

    def _pause(self) -> None:
        """Reads nothing while the outbox is stuck; nothing of a topic that is mere garbage."""
        alert_is_stuck = len(self._outbox) > 0 and self._alert_waits
        is_full = len(self._outbox) > MOST_AT_ONCE
        stuck = alert_is_stuck or is_full or self._outbox.failure is not None
        self._assignment.hold(self._consumer, stuck or self._must_wait())
        wanted, now = self._breaker.paused(), set(self._assignment.paused)
        for topic in wanted ^ now:
            self._assignment.pause(self._consumer, topic, topic in wanted)
            get_logger().warning(
                "topic_paused" if topic in wanted else "topic_resumed", topic=topic
            )

    def _hears(self) -> set[str]:
        """The models whose records would reach us if there were any."""
        if self._must_wait() or self._outbox.failure is not None or self._assignment.waiting:
            return set()
        topics = {topic for topic, _ in self._assignment.owned} - self._assignment.paused
        return {n for n, model in self._config.models.items() if model.settings.topic in topics}
