"""A statement under measurement, compiled into loops as :mod:`timeit` does: no wrapper call around it is timed."""

from __future__ import annotations

import gc
import threading
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_TEMPLATE = """
def batched(_count, i{names}):
    _began = _clock()
    for i in range(i, i + _count):
        {source}
    return _clock() - _began

def each(_count, i, _out{names}):
    _append = _out.append
    for i in range(i, i + _count):
        _began = _clock()
        {source}
        _ended = _clock()
        _append(_ended - _began)

def paced(_count, i, _out, _period{names}):
    _append = _out.append
    _due = _clock()
    for i in range(i, i + _count):
        _due += _period
        _began = _clock()
        while _began < _due:
            _began = _clock()
        {source}
        _ended = _clock()
        _append(_ended - _began)
"""


@dataclass
class Statement:
    """One line of Python and the objects it uses.

    Args:
        source: the line; it may use ``i``, the number of the call, which counts up over the life of the statement.
        names: the objects the line uses, by name; they are locals of the loop.
        settle: called, untimed, after each slice, to undo what the slice left to do (draining a queue).
        tally: reads a counter of things that should be rare inside the calls.
    """

    source: str
    names: dict[str, Any] = field(default_factory=dict)
    settle: Callable[[], None] | None = None
    tally: Callable[[], int] = int

    def __post_init__(self) -> None:
        defaults = "".join(f", {name}={name}" for name in self.names)
        space: dict[str, Any] = {"_clock": time.perf_counter_ns, **self.names}
        exec(compile(_TEMPLATE.format(source=self.source, names=defaults), "<statement>", "exec"), space)
        self._batched, self._each, self._paced = space["batched"], space["each"], space["paced"]
        self._calls = 0
        self._lock = threading.Lock()

    def batched(self, count: int) -> int:
        """Nanoseconds that ``count`` calls take together, clock read twice."""
        taken: int = self._batched(count, self._reserve(count))
        self._settled()
        return taken

    def each(self, count: int) -> array[int]:
        """Nanoseconds of each of ``count`` calls, the cost of reading the clock included."""
        out = array("q")
        self._each(count, self._reserve(count), out)
        self._settled()
        return out

    def paced(self, count: int, per_second: int) -> array[int]:
        """Nanoseconds of each of ``count`` calls that are due at a steady rate; the loop spins until each is due."""
        out = array("q")
        self._paced(count, self._reserve(count), out, 1_000_000_000 // per_second)
        self._settled()
        return out

    def calibrated(self, seconds: float) -> int:
        """How many calls fill about ``seconds``, found by making calls (which is also the warm-up)."""
        self.batched(1)  # opens files and loads modules: nothing to judge the next calls by
        count = 1
        while True:
            taken = self.batched(count)
            if taken >= 2_000_000 or count >= 1_000_000:
                return max(1, round(count * seconds * 1e9 / taken))
            count *= 4

    def _reserve(self, count: int) -> int:
        with self._lock:
            first, self._calls = self._calls, self._calls + count
        return first

    def _settled(self) -> None:
        if self.settle is not None:
            self.settle()


def clock_cost() -> int:
    """Nanoseconds that :meth:`Statement.each` measures for a call of nothing: the median of many."""
    empty = sorted(Statement("pass").each(20_000))
    return empty[len(empty) // 2]


def run_in_threads(statement: Statement, count: int, threads: int) -> tuple[array[int], int]:
    """Make ``count`` timed calls in each of several threads at once.

    Returns:
        Nanoseconds of each call, of all threads together, waits for the interpreter's lock included; and nanoseconds
        of wall time from the common start to the end of the last thread.
    """
    barrier = threading.Barrier(threads + 1)
    results: list[array[int]] = []

    def body() -> None:
        barrier.wait()
        results.append(statement.each(count))

    workers = [threading.Thread(target=body) for _ in range(threads)]
    for worker in workers:
        worker.start()
    barrier.wait()
    began = time.perf_counter_ns()
    for worker in workers:
        worker.join()
    taken = time.perf_counter_ns() - began
    joined = array("q")
    for result in results:
        joined.extend(result)
    return joined, taken


def collector_state() -> str:
    """Whether the cyclic garbage collector runs during the measurements: it does, as in a user's program."""
    return f"on, thresholds {gc.get_threshold()}" if gc.isenabled() else "off"
