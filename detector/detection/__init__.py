"""The pure core: values in, findings out; no Kafka, no YAML, no clock, no log.

``Detector`` is imported when it is first asked for: who only reads settings does not wait for the
compiler of its loops.
"""

from typing import TYPE_CHECKING

from detector.detection.batch import Batch, Named, Rejected, ScalerName
from detector.detection.describe import FeatureTests, TestInWords, describe
from detector.detection.settings import (
    DetectorSettings,
    FeatureSettings,
    ModelSettings,
    Tolerance,
    Values,
)
from detector.detection.status import FeatureStatus

if TYPE_CHECKING:
    from detector.detection.engine import Detector

__all__ = [
    "Batch",
    "Detector",
    "DetectorSettings",
    "FeatureSettings",
    "FeatureStatus",
    "FeatureTests",
    "ModelSettings",
    "Named",
    "Rejected",
    "ScalerName",
    "TestInWords",
    "Tolerance",
    "Values",
    "describe",
]


def __getattr__(name: str) -> object:
    if name != "Detector":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from detector.detection.engine import Detector  # noqa: PLC0415 - see above

    return Detector
