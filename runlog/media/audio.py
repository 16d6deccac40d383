"""``run.log_audio``: files as they are, arrays as WAV."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path
from typing import Any, NamedTuple

from runlog.errors import WrongTypeError, WrongValueError
from runlog.introspection import describe, is_array, shape_of
from runlog.media.arrays import as_numpy, numpy_for
from runlog.media.audio_formats import recognise_sound
from runlog.media.content import Make, MediaContent

CALL = "run.log_audio"
MAX_CHANNELS = 32
MAX_RATE = 10_000_000
_WAV_BYTES = (1 << 32) - 1024
"""Bytes of samples that the 32-bit sizes in a WAV's header leave room for."""
_INTEGERS = {"uint8": "u1", "int16": "<i2", "int32": "<i4"}
"""Types of samples that a WAV has, and their order of bytes in it. (Those of 8 bits have no sign there.)"""
_SHAPES = "(samples,), (samples, channels) or (channels, samples)"


class _Samples(NamedTuple):
    """A sound in the numbers of a WAV: an array of shape (samples, channels)."""

    array: Any
    rate: int


def load_audio(audio: Any, sample_rate: Any = None) -> Make:
    """Look at a sound.

    Args:
        audio: a path to a WAV, FLAC, OGG or MP3 file, known by its first bytes and kept unchanged; or an array, tensor
            or list of shape (samples,), (samples, channels) or (channels, samples): the shorter dimension is the
            channels. Floats run from -1 to 1 and are kept in 16 bits; int16, int32 and uint8 are kept as they are.
        sample_rate: of an array: samples of one channel in a second.

    Raises:
        WrongTypeError: it is none of these.
        WrongValueError: the file can't be read or is no sound, the rate is missing or no positive whole number, or the
            shape is no sound's.
        MissingExtraError: an array needs numpy, which is not installed.
    """
    if isinstance(audio, str | os.PathLike):
        return _from_file(audio, sample_rate)
    if not isinstance(audio, list | tuple) and not is_array(type(audio)) and not hasattr(type(audio), "__array__"):
        raise WrongTypeError(f"{CALL} takes a path or an array of samples, not {describe(audio)}")
    np = numpy_for(CALL, audio)
    array = as_numpy(CALL, audio, np, "audio")
    if array.dtype.kind != "f" and array.dtype.newbyteorder("=").name not in _INTEGERS:
        raise WrongTypeError(f"{CALL}: {describe(audio)} holds {array.dtype}; use floats from -1 to 1, or int16")
    samples = _Samples(_by_channel(audio, array), _rate(sample_rate))
    return lambda: _wav(samples, np)


def _from_file(path: str | os.PathLike[str], sample_rate: Any) -> Make:
    if sample_rate is not None:
        raise WrongValueError(f"{CALL}: sample_rate={sample_rate!r} belongs to an array; a file says its own")
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise WrongValueError(f"{CALL}: {os.fspath(path)!r} can't be read: {error}") from error
    found = recognise_sound(data)
    if found is None:
        start = f"begins with {data[:12]!r}" if data else "is empty"
        raise WrongValueError(
            f"{CALL}: {os.fspath(path)!r} is no sound, it {start}; use a WAV, FLAC, OGG or MP3 file, or keep it with "
            "run.upload_file"
        )
    info = {"sample_rate": found.sample_rate, "channels": found.channels, "seconds": found.seconds}
    return lambda: MediaContent(found.format, data, info)


def _rate(sample_rate: Any) -> int:
    if sample_rate is None:
        raise WrongValueError(f"{CALL}: an array needs its sample_rate, as in sample_rate=44100")
    if isinstance(sample_rate, bool | str) or not hasattr(type(sample_rate), "__int__"):
        raise WrongTypeError(f"{CALL}: sample_rate is {describe(sample_rate)}; use a whole number, as 44100")
    try:
        rate = int(sample_rate)
    except (TypeError, ValueError, OverflowError):  # not-a-number, an array
        rate = 0
    if rate != sample_rate or not 1 <= rate <= MAX_RATE:
        raise WrongValueError(f"{CALL}: sample_rate={sample_rate!r}; use a whole number from 1 to {MAX_RATE:,}")
    return rate


def _by_channel(audio: Any, array: Any) -> Any:
    """The array in shape (samples, channels)."""
    shape = shape_of(array) or ()
    if len(shape) == 1:
        return array.reshape(-1, 1)
    if len(shape) != 2 or (array.size and min(shape) > MAX_CHANNELS):
        otherwise = f"use {_SHAPES}, at most {MAX_CHANNELS} channels"
        remedy = "pass one clip, as in batch[0]" if len(shape) == 3 else otherwise
        raise WrongValueError(f"{CALL}: {describe(audio)} of shape {shape} is no sound; {remedy}")
    if not array.size:
        return array.reshape(0, 1)
    return array.T if shape[0] < shape[1] else array


def _wav(samples: _Samples, np: Any) -> MediaContent:
    changes: list[str] = []
    array = _as_integers(samples.array, np, changes)
    count, channels = array.shape
    most = _WAV_BYTES // (channels * array.itemsize)
    if count > most:
        changes.append(f"it has {count:,} samples and was cut to {most:,}: a WAV has at most 4 GiB")
        array, count = array[:most], most
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(array.itemsize)
        file.setframerate(samples.rate)
        file.writeframes(array.tobytes())
    info = {"sample_rate": samples.rate, "channels": channels, "seconds": count / samples.rate}
    return MediaContent("wav", buffer.getvalue(), info, changes=changes)


def _as_integers(array: Any, np: Any, changes: list[str]) -> Any:
    if array.dtype.kind != "f":
        return array.astype(_INTEGERS[array.dtype.newbyteorder("=").name])
    within = np.nan_to_num(array, nan=0.0, posinf=1.0, neginf=-1.0).clip(-1, 1)
    if not np.array_equal(within, array):
        changes.append("samples outside of -1 to 1 were clipped; divide by 32768 if they run to that")
    return np.rint(within.astype(np.float64) * 32_767).astype("<i2")
