"""Metrics that are documents with a schema: confusion matrices, accuracy tables, residuals, predictions."""
