"""``python -m benchmarks starting``: from ``runlog.start()`` to the return of the first ``run.log``.

Beside the wall time it tells when what the run runs on was recorded, and what recording it does to a loop that
makes 20,000 turns a second meanwhile. Surroundings: an empty folder; and a dirty git repository of 5,000 files with 500
more distributions on the import path. Each is measured with the recording and without it, in turn.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from .figures import Latency
from .machine import child_environment, describe, interpreter, scratch_folder
from .report import micros, progress, say, table

FILES = 5_000
PACKAGES = 500
PER_SECOND = 20_000
LOOP_SECONDS = 1.5


@dataclass(frozen=True)
class Starting:
    """Rounds of one surrounding: milliseconds to the first log and to each section, and turns that came late.

    Processor time, unlike the others, hardly depends on what else the machine does: that of the calling thread up to
    the first log, and that of the process's other threads over its whole life.
    """

    first_log: list[float]
    own_time: float
    other_threads: float
    recorded: dict[str, float]
    late: Latency

    @property
    def first_log_median(self) -> float:
        return median(self.first_log)


def starting_command(rounds: int) -> None:
    """Measure and print both surroundings."""
    say(f"on {describe()}")
    rows = []
    for (place, recording), found in measure_starting(rounds).items():
        times = (micros(one) for one in (found.late.p50, found.late.p99, found.late.p999, found.late.max))
        first = f"{found.first_log_median:.1f}"
        span = f"{min(found.first_log):.1f} to {max(found.first_log):.1f}"
        how = "recording" if recording else "capture_system=False (control)"
        processor = f"{found.own_time:.1f}", f"{found.other_threads:.1f}"
        rows.append([f"{place}, {how}", first, span, *processor, *times, str(found.late.over_5_ms)])
        if recording:
            known = ", ".join(f"{name} {ms:.0f}" for name, ms in found.recorded.items())
            say(f"{place}: sections in the run, ms after it was opened: {known}")
    columns = [
        "",
        "first log, ms",
        "range",
        "its processor time, ms",
        "other threads, ms",
        "late p50, µs",
        "p99",
        "p99.9",
        "max",
        "over 5 ms",
    ]
    note = (
        f"{rounds} fresh processes each; medians. other threads: processor time of all others over its "
        f"life.\nlate: how much later than due a loop makes its turns, {PER_SECOND:,} times a second for "
        f"{LOOP_SECONDS:g} s from the first log on."
    )
    table("From runlog.start() to the first run.log", columns, rows, note)


def measure_starting(rounds: int) -> dict[tuple[str, bool], Starting]:
    """Start ``rounds`` processes for each surrounding, with and without recording, in turn after a warm-up."""
    with scratch_folder() as folder:
        places = {"empty folder": _empty(folder), f"{FILES:,} dirty files, {PACKAGES} packages": _crowded(folder)}
        answers: dict[tuple[str, bool], list[dict[str, Any]]] = {key: [] for key in product(places, (True, False))}
        for number in range(-1, rounds):
            progress(f"round {number + 1} of {rounds}")
            for (place, recording), taken in answers.items():
                one = _start(*places[place], folder / "workspace", recording=recording)
                if number >= 0:
                    taken.append(one)
    return {key: _starting(taken) for key, taken in answers.items()}


def _starting(answers: list[dict[str, Any]]) -> Starting:
    sections = {name for one in answers for name in one["recorded"]}
    recorded = {name: median(one["recorded"][name] for one in answers if name in one["recorded"]) for name in sections}
    late = Latency.over_rounds([Latency.of(one["late"]) for one in answers])
    return Starting(
        [one["first_log"] for one in answers],
        median(one["own_time"] for one in answers),
        median(one["other_threads"] for one in answers),
        dict(sorted(recorded.items(), key=lambda one: one[1])),
        late,
    )


def _empty(folder: Path) -> tuple[Path, Path]:
    place = folder / "empty"
    place.mkdir()
    return place, place


def _crowded(folder: Path) -> tuple[Path, Path]:
    """A repository in which every file was changed after its commit, and a folder of distributions."""
    progress(f"making a repository of {FILES:,} files")
    place, packages = folder / "repository", folder / "packages"
    files = [place / f"part{number // 100:03}" / f"file{number:05}.txt" for number in range(FILES)]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.name}\n")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
        subprocess.run(["git", *identity, *command], cwd=place, check=True)
    for path in files:
        path.write_text(f"{path.name}\nchanged\n")
    for number in range(PACKAGES):
        metadata = packages / f"package_{number:03}-1.{number}.dist-info"
        metadata.mkdir(parents=True)
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: package-{number:03}\nVersion: 1.{number}\n")
    return place, packages


def _start(place: Path, packages: Path, workspace: Path, *, recording: bool) -> dict[str, Any]:
    environment = child_environment(RUNLOG_URI=str(workspace))
    environment["PYTHONPATH"] += os.pathsep + str(packages)
    command = [interpreter(), "-c", f"from {__name__} import in_child; in_child(recording={recording})"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"a start in {place} failed: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


# -- in the child ------------------------------------------------------------------------------------------------------


def in_child(*, recording: bool) -> None:
    """Start a run, log, make turns, and print what was measured."""
    import runlog

    began, own = time.perf_counter_ns(), time.thread_time_ns()
    run = runlog.start("bench", capture_system=recording)
    run.log("loss", 0.5)
    first_log, own_time = (time.perf_counter_ns() - began) / 1e6, (time.thread_time_ns() - own) / 1e6
    late = list(_turns())
    run.complete()
    others = (time.process_time_ns() - time.thread_time_ns()) / 1e6
    told = {"first_log": first_log, "own_time": own_time, "other_threads": others, "late": late}
    print(json.dumps({**told, "recorded": _recorded(run)}))


def _turns() -> Iterator[int]:
    """Nanoseconds by which each turn of a paced loop is late; late turns are not made up for."""
    clock, pause = time.perf_counter_ns, 1_000_000_000 // PER_SECOND
    due = clock()
    last = due + round(LOOP_SECONDS * 1e9)
    while due < last:
        now = clock()
        while now < due:
            now = clock()
        yield now - due
        due = max(due + pause, now)


def _recorded(run: Any) -> dict[str, float]:
    """Milliseconds from the opening of the run to the newest event of each section."""
    from runlog.records import EventKind, SystemNoted, decode

    created = run.state().created
    return {
        name: (noted.time - created) / 1e6
        for event in run._backend.journal(run.id).events([EventKind.SYSTEM])
        for noted in [decode(SystemNoted, event.payload)]
        for name in noted.sections
    }
