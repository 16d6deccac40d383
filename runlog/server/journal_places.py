"""Where the journals of runs and processes are, and what is in them."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from starlette.convertors import Convertor, register_url_convertor

from runlog.journal.crash_file import read_crashes
from runlog.journal.reader import RunJournal, WriterFiles
from runlog.server.refusals import RefusalError
from runlog.store.folder import FolderBackend

T = TypeVar("T")
ATTEMPTS = 5


class Kind(Enum):
    """Whose journal it is."""

    RUN = "runs"
    PROCESS = "processes"

    @property
    def word(self) -> str:
        """What one of them is called."""
        return self.name.lower()


class _KindConvertor(Convertor[str]):
    """``{kind:journals}`` in a route's path: nothing else is taken for a journal's owner."""

    regex = "|".join(kind.value for kind in Kind)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("journals", _KindConvertor())


def claim_journal(backend: FolderBackend, kind: Kind, owner: str) -> bool:
    """Make the folder of a run or process; False where it is there already.

    Raises:
        OSError: it can't be made.
    """
    if kind is Kind.RUN:
        return backend.claim_run(owner)
    folder = backend.folder / kind.value / owner
    try:
        folder.parent.mkdir(exist_ok=True)
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def journal_folder(backend: FolderBackend, kind: Kind, owner: str) -> Path:
    """The folder of a run or process.

    Args:
        backend: of the workspace.
        kind: of the journal.
        owner: the id, checked.

    Raises:
        RefusalError: there is none.
    """
    folder = backend.folder / kind.value / owner
    if not folder.is_dir():
        raise RefusalError(
            404, f"{kind.word}_not_found", f"there is no {kind.word} {owner} here: claim it first, with PUT"
        )
    return folder


def listing(folder: Path) -> dict[str, Any]:
    """The writers of a journal with their files, and what crashed processes left.

    Raises:
        JournalError: the folder can't be listed.
    """
    return {
        "writers": steadily(lambda: [_writer(one) for one in RunJournal(folder).writers]),
        "crashes": [{"writer": one.writer, "time": one.time_ns} for one in read_crashes(folder)],
    }


def steadily(look: Callable[[], T]) -> T:
    """What is seen of a folder whose files may be renamed while one looks."""
    for _ in range(ATTEMPTS - 1):
        try:
            return look()
        except FileNotFoundError:
            continue
    return look()


def _writer(writer: WriterFiles) -> dict[str, Any]:
    paths = sorted({segment.path for segment in writer.segments.values()})
    return {
        "id": writer.writer_id,
        "guest": writer.guest,
        "late": writer.late,
        "liveness": writer.liveness().value,
        "lost": list(writer.lost),
        "files": [{"name": path.name, "size": path.lstat().st_size} for path in paths],
    }
