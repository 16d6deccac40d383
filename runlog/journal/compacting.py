"""Sealed points segments of a run replaced by compacted ones, in steps that a kill may come between."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from runlog.errors import JournalError
from runlog.journal.compact import NotCompactableError, compacted
from runlog.journal.compact_file import CompactFile
from runlog.journal.compact_image import sealed_image
from runlog.journal.files import parse_segment_name
from runlog.journal.format import PACK_LIMIT, Stream
from runlog.journal.lock import take
from runlog.journal.open_file import open_regular, read_regular, write_at

_logger = logging.getLogger("runlog.journal")


class Compacted(NamedTuple):
    """What compaction came to."""

    segments: int = 0
    """That were compacted."""
    before: int = 0
    """Bytes that they took."""
    after: int = 0
    """Bytes that they take now."""

    def plus(self, other: Compacted) -> Compacted:
        """Both together."""
        return Compacted(*(one + two for one, two in zip(self, other, strict=True)))


def compact_run(folder: Path, stop: Callable[[], bool] = lambda: False, staying: set[Path] | None = None) -> Compacted:
    """Compact the sealed points segments in a run's folder.

    Its writers may live, and others may read the run or compact it at the same time. The compacted file is written
    under a passing name, read back, synced and renamed; only then is the sealed one removed. Small segments stay, as
    their writer or a mirror may put them into a pack.

    Args:
        folder: of the run.
        stop: asked before each segment whether to leave the others as they are.
        staying: segments that are not tried, as they would stay as they are; those that do so now are added.

    Returns:
        what was done. A segment that is damaged, or would not become smaller, stays as it is.

    Raises:
        MissingExtraError: numpy or zstandard is not installed.
        OSError: the folder can't be listed, or has no room; what was not compacted is as it was.
    """
    done = Compacted()
    staying = set() if staying is None else staying
    for path in _files_in(folder):
        if stop():
            break
        name = parse_segment_name(path.name)
        if name is None or name.stream is not Stream.POINTS or path.suffix != ".seal" or path in staying:
            continue
        with suppress(FileNotFoundError):  # somebody else was quicker
            if path.lstat().st_size > PACK_LIMIT:
                try:
                    done = done.plus(compact_segment(path))
                except NotCompactableError as error:
                    _logger.info("%s", error)
                    staying.add(path)
    return done


def _files_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(folder / one.name for one in entries if one.is_file(follow_symlinks=False))


def compact_segment(sealed: Path) -> Compacted:
    """Compact one sealed segment.

    Args:
        sealed: its path.

    Raises:
        NotCompactableError: it stays as it is.
        MissingExtraError: numpy or zstandard is not installed.
        FileNotFoundError: it is not there, or no longer.
        OSError: it can't be read, or there is no room.
    """
    target = sealed.with_suffix(".compact")
    with _draft_of(target) as draft:
        if draft is None:
            return Compacted()
        image = read_regular(sealed)
        made = _kept(target, image) or _compacted(image, sealed)
        if not target.exists():
            os.ftruncate(draft.fd, 0)
            write_at(draft.fd, made, 0)
            with suppress(OSError):  # another owner's file: who may read it follows from the folder then
                shutil.copymode(sealed, draft.path)
            os.fsync(draft.fd)
            draft.path.rename(target)
            _sync_folder(target.parent)
        sealed.unlink()
    return Compacted(1, len(image), len(made))


def _compacted(image: bytes, sealed: Path) -> bytes:
    try:
        return compacted(image, sealed.name)
    except NotCompactableError:
        raise
    except JournalError as error:
        raise NotCompactableError(f"{sealed} is damaged, and stays as it is: {error}") from error


def _kept(target: Path, image: bytes) -> bytes | None:
    """What a compaction that was killed before its last step left; None where it can't be relied on, and is removed."""
    try:
        data = read_regular(target)
    except FileNotFoundError:
        return None
    try:
        if sealed_image(CompactFile(data, target.name)) == image:
            return data
    except JournalError as error:
        _logger.warning("%s is made anew: %s", target, error)
    target.unlink()
    return None


class _Draft(NamedTuple):
    path: Path
    fd: int


@contextmanager
def _draft_of(target: Path) -> Iterator[_Draft | None]:
    """The file that becomes the compacted one, locked; None where another process is at it.

    One that a killed process left is taken over. It is removed again where nothing came of it.
    """
    path = target.with_name(target.name + ".tmp")
    fd = open_regular(path, os.O_RDWR | os.O_CREAT)
    try:
        free = take(fd) and _is(path, fd)
        try:
            yield _Draft(path, fd) if free else None
        finally:
            if free and _is(path, fd):
                path.unlink()
    finally:
        os.close(fd)


def _is(path: Path, fd: int) -> bool:
    """Whether a path still leads to an open file: whoever held it may have renamed or removed it."""
    try:
        found, own = path.stat(), os.fstat(fd)
    except FileNotFoundError:
        return False
    return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders can't be opened there
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
