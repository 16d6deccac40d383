"""`run.log_audio`."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.errors import WrongTypeError, WrongValueError
from runlog.media.audio import MAX_CHANNELS, load_audio
from runlog.media.audio_formats import Sound, recognise_sound

TONE = np.sin(np.arange(800) / 10)


def read_wav(content):
    with wave.open(io.BytesIO(content.data)) as file:
        types = {1: "u1", 2: "<i2", 4: "<i4"}
        frames = np.frombuffer(file.readframes(file.getnframes()), types[file.getsampwidth()])
        return file.getframerate(), frames.reshape(-1, file.getnchannels())


def wav(rate=8000, channels=2, frames=b"\0\0\0\0" * 4000, width=2):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(frames)
    return buffer.getvalue()


def flac(rate=44_100, channels=2, samples=88_200):
    packed = rate << 44 | (channels - 1) << 41 | 15 << 36 | samples
    return b"fLaC" + b"\x80\0\0\x22" + b"\0" * 10 + struct.pack(">Q", packed) + b"\0" * 16


def ogg(head):
    return b"OggS" + b"\0" * 22 + bytes([1, len(head)]) + head


VORBIS = ogg(b"\x01vorbis" + struct.pack("<IBI", 0, 2, 44_100) + b"\0" * 14)
OPUS = ogg(b"OpusHead" + bytes([1, 1]) + b"\0" * 9)
MP3_FRAME = b"\xff\xfb\x90\x00" + b"\0" * 400
MP3_MONO_24 = b"\xff\xf3\x44\xc0" + b"\0" * 100
TAGGED_MP3 = b"ID3\x04\0\0\0\0\x01\x00" + b"\0" * 128 + MP3_FRAME

FILES = {
    "wav": (wav(), Sound("wav", 8000, 2, 0.5)),
    "flac": (flac(), Sound("flac", 44_100, 2, 2.0)),
    "vorbis": (VORBIS, Sound("ogg", 44_100, 2)),
    "opus": (OPUS, Sound("ogg", 48_000, 1)),
    "mp3": (MP3_FRAME, Sound("mp3", 44_100, 2)),
    "mp3 in mono": (MP3_MONO_24, Sound("mp3", 24_000, 1)),
    "mp3 with tags": (TAGGED_MP3, Sound("mp3", 44_100, 2)),
}


@pytest.mark.parametrize(("data", "sound"), FILES.values(), ids=FILES)
def test_a_file_is_known_by_its_first_bytes_and_kept_unchanged(run, own_folder, data, sound):
    (own_folder / "clip.anything").write_bytes(data)
    run.log_audio("clip", "clip.anything", step=2)
    (ref,) = run.get_metrics()["clip"]
    assert (ref.read(), ref.format, ref.step, ref.media) == (data, sound.format, 2, "audio")
    expected = {"sample_rate": sound.sample_rate, "channels": sound.channels, "seconds": sound.seconds}
    assert ref.info == {name: value for name, value in expected.items() if value is not None}


@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_torn_or_damaged_file_never_raises(name, data):
    whole = bytearray(FILES[name][0][:600])
    for place in data.draw(st.lists(st.integers(4, len(whole) - 1), max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    found = recognise_sound(bytes(whole[: data.draw(st.integers(4, len(whole)))]))
    assert found is None or isinstance(found, Sound)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"RIFF\0\0\0\0AVI ", b"\xff\xd8\xff\xe0 a picture", b"\xff\xff\xff\xff"]
)
def test_what_is_no_sound_is_a_wrong_value(own_folder, data):
    (own_folder / "clip").write_bytes(data)
    with pytest.raises(WrongValueError, match="is no sound"):
        load_audio("clip")


def test_floats_from_minus_1_to_1_become_16_bits():
    content = load_audio(np.array([-1, -0.5, 0, 0.5, 1]), 8000)()
    rate, frames = read_wav(content)
    assert (rate, frames[:, 0].tolist(), content.changes) == (8000, [-32767, -16384, 0, 16384, 32767], [])


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint8", ">i2"])
def test_integers_are_kept_as_they_are(dtype):
    array = np.array([[0, 100], [50, 7], [1, 2]]).astype(dtype)
    assert read_wav(load_audio(array, 8000)())[1].tolist() == array.tolist()


@pytest.mark.parametrize(
    ("shape", "channels", "samples"),
    [((800,), 1, 800), ((800, 2), 2, 800), ((2, 800), 2, 800), ((1, 800), 1, 800), ((0,), 1, 0), ((2, 0), 1, 0)],
)
def test_the_shorter_dimension_is_the_channels(shape, channels, samples):
    assert read_wav(load_audio(np.zeros(shape), 8000)())[1].shape == (samples, channels)


def test_channels_are_not_mixed_up():
    stereo = np.stack([TONE, -TONE])
    first = read_wav(load_audio(stereo, 8000)())[1]
    np.testing.assert_array_equal(first, read_wav(load_audio(stereo.T, 8000)())[1])
    np.testing.assert_array_equal(first[:, 0], -first[:, 1])


def test_samples_outside_are_clipped_and_this_is_told(run, heard):
    run.log_audio("loud", [0.0, 2.0, float("nan"), float("-inf")], 8000)
    (ref,) = run.get_metrics()["loud"]
    assert struct.unpack("<4h", ref.read()[-8:]) == (0, 32767, 0, -32767)
    assert any("the audio 'loud': samples outside of -1 to 1 were clipped" in message for message in heard.messages)


def test_what_is_known_of_a_sound_is_told_without_reading_it(run):
    run.log_audio("tone", TONE, 8000.0, description="a beep")
    (ref,) = run.get_metrics()["tone"]
    assert ref.info == {"sample_rate": 8000, "channels": 1, "seconds": 0.1}
    assert (ref.format, ref.description) == ("wav", "a beep")


@pytest.mark.parametrize("rate", [None, 0, -8000, 8000.5, float("nan"), 10**9])
def test_a_rate_that_cannot_be_one_is_a_wrong_value(rate):
    with pytest.raises(WrongValueError, match="sample_rate"):
        load_audio(TONE, rate)


@pytest.mark.parametrize("rate", ["8000", True, [8000]])
def test_a_rate_that_is_no_number_is_a_wrong_type(rate):
    with pytest.raises(WrongTypeError, match="sample_rate"):
        load_audio(TONE, rate)


def test_a_file_says_its_own_rate(own_folder):
    (own_folder / "clip.wav").write_bytes(wav())
    with pytest.raises(WrongValueError, match="a file says its own"):
        load_audio("clip.wav", 8000)


@pytest.mark.parametrize("shape", [(), (2, 3, 4), (MAX_CHANNELS + 1, MAX_CHANNELS + 1)])
def test_a_shape_that_is_no_sound_is_a_wrong_value(shape):
    with pytest.raises(WrongValueError, match="is no sound"):
        load_audio(np.zeros(shape), 8000)


@pytest.mark.parametrize(
    "audio", [None, 3, b"RIFF", np.zeros(3, dtype=np.int64), np.zeros(3, dtype=bool), ["a"]], ids=str
)
def test_what_is_no_sound_is_a_wrong_type(audio):
    with pytest.raises(WrongTypeError, match="run.log_audio"):
        load_audio(audio, 8000)


def test_a_missing_file_is_a_wrong_value(own_folder):
    with pytest.raises(WrongValueError, match="can't be read"):
        load_audio("missing.wav")
