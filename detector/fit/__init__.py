"""Training rows to a scaler: which columns are features, and what is stored of each."""

from detector.fit.fitting import Fitting, phase_faults
from detector.fit.selection import FloatArray, no_feature
from detector.fit.training import Fitted, fit_scaler

__all__ = ["Fitted", "Fitting", "FloatArray", "fit_scaler", "no_feature", "phase_faults"]
