"""What watches a feature, in words: which tests, which of them are inside the promise, what a
better file adds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from detector.detection.departure import table_of
from detector.detection.departure.delay import SHIFTS, expected_delay
from detector.detection.faults import Column
from detector.detection.quality import MAX_TIES, channels, tie_limit
from detector.detection.settings import FeatureSettings, ModelSettings
from detector.detection.view import View, view_of
from detector.scaler import (
    IdentityParameters,
    MaxAbsParameters,
    MinMaxParameters,
    RobustParameters,
    StandardParameters,
)

_FEWER = "fewer decimals than in training"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestInWords:
    """One test: its name, what it asks, and whether its false alarms are inside the promise."""

    name: str
    words: str
    promised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureTests:
    """What watches one feature, and what a better scaler file would add.

    threshold: evidence at which an episode opens: the budget times the number of features.
    delays:    messages, by shift in training scales, that a shift takes to be found; None: it
               never is.
    """

    feature: str
    tests: tuple[TestInWords, ...]
    hints: tuple[str, ...]
    threshold: float
    delays: tuple[tuple[float, float | None], ...]


def describe(settings: ModelSettings) -> list[FeatureTests]:
    """The tests of every feature of a model."""
    scalers = settings.scaler.features
    views = {name: view_of(name, scaler, settings.values) for name, scaler in scalers.items()}
    threshold = float(settings.false_alarm_every) * len(views)
    return [
        FeatureTests(
            feature=name,
            tests=tests_of(view, settings.feature(name), pairs=settings.values == "both"),
            hints=tuple(_hints(view)),
            threshold=threshold,
            delays=_delays(view, views, settings, threshold),
        )
        for name, view in views.items()
    ]


def _delays(
    view: View, views: Mapping[str, View], settings: ModelSettings, threshold: float
) -> tuple[tuple[float, float | None], ...]:
    own = settings.feature(view.name)
    table = table_of(Column(view=view, views=views, versions=settings.versions), own)
    share = 1 - channels(view, own).weight
    return tuple((shift, expected_delay(table, view, shift, threshold / share)) for shift in SHIFTS)


def tests_of(view: View, settings: FeatureSettings, *, pairs: bool) -> tuple[TestInWords, ...]:
    """The tests that watch one feature; with *pairs* its scaled values, too."""
    tests = list(_value_tests(view))
    known = view.reference is not None
    missing = known and view.reference is not None and view.reference.missing_rate is not None
    tests.append(_test("missing", "more missing values than in training", promised=missing))
    tests.append(_test("invalid", "values that are no finite number", promised=known))
    own = channels(view, settings)
    digits = [("decimals that no training value had", own.factor), (_FEWER, own.coarser)]
    if any(factor for _, factor in digits):
        words = ", ".join(words for words, factor in digits if factor)
        tests.append(_test("precision", words, promised=True))
    if tie_limit(view, settings.accept_decimals) <= MAX_TIES:
        tests.append(_test("constant", "one value that stands still", promised=known))
    if pairs:
        words = "a scaled value that the scaler does not make of its raw one"
        tests.append(_test("parity", words, promised=True))
    if view.law is None:
        tests.append(
            _test("change", "ADWIN: a change against the stream's own past", promised=False)
        )
    return tuple(tests)


def _value_tests(view: View) -> list[TestInWords]:
    if view.law is not None:
        phases = None if view.reference is None else view.reference.phases
        season = "" if phases is None else f" at the same {phases.by.replace('_', ' ')}"
        words = f"another law than in training{season}, from the first record"
        return [_test("departure", words, promised=True)]
    match view.parameters:
        case StandardParameters():
            words = "a shift or a wider spread than training, from the first record"
            return [_test("shift and upward spread", words, promised=True)]
        case RobustParameters():
            words = "a shifted median or other quartiles than training, from the first record"
            return [_test("median and quartiles", words, promised=True)]
        case MinMaxParameters() | MaxAbsParameters():
            return [_test("range", "values beyond the training range", promised=True)]
        case IdentityParameters():
            return []


def _hints(view: View) -> list[str]:
    reference = view.reference
    if reference is None and isinstance(view.parameters, IdentityParameters):
        return [
            (
                "nothing is known of training: only change and data quality are watched;"
                " a reference (detector fit) would add the departure test"
            )
        ]
    if reference is None:
        return [
            (
                "a reference (detector fit) would add: narrower spread, other shapes, decimals,"
                " the usual rate of missing values, and a quicker alarm"
            )
        ]
    lacking = [
        words
        for value, words in (
            (reference.decimals, "decimals"),
            (reference.coarser, "coarser"),
            (reference.missing_rate, "missing_rate"),
            (reference.autocorrelation_time, "autocorrelation_time"),
            (reference.longest_run, "longest_run"),
        )
        if value is None
    ]
    return [f"the reference does not say: {', '.join(lacking)}"] if lacking else []


def _test(name: str, words: str, *, promised: bool) -> TestInWords:
    return TestInWords(name=name, words=words, promised=promised)
