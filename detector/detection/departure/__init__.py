"""Whether the live law differs from training by more than the tolerance."""

from detector.detection.departure.scaler_only import scaler_only_table
from detector.detection.departure.table import Table
from detector.detection.settings import Tolerance
from detector.detection.view import View

__all__ = ["Table", "table_of"]


def table_of(view: View, tolerance: Tolerance) -> Table:
    """The e-values of one feature against everything within *tolerance* of training."""
    return scaler_only_table(view, tolerance)
