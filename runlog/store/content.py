"""Files written whole: a reader sees the old content or the new, never a part."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 20
"""Bytes that are copied at a time."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a passing name, then give it its own.

    Raises:
        OSError: it can't be written; the passing file is removed.
    """
    draft = _draft(path)
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def copy_whole(source: BinaryIO, path: Path) -> tuple[str, int]:
    """Copy a stream into a file, hashing it on the way.

    Returns:
        the SHA-256 of the content as hex digits, and its size in bytes.

    Raises:
        OSError: it can't be written; the passing file is removed.
    """
    import hashlib

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path)
    digest, size = hashlib.sha256(), 0
    try:
        with draft.open("wb") as target:
            while piece := source.read(PIECE):
                digest.update(piece)
                target.write(piece)
                size += len(piece)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def sha256_of(data: bytes) -> str:
    """The SHA-256 of a content as hex digits."""
    import hashlib  # it loads OpenSSL, which takes milliseconds that the start of a run need not wait for

    return hashlib.sha256(data).hexdigest()


def _draft(path: Path) -> Path:
    return path.with_name(f".{os.urandom(6).hex()}.{os.getpid()}.tmp")
