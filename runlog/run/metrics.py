"""The part of a run that takes metrics and parameters, with the arguments of Azure ML SDK v1."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from runlog.run.base import RunBase
from runlog.run.best_effort import best_effort
from runlog.writing import columns, tags
from runlog.writing.refusals import is_lost


class RunLogging(RunBase):
    """What a script calls while it runs.

    An argument of a wrong type or kind raises at once. What depends on amounts, values or the surroundings never
    raises: the best possible form is kept, and what can't be kept is counted in ``run.dropped``.
    """

    def log(self, name: str, value: Any, description: str = "", step: int | None = None) -> None:
        """Log one value of a metric; values of one name make a series.

        Args:
            name: of the metric; ``/`` makes sections. Blanks at its ends don't count.
            value: a number, bool, text, date or time, None (a gap), or an array or tensor with one element. A tensor on
                an accelerator is waited for.
            description: kept with the metric, and shown beside it.
            step: a whole number in 64 bits. Steps may repeat and go back.

        Raises:
            WrongTypeError: the value is no scalar (use :meth:`log_list`, :meth:`log_row`...), or the name no text.
            WrongValueError: the name is empty, or the step is not whole.
            MetricKindError: the name is a row's, a table's or an image's.
        """
        self._recorder().log(name, value, description, step)

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log one value of each of several metrics. (Azure ML has no such call.)

        Args:
            metrics: names and values, as :meth:`log` takes them.
            step: of all of them.

        Raises:
            WrongTypeError: as :meth:`log`; none of the values is then kept.
        """
        self._recorder().log_metrics(metrics, step)

    @best_effort
    def log_list(self, name: str, value: Any, description: str = "") -> None:
        """Log several values of a metric at once; they join what :meth:`log` logs under the name.

        Args:
            name: of the metric.
            value: an iterable of scalars, generators and arrays of one dimension included. May be empty.
            description: kept with the metric.

        Raises:
            WrongTypeError: it is a text or mapping (which Azure ML takes apart), or an element is no scalar.
            MetricKindError: the name is a row's, a table's or an image's.
        """
        columns.log_list(self._recorder(), name, value, description)

    def log_row(self, /, name: str, description: Any = None, **values: Any) -> None:
        """Log one row of a metric with several columns.

        Args:
            name: of the metric.
            description: kept with the metric; or a mapping of columns, for those called ``name`` or ``description``,
                which
                Azure ML can't have.
            values: one scalar a column. A whole number in ``step`` is also the row's step.

        Raises:
            WrongTypeError: a column holds no scalar.
            MetricKindError: the name is of another kind.
        """
        try:  # as in best_effort, which would take a good part of the time that a row takes
            columns.log_row(self._recorder(), name, description, values)
        except Exception as error:
            if not is_lost(self._recorder(), error, events=1):
                raise

    @best_effort
    def log_table(self, name: str, value: Any, description: str = "") -> None:
        """Log a table of a metric; tables of one name follow each other.

        Args:
            name: of the metric.
            value: a mapping of columns to lists or scalars, a list of mappings, a pandas ``DataFrame``, or an array of
                shape (rows, columns).
            description: kept with the metric.

        Raises:
            WrongTypeError: it is none of these, or a cell is no scalar.
            WrongValueError: columns differ in length.
            MetricKindError: the name is of another kind.
        """
        columns.log_table(self._recorder(), name, value, description)

    @best_effort
    def log_image(
        self,
        name: str,
        path: str | os.PathLike[str] | None = None,
        plot: Any = None,
        description: str = "",
        *,
        image: Any = None,
        step: int | None = None,
        masks: Mapping[str, Any] | None = None,
        boxes: Sequence[Mapping[str, Any]] | None = None,
        classes: Mapping[int, str] | None = None,
    ) -> None:
        """Log a picture; exactly one of ``path``, ``plot`` and ``image`` is given.

        Args:
            name: of the metric.
            path: a picture file, kept as it is.
            plot: a matplotlib figure, axes, or ``pyplot`` itself.
            description: kept with the picture.
            image: a PIL image, or an array of shape (height, width) or (height, width, channels).
            step: a whole number.
            masks: by name, arrays of class numbers from 0 to 65535, of shape (height, width).
            boxes: mappings, each with ``position``: (left, top, right, bottom), and ``domain``: "pixel", or "relative"
                where positions run from 0 to 1; and, if wanted, ``class`` (a number or a text), ``score`` and
                ``label``.
            classes: names of the class numbers in masks and boxes.

        Raises:
            WrongTypeError: none of them gives a picture, or a mask or box has a wrong type.
            WrongValueError: none or several were given, the file can't be read, or a mask or box can't be used.
            MetricKindError: the name is of another kind.
        """
        from runlog.writing import media

        overlays = media.Overlaid(masks, boxes, classes)
        media.log_image(self._recorder(), name, (path, plot, image), overlays, description, step)

    @best_effort
    def log_params(self, params: Any) -> None:
        """Keep parameters of the run; the newest value of a name counts. (Azure ML has no such call; MLflow has.)

        Args:
            params: names and values, as a mapping or a configuration object: a dataclass, an ``argparse.Namespace``, an
                object of pydantic, attrs or OmegaConf. Numbers, bools, texts and dates keep their type. What is nested
                gets names with dots: ``{"opt": {"lr": 0.1}}`` is ``opt.lr``. Lists, sets, ranges and arrays become
                JSON, and whatever else is in a configuration its text: paths, types, functions, estimators.

        Raises:
            WrongTypeError: it is neither a mapping nor a configuration object, or a name is no text.
            WrongValueError: a name is empty.
        """
        tags.log_params(self._recorder(), params)
