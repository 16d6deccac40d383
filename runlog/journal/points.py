"""The points stream in the caller's thread.

``run.log`` is a closure made here. It takes no lock: threads and signal handlers are kept apart by the fact that
CPython checks for signals and thread switches after calls only. So every call and check comes first, and between taking
a place and ``pack_into`` there is nothing that calls; ``tests/journal/test_bytecode.py`` holds that. On a build without
the GIL the limit stays closed, and every call takes the locked path.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from runlog.errors import WrongValueError
from runlog.journal.cells import Cells
from runlog.journal.definitions import Definitions
from runlog.journal.format import (
    CHECK_MODULUS,
    HAS_STEP,
    HEADER_SIZE,
    POINT,
    POINT_INT,
    POINT_SIZE,
    POINT_UINT,
    VALUE_KINDS,
    PointKind,
    check,
    definition_size,
    pack_definition,
)
from runlog.journal.real_time import monotonic_ns
from runlog.journal.stream import SegmentChain

Log = Callable[..., None]
INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
FLOAT_KIND, INT_KIND = int(PointKind.FLOAT), int(PointKind.INT)
STEP_BIT = HAS_STEP << 8
BATCH_LIMIT = 64
"""Metrics of one ``log_metrics`` call that the slack behind the limit has room for."""
_LOOK_BACK = 64
"""Records at the end of the stream that are searched for the newest step."""
UNPLACEABLE = (struct.error, TypeError, ValueError, IndexError, MemoryError)
"""What a store raises where the mapping is gone (closed, forked), was overshot, or memory is: the slow path goes on."""


def is_foreign(error: BaseException) -> bool:
    """Whether a closure's store did not raise this, but a signal handler that ran right after it."""
    return error.__traceback__ is not None and error.__traceback__.tb_next is not None


def as_method(function: Log) -> Log:
    """Let a closure be called by the name that users know, in Python's own complaints about a call."""
    function.__qualname__ = f"Run.{function.__name__}"
    return function


def make_log(cells: Cells, ids: dict[str, int], slow: Callable[..., None]) -> Log:
    """The closure behind ``run.log``.

    Args:
        cells: the stream's variables.
        ids: series ids of the names that are known as scalars.
        slow: called with (name, value, description, step) for all that is not a known name with an exact float or
            64-bit int, no description, and no step or an exact 64-bit int.
    """
    pack_float, pack_int, clock = POINT.pack_into, POINT_INT.pack_into, monotonic_ns

    def log(name: str, value: Any, description: str = "", step: int | None = None) -> None:
        try:
            series = ids[name]
        except (KeyError, TypeError):
            return slow(name, value, description, step)
        if cells.offset > cells.highest or description:
            return slow(name, value, description, step)
        if type(value) is float:
            pack, kind = pack_float, FLOAT_KIND
        elif type(value) is int and INT64_MIN <= value <= INT64_MAX:
            pack, kind = pack_int, INT_KIND
        else:
            return slow(name, value, description, step)
        if step is None:
            number = 0
        elif type(step) is int and INT64_MIN <= step <= INT64_MAX:
            number = step
            kind |= STEP_BIT
        else:
            return slow(name, value, description, step)
        try:
            time = clock() + cells.anchor
            cells.offset = (place := cells.offset) + 32
            pack(cells.view, place, number, time, value, series, kind, (time ^ series ^ place) % 65521)
        except UNPLACEABLE as error:
            if is_foreign(error):
                raise
            return slow(name, value, description, step)

    return as_method(log)


def make_log_metrics(cells: Cells, ids: dict[str, int], slow: Callable[..., None]) -> Log:
    """The closure behind ``run.log_metrics``: one time and step for all values.

    Args:
        cells: the stream's variables.
        ids: series ids of the names that are known as scalars.
        slow: called with (metrics, step) for all that is not a dict of known names and exact floats.
    """
    pack, clock, known, floats = POINT.pack_into, monotonic_ns, ids.keys(), {float}

    def log_metrics(metrics: Mapping[str, Any], step: int | None = None) -> None:
        if (
            type(metrics) is not dict
            or cells.offset > cells.highest
            or len(metrics) > BATCH_LIMIT
            or set(map(type, metrics.values())) != floats
            or not metrics.keys() <= known
        ):
            return slow(metrics, step)
        kind = FLOAT_KIND
        number = 0
        if step is not None:
            if type(step) is not int or not INT64_MIN <= step <= INT64_MAX:
                return slow(metrics, step)
            number = step
            kind |= STEP_BIT
        name = None
        try:
            time = clock() + cells.anchor
            for name, value in metrics.items():
                series = ids[name]
                cells.offset = (place := cells.offset) + 32
                pack(cells.view, place, number, time, value, series, kind, (time ^ series ^ place) % 65521)
        except (*UNPLACEABLE, KeyError) as error:
            if is_foreign(error):
                raise
            names = list(metrics)
            return slow({left: metrics[left] for left in names[names.index(name) :]}, step)

    return as_method(log_metrics)


class Points:
    """The points stream behind the closures: new names, other values, the end of a segment. Runs in the gate."""

    def __init__(self, chain: SegmentChain, definitions: Definitions) -> None:
        self._chain = chain
        self._definitions = definitions

    def write(
        self, name: str, kind: int, value: float | None, step: int | None, time: int, alias: str | None = None
    ) -> None:
        """Write a scalar, behind the definition of its name where that is new.

        Raises:
            OSError: no space.
        """
        known = self._definitions
        series = known.ids.get(name, known.series.get(name))
        if series is None:
            series = self._define(name, time)
        known.ids[name if alias is None else alias] = series
        pack, number = _PACKERS.get(kind, POINT).pack, 0.0 if value is None else value
        kind_flags = kind | (0 if step is None else STEP_BIT)
        self._chain.put(
            POINT_SIZE,
            lambda place: pack(step or 0, time, number, series, kind_flags, check(time, series, place)),
        )

    def _define(self, name: str, time: int) -> int:
        spelled = name.encode("utf-8", "replace")
        series = self._definitions.new_series()
        writer = self._chain.writer
        self._chain.put(definition_size(spelled), lambda place: pack_definition(writer, spelled, series, time, place))
        assert self._chain.current is not None
        return self._definitions.add(name, spelled, series, self._chain.current)


def newest_step(cells: Cells) -> int | None:
    """The step of the newest point that has one; None where none of the last few does."""
    view, place = cells.view, cells.offset - POINT_SIZE
    for _ in range(_LOOK_BACK):
        if view is None or place < HEADER_SIZE:
            break
        step, _, _, _, kind_and_flags, _ = POINT.unpack_from(view, place)
        if kind_and_flags & 0xFF in VALUE_KINDS and kind_and_flags >> 8 & HAS_STEP:
            return int(step)
        place -= POINT_SIZE
    return None


def exact(kind: int, value: float | None, step: int | None) -> float | None:
    """The value as an exact float or int that a slot holds; a value's own ``__float__`` runs here, and only here.

    Raises:
        WrongValueError: value or step does not fit.
    """
    number = value if value is None else float(value) if kind == FLOAT_KIND else int(value)
    try:
        _PACKERS.get(kind, POINT).pack(step or 0, 0, 0.0 if number is None else number, 0, kind, 0)
    except struct.error as error:
        raise WrongValueError(
            f"a point of kind {PointKind(kind).name} can't hold {value!r} at step {step!r} ({error}): "
            "integers of more than 64 bits are logged as events"
        ) from error
    return number


_PACKERS = {int(PointKind.INT): POINT_INT, int(PointKind.UINT): POINT_UINT, int(PointKind.BOOL): POINT_UINT}

assert POINT_SIZE == 32, "written out in the closures, where a name would cost a look-up"
assert CHECK_MODULUS == 65521, "likewise"
