"""``run.to_pandas``: all scalars of a run as one long frame, without a Python object for any point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runlog.backend import JournalView
from runlog.errors import MissingExtraError
from runlog.journal.format import PointKind
from runlog.reading.attempts import attempts_by
from runlog.reading.chunks import Chunk, read_event_chunks
from runlog.records import RunOpened

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from runlog.journal.reader import PointColumns


def import_pandas() -> Any:
    """The module ``pandas``.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("to_pandas needs pandas: pip install 'runlog-ml[pandas]'") from error
    return pd


def frame_of_rows(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """A frame with a row for each mapping; a value that one lacks is missing.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    pandas = import_pandas()
    frame: pd.DataFrame
    try:
        frame = pandas.DataFrame(rows)
    except OverflowError:  # pandas 2 makes floats of integers
        frame = pandas.DataFrame(rows, dtype=object)
        for name in frame:
            frame[name] = column_of(list(frame[name]))
    return frame


def column_of(values: list[Any]) -> Any:
    """A column of any values: integers beyond float64 stay objects, too, at which pandas 2 fails."""
    pandas = import_pandas()
    try:
        return pandas.Series(values)
    except OverflowError:
        return pandas.Series(values, dtype=object)


@dataclass
class _Part:
    """Rows of the frame from one source of one writer. ``texts`` has the values that are no numbers, by row."""

    writer: str
    codes: np.ndarray[Any, Any]
    steps: np.ndarray[Any, Any]
    stepped: np.ndarray[Any, Any]
    times: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]
    texts: dict[int, Any]

    def __len__(self) -> int:
        return len(self.times)


def read_frame(journal: JournalView, opened: Mapping[str, RunOpened]) -> pd.DataFrame:
    """All scalars of a run: one row a value, writer after writer, within a writer in the order of time.

    Columns: ``name`` (categorical); ``index``, the value's number among the writer's values of that name; ``step``
    (Int64, missing where none was given); ``time`` (UTC, nanoseconds); ``value`` (int64 where all values are integers
    within 64 bits, else float64, with gaps and texts as NaN); ``writer`` (categorical); in a job of several processes
    ``rank``; of a run of several attempts ``attempt``. Where some value is no float64, ``text`` has the exact value,
    and is missing elsewhere.
    """
    pandas = import_pandas()
    import numpy as np

    names: dict[str, int] = {}
    parts = [_from_points(np, columns, names) for columns in journal.points()]
    parts += [_from_chunk(np, name, chunk, names) for name, chunk in read_event_chunks(journal, None)]
    rows = _joined(np, [part for part in parts if len(part)], len(names))
    return _frame(np, pandas, rows, names, opened)


def _code(names: dict[str, int], name: str) -> int:
    return names.setdefault(name, len(names))


def _from_points(np: Any, columns: PointColumns, names: dict[str, int]) -> _Part:
    codes = np.fromiter((_code(names, name) for name in columns.names), dtype=np.int32, count=len(columns.names))
    return _Part(
        columns.writer,
        codes[columns.series] if len(codes) else np.zeros(0, np.int32),
        np.asarray(columns.steps),
        np.asarray(columns.has_step, dtype=bool),
        np.asarray(columns.times),
        numbers_of(np, np.asarray(columns.kinds), np.asarray(columns.raw)),
        {},
    )


def numbers_of(np: Any, kinds: Any, raw: Any) -> Any:
    """Values of points as one array: int64 where all are such integers, else float64.

    Args:
        np: numpy.
        kinds: a :class:`~runlog.journal.format.PointKind` for each point, uint8.
        raw: the 64 bits of each value, int64.
    """
    if not len(kinds):
        return np.zeros(0, np.float64)
    present = np.flatnonzero(np.bincount(kinds, minlength=1))
    if present.tolist() == [PointKind.FLOAT]:
        return raw.view(np.float64)
    if present.tolist() == [PointKind.INT]:
        return raw
    values = raw.view(np.float64).copy()
    for kind, convert in ((PointKind.INT, np.int64), (PointKind.UINT, np.uint64), (PointKind.BOOL, np.uint64)):
        chosen = kinds == kind
        values[chosen] = raw[chosen].view(convert)
    values[kinds == PointKind.GAP] = np.nan
    return values


def _from_chunk(np: Any, name: str, chunk: Chunk, names: dict[str, int]) -> _Part:
    count = len(chunk.times)
    values, texts = _split_texts(chunk.values)
    return _Part(
        chunk.writer,
        np.full(count, _code(names, name), np.int32),
        np.array([step or 0 for step in chunk.steps], np.int64),
        np.array([step is not None for step in chunk.steps], bool),
        np.array(chunk.times, np.int64),
        np.array(values, np.float64),
        texts,
    )


def _split_texts(values: Sequence[Any]) -> tuple[list[float], dict[int, Any]]:
    """Values as floats, and those that no float64 holds."""
    numbers: list[float] = []
    texts: dict[int, Any] = {}
    for place, value in enumerate(values):
        number = _as_float(value)
        numbers.append(number)
        if value is not None and not _says_all(number, value):
            texts[place] = value
    return numbers, texts


def _as_float(value: Any) -> float:
    try:
        return float(value) if not isinstance(value, str) and value is not None else float("nan")
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def _says_all(number: float, value: Any) -> bool:
    """Whether a float is all there is to a value: it equals it, or both are not-a-number."""
    try:
        return bool(number == value or (number != number and value != value))  # noqa: PLR0124 - not-a-number
    except ArithmeticError:  # a signalling not-a-number
        return True


@dataclass
class _Rows:
    """All columns of the frame, as arrays of one length."""

    codes: Any
    index: Any
    steps: Any
    stepped: Any
    times: Any
    values: Any
    writers: Any
    writer_names: list[str]
    texts: dict[int, Any]


def _joined(np: Any, parts: list[_Part], names: int) -> _Rows:
    writer_names = sorted({part.writer for part in parts})
    by_writer = [[part for part in parts if part.writer == writer] for writer in writer_names]
    ordered = [_in_time_order(np, of_one) for of_one in by_writer]
    index = [_counted(np, part.codes, names) for part in ordered]
    texts: dict[int, Any] = {}
    start = 0
    for part in ordered:
        texts.update({start + row: value for row, value in part.texts.items()})
        start += len(part)

    def whole(column: str, dtype: Any) -> Any:
        pieces = [getattr(part, column) for part in ordered]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces) if pieces else np.zeros(0, dtype)

    return _Rows(
        codes=whole("codes", np.int32),
        index=index[0] if len(index) == 1 else np.concatenate(index) if index else np.zeros(0, np.int64),
        steps=whole("steps", np.int64),
        stepped=whole("stepped", bool),
        times=whole("times", np.int64),
        values=whole("values", np.float64),
        writers=np.repeat(np.arange(len(ordered), dtype=np.int16), [len(part) for part in ordered]),
        writer_names=writer_names,
        texts=texts,
    )


def _in_time_order(np: Any, parts: list[_Part]) -> _Part:
    """One writer's parts as one. Points alone stay in the order of their stream."""
    if len(parts) == 1:
        return parts[0]
    times = np.concatenate([part.times for part in parts])
    order = np.argsort(times, kind="stable")
    texts: dict[int, Any] = {}
    if any(part.texts for part in parts):
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        start = 0
        for part in parts:
            texts.update({int(place[start + row]): value for row, value in part.texts.items()})
            start += len(part)
    codes, steps, stepped, values = (
        np.concatenate([getattr(part, column) for part in parts])[order]
        for column in ("codes", "steps", "stepped", "values")
    )
    return _Part(parts[0].writer, codes, steps, stepped, times[order], values, texts)


def _counted(np: Any, codes: Any, names: int) -> Any:
    """For each row, how many rows of its name come before it."""
    narrow = codes.astype(np.uint16) if names <= 1 << 16 else codes  # 16 bits are sorted by radix, in linear time
    order = np.argsort(narrow, kind="stable")
    counts = np.bincount(codes, minlength=names)
    starts = np.cumsum(counts) - counts
    index = np.empty(len(codes), np.int64)
    index[order] = np.arange(len(codes)) - np.repeat(starts, counts)
    return index


def _frame(np: Any, pandas: Any, rows: _Rows, names: dict[str, int], opened: Mapping[str, RunOpened]) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "name": pandas.Categorical.from_codes(rows.codes, categories=list(names)),
        "index": rows.index,
        "step": pandas.arrays.IntegerArray(rows.steps.astype(np.int64, copy=False), ~rows.stepped),
        "time": pandas.DatetimeIndex(rows.times.view("M8[ns]")).tz_localize("UTC"),
        "value": rows.values,  # noqa: PD011 - a column of ours
        "writer": pandas.Categorical.from_codes(rows.writers, categories=rows.writer_names),
    }
    known = [opened[writer].rank if writer in opened else None for writer in rows.writer_names]
    if any(rank is not None for rank in known):
        numbers = np.array([rank or 0 for rank in known], np.int64)[rows.writers]
        missing = np.array([rank is None for rank in known], bool)[rows.writers]
        columns["rank"] = pandas.arrays.IntegerArray(numbers, missing)
    attempts = attempts_by(rows.writer_names, opened)
    if any(attempt > 1 for attempt in attempts):
        columns["attempt"] = np.array(attempts, np.int64)[rows.writers]
    if rows.texts:
        texts = np.full(len(rows.times), None, dtype=object)
        for row, value in rows.texts.items():
            texts[row] = value
        columns["text"] = texts
    frame: pd.DataFrame = pandas.DataFrame(columns, copy=False)
    return frame
