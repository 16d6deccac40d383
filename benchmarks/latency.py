"""``python -m benchmarks latency``: single calls at a steady rate, beside a process that makes empty calls.

The empty calls are the control: they run in a process without runlog, in turn with ours, and stall only where the
machine itself does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .figures import Latency
from .machine import describe, interpreter, scratch_folder
from .report import micros, progress, say, table
from .statement import Statement
from .workers.busy import disk_writer
from .workers.pool import Recipe, Worker, turn, workers

PER_SECOND = 20_000
VARIANTS = ("alone", "beside a computing thread", "beside a disk writer")


@dataclass(frozen=True)
class Paced:
    """Calls at a steady rate: ours, the empty ones, and what the writer had to do inside calls."""

    ours: Latency
    control: Latency
    inline_growths: int


@contextmanager
def cases(_folder: Path) -> Iterator[dict[str, Statement]]:
    """The control's statement, as a worker takes it: a call that does nothing."""

    def nothing(name: str, value: float, *, step: int) -> None:
        pass

    yield {"one": Statement('nothing("loss", 0.25, step=i)', {"nothing": nothing})}


def measure_paced(folder: Path, variant: str, seconds: float, *, per_second: int = PER_SECOND) -> Paced:
    """Make paced calls for ``seconds``, in segments of one second that alternate with the control's."""
    recipes = [
        Recipe("ours", "benchmarks.peers.ours", interpreter()),
        Recipe("control", "benchmarks.latency", interpreter()),
    ]
    with ExitStack() as stack:
        started, failed = stack.enter_context(workers(recipes, folder))
        if failed:
            raise RuntimeError(f"a worker did not start: {failed}")
        for worker in started.values():
            with turn(worker):
                worker.ask("calibrate", case="one", seconds=0.1)
        if variant == "beside a disk writer":
            stack.enter_context(disk_writer(folder))
        samples = {name: array("q") for name in started}
        growths = 0
        for _ in range(round(seconds)):
            for name, worker in started.items():
                answer = _segment(worker, per_second, busy=variant == "beside a computing thread")
                samples[name].extend(answer["samples"])
                growths += answer["tally"]
        ours, control = (Latency.of(samples[name], started[name].clock) for name in ("ours", "control"))
        return Paced(ours, control, growths)


def _segment(worker: Worker, per_second: int, *, busy: bool) -> dict[str, Any]:
    with turn(worker):
        return worker.ask("paced", case="one", count=per_second, per_second=per_second, busy=busy)


def latency_command(seconds: float) -> None:
    """Measure each variant and print it beside its control."""
    say(f"on {describe()}")
    rows = []
    for variant in VARIANTS:
        progress(f"{variant}: {seconds:g} s of calls and as much of the control")
        with scratch_folder() as folder:
            paced = measure_paced(folder, variant, seconds)
        rows.append(_row(f"run.log, {variant}", paced.ours, str(paced.inline_growths)))
        rows.append(_row("  empty call (control)", paced.control, ""))
    columns = ["µs a call", "p50", "p99", "p99.9", "max", "over 5 ms", "calls", "grown inline"]
    note = (
        f"{PER_SECOND:,} calls of run.log(name, float, step) a second, the loop spins between them; "
        "the cost of the clock is taken off.\n"
        "A stall that the control has too is the machine's or, beside a computing thread, the interpreter's.\n"
        "grown inline: times a call itself had to make the journal longer."
    )
    table("Paced calls", columns, rows, note)


def _row(name: str, one: Latency, growth: str) -> list[str]:
    times = (micros(value) for value in (one.p50, one.p99, one.p999, one.max))
    return [name, *times, str(one.over_5_ms), f"{one.calls:,}", growth]
