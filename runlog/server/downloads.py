"""Content of files as answers: whole, in part, or compressed, and never more than was there when it was asked for."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from anyio import to_thread
from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from runlog.server.refusals import RefusalError

PIECE = 1 << 18
BINARY = "application/octet-stream"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Part(NamedTuple):
    """Bytes of a file, from ``start`` to before ``end``, of ``size`` in all."""

    start: int
    end: int
    size: int


class _Compressor:
    """What of zlib's and zstandard's objects is alike."""

    def __init__(self, encoding: str) -> None:
        self._one: Any
        if encoding == "zstd":
            import zstandard

            self._one = zstandard.ZstdCompressor(level=1).compressobj()
        else:
            self._one = zlib.compressobj(level=1, wbits=31)

    def __call__(self, data: bytes) -> bytes:
        out: bytes = self._one.compress(data)
        return out

    def end(self) -> bytes:
        out: bytes = self._one.flush()
        return out


class _FileResponse(StreamingResponse):
    """Closes the file, whether anything of it was sent or not."""

    def __init__(self, fd: int, content: AsyncIterator[bytes], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(content, status, headers, BINARY)
        self._fd = fd

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            os.close(self._fd)


def send_file(request: Request, fd: int, name: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with a file's bytes, as they are now: what is appended meanwhile is not sent.

    Nothing that was uploaded is ever shown by a browser as a page of this server: it is saved under a name.

    Args:
        request: its ``Range`` and ``Accept-Encoding`` count; a part is not compressed.
        fd: an open descriptor of it, which is closed when it was sent.
        name: to save it under.
        headers: further ones.

    Raises:
        RefusalError: the part that is asked for is outside of it.
    """
    try:
        size = os.fstat(fd).st_size
        part = _asked_part(request.headers.get("range", ""), size)
        own = {
            "Accept-Ranges": "bytes",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "Vary": "Accept-Encoding",
            **(headers or {}),
        }
        if part is not None:
            own["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
            own["Content-Length"] = str(part.end - part.start)
            return _FileResponse(fd, _bytes(fd, part), 206, own)
        whole = Part(0, size, size)
        encoding = _asked_encoding(request.headers.get("accept-encoding", "")) if size >= 1024 else ""
        if encoding:
            return _FileResponse(fd, _compressed(fd, whole, encoding), 200, own | {"Content-Encoding": encoding})
        return _FileResponse(fd, _bytes(fd, whole), 200, own | {"Content-Length": str(size)})
    except BaseException:
        os.close(fd)
        raise


def _asked_part(text: str, size: int) -> Part | None:
    """The part that a ``Range`` names; None where it names none that is understood: the whole is sent then."""
    found = _RANGE.fullmatch(text.replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if first and last and int(last) < start:
        return None
    if start >= end:
        message = f"the file has {size} bytes: there is nothing from {start} on"
        raise RefusalError(416, "outside", message, detail={"size": size}, headers={"Content-Range": f"bytes */{size}"})
    return Part(start, end, size)


def _asked_encoding(text: str) -> str:
    offered = {}
    for one in text.lower().split(","):
        encoding, _, quality = one.strip().partition(";")
        offered[encoding.strip()] = quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((one for one in ("zstd", "gzip") if offered.get(one)), "")


async def _bytes(fd: int, part: Part) -> AsyncIterator[bytes]:
    at = part.start
    while at < part.end:
        piece = await to_thread.run_sync(os.pread, fd, min(PIECE, part.end - at), at)
        if not piece:  # cut short meanwhile: the connection is dropped, and the caller asks again
            raise OSError(f"a file ended at {at} while it was sent up to {part.end}")
        at += len(piece)
        yield piece


async def _compressed(fd: int, part: Part, encoding: str) -> AsyncIterator[bytes]:
    compress = _Compressor(encoding)
    async for piece in _bytes(fd, part):
        out = await to_thread.run_sync(compress, piece)
        if out:
            yield out
    yield compress.end()
