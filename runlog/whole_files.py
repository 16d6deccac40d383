"""Files written whole: a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from runlog.errors import JournalError

PIECE = 1 << 20
"""Bytes that are copied at a time."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A passing name to write a file under, which gets its own when the block ends well, and goes when it does not.

    Raises:
        OSError: it can't be given its name.
    """
    draft = path.with_name(f".{os.urandom(6).hex()}.{os.getpid()}.tmp")
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a passing name, then give it its own.

    Raises:
        OSError: it can't be written; the passing file is removed.
    """
    with replacing(path) as draft:
        draft.write_bytes(data)


def copy_whole(source: BinaryIO, path: Path, sha256: str | None = None) -> tuple[str, int]:
    """Copy a stream into a file, hashing it on the way.

    Args:
        source: read from where it stands to its end.
        path: of the file; the folders above it are made.
        sha256: the hash that the content must have; with another, the file stays as it was.

    Returns:
        the SHA-256 of the content as hex digits, and its size in bytes.

    Raises:
        OSError: it can't be written; the passing file is removed.
        JournalError: the content has another hash.
    """
    import hashlib

    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with replacing(path) as draft:
        with draft.open("wb") as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                target.write(piece)
                size += len(piece)
        if sha256 not in {None, digest.hexdigest()}:
            raise JournalError(f"the content for {path} has the SHA-256 {digest.hexdigest()} instead of {sha256}")
    return digest.hexdigest(), size


def link_whole(source: Path, path: Path, sha256: str) -> None:
    """Give a file that is never written in place a second name; a copy where the file system has no links.

    Args:
        source: the file.
        path: its second name; one that is there is replaced.
        sha256: the hash that the content must have; with another, nothing is made.

    Raises:
        OSError: it can't be read or written.
        JournalError: the content has another hash.
    """
    with replacing(path) as draft:
        try:
            os.link(source, draft)
        except FileNotFoundError:
            raise
        except OSError:
            import shutil

            shutil.copyfile(source, draft)
        found = sha256_of_file(draft)
        if found != sha256:
            raise JournalError(f"the content of {source} has the SHA-256 {found} instead of {sha256}")
    draft.unlink(missing_ok=True)  # where the second name was there already, a rename leaves both


def sha256_of(data: bytes) -> str:
    """The SHA-256 of a content as hex digits."""
    import hashlib  # it loads OpenSSL, which takes milliseconds that the start of a run need not wait for

    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file's content as hex digits.

    Raises:
        OSError: it can't be read.
    """
    import hashlib

    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def is_renewed(path: Path) -> bool:
    """Whether a file is there; then it is as new, so that whoever collects garbage leaves it to what will name it."""
    try:
        os.utime(path)
    except OSError:  # there is none, or it is somebody else's: it is written anew
        return False
    return True
