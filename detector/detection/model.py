"""One model: every feature judged record by record, and what follows from it in the order of the
records.
"""

import numpy as np

from detector.detection import marks
from detector.detection.batch import Batch
from detector.detection.blocks import ScoreBlocks
from detector.detection.change import ChangeDetector
from detector.detection.departure.store import TableStore
from detector.detection.dependence import DependenceDetector
from detector.detection.deployment import regroup
from detector.detection.describe import tests_of
from detector.detection.diagnosis import Diagnoser, PairDiagnoser
from detector.detection.episode import Episode
from detector.detection.faults import Column
from detector.detection.feature import Feature
from detector.detection.ladder import Ladder
from detector.detection.learning import Learner
from detector.detection.measure import Evidence
from detector.detection.notes import Note, Notes
from detector.detection.parity import ParityDetector
from detector.detection.phases import PhaseAdjuster
from detector.detection.quality import channels
from detector.detection.refit import RefitDetector
from detector.detection.settings import ModelSettings
from detector.detection.statistics import Statistics, Tally
from detector.detection.status import FeatureStatus
from detector.detection.suspicion import Suspicions
from detector.detection.tables import tables_of
from detector.detection.view import view_of
from detector.detection.watch import MODEL, Watch
from detector.detection.window import BLOCK, Window
from detector.events import DriftEvent

NEVER = np.iinfo(np.int64).max


class ModelDetector:
    """Judges the records of one model; its events are a function of the records in their order."""

    def __init__(
        self, settings: ModelSettings, group: str, store: TableStore | None = None
    ) -> None:
        self.settings = settings
        self._group = group
        names = list(settings.scaler.features)
        views = [view_of(n, settings.scaler.features[n], settings.values) for n in names]
        own = [settings.feature(name) for name in names]
        tables = tables_of(settings, views, store)
        by_name = dict(zip(names, views, strict=True))
        quality = [channels(view, feature) for view, feature in zip(views, own, strict=True)]
        self._statistics = Statistics(views, tables, quality, settings.false_alarm_every)
        both = settings.values == "both"
        self._window = Window(names, PhaseAdjuster(views), pairs=both)
        scalers = list(settings.scaler.features.values()) if both else []
        self._parity = ParityDetector(scalers)
        pairs = PairDiagnoser(settings) if both else None
        self._suspicions = Suspicions(views)
        diagnoser = Diagnoser(views, settings, self._suspicions)
        self._features = [
            Feature(
                index=i,
                view=view,
                settings=own[i],
                statistics=self._statistics,
                window=self._window,
                model=settings,
                group=group,
                diagnoser=diagnoser,
                pairs=pairs,
                ladder=Ladder(Column(view=view, views=by_name, versions=settings.versions), own[i]),
            )
            for i, view in enumerate(views)
        ]
        self._blocks = ScoreBlocks(views, tables)
        self._changes = [ChangeDetector(int(size)) for size in self._blocks.size]
        self._dependence = DependenceDetector(tables, self._blocks.size)
        self._refit = RefitDetector(views)
        self._learner = Learner.of(views)
        self._evidence = [Evidence() for _ in names]
        self._watch = Watch(settings, group)

    # ---------------------------------------------------------------- records in, events out

    def update(self, batch: Batch) -> list[DriftEvent]:
        """Take a batch in; its events in the order of the records that tipped them."""
        found = [(offset, -1, event) for offset, event in self._watch.update(batch)]
        first = 0
        while first < len(batch):
            size = 1 if self._learner.waiting else BLOCK  # a scale counts from its own record on
            found += self._block(batch, first, min(first + size, len(batch)))
            first += size
        found.sort(key=lambda entry: entry[:2])
        return [event for _, _, event in found]

    def advance(self, now: float) -> list[DriftEvent]:
        """Let wall time pass; *now* in seconds since the epoch."""
        return self._watch.advance(now)

    def lost(
        self, topic: str, partition: int, expected: int, got: int, time: float
    ) -> list[DriftEvent]:
        """Say that Kafka no longer has the records expected..got-1 of a partition."""
        return [self._watch.lost(topic, partition, expected, got, time)]

    def adopt(self, event: DriftEvent) -> None:
        """Go on with an episode that an earlier process opened."""
        data = event.data
        episode = Episode(
            model=data.model,
            feature=data.feature,
            alert=data.alert,
            since=data.since,
            onset=-1,
            opened=self._window.next_record,
            severity=data.severity,
            signals=data.signals,
            summary=data.summary,
            diagnosis=data.diagnosis,
            group=data.group,
            versions=data.versions,
            sequence=data.sequence + 1,
            last=event,
        )
        if data.feature == MODEL:
            self._watch.adopt(episode)
            return
        for feature in self._features:
            if feature.name == data.feature:
                feature.adopt(episode)
                if feature.is_broken:
                    self._parity.adopt(feature.index, self._window.next_record)

    def status(self) -> list[FeatureStatus]:
        """Every feature as it stands."""
        return [
            FeatureStatus(
                feature=feature.name,
                tests=tuple(
                    test.name
                    for test in tests_of(
                        feature.view, feature.settings, pairs=self.settings.values == "both"
                    )
                ),
                count=evidence.count,
                missing=evidence.missing,
                invalid=evidence.invalid,
                mean=evidence.mean,
                std=evidence.std,
                minimum=evidence.minimum if evidence.count else None,
                maximum=evidence.maximum if evidence.count else None,
                statistic=float(self._statistics.evidence[feature.index].sum()),
                threshold=float(self._statistics.threshold[feature.index]),
                open=feature.open_event,
                muted_events=feature.muted_events,
            )
            for feature, evidence in zip(self._features, self._evidence, strict=True)
        ]

    @property
    def open_model_event(self) -> DriftEvent | None:
        """The last event of the model's own open episode (feature ``*``)."""
        return self._watch.open_event

    @property
    def mismatches(self) -> int:
        """Records so far that named another scaler than the configured one."""
        return self._watch.mismatches

    # ---------------------------------------------------------------- one block

    def _block(self, batch: Batch, first: int, last: int) -> list[tuple[int, int, DriftEvent]]:
        start, end = self._window.append(batch, first, last)
        self._measure(self._statistics.classify(self._window, start, end), start, end)
        if self._learner.waiting:
            self._learn(start)
        notes = self._notes(start, end)
        found: list[tuple[int, int, DriftEvent]] = []
        cursor = np.full(len(self._features), start, np.int64)
        waiting = np.zeros(len(self._features), np.bool_)
        due = np.array([self._due(f, notes, start, end) for f in self._features], np.int64)
        while True:
            stop = np.where(waiting, cursor, np.minimum(end, due + 1))
            moments = self._statistics.moment.copy()
            self._statistics.run_to(self._window, cursor, stop)
            self._statistics.moment[waiting] = moments[waiting]
            waiting = (self._statistics.moment != marks.NOTHING) | (cursor - 1 == due)
            if not waiting.any():
                return found
            row = int(cursor[waiting].min()) - 1
            at = [f for f in self._features if waiting[f.index] and cursor[f.index] - 1 == row]
            offset = int(self._window.offsets[row])
            found += [(offset, index, event) for index, event in self._moment(at, row, notes)]
            for feature in at:
                waiting[feature.index] = False
                self._statistics.moment[feature.index] = marks.NOTHING
                due[feature.index] = self._due(feature, notes, row + 1, end)

    def _learn(self, row: int) -> None:
        """Give the features whose first values are complete a scale, from the next record on."""
        for feature, table in self._learner.update(self._window, row).items():
            self._statistics.set_bins(feature, table)
            self._blocks.set_scores(feature, table)
            self._changes[feature] = ChangeDetector(int(self._blocks.size[feature]))

    def _moment(
        self, features: list[Feature], row: int, notes: dict[int, list[Note]]
    ) -> list[tuple[int, DriftEvent]]:
        """What happens at one record: episodes open, go on, are looked at again, resolve."""
        record = self._window.base + row
        found: list[tuple[int, DriftEvent]] = []
        opened: list[Feature] = []
        for feature in features:
            own = Notes([n for n in notes.get(feature.index, []) if n.record == record])
            moment = int(self._statistics.moment[feature.index])
            if feature.episode is None:
                if feature.opens(moment, own, record):
                    opened.append(feature)
            else:
                found += [(feature.index, e) for e in feature.look_again(moment, own, record)]
        known = [f.episode for f in self._features if f.episode and f not in opened]
        fresh = [f.episode for f in opened if f.episode]
        names = [f.name for f in self._features]
        changed = regroup(self._group, names, fresh, known)
        for feature in self._features:
            if feature in opened:
                found += [(feature.index, e) for e in feature.publish("opened", record)]
            elif feature.episode in changed:
                found += [(feature.index, e) for e in feature.publish("updated", record)]
        return found

    def _due(self, feature: Feature, notes: dict[int, list[Note]], start: int, end: int) -> int:
        """The next row from *start* on at which *feature* must be looked at; NEVER if none is
        known.
        """
        base = self._window.base
        rows = [note.record - base for note in notes.get(feature.index, [])]
        rows += [record - base for record in feature.due(base + start, base + end)]
        return min([row for row in rows if start <= row < end], default=NEVER - 1)

    def _notes(self, start: int, end: int) -> dict[int, list[Note]]:
        """What other detectors than the sequential tests say of the rows start..end, by feature."""
        notes: dict[int, list[Note]] = {}
        closed = self._blocks.close(self._window, start, end)
        for feature, detector in zip(self._features, self._changes, strict=True):
            changes = detector.update(*closed.of(feature.index))
            if changes and feature.takes(changes):
                notes.setdefault(feature.index, []).extend(changes)
        for i, estimates in self._dependence.update(closed).items():
            notes.setdefault(i, []).extend(estimates)
        for i, refits in self._refit.update(self._window, start, end).items():
            notes.setdefault(i, []).extend(refits)
        for i, breaks in self._parity.update(self._window, start, end).items():
            notes.setdefault(i, []).extend(breaks)
        for i, suspicions in self._suspicions.update(self._window, start, end).items():
            notes.setdefault(i, []).extend(suspicions)
        return notes

    def _measure(self, tally: Tally, start: int, end: int) -> None:
        records, extremes = tally.records.tolist(), tally.extremes.tolist()
        with np.errstate(all="ignore"):  # sums beyond float64 are told as unknown, not as a warning
            for f, evidence in enumerate(self._evidence):
                missing, invalid, valid = records[f]
                values = self._window.values[f, start:end]
                if valid < end - start:
                    values = values[np.isfinite(values)]
                evidence.measure(
                    values,
                    missing=missing,
                    invalid=invalid,
                    minimum=extremes[f][0],
                    maximum=extremes[f][1],
                )
