"""The part of a run that is read back: from the journal, so that a live run of another process reads the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from runlog.errors import MetricNotFoundError
from runlog.run.base import RunBase
from runlog.values import decode_cell

if TYPE_CHECKING:
    import pandas as pd

    from runlog.reading.series import Series
    from runlog.record_list import Records


class RunReading(RunBase):
    """What is asked of a run, open or ended."""

    @property
    def params(self) -> dict[str, Any]:
        """The run's parameters, each the newest value."""
        return {name: decode_cell(value) for name, value in self.state().params.items()}

    def get_metrics(
        self,
        name: str | None = None,
        recursive: bool = False,
        run_type: str | None = None,
        populate: bool = False,
        shape: str | None = None,
    ) -> dict[str, Any]:
        """Everything that was logged, by name, in the order first logged.

        Args:
            name: only this metric.
            recursive: by run instead, ``{run_id: {name: ...}}``, for this run and those beneath it; runs without
                metrics
                are left out.
            run_type: of the runs beneath, only those of this type.
            populate: Azure ML's choice between a picture's place and its bytes, for the shape "azure": True gives a
                :class:`FileRef` there too, which gives both.
            shape: "lists" (default): a list for scalars and lists, ``{column: list}`` for rows and tables, a list of
                :class:`~runlog.reading.references.FileRef` for images, of
                :class:`~runlog.reading.references.MediaRef` for texts, figures, histograms, sounds and pages, of
                :class:`~runlog.reading.documents.Document` for confusion matrices and their kin. "azure": a single
                value bare, a single row as ``{column: value}``, of images and the like the first's hash, of documents
                the first.

        Returns:
            an empty mapping where nothing was logged.

        Raises:
            WrongValueError: there is no such shape.
        """
        from runlog.names import normalise
        from runlog.reading.family import read_children
        from runlog.reading.metrics import read_metrics

        names = None if name is None else [normalise(name, "metric name").name]
        if not recursive:
            return read_metrics(self._backend, self.id, names, shape or "lists", populate=populate)
        beneath = read_children(self._backend, self.id, recursive=True)
        ids = [self.id, *(state.id for state in beneath if run_type is None or state.type == run_type)]
        with self._backend.at_hand(ids):
            found = {one: read_metrics(self._backend, one, names, shape or "lists", populate=populate) for one in ids}
        return {one: metrics for one, metrics in found.items() if metrics}

    def series(self, name: str, attempts: str = "newest") -> Series:
        """One metric's scalars with their steps, times, ranks and attempts, as they are drawn.

        Args:
            name: of the metric.
            attempts: where a resumed run logged a step again: "newest" leaves out what earlier attempts logged for
                that step, "all" gives everything that was logged, as :meth:`get_metrics` does.

        Raises:
            WrongValueError: ``attempts`` is neither of them.
            MetricNotFoundError: no scalar or list was logged under the name.
        """
        from runlog.names import normalise
        from runlog.reading.attempts import ALL, check_attempts, newest_of_steps
        from runlog.reading.chunks import read_scalars
        from runlog.reading.series import Series

        check_attempts(attempts)
        kept = normalise(name, "metric name").name
        found = read_scalars(self._backend.journal(self.id), [kept])
        if kept not in found:
            known = ", ".join(map(repr, list(read_scalars(self._backend.journal(self.id)))[:8])) or "none"
            raise MetricNotFoundError(f"run {self.id} has no scalar metric {kept!r}; it has {known}")
        opened = self.state().writers
        return Series(kept, found[kept] if attempts == ALL else newest_of_steps(found[kept], opened), opened)

    def to_pandas(self) -> pd.DataFrame:
        """All scalars as one long frame: name (categorical), index, step, time, value, writer.

        In a job there is a column rank, of a run that was resumed a column attempt. The value's column is int64 where
        all are integers within 64 bits, else float64. Where some value is no float64 (texts, large integers), a column
        ``text`` has the exact values of these.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from runlog.reading.frame import read_frame

        return read_frame(self._backend.journal(self.id), self.state().writers)

    def records(
        self,
        level: int | str | None = None,
        logger: str | None = None,
        grep: str | re.Pattern[str] | None = None,
        around: Any = None,
        seconds: float | None = None,
    ) -> Records:
        """Log records, by time.

        Args:
            level: the lowest level, by name or number.
            logger: only this logger and those beneath it.
            grep: a regular expression found in the message or in the exception.
            around: a moment: a datetime, seconds since 1970, or a point of a series such as ``series.argmax()``.
            seconds: how far from ``around``, to either side; by default 5.

        Returns:
            the records, to be looped over as often as wanted; they are read as they are asked for. ``to_pandas()``
            makes a frame of them.

        Raises:
            WrongValueError: there is no such level, or the expression is none.
        """
        from runlog.reading.log_records import make_filter, read_records
        from runlog.record_list import Records

        wanted = make_filter(level, logger, grep, around, seconds)
        return Records(self.id, lambda: read_records(self._backend.journal(self.id), wanted))
