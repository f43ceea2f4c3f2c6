"""Name the cause: which preprocessing fault explains a departure, how sure that is, and the fix."""

from detector.detection.diagnosis.before import Former
from detector.detection.diagnosis.catalogues import is_dependent
from detector.detection.diagnosis.diagnoser import Case, Diagnoser, is_fault, is_sure
from detector.detection.diagnosis.news import is_news, is_same
from detector.detection.diagnosis.pairs import PairDiagnoser

__all__ = [
    "Case",
    "Diagnoser",
    "Former",
    "PairDiagnoser",
    "is_dependent",
    "is_fault",
    "is_news",
    "is_same",
    "is_sure",
]
