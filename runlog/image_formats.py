"""Which picture a file holds: its format and size, from its first bytes.

The standard library's ``imghdr`` did the first part up to Python 3.12; a file name's ending says nothing reliable.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import NamedTuple

_Size = tuple[int | None, int | None]
_UNKNOWN: _Size = (None, None)

_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_FRAME_STARTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SVG_LENGTH = rb"""\s%s\s{0,9}=\s{0,9}["']\s{0,9}([\d.]{1,12})\s{0,9}(?:px)?\s{0,9}["']"""
_SVG_WIDTH, _SVG_HEIGHT = re.compile(_SVG_LENGTH % b"width"), re.compile(_SVG_LENGTH % b"height")
_SVG_VIEW_BOX = re.compile(rb"""\sviewBox\s{0,9}=\s{0,9}["']([^"']{1,200})["']""")
_SVG_BEGINNINGS = frozenset({b"<svg ", b"<svg\t", b"<svg\r", b"<svg\n", b"<svg>", b"<svg/"})
_SVG_LOOKED_AT = 65_536


class Recognised(NamedTuple):
    """What a picture's bytes say.

    Attributes:
        format: "png", "jpeg", "gif", "bmp", "tiff", "webp" or "svg".
        width: in pixels; None where the bytes do not tell.
        height: in pixels; None where the bytes do not tell.
    """

    format: str
    width: int | None
    height: int | None


def recognise(data: bytes) -> Recognised | None:
    """Tell a picture's format and size; None for what is no picture of a known format.

    The format goes by the first bytes. The size is read where the file is whole enough to tell it.
    """
    for name, is_format, size_of in _FORMATS:
        if is_format(data):
            try:
                width, height = size_of(data)
            except (struct.error, IndexError, ValueError, OverflowError):
                width, height = _UNKNOWN
            return Recognised(name, width, height)
    return None


def _png_size(data: bytes) -> _Size:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif_size(data: bytes) -> _Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp_size(data: bytes) -> _Size:
    (header,) = struct.unpack_from("<I", data, 14)
    # The oldest header has 16-bit sizes. A negative height says that the rows run downwards.
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    return abs(width), abs(height)


def _jpeg_size(data: bytes) -> _Size:
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            return _UNKNOWN
        marker = data[at + 1]
        if marker in _JPEG_FRAME_STARTS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 if marker in _JPEG_WITHOUT_LENGTH else 2 + max(2, struct.unpack_from(">H", data, at + 2)[0])


def _webp_size(data: bytes) -> _Size:
    kind = data[12:16]
    if kind == b"VP8X":
        return _u24(data, 24) + 1, _u24(data, 27) + 1
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _tiff_size(data: bytes) -> _Size:
    order = "<" if data[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, directory)
    sizes: dict[int, int] = {}
    for entry in range(directory + 2, directory + 2 + count * 12, 12):
        tag, field_type = struct.unpack_from(f"{order}HH", data, entry)
        if tag in (256, 257):
            (sizes[tag],) = struct.unpack_from(f"{order}{'H' if field_type == 3 else 'I'}", data, entry + 8)
    return sizes.get(256), sizes.get(257)


def _svg_tag(data: bytes) -> bytes | None:
    """The opening ``<svg ...`` tag, behind what XML allows before it; None where there is none."""
    rest = data[:_SVG_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<?", b"<!")):
        end = b"-->" if rest.startswith(b"<!--") else b">"
        if rest.startswith(b"<!DOCTYPE") and b"[" in rest.partition(b">")[0]:
            end = b"]>"
        rest = rest.partition(end)[2].lstrip()
    return rest.partition(b">")[0] if rest[:5] in _SVG_BEGINNINGS else None


def _svg_size(data: bytes) -> _Size:
    tag = _svg_tag(data) or b""
    width, height = _SVG_WIDTH.search(tag), _SVG_HEIGHT.search(tag)
    if width and height:
        return round(float(width[1])), round(float(height[1]))
    box = _SVG_VIEW_BOX.search(tag)
    if box is None:
        return _UNKNOWN
    _, _, box_width, box_height = box[1].replace(b",", b" ").split()
    return round(float(box_width)), round(float(box_height))


def _u24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


_FORMATS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], _Size]], ...] = (
    ("png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), _png_size),
    ("jpeg", lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg_size),
    ("gif", lambda data: data.startswith((b"GIF87a", b"GIF89a")), _gif_size),
    ("webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", _webp_size),
    ("tiff", lambda data: data.startswith((b"II*\0", b"MM\0*")), _tiff_size),
    ("bmp", lambda data: data.startswith(b"BM") and data[6:10] == b"\0\0\0\0", _bmp_size),
    ("svg", lambda data: _svg_tag(data) is not None, _svg_size),
)
