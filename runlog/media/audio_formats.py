"""Which sound a file holds: its format, rate and channels, from its first bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple


class Sound(NamedTuple):
    """What a sound's bytes say; None for what they do not tell.

    Attributes:
        format: "wav", "flac", "ogg" or "mp3".
        sample_rate: samples of one channel in a second.
        channels: 1 for mono, 2 for stereo...
        seconds: how long it is.
    """

    format: str
    sample_rate: int | None = None
    channels: int | None = None
    seconds: float | None = None


_MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""By the version in a frame's header: MPEG 1, 2 and 2.5."""
_ID3_HEADER = 10


def recognise_sound(data: bytes) -> Sound | None:
    """Tell a sound's format; None for what is no sound of a known one. Damage behind the first bytes tells less."""
    for name, is_format, look in _FORMATS:
        if is_format(data):
            try:
                return look(data)
            except (struct.error, IndexError, ZeroDivisionError):
                return Sound(name)
    return None


def _wav(data: bytes) -> Sound:
    rate = channels = bytes_a_second = None
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt ":
            _, channels, rate, bytes_a_second = struct.unpack_from("<HHII", data, at + 8)
        if name == b"data" and bytes_a_second:
            return Sound("wav", rate, channels, min(size, len(data) - at - 8) / bytes_a_second)
        at += 8 + size + size % 2
    return Sound("wav", rate, channels)


def _flac(data: bytes) -> Sound:
    (packed,) = struct.unpack_from(">Q", data, 18)  # 20 bits of rate, 3 of channels, 5 of depth, 36 of samples
    rate, channels, samples = packed >> 44, (packed >> 41 & 7) + 1, packed & (1 << 36) - 1
    return Sound("flac", rate or None, channels, samples / rate if samples else None)


def _ogg(data: bytes) -> Sound:
    head = data[27 + data[26] :]
    if head.startswith(b"\x01vorbis"):
        channels, rate = struct.unpack_from("<BI", head, 11)
        return Sound("ogg", rate, channels)
    if head.startswith(b"OpusHead"):
        return Sound("ogg", 48_000, head[9])  # what Opus decodes to, whatever it was recorded with
    return Sound("ogg")


def _is_mp3(data: bytes) -> bool:
    return data.startswith(b"ID3") or _mp3_frame(data) is not None


def _mp3(data: bytes) -> Sound:
    at = 0
    if data.startswith(b"ID3"):
        size = 0
        for byte in data[6:10]:  # seven bits in each
            size = size << 7 | byte & 0x7F
        at = _ID3_HEADER + size
    found = _mp3_frame(data[at : at + 4])
    return Sound("mp3", *found) if found else Sound("mp3")


def _mp3_frame(data: bytes) -> tuple[int, int] | None:
    """Rate and channels from the header of a frame of MPEG layer III; None for what is none."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    bit_rate, rate = data[2] >> 4, data[2] >> 2 & 3
    if layer != 1 or version not in _MP3_RATES or bit_rate in {0, 15} or rate == 3:
        return None
    return _MP3_RATES[version][rate], 1 if data[3] >> 6 == 3 else 2


_FORMATS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], Sound]], ...] = (
    ("wav", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WAVE", _wav),
    ("flac", lambda data: data.startswith(b"fLaC"), _flac),
    ("ogg", lambda data: data.startswith(b"OggS"), _ogg),
    ("mp3", _is_mp3, _mp3),
)
