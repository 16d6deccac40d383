"""Log records of a run, as what can be iterated over, shown in a notebook, and made a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from runlog.log_record import Record

SHOWN = 20
"""Records that a notebook shows."""


class Records(Iterable["Record"]):
    """Log records in the order of their time, read as they are asked for; each loop over them begins anew."""

    def __init__(self, run_id: str, read: Callable[[], Iterator[Record]]) -> None:
        """Nothing is read yet.

        Args:
            run_id: of the run.
            read: begins to read the records.
        """
        self._run_id = run_id
        self._read = read
        self._left: Iterator[Record] | None = None

    def __iter__(self) -> Iterator[Record]:
        return self._read()

    def __next__(self) -> Record:
        """The first record, then the next ones, for ``next(run.records())``."""
        if self._left is None:
            self._left = self._read()
        return next(self._left)

    def to_pandas(self) -> pd.DataFrame:
        """A frame with a row for each record.

        Columns: ``time`` (UTC), ``level``, ``levelno``, ``logger``, ``message``, ``exception`` (the traceback as text,
        or None), ``path``, ``line``, ``function``, ``process``, ``thread_name``, ``rank``, ``attempt``, and
        ``extra.NAME`` for each field that was given as ``extra``.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from runlog.reading.frame import frame_of_rows, import_pandas

        pandas = import_pandas()
        frame = frame_of_rows(list(map(_row, self)))
        if frame.empty:
            return pandas.DataFrame(columns=["time", *COLUMNS])  # type: ignore[no-any-return]
        frame["time"] = pandas.to_datetime(frame["time"], unit="ns", utc=True)
        frame["rank"] = frame["rank"].astype("Int64")
        return frame

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from runlog.notebook.cards import record_table

        some = list(islice(self, SHOWN + 1))
        return record_table(some[:SHOWN], more=len(some) > SHOWN)

    def __repr__(self) -> str:
        return f"Records(run={self._run_id!r})"


COLUMNS = (
    *("level", "levelno", "logger", "message", "exception", "path", "line", "function"),
    *("process", "thread_name", "rank", "attempt"),
)


def _row(record: Record) -> dict[str, Any]:
    row: dict[str, Any] = {"time": record.time_ns, **{name: getattr(record, name) for name in COLUMNS}}
    row["exception"] = None if record.exception is None else record.exception.format()
    row.update({f"extra.{name}": value for name, value in record.extra.items()})
    return row
