"""One document of each kind that fits its schema."""

from __future__ import annotations

CONFUSION = {
    "schema_type": "confusion_matrix",
    "schema_version": "1.0.0",
    "data": {"class_labels": ["cat", "dog"], "matrix": [[30, 2], [1, 7]]},
}
ACCURACY = {
    "schema_type": "accuracy_table",
    "schema_version": "1.0.1",
    "data": {
        "probability_tables": [[[4, 6, 0, 0], [3, 1, 5, 1]], [[6, 4, 0, 0], [2, 1, 3, 4]]],
        "percentile_tables": [[[4, 0, 6, 0]], [[6, 0, 4, 0]]],
        "probability_thresholds": [0.0, 0.5],
        "percentile_thresholds": [0.0],
        "class_labels": ["a", "b"],
    },
}
RESIDUALS = {
    "schema_type": "residuals",
    "schema_version": "1.0.0",
    "data": {"bin_edges": [-1.0, 0.0, 1.0], "bin_counts": [12, 0.88]},
}
PREDICTIONS = {
    "schema_type": "predictions",
    "schema_version": "1.0.0",
    "data": {
        "bin_averages": [0.25, 0.75],
        "bin_errors": [0.01, 0.04],
        "bin_counts": [56, 34],
        "bin_edges": [0.0, 0.5, 1.0],
    },
}
