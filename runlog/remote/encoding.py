"""Bytes made smaller for their way: by zstd where both sides have it, else by gzip."""

from __future__ import annotations

import functools
from typing import Any

from runlog.remote.transport import Body

LEAST = 256
"""Bytes below which nothing is gained."""
ZSTD, GZIP = "zstd", "gzip"


def compressed(data: bytes, encoding: str) -> Body:
    """A body with the bytes, compressed where that makes them smaller.

    Args:
        data: to be sent.
        encoding: ``zstd`` or ``gzip``.
    """
    if len(data) >= LEAST:
        packed = _zstd().compress(data) if encoding == ZSTD else _gzip(data)
        if len(packed) < len(data):
            return Body(packed, len(packed), {"Content-Type": _BINARY, "Content-Encoding": encoding})
    return Body(data, len(data), {"Content-Type": _BINARY})


def best_encoding(server_takes: list[str]) -> str:
    """The encoding to use with a server.

    Args:
        server_takes: what it says that it takes.
    """
    return ZSTD if ZSTD in server_takes and has_zstd() else GZIP


@functools.cache
def has_zstd() -> bool:
    """Whether zstandard is installed."""
    try:
        import zstandard  # noqa: F401
    except ImportError:
        return False
    return True


_BINARY = "application/octet-stream"


@functools.cache
def _zstd() -> Any:
    import zstandard

    return zstandard.ZstdCompressor(level=1)


def _gzip(data: bytes) -> bytes:
    import zlib

    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()
