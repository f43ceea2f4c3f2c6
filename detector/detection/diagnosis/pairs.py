"""Name the cause from pairs of raw and scaled values: a fault is a map, and each pair is a point
of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from detector.detection.batch import FloatArray
from detector.detection.diagnosis import pieces
from detector.detection.diagnosis.explain import diagnosis
from detector.detection.diagnosis.formulas import map_in_words
from detector.detection.diagnosis.pair_evidence import pair_evidence
from detector.detection.diagnosis.refit import batch_of
from detector.detection.diagnosis.sample import Pairs
from detector.detection.faults import Affine, Column, Curve, Fault, catalogue, quality, refit
from detector.detection.faults.columns import swapped_values
from detector.detection.faults.nature import unmapped
from detector.detection.parity import disagree, slack
from detector.detection.settings import ModelSettings
from detector.detection.view import view_of
from detector.detection.window import Window
from detector.events import Alternative, Diagnosis, Evidence, Signal, words

_PROVEN = 0.99
_GUESSED = 0.6  # a map without a name, on so few records that it may be one batch's own
_MOST = 0.9  # of the pairs must obey a map
_ENOUGH = 64
_LEAST = 2  # pairs that must disagree before a cause is looked for
_LATEST = 512  # pairs that are compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the pairs of a feature say; no diagnosis where too few of the latest disagree."""

    signal: Signal
    diagnosis: Diagnosis | None


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
        others = [name for i, name in enumerate(self._names) if i != feature]
        column, pairs = self._pairs(feature, window, since, record, others)
        share = float(pairs.wrong.mean())
        signal = Signal(
            kind="parity", value=float(f"{share:.4g}"), tolerance=None, unit="share of records"
        )
        told = int(pairs.wrong.sum()) >= _LEAST
        cause = named(column, self._faults[feature], pairs) if told else None
        return Proof(signal=signal, diagnosis=cause)

    @np.errstate(all="ignore")
    def evidence(
        self, feature: int, found: Diagnosis, window: Window, since: int, record: int
    ) -> Evidence | None:
        """Some pairs of the records since..record beside what *found* foretells of them."""
        other = None if found.transform is None else found.transform.feature
        others = [other] if found.cause == "column_swap" and other in self._names else []
        column, pairs = self._pairs(feature, window, since, record, others)
        return pair_evidence(found, column, self._faults[feature], pairs)

    def _pairs(
        self, feature: int, window: Window, since: int, record: int, others: Sequence[str]
    ) -> tuple[Column, Pairs]:
        """The feature and its pairs; *others*: those that may stand in its place."""
        column = self._column(feature)
        rows = window.rows(max(since, 0), record)
        raw, scaled = window.values[feature, rows], window.scaled[feature, rows]
        swapped = {
            name: swapped_values(column.view, self._columns[name].view, scaled_of)
            for name in others
            for raw_of in [window.values[self._names.index(name), rows]]
            for scaled_of in [self._columns[name].view.from_raw(raw_of)]
        }
        return column, Pairs(
            raw=raw,
            scaled=scaled,
            wrong=disagree(column.view.scaler, raw, scaled),
            swapped=swapped,
            partitions=window.partitions[rows],
            offsets=window.offsets[rows],
        )

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
            self._faults[feature] = catalogue(column)
        return column


def named(column: Column, faults: Sequence[Fault], pairs: Pairs) -> Diagnosis:
    """The cause that the pairs prove."""
    counted = _counted(column, pairs)
    known = [] if counted is not None else _known(column, faults, pairs)
    constant = pieces.constant(column, pairs.raw, pairs.scaled, pairs.wrong)
    if counted is None and known and (constant is None or not _is_one_point(pairs)):
        return _chosen(column, known, pairs.wrong)
    fault = counted or constant
    sure = _PROVEN if counted is not None or pairs.wrong.sum() >= pieces.FEW else _GUESSED
    if fault is None:
        fault, sure = _unknown_map(column, pairs)
    return _said(column, fault, sure, pairs.wrong)


def _unknown_map(column: Column, pairs: Pairs) -> tuple[Fault, float]:
    """A map that no catalogue holds, and how sure it is."""
    raw, scaled = _points(pairs)
    cut = pieces.rounded(column, raw, scaled)
    if cut is not None:
        return cut, _PROVEN if len(raw) >= pieces.FEW else _GUESSED
    batch = batch_of(pairs.scaled[np.isfinite(pairs.scaled)])
    if batch is not None and column.view.scaler.kind == "standard":
        return refit.refit(column, batch), _PROVEN
    line = pieces.free(column, raw, scaled)
    if line is not None:
        return line, _PROVEN if len(raw) >= _ENOUGH else _GUESSED
    if pieces.is_pieced(column, raw, scaled):
        return refit.refit(column, None), _PROVEN
    return unmapped(column), 0.0


def _counted(column: Column, pairs: Pairs) -> Fault | None:
    """Missing or invalid where a scaled value belongs, in most pairs that disagree."""
    scaled = pairs.scaled[pairs.wrong]
    for lost, fault in ((np.isnan(scaled), quality.missing), (np.isinf(scaled), quality.invalid)):
        if lost.mean() > 1 - _MOST / 2:
            return fault(column, float(lost.sum() / len(pairs.raw)))
    return None


def _known(column: Column, faults: Sequence[Fault], pairs: Pairs) -> list[tuple[float, Fault]]:
    """Faults of the catalogue that most pairs obey, each with the share that does."""
    raw, scaled = _points(pairs)
    if not len(raw):
        return []
    sound = column.view.scaler.transform(raw)
    room = slack(column.view.scaler, raw, scaled)
    valid = np.isfinite(pairs.raw) & np.isfinite(pairs.scaled) & pairs.wrong
    found: list[tuple[float, Fault]] = []
    for fault in faults:
        if fault.cause == "column_swap" and fault.feature is not None:
            image = pairs.swapped[fault.feature][valid][-_LATEST:]
            stretch = 1.0
        elif isinstance(fault.map, Affine | Curve):
            image = fault.map.forward(sound)
            stretch = max(1.0, pieces.stretch(sound, image))
        else:
            continue
        near = np.abs(scaled - image) <= 4 * stretch * room + pieces.ROUNDING * np.abs(scaled)
        share = float(near.mean())
        if share >= _MOST:
            found.append((share, fault))
    return found


def _points(pairs: Pairs) -> tuple[FloatArray, FloatArray]:
    """The latest pairs of numbers that disagree."""
    valid = np.isfinite(pairs.raw) & np.isfinite(pairs.scaled) & pairs.wrong
    return pairs.raw[valid][-_LATEST:], pairs.scaled[valid][-_LATEST:]


def _is_one_point(pairs: Pairs) -> bool:
    raw, _ = _points(pairs)
    return len(np.unique(raw)) < 2  # noqa: PLR2004 - every map goes through one point


def _chosen(
    column: Column, known: Sequence[tuple[float, Fault]], wrong: npt.NDArray[np.bool_]
) -> Diagnosis:
    """The most common of the faults that the pairs do not tell apart."""
    best = max(fit for fit, _ in known)
    equal = [fault for fit, fault in known if fit >= best - 0.02]
    fault = max(equal, key=lambda one: one.prior)
    weights: dict[str, float] = {}
    for one in equal:
        weights[one.cause] = weights.get(one.cause, 0.0) + float(np.exp(one.prior))
    total = sum(weights.values())
    others = tuple(
        Alternative(cause=one.cause, confidence=round(_PROVEN * weights[one.cause] / total, 3))
        for one in {other.cause: other for other in equal if other.cause != fault.cause}.values()
    )
    sure = _PROVEN * best * weights[fault.cause] / total
    return _said(column, fault, sure, wrong, others)


def _said(
    column: Column,
    fault: Fault,
    sure: float,
    wrong: npt.NDArray[np.bool_],
    others: tuple[Alternative, ...] = (),
) -> Diagnosis:
    text, figures = f"{column.name} {fault.looks}", fault.figures
    share, count = float(wrong.mean()), int(wrong.sum())
    if share < 1:
        text += "" if figures.share is not None else f", in {words.share(share)} of the records"
        figures = msgspec.structs.replace(figures, share=round(share, 4))
    if (said := map_in_words(column, fault)) is not None:
        text += f": {said}"
    if sure > 0:
        proof = "prove" if sure >= _MOST else "suggest"
        text += f"; raw and scaled values of {count:,} records {proof} it"
    return diagnosis(fault, text, figures, confidence=sure, alternatives=others)
