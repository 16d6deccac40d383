"""``run.get_all_logs``: the log records of a run as text files, one for each process."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from runlog.backend import Backend, JournalView
from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe
from runlog.reading.log_filter import LogFilter
from runlog.reading.log_records import SourceLines, read_records
from runlog.reading.log_text import padded, text_formatter
from runlog.reading.openings import Openings
from runlog.reading.texts import utc_text
from runlog.records import EventKind, RunOpened
from runlog.state import RunState
from runlog.whole_files import replacing

_NO_FILE_NAME = re.compile(r"[^\w.\-]")


def log_names(backend: Backend, run_id: str) -> list[str]:
    """The names of the files that :func:`write_logs` makes: the processes that logged something."""
    journal = backend.journal(run_id)
    crashed = {crash.writer for crash in journal.crashes()}
    return [
        name
        for name, writers in _processes(journal, backend.state(run_id)).items()
        if any(one in crashed or next(journal.events((EventKind.LOG,), writer=one), None) for one in writers)
    ]


def log_texts(backend: Backend, run_id: str) -> Iterator[tuple[str, Iterator[str]]]:
    """For each process that logged something, a file's name and its lines: ``time level logger: message``, in UTC."""
    journal = backend.journal(run_id)
    sources, openings = SourceLines(journal), Openings(journal)
    format_record = text_formatter(utc_text, padded, show_rank=False)
    for name, writers in _processes(journal, backend.state(run_id)).items():
        records = read_records(journal, LogFilter(), writers, sources, openings)
        first = next(records, None)
        if first is not None:
            yield name, map(format_record, chain([first], records))


def write_logs(backend: Backend, run_id: str, destination: Any) -> list[Path]:
    """Write the log records of a run into a folder; files of the same names are replaced.

    Raises:
        WrongTypeError: the destination is no path.
        WrongValueError: it is a file.
        OSError: it can't be written.
    """
    folder = _folder(run_id, destination)
    written = []
    for name, lines in log_texts(backend, run_id):
        target = folder / name
        with (
            replacing(target) as draft,
            draft.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
        ):
            file.writelines(lines)
        written.append(target)
    return written


def _folder(run_id: str, destination: Any) -> Path:
    if destination is None:
        import tempfile

        return Path(tempfile.mkdtemp(prefix=f"{run_id}-logs-"))
    if not isinstance(destination, str | os.PathLike):
        raise WrongTypeError(f"destination is the path of a folder, not {describe(destination)}")
    folder = Path(destination)
    if folder.exists() and not folder.is_dir():
        raise WrongValueError(f"the destination {str(folder)!r} is a file; give a folder")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _processes(journal: JournalView, state: RunState) -> dict[str, list[str]]:
    """The writers of each process, under the name of its file, in the order they began."""
    processes: dict[str, list[str]] = {}
    for writer in journal.writers:
        opened = state.writers.get(writer.writer_id)
        name = writer.writer_id if opened is None else _process_name(opened, state.attempts)
        processes.setdefault(f"{name}.log", []).append(writer.writer_id)
    return processes


def _process_name(opened: RunOpened, attempts: int) -> str:
    parts = [
        f"attempt{opened.attempt}" if attempts > 1 else "",
        "" if opened.rank is None else f"rank{opened.rank}",
        _NO_FILE_NAME.sub("_", opened.host),
        str(opened.pid),
    ]
    return "-".join(filter(None, parts))
