"""The model itself, feature ``*``: what is wrong with its topic rather than with a feature."""

from detector.detection.watch.garbage import BREAKER_RECORDS
from detector.detection.watch.watch import MODEL, Watch

__all__ = ["BREAKER_RECORDS", "MODEL", "Watch"]
