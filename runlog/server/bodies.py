"""Bodies of requests, taken in piece by piece: what they unfold to is counted while it does."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from anyio import to_thread
from fastapi import Request

from runlog.server.refusals import RefusalError

ENCODINGS = ("identity", "gzip", "zstd")
BATCH = 1 << 18
"""Bytes of the wire that are handed to a thread at once."""
PIECE = 1 << 18
"""Bytes that a piece has at most, before more is unfolded."""
ZSTD_FEED = 256
"""Bytes of zstd that are unfolded at once: 4 of them can stand for 128 KiB."""
ZSTD_WINDOW = 1 << 23
"""The most memory that a zstd frame may ask for; level 19 asks for so much."""
FOLDED = 80 << 20
"""Bytes that any body may unfold to, however small it is: a segment of a journal may be all alike."""
RATIO = 200
"""How many times its size a body may unfold to beyond that."""

Sink = Callable[[bytes], object]


class Decoder(Protocol):
    """Unfolds a body."""

    def feed(self, data: bytes, sink: Sink) -> None:
        """Hand what ``data`` unfolds to, in pieces, to ``sink``."""

    def finish(self, sink: Sink) -> None:
        """The body is over: hand over the rest, or refuse one that was cut short."""


class _Identity:
    def feed(self, data: bytes, sink: Sink) -> None:
        sink(data)

    def finish(self, sink: Sink) -> None:
        return


class _Gzip:
    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes, sink: Sink) -> None:
        while data and not self._inflate.eof:
            try:
                piece = self._inflate.decompress(data, PIECE)
            except zlib.error as error:
                raise _broken("gzip", error) from error
            data = self._inflate.unconsumed_tail
            if piece:
                sink(piece)
        if self._inflate.unused_data or data:
            raise _broken("gzip", "bytes follow its end")

    def finish(self, sink: Sink) -> None:
        while not self._inflate.eof:
            try:
                piece = self._inflate.decompress(b"", PIECE)
            except zlib.error as error:
                raise _broken("gzip", error) from error
            if not piece:
                raise _broken("gzip", "it was cut short")
            sink(piece)


class _Zstd:
    def __init__(self) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._unfold = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW).decompressobj()

    def feed(self, data: bytes, sink: Sink) -> None:
        for at in range(0, len(data), ZSTD_FEED):
            if self._unfold.eof:
                raise _broken("zstd", "bytes follow its end")
            try:
                piece = self._unfold.decompress(data[at : at + ZSTD_FEED])
            except self._error as error:
                raise _broken("zstd", error) from error
            if piece:
                sink(piece)
        if self._unfold.unused_data:
            raise _broken("zstd", "bytes follow its end")

    def finish(self, sink: Sink) -> None:
        if not self._unfold.eof:
            raise _broken("zstd", "it was cut short")


class _Counted:
    """Hands pieces on, as long as they are not too much together, joined so that a sink sees few."""

    def __init__(self, sink: Sink, limit: int) -> None:
        self._sink = sink
        self._limit = limit
        self.sent = 0
        """Bytes of the wire that were handed over."""
        self._kept: list[bytes] = []
        self._kept_bytes = 0
        self.total = 0

    def __call__(self, piece: bytes) -> None:
        self.total += len(piece)
        if self.total > self._limit:
            raise too_large(self._limit)
        if self.total > max(FOLDED, RATIO * self.sent):
            raise _folded()
        self._kept.append(piece)
        self._kept_bytes += len(piece)
        if self._kept_bytes >= PIECE:
            self.flush()

    def flush(self) -> None:
        kept, self._kept, self._kept_bytes = self._kept, [], 0
        if kept:
            self._sink(b"".join(kept))


async def take_body(request: Request, sink: Sink, limit: int) -> int:
    """Take in a request's body, unfolded as its ``Content-Encoding`` says, without ever holding all of it.

    Args:
        request: its body was not read yet.
        sink: takes the pieces, in a thread, one after the other.
        limit: bytes that it may unfold to.

    Returns:
        how many bytes it unfolded to.

    Raises:
        RefusalError: it is too large, broken, or encoded otherwise. What was taken in stays taken in.
        HTTPException: it comes too slowly.
    """
    decoder = _decoder(request.headers.get("content-encoding", "identity").lower())
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise too_large(limit)
    counted = _Counted(sink, limit)
    batch: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        batch.append(chunk)
        size += len(chunk)
        counted.sent += len(chunk)
        if size >= BATCH:
            await to_thread.run_sync(decoder.feed, b"".join(batch), counted)
            batch, size = [], 0
    await to_thread.run_sync(_end, decoder, b"".join(batch), counted)
    return counted.total


def _end(decoder: Decoder, data: bytes, counted: _Counted) -> None:
    decoder.feed(data, counted)
    decoder.finish(counted)
    counted.flush()


async def whole_body(request: Request, limit: int) -> bytes:
    """A small body as a whole.

    Raises:
        RefusalError: as :func:`take_body`.
    """
    pieces: list[bytes] = []
    await take_body(request, pieces.append, limit)
    return b"".join(pieces)


async def json_body(request: Request, limit: int) -> Any:
    """A body of JSON.

    Raises:
        RefusalError: as :func:`take_body`, or it is no JSON.
    """
    try:
        return msgspec.json.decode(await whole_body(request, limit))
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusalError(400, "bad_json", f"the body is no JSON: {error}") from error


def too_large(limit: int) -> RefusalError:
    """The refusal of a body that is over a limit."""
    message = f"the body is over {limit} bytes, which is the limit here: send it in smaller parts"
    return RefusalError(413, "too_large", message, detail={"limit": limit})


def _folded() -> RefusalError:
    message = (
        f"the body unfolds to over {FOLDED} bytes and {RATIO} times its size: send it less compressed, or as it is"
    )
    return RefusalError(413, "too_large", message, detail={"limit": FOLDED, "ratio": RATIO})


def _decoder(encoding: str) -> Decoder:
    if encoding in {"", "identity"}:
        return _Identity()
    if encoding == "gzip":
        return _Gzip()
    if encoding == "zstd":
        return _Zstd()
    raise RefusalError(
        415,
        "unknown_encoding",
        f"Content-Encoding {encoding[:40]!r} is not taken here: use {', '.join(ENCODINGS)}",
        headers={"Accept-Encoding": ", ".join(ENCODINGS)},
    )


def _broken(encoding: str, why: object) -> RefusalError:
    return RefusalError(400, "bad_encoding", f"the body is no {encoding}, as its Content-Encoding says: {why}")
