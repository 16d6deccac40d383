"""Metrics that are documents with a schema: confusion matrices, accuracy tables, residuals, predictions."""

CONFUSION_MATRIX = "confusion_matrix"
ACCURACY_TABLE = "accuracy_table"
RESIDUALS = "residuals"
PREDICTIONS = "predictions"

SCHEMA_TYPES = (CONFUSION_MATRIX, ACCURACY_TABLE, RESIDUALS, PREDICTIONS)
"""The kinds of documents, which are also the kinds of the metrics."""
