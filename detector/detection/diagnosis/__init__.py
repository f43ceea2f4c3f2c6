"""Name the cause: which preprocessing fault explains a departure, how sure that is, and the fix."""

from detector.detection.diagnosis.diagnoser import Case, Diagnoser, is_fault, is_sure
from detector.detection.diagnosis.news import is_news
from detector.detection.diagnosis.pairs import PairDiagnoser

__all__ = ["Case", "Diagnoser", "PairDiagnoser", "is_fault", "is_news", "is_sure"]
