"""Files written whole: a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from runlog.errors import JournalError

PIECE = 1 << 20
"""Bytes that are copied at a time."""
SHA256_DIGITS = 64


@contextmanager
def replacing(path: Path, dir_fd: int | None = None) -> Iterator[Path]:
    """A passing name to write a file under, which gets its own when the block ends well, and goes when it does not.

    Args:
        path: of the file.
        dir_fd: of the open folder that the path is in; None: the current one.

    Raises:
        OSError: it can't be given its name.
    """
    draft = path.with_name(f".{os.urandom(6).hex()}.{os.getpid()}.tmp")
    try:
        yield draft
        os.replace(draft, path, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=dir_fd)
        raise


def new_file(path: Path, dir_fd: int | None = None, rights: int = 0) -> BinaryIO:
    """A file that is made, to be written; what is there is never written to.

    Args:
        path: of the file.
        dir_fd: of the open folder that the path is in; None: the current one.
        rights: bits that its mode has beside those that the umask leaves.

    Raises:
        OSError: it can't be made, or is there.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    number = os.open(path, flags, 0o666, dir_fd=dir_fd)
    if rights:
        os.fchmod(number, stat.S_IMODE(os.fstat(number).st_mode) | rights)
    return os.fdopen(number, "wb")


def write_whole(path: Path, data: bytes, dir_fd: int | None = None, rights: int = 0) -> None:
    """Write a file under a passing name, then give it its own.

    Args:
        path: of the file.
        data: its new content.
        dir_fd: of the open folder that the path is in; None: the current one.
        rights: bits that its mode has beside those that the umask leaves.

    Raises:
        OSError: it can't be written; the passing file is removed.
    """
    with replacing(path, dir_fd) as draft, new_file(draft, dir_fd, rights) as file:
        file.write(data)


def copy_whole(
    source: BinaryIO, path: Path, sha256: str | None = None, dir_fd: int | None = None, rights: int = 0
) -> tuple[str, int]:
    """Copy a stream into a file, hashing it on the way.

    Args:
        source: read from where it stands to its end.
        path: of the file; the folders above it are made.
        sha256: the hash that the content must have; with another, the file stays as it was.
        dir_fd: of the open folder that the path is in; None: the current one.
        rights: bits that its mode has beside those that the umask leaves.

    Returns:
        the SHA-256 of the content as hex digits, and its size in bytes.

    Raises:
        OSError: it can't be written; the passing file is removed.
        JournalError: the content has another hash.
    """
    import hashlib

    if dir_fd is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with replacing(path, dir_fd) as draft:
        with new_file(draft, dir_fd, rights) as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                target.write(piece)
                size += len(piece)
        if sha256 not in {None, digest.hexdigest()}:
            raise JournalError(f"the content for {path} has the SHA-256 {digest.hexdigest()} instead of {sha256}")
    return digest.hexdigest(), size


def sha256_of(data: bytes) -> str:
    """The SHA-256 of a content as hex digits."""
    import hashlib  # it loads OpenSSL, which takes milliseconds that the start of a run need not wait for

    return hashlib.sha256(data).hexdigest()


def is_sha256(text: object) -> bool:
    """Whether something can be the SHA-256 of a content as hex digits: in lower case, and nothing else."""
    return isinstance(text, str) and len(text) == SHA256_DIGITS and not text.strip("0123456789abcdef")


def sha256_of_stream(source: BinaryIO) -> str:
    """The SHA-256 of what a stream has up to its end, as hex digits.

    Raises:
        OSError: it can't be read.
    """
    import hashlib

    digest = hashlib.sha256()
    while piece := source.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()


def is_renewed(path: Path, dir_fd: int | None = None) -> bool:
    """Whether a file is there; then it is as new, so that whoever collects garbage leaves it to what will name it."""
    try:
        if not stat.S_ISREG(os.stat(path, dir_fd=dir_fd, follow_symlinks=False).st_mode):
            return False
        os.utime(path, dir_fd=dir_fd)
    except OSError:  # there is none, or it is somebody else's: it is written anew
        return False
    return True
