"""Name the cause from pairs of raw and scaled values: a fault is a map, and each pair is a point
of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis import levels, maps, pieces
from detector.detection.diagnosis.case import is_sure
from detector.detection.diagnosis.obedience import may_be_one, obeying
from detector.detection.diagnosis.pair_evidence import pair_evidence
from detector.detection.diagnosis.points import Points, Reading
from detector.detection.diagnosis.proof import Proof, Second, said
from detector.detection.diagnosis.sample import Pairs
from detector.detection.faults import Column, Fault, catalogue, logs
from detector.detection.faults.columns import swapped_values
from detector.detection.faults.nature import unmapped
from detector.detection.settings import ModelSettings
from detector.detection.view import view_of
from detector.detection.window import LOOK_BACK, Window
from detector.events import Diagnosis, Evidence, Signal

_LATEST = 512  # points that are read
_LEAST = 2  # of them, before a cause is looked for
_UNKNOWN = 6.0  # nats: what a cause must foretell, lest chance pass for one
_OVER = 12  # points in a row that do not obey: what there was before is over
_BESIDE = 20.0  # nats from which a second fault is told of
_ANY_LOGARITHM = (1e-300, 1.0)  # where training's range is not known: the points will say


Records = npt.NDArray[np.intp]  # numbers of records, ascending; or their rows in the window
Rows = slice | Records


class PairDiagnoser:
    """Names causes for one model with pairs. A catalogue is made ready when it is first needed."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._names = list(settings.scaler.features)
        self._columns: dict[str, Column] = {}
        self._faults: dict[int, list[Fault]] = {}

    @np.errstate(all="ignore")  # values near the end of float64 overflow
    def diagnose(self, feature: int, window: Window, since: int, record: int) -> Proof:
        """What the pairs of the records since..record prove, at most the last LOOK_BACK of them."""
        rows = window.rows(max(since, 0), record)
        wrong = window.unequal(feature, rows)
        share = float(wrong.mean())
        signal = Signal(
            kind="parity", value=float(f"{share:.4g}"), tolerance=None, unit="share of records"
        )
        at = np.flatnonzero(wrong)[-_LATEST:]
        if len(at) < _LEAST:
            return Proof(signal=signal)
        at, found, best = self._named(feature, window, rows.start + at, since, record)
        second = self._second(feature, window, at[~best.obeyed], best, record)
        first = int(at[0])
        if second is not None:  # each is as sure as its own points make it
            at = at[best.obeyed]
            ours = self._points(feature, window, at, since, record)
            ours = replace(ours, records=rows.stop - first)
            found, best = said(ours, self._read(feature, ours, window, at))
        begun = int(at[0]) + window.base
        return Proof(signal=signal, diagnosis=found, reading=best, second=second, since=begun)

    @np.errstate(all="ignore")
    def named(
        self, feature: int, window: Window, records: Records, record: int
    ) -> tuple[Diagnosis, Reading]:
        """What *records* alone are called, whose pairs disagree, as of *record*."""
        rows = records[-_LATEST:] - window.base
        points = self._points(feature, window, rows, int(records[0]), record)
        return said(points, self._read(feature, points, window, rows))

    @np.errstate(all="ignore")
    def obeying(
        self, feature: int, window: Window, records: Records, reading: Reading
    ) -> npt.NDArray[np.bool_]:
        """Which of *records* a testable *reading* explains."""
        column, rows = self._column(feature), records - window.base
        points = Points(
            column=column,
            raw=window.values[feature, rows],
            scaled=window.scaled[feature, rows],
            records=len(rows),
            law=np.zeros(0),
            before=None,
            still=False,
        )
        return obeying(reading, points, lambda name: self._swapped(column, name, window, rows))

    @np.errstate(all="ignore")
    def evidence(
        self, feature: int, found: Diagnosis, window: Window, since: int, record: int
    ) -> Evidence | None:
        """Some pairs of the records since..record beside what *found* foretells of them."""
        column = self._column(feature)
        rows = window.rows(max(since, 0), record)
        raw, scaled = window.values[feature, rows], window.scaled[feature, rows]
        other = None if found.transform is None else found.transform.feature
        swapped: dict[str, FloatArray] = {}
        if found.cause == "column_swap" and other in self._names:
            swapped[other] = self._swapped(column, other, window, rows)
        pairs = Pairs(
            raw=raw,
            scaled=scaled,
            wrong=window.unequal(feature, rows),
            swapped=swapped,
            partitions=window.partitions[rows],
            offsets=window.offsets[rows],
        )
        return pair_evidence(found, column, self._faults[feature], pairs)

    def _swapped(self, column: Column, name: str, window: Window, rows: Rows) -> FloatArray:
        """What stands in *rows* if the raw values of *name* went through the scaler of *column*."""
        other = self._columns[name].view
        values = window.values[self._names.index(name), rows]
        return swapped_values(column.view, other, other.from_raw(values))

    def _named(
        self, feature: int, window: Window, rows: Records, since: int, record: int
    ) -> tuple[Records, Diagnosis, Reading]:
        points = self._points(feature, window, rows, since, record)
        readings = self._read(feature, points, window, rows)
        over = np.flatnonzero(readings[0].obeyed)
        if len(over) and len(points) - over[-1] > _OVER:
            first = int(over[-1]) + 1
            points, rows = points.after(first), rows[first:]
            readings = self._read(feature, points, window, rows)
        return rows, *said(points, readings)

    def _second(
        self, feature: int, window: Window, rows: Records, best: Reading, record: int
    ) -> Second | None:
        """What the pairs in *rows* are called, which do not obey *best*; None where they may be
        glitches, or part of it.
        """
        if len(rows) < _LEAST or not best.lasts or best.fault.cause == "unknown":
            return None
        records = rows + window.base
        found, reading = self.named(feature, window, records, record)
        if reading.nats < _BESIDE or not is_sure(found) or may_be_one(best, reading):
            return None
        return Second(found, reading, int(records[0])) if reading.lasts else None

    def _points(
        self, feature: int, window: Window, rows: Records, since: int, record: int
    ) -> Points:
        """The pairs in *rows*, of a fault since the record *since* as is known at *record*."""
        column = self._column(feature)
        past = window.rows(record - LOOK_BACK + 1, record)
        begun, end = window.rows(max(since, 0), record).start, past.stop
        known = past.start < begun == since - window.base
        scaled = window.scaled[feature]
        first = int(rows[0])
        return Points(
            column=column,
            raw=window.values[feature, rows],
            scaled=scaled[rows],
            records=end - first,
            law=self._law(column, window.values[feature, past]),
            before=float(scaled[begun - 1]) if known else None,
            still=bool((scaled[first:end] == scaled[first]).all()),
        )

    def _read(self, feature: int, points: Points, window: Window, rows: Records) -> list[Reading]:
        def swapped(name: str) -> FloatArray:
            return self._swapped(points.column, name, window, rows)

        return read(points, self._faults[feature], swapped)

    def _column(self, feature: int) -> Column:
        if not self._columns:
            scalers = self._settings.scaler.features
            views = {name: view_of(name, scalers[name], "scaled") for name in self._names}
            self._columns = {
                name: Column(view=view, views=views, versions=self._settings.versions)
                for name, view in views.items()
            }
        column = self._columns[self._names[feature]]
        if feature not in self._faults:
            faults = catalogue(column)
            if column.view.reference is None and column.view.scaler.before is None:
                faults += logs.faults(column, _ANY_LOGARITHM)
            self._faults[feature] = faults
        return column

    def _law(self, column: Column, raw: FloatArray) -> FloatArray:
        law = column.view.law
        seen = column.view.scaler.transform(raw)
        known = np.zeros(0) if law is None else law.knots
        return np.concatenate((known, seen[np.isfinite(seen)]))


def read(points: Points, faults: Sequence[Fault], swapped: maps.Swapped) -> list[Reading]:
    """Every explanation of the points, the best first; that nothing explains them is one."""
    nothing = Reading(
        fault=unmapped(points.column),
        obeyed=np.zeros(len(points), np.bool_),
        nats=_UNKNOWN,
        most=0.0,
    )
    found = [
        nothing,
        *maps.known(points, faults, swapped),
        *maps.formulas(points),
        *maps.digits(points),
        *maps.lost(points),
        *levels.constant(points),
        *levels.clipped(points),
        *pieces.lines(points),
        *pieces.batches(points),
        *pieces.turning(points),
    ]
    finite = [one for one in found if isfinite(one.nats)]  # sums near the end of float64 are not
    return sorted(finite, key=lambda one: -one.nats)
