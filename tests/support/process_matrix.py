"""What is kept of the records of each kind of process, however it ends: measured, and shown as docs/guarantees.md."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from runlog import Run, Workspace
from support.process_program import ENDS, RECORDS, TERMINATED
from support.scripts import run_script

PROGRAM = Path(__file__).with_name("process_program.py")
QUIET = {"RUNLOG_QUIET": "1", "RUNLOG_CAPTURE_SYSTEM": "0"}
LEAVES = ("returns", "raises an exception", "os._exit(0)", "SIGTERM", "SIGKILL")
"""Ways to end that a task in a pool has: its worker goes on after `sys.exit`, or not, as the pool likes."""


class Kind(NamedTuple):
    """One kind of process."""

    title: str
    line: str
    """What a program writes so that children belong to its run."""
    ends: tuple[str, ...] = tuple(ENDS)


NOTHING = "nothing"
ATTACH = "`runlog.attach()` in the child"
INITIALIZER = "`initializer=runlog.attach`"
KINDS = {
    "script": Kind("The program itself", NOTHING),
    "os.fork": Kind("`os.fork()`", NOTHING),
    "Process, fork": Kind("`multiprocessing.Process`, fork", NOTHING),
    "Process, spawn": Kind("`multiprocessing.Process`, spawn", ATTACH),
    "Process, forkserver": Kind("`multiprocessing.Process`, forkserver", ATTACH),
    "Pool, fork": Kind("`multiprocessing.Pool`, fork", NOTHING, (*LEAVES, TERMINATED)),
    "Pool, spawn": Kind("`multiprocessing.Pool`, spawn", INITIALIZER, (*LEAVES, TERMINATED)),
    "Pool, forkserver": Kind("`multiprocessing.Pool`, forkserver", INITIALIZER, (*LEAVES, TERMINATED)),
    "ProcessPoolExecutor, fork": Kind("`ProcessPoolExecutor`, fork", NOTHING, LEAVES),
    "ProcessPoolExecutor, spawn": Kind("`ProcessPoolExecutor`, spawn", INITIALIZER, LEAVES),
    "ProcessPoolExecutor, forkserver": Kind("`ProcessPoolExecutor`, forkserver", INITIALIZER, LEAVES),
    "loky": Kind("joblib, loky", INITIALIZER, LEAVES),
    "program": Kind("another program, by `subprocess`", ATTACH),
}
TORCH_KINDS = {
    "DataLoader, fork": Kind("torch `DataLoader`, fork", NOTHING, LEAVES),
    "DataLoader, spawn": Kind("torch `DataLoader`, spawn", "`worker_init_fn=runlog.attach`", LEAVES),
}


class Outcome(NamedTuple):
    """What was found after a process had ended in one way."""

    end: str
    records: str
    """Log records kept in the parent's run, of those that were logged."""
    values: str
    """Metric values, likewise."""
    own: str
    """Records and values kept in the run that the process started itself."""
    status: str
    """Of that run."""


def measure(kind: str, folder: Path) -> list[Outcome]:
    """Run real processes of one kind, and read back what they logged."""
    ends = (KINDS | TORCH_KINDS)[kind].ends
    if kind == "script":
        return [_outcome_of_script(end, folder) for end in ends]
    run_script(folder, PROGRAM, kind, *ends, env=QUIET)
    runs = {run.name: run for run in Workspace(folder / ".runlog").runs()}
    (parent,) = (run for run in runs.values() if run.experiment_name == "parent")
    assert parent.status == "Completed"
    assert parent.dropped == 0
    return [_outcome(end, parent, runs[end]) for end in ends]


def _outcome_of_script(end: str, folder: Path) -> Outcome:
    run_script(folder, PROGRAM, "script", end, env=QUIET, check=False)
    (run,) = (run for run in Workspace(folder / ".runlog").runs() if end in run.get_metrics())
    return Outcome(end, "", "", f"{kept_records(run, end)}, {kept_values(run, end)}", run.status)


def _outcome(end: str, parent: Run, own: Run) -> Outcome:
    kept = f"{kept_records(own, end)}, {kept_values(own, end)}"
    return Outcome(end, kept_records(parent, end), kept_values(parent, end), kept, own.status)


def kept_records(run: Run, name: str) -> str:
    """How many of the records that a child logged are kept, and in which order."""
    return _kept([record.args[0] for record in run.records(logger=f"child.{name}")])


def kept_values(run: Run, name: str) -> str:
    """The same of its metric."""
    return _kept(run.get_metrics(name).get(name, []))


def _kept(numbers: list[int]) -> str:
    if numbers == list(range(RECORDS)):
        return "all"
    twice = sum(count - 1 for count in Counter(numbers).values())
    return (
        f"{len(set(numbers))} of {RECORDS}"
        + (f", {twice} twice" if twice else "")
        + ("" if numbers == sorted(numbers) else ", in another order")
    )


# -- the page ----------------------------------------------------------------------------------------------------------

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guarantees.md"
HEAD = f"""# Guarantees

What is kept of what a process logs, for each kind of process and each way in which it ends. Every cell was measured with real
processes: `make guarantees` runs the tests, and writes this page from what they found (last on CPython {{python}}); the
suite measures again and compares.

Each process logs {RECORDS} records through `logging` and {RECORDS} metric values to its parent's run; then it starts a run of its own,
logs as much to that, and ends. "All" means: each of them, once, and in the order of the calls. The parent's run goes on and ends as
Completed, whatever its children do.

A child belongs to its parent's run by itself where it is forked. Elsewhere it takes one line, which stands beside each kind.
[Child processes](processes.md) says more.
"""


def page(measured: dict[str, list[Outcome]]) -> str:
    """The page, from what was measured of each kind."""
    order = [kind for kind in KINDS | TORCH_KINDS if kind in measured]
    version = ".".join(map(str, sys.version_info[:2]))
    return "\n".join([HEAD.format(python=version), *("\n".join(section(kind, measured[kind])) for kind in order)])


def section(kind: str, outcomes: list[Outcome]) -> Iterator[str]:
    """The lines of one kind."""
    title, line, _ = (KINDS | TORCH_KINDS)[kind]
    yield f"## {title}\n"
    if kind == "script":
        yield "| the program | records and values of its run | its run ends as |\n|---|---|---|"
        yield from (f"| {one.end} | {one.own} | {one.status} |" for one in outcomes)
    else:
        yield f"In the program: {line}.\n"
        yield "| the child | records in the parent's run | values in the parent's run | of its own run | its own run ends as |"
        yield "|---|---|---|---|---|"
        yield from (f"| {' | '.join(one)} |" for one in outcomes)
    yield ""


def write_page(results: Path) -> None:
    """Write the page from what the tests found."""
    measured = {path.stem: [Outcome(*one) for one in json.loads(path.read_text())] for path in results.glob("*.json")}
    missing = KINDS.keys() - measured.keys()
    assert not missing, f"not measured: {', '.join(sorted(missing))}"
    PAGE.write_text(page(measured), encoding="utf-8")


if __name__ == "__main__":
    write_page(Path(sys.argv[1]))
