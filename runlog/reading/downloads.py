"""``run.download_file`` and ``run.download_files``: files of a run, copied to where they are wanted."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from runlog.backend import Backend
from runlog.checks.files import target_below
from runlog.errors import JournalError, RunFileNotFoundError, WrongTypeError, WrongValueError
from runlog.introspection import describe
from runlog.records import FileKept
from runlog.whole_files import PIECE, copy_whole
from runlog.writing.files import file_name

_logger = logging.getLogger("runlog")


def download_file(backend: Backend, run_id: str, name: Any, output_path: Any, *, validate: bool) -> Path:
    """Copy one file of a run; a folder takes it under the last part of its name.

    Raises:
        RunFileNotFoundError: the run has no such file.
        JournalError: its content is not the one that was kept, and ``validate`` is set.
        OSError: it can't be written.
    """
    kept = file_name(name)
    target = Path(output_path or ".")
    if target.is_dir():
        target /= kept.rsplit("/", 1)[-1]
    return _copy(backend, run_id, kept, backend.state(run_id).files, target, validate=validate)


def download_files(
    backend: Backend, run_id: str, prefix: Any, output_directory: Any, output_paths: Any, *, append_prefix: bool
) -> list[Path]:
    """Copy all files of a run, or those under a prefix. See :meth:`runlog.Run.download_files`."""
    files = backend.state(run_id).files
    folder, names = chosen(sorted(files), "" if prefix is None else prefix)
    if output_paths is not None:
        targets = _given_targets(names, output_paths)
    else:
        cut = len(folder) if not append_prefix else 0
        targets = [target_below(Path(output_directory or "."), file_name(name[cut:])) for name in names]
    return [_copy(backend, run_id, name, files, target) for name, target in zip(names, targets, strict=True)]


def chosen(names: Collection[str], prefix: Any) -> tuple[str, list[str]]:
    """The names under a prefix, and as much of the prefix as is a folder, with its slash.

    The prefix is a folder or a file of the run; where there is none of that name, the beginning of names. So ``run1``
    does not give the files of ``run10`` too, as it does in Azure ML, and ``checkpoints/epoch_`` gives what it says.

    Raises:
        WrongTypeError: the prefix is no text.
    """
    if not isinstance(prefix, str | os.PathLike):
        raise WrongTypeError(f"prefix is the beginning of file names, a text, not {describe(prefix)}")
    text = str(os.fspath(prefix)).replace("\\", "/").removeprefix("./")
    folder = text.rstrip("/") + "/" if text.strip("/.") else ""
    if within := [name for name in names if name.startswith(folder) or name == folder[:-1]]:
        return folder if folder[:-1] not in within else folder[: folder.rfind("/", 0, -1) + 1], within
    return text[: text.rfind("/") + 1], [name for name in names if name.startswith(text)]


def _given_targets(names: list[str], output_paths: Any) -> list[Path]:
    if isinstance(output_paths, str | bytes | os.PathLike) or not isinstance(output_paths, Iterable):
        raise WrongTypeError(f"output_paths is a list of paths, one for each file, not {describe(output_paths)}")
    targets = [Path(path) for path in output_paths]
    if len(targets) != len(names):
        shown = ", ".join(map(repr, names[:8])) or "none"
        raise WrongValueError(f"{len(targets)} output_paths for {len(names)} files ({shown}): give one for each")
    targets = [
        path / name.rsplit("/", 1)[-1] if path.is_dir() else path for name, path in zip(names, targets, strict=True)
    ]
    if len(set(targets)) != len(targets):
        twice = next(path for path in targets if targets.count(path) > 1)
        raise WrongValueError(f"output_paths has {str(twice)!r} twice: one file would replace the other")
    return targets


def _copy(
    backend: Backend, run_id: str, name: str, files: Mapping[str, FileKept], target: Path, *, validate: bool = False
) -> Path:
    if name not in files:
        known = ", ".join(map(repr, sorted(files)[:8])) or "none"
        raise RunFileNotFoundError(f"run {run_id} has no file {name!r}; it has {known}")
    place = Path(os.path.realpath(target))  # a link stays one, and what it leads to is replaced
    if place.exists() and not place.is_file() and not place.is_dir():
        _write_into(backend, run_id, name, place)
        return target
    try:
        _copy_checked(backend, run_id, files[name], place)
    except JournalError as error:
        newest = backend.state(run_id).files[name]
        if newest != files[name]:  # replaced meanwhile, by a process that is at work
            return _copy(backend, run_id, name, {name: newest}, target, validate=validate)
        if validate:
            raise JournalError(f"the file {name!r} of run {run_id} is damaged: {error}; restore it") from error
        _logger.warning("the file %r of run %s is not what was kept, and is copied as it is: %s", name, run_id, error)
        with backend.open_file(run_id, name) as source:
            copy_whole(source, place)
    return target


def _copy_checked(backend: Backend, run_id: str, kept: FileKept, place: Path) -> None:
    with backend.open_file(run_id, kept.name) as source:
        copy_whole(source, place, kept.sha256)


def _write_into(backend: Backend, run_id: str, name: str, place: Path) -> None:
    """Write into a device or pipe, which can't be replaced."""
    with backend.open_file(run_id, name) as source, place.open("wb") as target:
        while piece := source.read(PIECE):
            target.write(piece)
