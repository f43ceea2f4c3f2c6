"""The pure core: values in, findings out; no Kafka, no YAML, no clock, no log."""

from detector.detection.batch import Batch, Named, Rejected, ScalerName
from detector.detection.describe import FeatureTests, TestInWords, describe
from detector.detection.engine import Detector
from detector.detection.settings import (
    DetectorSettings,
    FeatureSettings,
    ModelSettings,
    Tolerance,
    Values,
)
from detector.detection.status import FeatureStatus

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
