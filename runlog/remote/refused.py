"""Contents of runs that a server refuses, such as what is larger than it takes: they are nowhere but on this machine.

Each is noted before the record that names it is sent: from then on nobody would ask for the content again, so that a
process that ends in between must not take the knowledge with it.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from runlog.whole_files import write_whole


class Refused(msgspec.Struct, frozen=True):
    """Content that a server did not take."""

    blob: str = ""
    """Its SHA-256, where it is a blob."""
    file: str = ""
    """Its name, where it is a file of the run."""
    time: int = 0
    """The file's, in UTC nanoseconds since 1970."""
    why: str = ""
    """What the server said."""
    crash: str = ""
    """The writer whose process crashed, where it is what that said."""
    segment: str = ""
    """Writer, stream and number, where it is a segment of the journal."""

    def __str__(self) -> str:
        return f"{self._what()}: {self.why}"

    def _what(self) -> str:
        if self.file:
            return f"file {self.file!r}"
        if self.crash:
            return f"what the process of writer {self.crash} said when it crashed"
        if self.segment:
            return f"records of the journal (segment {self.segment})"
        return f"blob {self.blob}" if self.blob else "content"


def refused_path(outbox: Path, room: str, folder_name: str) -> Path:
    """Where the refused contents of a run, or of a process, are listed."""
    return outbox / "sending" / room / f"{folder_name}.refused"


def note_refused(outbox: Path, room: str, folder_name: str, refused: Refused) -> None:
    """Note that the server does not take something.

    Raises:
        OSError: it can't be noted.
    """
    path = refused_path(outbox, room, folder_name)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
    try:
        os.write(file, msgspec.json.encode(refused) + b"\n")
    finally:
        os.close(file)


def refused_contents(outbox: Path, room: str, folder_name: str) -> list[Refused]:
    """What the server does not take of a run, each as it said last; empty where it took everything."""
    found: dict[tuple[str, ...], Refused] = {}
    try:
        lines = refused_path(outbox, room, folder_name).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        try:
            one = msgspec.json.decode(line, type=Refused)
        except (
            msgspec.MsgspecError,
            RecursionError,
        ):  # cut by a full disk: that something was refused is still to be known
            one = Refused(why="the note of it is damaged")
        found[one.blob, one.file, one.crash, one.segment] = one
    return list(found.values())


def replace_refused(outbox: Path, room: str, folder_name: str, left: list[Refused]) -> None:
    """Note what is still refused, after another try.

    Raises:
        OSError: it can't be noted.
    """
    path = refused_path(outbox, room, folder_name)
    if left:
        write_whole(path, b"".join(msgspec.json.encode(one) + b"\n" for one in left))
    else:
        path.unlink(missing_ok=True)


def has_refused(outbox: Path, room: str, folder_name: str) -> bool:
    """Whether the server does not take something of a run."""
    return refused_path(outbox, room, folder_name).exists()
