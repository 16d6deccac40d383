"""The part of a run that takes metrics with a schema: confusion matrices, accuracy tables, residuals, predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runlog.documents import ACCURACY_TABLE, CONFUSION_MATRIX, PREDICTIONS, RESIDUALS
from runlog.run.base import RunBase
from runlog.run.best_effort import best_effort


class RunDocuments(RunBase):
    """Metrics that are JSON documents, with the arguments and schemas of Azure ML SDK v1.

    Azure ML keeps whatever it is given. Here a document that does not fit its schema raises, with the place in it that
    is wrong. Several of one name are kept in order, and ``get_metrics()`` gives all of them.
    """

    @best_effort
    def log_confusion_matrix(
        self, name: str, value: Mapping[str, Any] | str, description: str = "", *, step: int | None = None
    ) -> None:
        """Log a confusion matrix.

        Args:
            name: of the metric.
            value: a mapping, or its JSON text, with ``schema_type`` "confusion_matrix", ``schema_version`` "1.0.0" and
                ``data``: ``class_labels`` (C texts or numbers) and ``matrix`` (C lists or array rows of C numbers).
            description: kept with the metric.
            step: a whole number.

        Raises:
            WrongTypeError: the value, or a field of it, is of another type.
            WrongValueError: it is no JSON, a field is missing, or lengths do not agree.
            MetricKindError: the name is of another kind.
        """
        self._log_document(CONFUSION_MATRIX, name, value, description, step)

    @best_effort
    def log_accuracy_table(
        self, name: str, value: Mapping[str, Any] | str, description: str = "", *, step: int | None = None
    ) -> None:
        """Log an accuracy table, from which ROC, precision-recall and lift curves are drawn.

        Args:
            name: of the metric.
            value: as of :meth:`log_confusion_matrix`, of type "accuracy_table", version "1.0.1"; in ``data``
                ``probability_tables`` and ``percentile_tables`` of shape (classes, thresholds, 4), in the order TP, FP,
                TN, FN; ``probability_thresholds``, ``percentile_thresholds``, ``class_labels``. TP+FP+TN+FN is the same
                everywhere, TP+FN and FP+TN within each class.
            description: kept with the metric.
            step: a whole number.

        Raises:
            WrongTypeError: the value, or a field of it, is of another type.
            WrongValueError: it is no JSON, a field is missing, or lengths or counts do not agree.
            MetricKindError: the name is of another kind.
        """
        self._log_document(ACCURACY_TABLE, name, value, description, step)

    @best_effort
    def log_residuals(
        self, name: str, value: Mapping[str, Any] | str, description: str = "", *, step: int | None = None
    ) -> None:
        """Log a histogram of residuals.

        Args:
            name: of the metric.
            value: as of :meth:`log_confusion_matrix`, of type "residuals"; in ``data`` the ``bin_counts`` and the
                ``bin_edges``, one more.
            description: kept with the metric.
            step: a whole number.

        Raises:
            WrongTypeError: the value, or a field of it, is of another type.
            WrongValueError: it is no JSON, a field is missing, or lengths do not agree.
            MetricKindError: the name is of another kind.
        """
        self._log_document(RESIDUALS, name, value, description, step)

    @best_effort
    def log_predictions(
        self, name: str, value: Mapping[str, Any] | str, description: str = "", *, step: int | None = None
    ) -> None:
        """Log predictions against true values, in bins of the true value.

        Args:
            name: of the metric.
            value: as of :meth:`log_confusion_matrix`, of type "predictions"; in ``data`` ``bin_averages``,
                ``bin_errors`` and ``bin_counts``, one number a bin, and the ``bin_edges``, one more.
            description: kept with the metric.
            step: a whole number.

        Raises:
            WrongTypeError: the value, or a field of it, is of another type.
            WrongValueError: it is no JSON, a field is missing, or lengths do not agree.
            MetricKindError: the name is of another kind.
        """
        self._log_document(PREDICTIONS, name, value, description, step)

    def _log_document(self, kind: str, name: str, value: Any, description: str, step: int | None) -> None:
        from runlog.writing.documents import log_document

        log_document(self._recorder(), kind, name, value, description, step)
