"""Whether the live law differs from training by more than the tolerance."""

from detector.detection.departure.reference_table import (
    Against,
    against_training,
    evidence_table,
    reference_table,
)
from detector.detection.departure.scaler_only import scaler_only_table
from detector.detection.departure.table import Table
from detector.detection.faults import Column
from detector.detection.settings import FeatureSettings

__all__ = ["Against", "Table", "against_training", "evidence_table", "table_of"]


def table_of(column: Column, settings: FeatureSettings) -> Table:
    """The e-values of one feature against everything within the tolerance of its settings."""
    law = column.view.law
    if law is None:
        return scaler_only_table(column.view, settings.tolerance)
    return reference_table(column, law, settings.tolerance, settings.accept_decimals)
