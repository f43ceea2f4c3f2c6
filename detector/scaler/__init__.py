"""What training saw: scaler parameters, reference, file, digest."""

from detector.scaler.coarser import Coarser
from detector.scaler.parameters import (
    KINDS,
    IdentityParameters,
    Kind,
    MaxAbsParameters,
    MinMaxParameters,
    Parameters,
    RobustParameters,
    StandardParameters,
)
from detector.scaler.reference import (
    BlockChange,
    PhaseBy,
    PhaseLaw,
    Phases,
    Reference,
    Step,
    phase_of,
)
from detector.scaler.scaler import BEFORE, Before, FeatureScaler, Scaler

__all__ = [
    "BEFORE",
    "KINDS",
    "Before",
    "BlockChange",
    "Coarser",
    "FeatureScaler",
    "IdentityParameters",
    "Kind",
    "MaxAbsParameters",
    "MinMaxParameters",
    "Parameters",
    "PhaseBy",
    "PhaseLaw",
    "Phases",
    "Reference",
    "RobustParameters",
    "Scaler",
    "StandardParameters",
    "Step",
    "phase_of",
]
