"""What the loop tells the world of itself: health at once, metrics each second."""

import time
from collections.abc import Iterable

from confluent_kafka import Consumer

from detector.detection import Detector
from detector.logs import get_logger
from detector.stream.assignment import Assignment
from detector.stream.commits import Commits
from detector.stream.outbox import Outbox
from detector.stream.surroundings import Surroundings
from detector.web.health import Health
from detector.web.metrics import Metrics

EVERY_S = 1.0


class Report:
    """Health and metrics from the parts of the loop; only the thread of the loop calls it."""

    def __init__(self, health: Health, metrics: Metrics, detector: Detector) -> None:
        self._health = health
        self._metrics = metrics
        self._detector = detector
        self._problems: tuple[str, ...] | None = None
        self._at = 0.0

    def make(
        self,
        consumer: Consumer,
        surroundings: Surroundings,
        assignment: Assignment,
        outbox: Outbox,
        commits: Commits,
    ) -> None:
        """Says whether we are ready, and once a second all figures."""
        self._say(
            (
                *surroundings.problems(),
                *_group_problems(assignment),
                *_delivery_problems(outbox, commits),
            )
        )
        now = time.monotonic()
        if now - self._at < EVERY_S:
            return
        self._at = now
        self._metrics.set_unpublished(len(outbox))
        self._metrics.set_lags(assignment.lags(consumer))
        for kind in assignment.take_rebalances():
            self._metrics.count_rebalance(kind)
        for seconds in commits.take_durations():
            self._metrics.observe_commit(seconds)
        self._metrics.count_failed_commits(commits.take_failed())
        for model in self._detector.settings.models:
            self._metrics.set_features(model, self._detector.status(model))
            self._metrics.set_mismatches(model, self._detector.mismatches(model))

    def _say(self, problems: tuple[str, ...]) -> None:
        if problems == self._problems:
            return
        get_logger().info("not_ready" if problems else "ready", problems=list(problems))
        self._problems = problems
        self._health.report(problems)
        self._metrics.set_ready(not problems)


def _group_problems(assignment: Assignment) -> Iterable[str]:
    if not assignment.joined:
        yield "the consumer group has given us nothing yet"
    elif assignment.waiting:
        yield "open episodes are being read from the alert topic"


def _delivery_problems(outbox: Outbox, commits: Commits) -> Iterable[str]:
    if outbox.failure is not None:
        yield f"publishing waits: {outbox.failure}"
    if commits.is_late:
        yield "the last commit is not answered"
    elif commits.failure is not None:
        yield f"the last commit failed: {commits.failure}"
