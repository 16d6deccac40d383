"""What this machine knows of the sending of one run: whether the server has all of it, and what went wrong."""

from __future__ import annotations

from pathlib import Path

import msgspec

from runlog.whole_files import write_whole

RUNS, PROCESSES = "runs", "processes"


class Note(msgspec.Struct, omit_defaults=True):
    """Kept as a small file beside the runs of an outbox. A note that is lost costs one look at the server."""

    complete: bool = False
    """The server has acknowledged everything that is in the folder."""
    content: str = ""
    """What the folder held then: a note of another content counts for nothing."""
    time: int = 0
    """When it was complete, or last failed, in UTC nanoseconds since 1970."""
    error: str = ""
    """What went wrong last."""
    known: bool = False
    """The server had the run: where it has it no more, the run was deleted there."""
    gone: bool = False
    """It was found to be deleted there. What is here is not sent again."""

    @property
    def was_there(self) -> bool:
        """Whether the server had the run at any time."""
        return self.known or self.complete


def note_path(outbox: Path, room: str, folder_name: str) -> Path:
    """Where the note of a run, or of a process, stands."""
    return outbox / "sending" / room / f"{folder_name}.json"


def read_note(outbox: Path, room: str, folder_name: str) -> Note:
    """The note; an empty one where there is none that can be read."""
    try:
        return msgspec.json.decode(note_path(outbox, room, folder_name).read_bytes(), type=Note)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return Note()


def write_note(outbox: Path, room: str, folder_name: str, note: Note) -> None:
    """Keep a note.

    Raises:
        OSError: it can't be written.
    """
    path = note_path(outbox, room, folder_name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.encode(note) + b"\n")


def content_of(folder: Path) -> str:
    """What a run's folder holds, by the names, sizes and times of its files: cheap, and different once it changes."""
    import hashlib

    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        try:
            found = path.stat()
        except OSError:  # gone meanwhile: the next look sees the rest
            continue
        if path.is_file() and not path.name.endswith((".lock", ".tmp")):
            digest.update(f"{path.relative_to(folder)}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
