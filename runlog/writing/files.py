"""``run.upload_file``: a file of the run, under a name that stays inside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from runlog.errors import RunFileNotFoundError, WrongTypeError, WrongValueError
from runlog.journal import clock

if TYPE_CHECKING:
    from runlog.records import FileKept
    from runlog.writing.recorder import RunRecorder

MAX_NAME_BYTES = 1024
MAX_PART_BYTES = 255


def file_name(name: Any) -> str:
    """The posix path, inside the run, that a name stands for.

    Raises:
        WrongTypeError: it is no text or path.
        WrongValueError: it leads out of the run, names nothing, or can't be a file's name.
    """
    if not isinstance(name, str | os.PathLike):
        raise WrongTypeError(f"a file's name is text, not {type(name).__name__}: {name!r}")
    text = str(os.fspath(name)).replace("\\", "/")
    parts = [part for part in text.split("/") if part not in {"", "."}]
    if text.startswith("/") or ".." in parts or (parts and parts[0].endswith(":")):
        raise WrongValueError(f"the file name {text!r} leads out of the run: use a path such as 'outputs/model.pkl'")
    try:
        too_long = len(text.encode()) > MAX_NAME_BYTES or any(len(part.encode()) > MAX_PART_BYTES for part in parts)
    except UnicodeEncodeError as error:
        raise WrongValueError(f"the file name {text!r} is no valid text ({error.reason}): rename it") from error
    if not parts or too_long or "\0" in text:
        raise WrongValueError(
            f"{text[:80]!r} can't be a file's name: use 1 to {MAX_NAME_BYTES} bytes, "
            f"at most {MAX_PART_BYTES} between slashes"
        )
    return "/".join(parts)


def upload_file(recorder: RunRecorder, name: Any, path_or_stream: Any) -> FileKept | None:
    """Keep a file by content. None: it could not be kept, and was counted.

    Raises:
        WrongTypeError: the source is neither a path nor a readable stream.
        RunFileNotFoundError: the path can't be read.
    """
    kept_name = file_name(name)
    if isinstance(path_or_stream, str | os.PathLike):
        try:
            source: BinaryIO = Path(path_or_stream).open("rb")  # noqa: SIM115 - closed by the caller
        except OSError as error:
            raise RunFileNotFoundError(f"{os.fspath(path_or_stream)!r} can't be uploaded: {error}") from error
        with source:
            return keep(recorder, kept_name, source)
    if not hasattr(path_or_stream, "read"):
        raise WrongTypeError(
            f"run.upload_file takes a path or a stream that can be read, not {type(path_or_stream).__name__}"
        )
    return keep(recorder, kept_name, cast("BinaryIO", _Bytes(path_or_stream)))


def keep(recorder: RunRecorder, name: str, source: BinaryIO) -> FileKept | None:
    """Copy a stream into the run, and write the event that makes it known."""
    try:
        kept = recorder.backend.put_file(recorder.run_id, name, source, clock.now())
    except OSError as error:
        recorder.lose(error, events=1)
        return None
    recorder.write(kept)
    return kept


class _Bytes:
    """A stream of text or bytes, read as bytes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        return piece.encode() if isinstance(piece, str) else bytes(piece or b"")
