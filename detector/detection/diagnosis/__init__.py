"""Name the cause: which preprocessing fault explains a departure, how sure that is, and the fix."""

from detector.detection.diagnosis.diagnoser import Case, Diagnoser, is_fault, is_sure
from detector.detection.diagnosis.news import is_news, is_same
from detector.detection.diagnosis.pairs import PairDiagnoser
from detector.detection.diagnosis.surroundings import is_dependent

__all__ = [
    "Case",
    "Diagnoser",
    "PairDiagnoser",
    "is_dependent",
    "is_fault",
    "is_news",
    "is_same",
    "is_sure",
]
