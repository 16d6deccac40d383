"""``python -m benchmarks reading``: the table of reads."""

from __future__ import annotations

from benchmarks.machine import describe, scratch_folder
from benchmarks.report import progress, say, table

from .points import PointsRead, measure_points
from .records import RecordsSearched, measure_grep
from .tiny_runs import TinyRuns, measure_tiny_runs


def measure_points_apart() -> PointsRead:
    progress("10 million points: writing, then reading three times")
    with scratch_folder() as folder:
        return measure_points(folder)


def measure_grep_apart() -> RecordsSearched:
    progress("1 million records: writing, then searching three times")
    with scratch_folder() as folder:
        return measure_grep(folder)


def measure_tiny_runs_apart() -> TinyRuns:
    progress("10,000 tiny runs")
    with scratch_folder() as folder:
        return measure_tiny_runs(folder)


def reading_command() -> None:
    """Measure all three and print."""
    say(f"on {describe()}")
    points, grep, tiny = measure_points_apart(), measure_grep_apart(), measure_tiny_runs_apart()
    rows = [
        [
            f"to_pandas of {points.points:,} points",
            _seconds(points.read_seconds),
            f"written in {points.write_seconds:.1f} s, {points.bytes_a_point:.1f} bytes each",
        ],
        [
            f"runlog logs --grep over {grep.records:,} records",
            _seconds(grep.grep_seconds),
            f"written in {grep.write_seconds:.1f} s, {grep.bytes_a_record:.0f} bytes each",
        ],
        [f"{tiny.runs:,} tiny runs on disk", f"{tiny.bytes_on_disk / 1e6:.1f} MB", f"made in {tiny.seconds:.1f} s"],
    ]
    note = (
        "Reads and searches: the quickest of three fresh processes, then the others; the files are in the page cache.\n"
        "The search is the whole process, the interpreter's start included."
    )
    table("Reading", ["", "measured", "beside"], rows, note)


def _seconds(times: list[float]) -> str:
    return f"{times[0]:.2f} s ({', '.join(f'{one:.2f}' for one in times[1:])})"
