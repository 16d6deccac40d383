"""Words in ten million log records of many runs: taken in, found, and found in what was logged just now."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import scratch_folder
from benchmarks.reading.child import bytes_on_disk, in_child
from benchmarks.report import progress, table

from .many_records import COMMON, RARE, rare_ones, write_runs

RECORDS = 10_000_000
PAGE = 100
CALLS = 20
SEARCHES = {
    "a rare word": RARE,
    "a word of every ninth record": COMMON,
    "common words and a rare one": f"{COMMON} accuracy 23456",
    "a phrase": '"slow batch"',
    "a beginning": "diverg*",
    "a level and a logger": "level:warning logger:train",
    "words that are in no record together": '"accuracy loss"',
}


@dataclass(frozen=True)
class Asked:
    """Milliseconds of a search's first page."""

    cold: float
    """In a fresh process, with none of the files in memory."""
    fresh: float
    """In a fresh process."""
    warm: float
    """The median of the next calls."""
    found: int
    is_whole: bool
    """Whether the page is full or the end."""


@dataclass(frozen=True)
class SearchMeasured:
    """What was measured of one size."""

    records: int
    taken_in: float
    """Seconds to make the index."""
    processor: float
    """Seconds of one core that took."""
    bytes_of_index: float
    """A record."""
    bytes_of_journal: float
    """A record."""
    live: float
    """Milliseconds of a search that finds what was logged just before it, the median."""
    asked: dict[str, Asked]


def measure_search(folder: Path, records: int) -> SearchMeasured:
    """Write so many records, and search them in processes of their own."""
    progress(f"writing {records:,} records")
    write_runs(folder, records)
    bytes_of_journal = bytes_on_disk(folder) / records
    progress("taking them in")
    taken = in_child(__name__, "take_in", folder)
    asked = {}
    for what, text in SEARCHES.items():
        progress(f"searching {what}")
        _drop_from_memory(folder)
        cold = in_child(__name__, "ask", folder, text, 0)
        again = in_child(__name__, "ask", folder, text, CALLS)
        asked[what] = Asked(cold["first"], again["first"], again["warm"], again["found"], again["is_whole"])
    if asked["a rare word"].found != min(PAGE, rare_ones(records)):
        raise RuntimeError(f"{rare_ones(records)} records have the rare word, found {asked['a rare word'].found}")
    live = in_child(__name__, "ask_live", folder)
    return SearchMeasured(
        records,
        taken["seconds"],
        taken["processor"],
        bytes_on_disk(folder / "search.sqlite") / records,
        bytes_of_journal,
        live["median"],
        asked,
    )


def _drop_from_memory(folder: Path) -> None:
    """Have the files read from the disk the next time."""
    for path in folder.rglob("*"):
        if path.is_file():
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fdatasync(fd)
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)


def take_in(folder: str) -> dict[str, Any]:
    """Make the index."""
    index = _index(folder)
    began, processor = time.perf_counter(), time.process_time()
    index.refresh()
    return {"seconds": time.perf_counter() - began, "processor": time.process_time() - processor}


def ask(folder: str, text: str, calls: str) -> dict[str, Any]:
    """Ask for a first page, and for it again."""
    from runlog.store.contract import RecordSearch

    index = _index(folder)

    def page() -> float:
        began = time.perf_counter()
        index.search(RecordSearch(text), limit=PAGE)
        return 1000 * (time.perf_counter() - began)

    first, warm = page(), [page() for _ in range(int(calls))]
    answer = index.search(RecordSearch(text), limit=PAGE)
    return {
        "first": first,
        "warm": statistics.median(warm or [first]),
        "found": len(answer.items),
        "is_whole": len(answer.items) == PAGE or answer.cursor is None,
    }


def ask_live(folder: str) -> dict[str, Any]:
    """Log a record in a run that lives, and search it at once."""
    import logging

    import runlog
    from runlog.store.contract import RecordSearch

    logger, index, times = logging.getLogger("bench.live"), _index(folder), []
    logger.setLevel(logging.INFO)
    with runlog.Experiment(runlog.Workspace(folder), "bench").start_logging(capture_system=False, outputs=False):
        for number in range(CALLS):
            logger.info("needle%d in the hay", number)
            began = time.perf_counter()
            found = index.search(RecordSearch(f"needle{number}"), limit=PAGE)
            times.append(1000 * (time.perf_counter() - began))
            if len(found.items) != 1:
                raise RuntimeError("a record that was just logged is not found")
    return {"median": statistics.median(times)}


def _index(folder: str) -> Any:
    from runlog.store.folder import FolderBackend
    from runlog.store.search.index import SearchIndex

    return SearchIndex(FolderBackend(Path(folder)))


def search_part(share: float) -> None:
    """Measure and print; beside the whole size a hundredth of it.

    Args:
        share: of the whole size that is measured.
    """
    measured = []
    for records in (max(1000, int(RECORDS * share / 100)), max(1000, int(RECORDS * share))):
        with scratch_folder() as folder:
            (folder / "place").mkdir()
            measured.append(measure_search(folder / "place", records))
    rows: list[list[str]] = []
    for what, text in SEARCHES.items():
        rows.append([f"{what}: {text}", *(_page_text(one.asked[what]) for one in measured)])
    rows.append(["logged just now", *(f"{one.live:.1f} ms" for one in measured)])
    rows.append(
        ["taken in, by one core", *(f"{one.records / one.processor:,.0f} records/s" for one in measured)],
    )
    rows.append(["taken in, on the clock", *(f"{one.records / one.taken_in:,.0f} records/s" for one in measured)])
    rows.append(["bytes of index a record", *(f"{one.bytes_of_index:.1f}" for one in measured)])
    rows.append(["bytes of journal a record", *(f"{one.bytes_of_journal:.0f}" for one in measured)])
    note = (
        f"First pages of {PAGE}: the median of a process that asked before; in brackets a fresh process, and one with\n"
        "none of the files in memory. * The page ended early, with a cursor: half a million records were looked at."
    )
    table("Words in log records", ["", *(f"{one.records:,} records" for one in measured)], rows, note)


def _page_text(asked: Asked) -> str:
    mark = "" if asked.is_whole else " *"
    return f"{asked.warm:.1f} ms ({asked.fresh:.0f}, {asked.cold:.0f}), {asked.found} found{mark}"
