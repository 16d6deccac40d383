"""The runs of a workspace, in a quick look: what was lost, what is damaged, what dead processes left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from runlog.diagnosis.findings import Finding
from runlog.errors import JournalError, JournalVersionError
from runlog.journal.format import VERSION, Stream
from runlog.journal.liveness import Liveness
from runlog.journal.reader import RunJournal
from runlog.journal.recover import seal_dead_writers
from runlog.reading.log_records import note_unreadable, read_record
from runlog.records import EventKind

NEWEST = 50
"""Runs that are looked at, unless all are asked for."""
WHOLE = 8_000_000
"""Bytes of a run up to which all of it is read; of a larger one only what tells how it stands."""
SHOWN = 3


class RunFound(NamedTuple):
    """What a look into one run's folder found."""

    run_id: str
    lost: int = 0
    damage: str = ""
    unsealed: int = 0
    """Segments that a dead process left open."""
    newer: str = ""
    """What a newer runlog wrote, in words."""


def run_folders(folder: Path, newest: int | None) -> list[Path]:
    """Folders of runs and of the records outside runs, those changed last first."""
    found = [one for room in ("runs", "processes") for one in _folders(folder / room)]
    found.sort(key=lambda one: one.stat().st_mtime_ns, reverse=True)
    return list(islice(found, newest))


def _folders(folder: Path) -> list[Path]:
    return [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []


def look_into(folder: Path, *, whole: bool) -> RunFound:
    """Read a run, or of a large one the events of state only.

    Args:
        folder: of the run.
        whole: read all of it, whatever its size.
    """
    try:
        journal = RunJournal(folder)
        large = not whole and sum(one.stat().st_size for one in folder.iterdir() if one.is_file()) > WHOLE
        for event in journal.events(state=large):
            if event.kind == EventKind.LOG and read_record(event, None, None, late=False) is None:
                note_unreadable(journal.damage, event)
        if not large:
            journal.points()
    except JournalVersionError as error:
        return RunFound(folder.name, newer=str(error))
    except JournalError as error:
        return RunFound(folder.name, damage=str(error))
    dead = [one for one in journal.writers if one.liveness() is Liveness.DEAD]
    unsealed = sum(
        not one.sealed for writer in dead for one in writer.segments.values() if one.stream is not Stream.OVERFLOW
    )
    lost = sum(sum(writer.lost) for writer in journal.writers)
    return RunFound(folder.name, lost, str(journal.damage) if journal.damage else "", unsealed)


def run_findings(folder: Path, *, whole: bool = False) -> Iterator[Finding]:
    """Look at the newest runs of a workspace.

    Args:
        folder: of the workspace.
        whole: look at every run, and read all of it.
    """
    every = run_folders(folder, None)
    looked_at = every if whole else every[:NEWEST]
    yield Finding("runs", _counted(every, len(looked_at)))
    found = [look_into(one, whole=whole) for one in looked_at]
    newer = [one for one in found if one.newer]
    text = newer[0].newer if newer else f"journal version {VERSION}"
    yield Finding("format", text, "install a newer runlog-ml" if newer else "")
    yield _lost([one for one in found if one.lost])
    yield _damaged([one for one in found if one.damage])
    yield _unsealed([one for one in found if one.unsealed])


def seal(folder: Path) -> int:
    """Seal what dead processes left open in every run; how many segments that were."""
    return sum(len(seal_dead_writers(one)) for one in run_folders(folder, None))


def _counted(every: list[Path], looked_at: int) -> str:
    processes = sum(one.parent.name == "processes" for one in every)
    outside = f", and of {processes} process{'es' if processes > 1 else ''} outside any run" if processes else ""
    less = f", the newest {looked_at} looked at; --all looks at all" if looked_at < len(every) else ""
    return f"{len(every) - processes} with records{outside}{less}"


def _ids(found: Sequence[RunFound]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(one.run_id for one in found[:SHOWN]) + more


def _lost(found: Sequence[RunFound]) -> Finding:
    if not found:
        return Finding("dropped", "nothing")
    text = f"{sum(one.lost for one in found)} points and events could not be kept, in {_ids(found)}"
    return Finding("dropped", text, "see the disk above; `runlog show RUN` tells which")


def _damaged(found: Sequence[RunFound]) -> Finding:
    if not found:
        return Finding("damage", "none")
    first = f"{found[0].run_id}: {found[0].damage}"
    return Finding(
        "damage", f"{len(found)} runs ({_ids(found)}); {first}", "`runlog show RUN` tells where; check the disk"
    )


def _unsealed(found: Sequence[RunFound]) -> Finding:
    if not found:
        return Finding("unsealed", "none")
    text = f"{sum(one.unsealed for one in found)} segments of processes that died, in {_ids(found)}: they can be read"
    return Finding("unsealed", text, "`runlog doctor --seal` closes them, which frees the room kept for more")
