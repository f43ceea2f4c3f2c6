"""Prometheus metrics, in a registry of their own. docs/metrics.md names each; a test holds it."""

from collections.abc import Iterable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from detector.detection import FeatureStatus
from detector.events import DriftEvent
from detector.records import Decoded

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
COMMIT_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FEATURE = ["model", "feature"]


class Metrics:
    """What the service counts. Set by the loop, rendered by the web; prometheus_client locks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._build = self._gauge("build_info", "1, with the version", ["version"])
        self._build.labels(version("drift-detector")).set(1)
        self._ready = self._gauge("ready", "1 while /readyz says yes")
        self._consumed = self._counter("messages_consumed", "Messages read", ["model"])
        self._invalid_messages = self._counter(
            "messages_invalid", "Messages that became dead letters", ["model", "kind"]
        )
        self._tombstones = self._counter("tombstones", "Messages with a null value", ["model"])
        self._bad_times = self._counter(
            "bad_times", "Records whose time field held no time; Kafka's stood for it", ["model"]
        )
        self._missing = self._counter("values_missing", "Values that are missing", FEATURE)
        self._invalid = self._counter("values_invalid", "Values that are none", [*FEATURE, "kind"])
        self._mismatches = self._counter(
            "scaler_mismatches", "Records that name another scaler than ours", ["model"]
        )
        self._mismatches_so_far: dict[str, int] = {}
        self._alerts = self._counter(
            "alerts_published", "Drift events that the broker has", ["model", "status"]
        )
        self._dead_letters = self._counter(
            "dead_letters_published", "Dead letters that the broker has", ["model"]
        )
        self._unpublished = self._gauge("unpublished", "Messages not yet acknowledged")
        self._lag = self._gauge("partition_lag", "Records not yet judged", ["topic", "partition"])
        self._commits = Histogram(
            "detector_commit_duration_seconds",
            "From asking for a commit to its answer",
            buckets=COMMIT_BUCKETS,
            registry=self.registry,
        )
        self._commits_failed = self._counter("commits_failed", "Commits that were refused")
        self._rebalances = self._counter("rebalances", "Assigned, revoked, lost", ["kind"])
        self._statistic = self._gauge(
            "feature_statistic", "Evidence against training; alarm at the threshold", FEATURE
        )
        self._threshold = self._gauge("feature_threshold", "Where an episode opens", FEATURE)
        self._open = self._gauge("feature_open", "1 while an episode is open", FEATURE)
        self._muted = self._gauge("feature_muted_events", "Events not published: muted", FEATURE)

    # ---------------------------------------------------------------- set by the loop

    def count_batch(self, model: str, messages: int, decoded: Decoded) -> None:
        """What a run of messages held for one model."""
        self._consumed.labels(model).inc(messages)
        for _, error in decoded.rejected:
            self._invalid_messages.labels(model, error.kind).inc()
        if decoded.tombstones:
            self._tombstones.labels(model).inc(len(decoded.tombstones))
        if decoded.bad_times:
            self._bad_times.labels(model).inc(decoded.bad_times)
        for feature, count in decoded.missing.items():
            self._missing.labels(model, feature).inc(count)
        for (feature, kind), count in decoded.invalid.items():
            self._invalid.labels(model, feature, kind).inc(count)

    def count_alert(self, event: DriftEvent) -> None:
        """One drift event that the broker has acknowledged."""
        self._alerts.labels(event.data.model, event.data.status).inc()

    def count_dead_letter(self, model: str) -> None:
        """One dead letter that the broker has acknowledged."""
        self._dead_letters.labels(model).inc()

    def count_rebalance(self, kind: str) -> None:
        """One callback of a rebalance: assigned, revoked or lost."""
        self._rebalances.labels(kind).inc()

    def observe_commit(self, seconds: float) -> None:
        """One commit that was answered well."""
        self._commits.observe(seconds)

    def count_failed_commits(self, count: int) -> None:
        """Commits that were refused."""
        self._commits_failed.inc(count)

    def set_ready(self, ready: bool) -> None:
        """What /readyz says."""
        self._ready.set(ready)

    def set_unpublished(self, messages: int) -> None:
        """How many messages wait for their acknowledgement."""
        self._unpublished.set(messages)

    def set_lags(self, lags: Iterable[tuple[tuple[str, int], int]]) -> None:
        """Records not yet judged, of the partitions that we own; others are forgotten."""
        self._lag.clear()
        for (topic, partition), lag in lags:
            self._lag.labels(topic, str(partition)).set(lag)

    def set_features(self, model: str, statuses: Iterable[FeatureStatus]) -> None:
        """How each feature of a model stands."""
        for status in statuses:
            self._statistic.labels(model, status.feature).set(status.statistic)
            self._threshold.labels(model, status.feature).set(status.threshold)
            self._open.labels(model, status.feature).set(status.open is not None)
            self._muted.labels(model, status.feature).set(status.muted_events)

    def set_mismatches(self, model: str, total: int) -> None:
        """How many records of a model have named another scaler so far."""
        self._mismatches.labels(model).inc(total - self._mismatches_so_far.get(model, 0))
        self._mismatches_so_far[model] = total

    # ---------------------------------------------------------------- rendered by the web

    def render(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self.registry)

    def _counter(self, name: str, words: str, labels: Iterable[str] = ()) -> Counter:
        return Counter(f"detector_{name}", words, list(labels), registry=self.registry)

    def _gauge(self, name: str, words: str, labels: Iterable[str] = ()) -> Gauge:
        return Gauge(f"detector_{name}", words, list(labels), registry=self.registry)
