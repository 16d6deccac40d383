"""``python -m benchmarks calls``: what a call costs the thread that makes it."""

from __future__ import annotations

from pathlib import Path

from .figures import Latency
from .interleave import Measured, Plan, measure_batched, measure_single, measure_threaded, measured
from .machine import describe, scratch_folder
from .report import micros, progress, say, table
from .statement import Statement
from .subjects import exceptions, libraries, stdlib
from .subjects.run_log import open_run, records, run_calls

THREADS = 4
_BASE = "NullHandler"


def calls_command(plan: Plan) -> None:
    """Measure every subject in turn and print a table for one thread and one for four."""
    say(f"on {describe()}")
    with scratch_folder() as folder, open_run(folder) as run:
        subjects = {**run_calls(run), **records(folder)}
        others, missing = _beside(folder)
        subjects |= others
        results = measured(subjects)
        progress(f"{len(subjects)} subjects, one thread")
        measure_batched(subjects, plan, results)
        measure_single(subjects, Plan(plan.rounds, max(1, plan.slices // 2), plan.seconds), results)
        progress(f"{THREADS} threads")
        measure_threaded(subjects, plan, THREADS, results)
        unkept = run.dropped
    _print_single(results, plan)
    _print_threaded(results)
    for name, reason in missing.items():
        say(f"{name}: not measured: {reason}")
    say(f"run.dropped after all this: {unkept}")


def _beside(folder: Path) -> tuple[dict[str, Statement], dict[str, str]]:
    found, missing = libraries.statements(folder)
    return {**stdlib.calls(), **stdlib.handlers(folder), **found, **exceptions.handlers(folder)}, missing


def _row(name: str, cost: float, latency: Latency, ratio: str) -> list[str]:
    times = (cost, latency.p50, latency.p99, latency.p999, latency.max)
    return [name, *(micros(one) for one in times), f"{latency.calls:,}", ratio]


def _print_single(results: dict[str, Measured], plan: Plan) -> None:
    base = results[_BASE]
    rows = [
        _row(name, one.cost, Latency.over_rounds(one.single), f"{one.ratio_to(base).value:.2f}")
        for name, one in results.items()
    ]
    note = (
        f"of many: {plan.rounds} rounds of {plan.slices} slices of {plan.seconds * 1000:g} ms, subjects in turn; "
        "a slice's time over its calls, the median of slices, then of rounds.\n"
        "p50 to max: calls timed singly, the cost of the clock taken off, medians of rounds (max: of all).\n"
        "x Null: the median of slice over NullHandler's slice of the same turn."
    )
    table("1 thread", ["µs a call", "of many", "p50", "p99", "p99.9", "max", "calls", "x Null"], rows, note)


def _print_threaded(results: dict[str, Measured]) -> None:
    rows = []
    for name, one in results.items():
        wall = sorted(one.threaded_wall)[len(one.threaded_wall) // 2]
        rows.append(_row(name, wall, Latency.over_rounds(one.threaded), f"{1e9 / wall:,.0f}"))
    note = (
        "of all: wall time over the calls of all threads, reading the clock around each included.\n"
        "p50 to max: single calls, waits for the interpreter's lock included."
    )
    table(f"{THREADS} threads", ["µs a call", "of all", "p50", "p99", "p99.9", "max", "calls", "calls/s"], rows, note)
