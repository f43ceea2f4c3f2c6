"""Name the cause: which preprocessing fault explains a departure, how sure that is, and the fix."""

from detector.detection.diagnosis.before import Former
from detector.detection.diagnosis.case import Case, has_path, is_fault, is_sure
from detector.detection.diagnosis.catalogues import is_dependent
from detector.detection.diagnosis.diagnoser import Diagnoser
from detector.detection.diagnosis.news import is_news, is_same
from detector.detection.diagnosis.obedience import is_testable, may_be_one
from detector.detection.diagnosis.pairs import PairDiagnoser
from detector.detection.diagnosis.points import Reading
from detector.detection.diagnosis.proof import Proof, Second

__all__ = [
    "Case",
    "Diagnoser",
    "Former",
    "PairDiagnoser",
    "Proof",
    "Reading",
    "Second",
    "has_path",
    "is_dependent",
    "is_fault",
    "is_news",
    "is_same",
    "is_sure",
    "is_testable",
    "may_be_one",
]
