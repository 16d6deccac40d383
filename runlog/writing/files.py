"""``run.upload_file`` and its kin: files of the run, under names that stay inside it."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from runlog import own_log
from runlog.current_folder import current_folder
from runlog.errors import RunFileNotFoundError, WrongTypeError, WrongValueError
from runlog.file_paths import RULE, is_path, written_out
from runlog.introspection import describe
from runlog.journal import clock, reserve
from runlog.journal.reserve import with_reserve
from runlog.redaction import process as redaction
from runlog.writing.folders import name_under, regular_files
from runlog.writing.refusals import is_lost
from runlog.writing.said_once import say_once

if TYPE_CHECKING:
    from runlog.records import FileKept
    from runlog.writing.recorder import RunRecorder

READINGS = 3
"""How often a file is read that changes while it is read, before it is taken as it came."""
_logger = logging.getLogger("runlog")


def file_name(name: Any) -> str:
    """The posix path, inside the run, that a name stands for; without the secrets in it.

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
    kept = redaction.text(written_out("/".join(parts)))
    if not is_path(kept):
        raise WrongValueError(f"{text[:80]!r} can't be a file's name: {RULE}")
    return kept


def new_file_name(name: Any) -> str:
    """The same of a file that is to be kept; it is said once where the name can't be kept as it is.

    Raises:
        WrongTypeError: as :func:`file_name`.
        WrongValueError: likewise.
    """
    kept = file_name(name)
    given = str(os.fspath(name))
    if written_out(given) != given:
        say_once(
            f"the file name {given!r} has characters that no file's name in a run may have: it is kept as {kept!r}"
        )
    return kept


def check_datastore(datastore_name: object) -> None:
    """Tell of an argument that has no meaning here."""
    if datastore_name is not None:
        say_once(
            f"datastore_name={datastore_name!r}: the files of a run are kept in one place, its workspace; "
            "leave the argument out"
        )


def upload_file(recorder: RunRecorder, name: Any, path_or_stream: Any) -> FileKept | None:
    """Keep a file by content. None: it could not be kept, and was counted.

    Raises:
        WrongTypeError: the source is neither a path nor a readable stream.
        WrongValueError: the name can't be used, or the path is no file's.
        RunFileNotFoundError: the path can't be read.
    """
    kept_name = new_file_name(name)
    if _is_path(path_or_stream):
        path = _checked_path(path_or_stream)
        try:
            return keep_file(recorder, kept_name, path)
        except (OSError, ImportError) as error:
            if is_lost(recorder, error, events=1):
                return None
            if isinstance(error, ImportError):
                raise
            raise RunFileNotFoundError(f"{str(path)!r} can't be uploaded: {error}") from error
    return _keep(recorder, kept_name, cast("BinaryIO", _Bytes(path_or_stream)))


def upload_files(recorder: RunRecorder, names: Any, paths: Any) -> list[FileKept | None]:
    """Keep several files; all names and paths are checked before the first one is kept.

    Raises:
        WrongTypeError: names or paths are no lists, or as :func:`upload_file`.
        WrongValueError: their numbers differ, two names are alike, or as :func:`upload_file`.
        RunFileNotFoundError: a path can't be read.
    """
    kept_names = [new_file_name(name) for name in _several(names, "names")]
    sources = _several(paths, "paths")
    if len(kept_names) != len(sources):
        raise WrongValueError(
            f"run.upload_files was given {len(kept_names)} names and {len(sources)} paths: give one path for each name"
        )
    _check_distinct(kept_names)
    for source in sources:
        if _is_path(source):
            _checked_path(source)
    return [upload_file(recorder, name, source) for name, source in zip(kept_names, sources, strict=True)]


def upload_folder(recorder: RunRecorder, name: Any, path: Any) -> list[FileKept]:
    """Keep every file under a folder. One that can't be kept is told of and counted, and the others go on.

    Raises:
        WrongTypeError: name or path is no path.
        WrongValueError: the name leads out of the run, or the path is a file's.
        RunFileNotFoundError: there is no such folder.
    """
    prefix = "" if str(name) in {"", ".", "./"} else new_file_name(name)
    if not isinstance(path, str | os.PathLike):
        raise WrongTypeError(f"run.upload_folder takes the path of a folder, not {describe(path)}")
    folder = Path(path)
    if not folder.exists():
        raise RunFileNotFoundError(f"there is no folder {str(folder)!r} to upload, seen from {current_folder()}")
    if not folder.is_dir():
        raise WrongValueError(f"{str(folder)!r} is no folder; use run.upload_file for one file")

    def left_out(path: Path, why: str) -> None:
        say_once(f"run.upload_folder leaves out {str(path)!r}: {why}")

    with reserve.lent():
        files = list(regular_files(folder, left_out, skip=recorder.backend.location))
    if not files:
        _logger.warning("run %s: there are no files under %s to upload", recorder.run_id, folder)
    taken: dict[str, Path] = {}
    kept: list[FileKept] = []
    for source, _ in files:
        one = keep_under(recorder, name_under(prefix, folder, source), source, taken)
        kept += [] if one is None else [one]
    return kept


def keep_under(recorder: RunRecorder, name: str, path: Path, taken: dict[str, Path]) -> FileKept | None:
    """Keep one of many files under the name it has in its folder; what fails is told of and counted.

    Args:
        recorder: of the run.
        name: as the folder has it.
        path: of the file.
        taken: the names so far, and their files; the name is added.
    """
    try:
        kept_name = file_name(name)
        first = taken.setdefault(kept_name, path)
        if first is path:
            return keep_file(recorder, kept_name, path)
        why: object = f"its name in the run, {kept_name!r}, is that of {str(first)!r} already; rename it"
    except (OSError, WrongValueError) as error:
        why = error
    recorder.leave_out()
    _logger.warning("run %s: the file %s can't be kept: %s", recorder.run_id, path, why)
    return None


def keep_file(recorder: RunRecorder, name: str, path: Path) -> FileKept | None:
    """Copy a file into the run, and write the event that makes it known.

    One that changes meanwhile is read again, so that no mixture of two versions is kept; one that never rests, such as
    a log, is kept as it was read at last.

    Raises:
        OSError: the file can't be opened.
        WrongValueError: the run can't keep a file of this name.
    """
    for _ in range(READINGS):
        with with_reserve(lambda: path.open("rb")) as source:
            before = _version(source)
            kept = _put(recorder, name, source)
            if kept is None or _version(source) == before:
                break
    else:
        say_once(f"the file {str(path)!r} changed each time it was read; it is kept as it was read at last")
    return _tell(recorder, kept)


def _version(source: BinaryIO) -> tuple[int, int]:
    status = os.fstat(source.fileno())
    return status.st_size, status.st_mtime_ns


def _keep(recorder: RunRecorder, name: str, source: BinaryIO) -> FileKept | None:
    return _tell(recorder, _put(recorder, name, source))


def _put(recorder: RunRecorder, name: str, source: BinaryIO) -> FileKept | None:
    try:
        return recorder.backend.put_file(recorder.run_id, name, source, clock.now())
    except OSError as error:
        recorder.lose(error, events=1)
        return None


def _tell(recorder: RunRecorder, kept: FileKept | None) -> FileKept | None:
    if kept is not None:
        recorder.write(kept)
        own_log.tell("run %s: the file %s was kept, %d bytes", recorder.run_id, kept.name, kept.size)
    return kept


def _is_path(source: Any) -> bool:
    if isinstance(source, str | os.PathLike):
        return True
    if not hasattr(source, "read"):
        raise WrongTypeError(f"run.upload_file takes a path or a stream that can be read, not {describe(source)}")
    return False


def _checked_path(source: str | os.PathLike[str]) -> Path:
    path = Path(source)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise RunFileNotFoundError(f"{str(path)!r} can't be uploaded: {error}") from error
    if stat.S_ISDIR(mode):
        raise WrongValueError(f"{str(path)!r} is a folder; use run.upload_folder(name, path)")
    if not stat.S_ISREG(mode):
        raise WrongValueError(f"{str(path)!r} is no regular file, and might never end; open it, and pass the stream")
    return path


def _several(values: Any, what: str) -> list[Any]:
    if isinstance(values, str | bytes | os.PathLike) or not isinstance(values, Iterable):
        raise WrongTypeError(f"run.upload_files takes a list of {what}, not {describe(values)}")
    return list(values)


def _check_distinct(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise WrongValueError(f"run.upload_files was given the name {name!r} twice: the second would replace it")
        seen.add(name)
    for name in names:
        folders = {name[:at] for at, one in enumerate(name) if one == "/"}
        if clash := folders & seen:
            raise WrongValueError(f"run.upload_files: {min(clash)!r} can't be a file, and a folder with {name!r} in it")


class _Bytes:
    """A stream of text or bytes, read as bytes."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        return piece.encode() if isinstance(piece, str) else bytes(piece or b"")
