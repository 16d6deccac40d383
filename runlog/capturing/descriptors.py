"""A file descriptor captured: what C code and child processes print, which never comes by ``sys.stdout``.

The descriptor leads to a pipe with a process behind it (:mod:`runlog.capturing.relay`) that shows everything where it
was shown before and hands a copy to a thread here. Python's own stream over the descriptor is pointed to the former
place: what it prints is recorded on its way (:mod:`runlog.capturing.streams`), what logging handlers print is not
recorded at all, and ``isatty`` says what it said.
"""

from __future__ import annotations

import codecs
import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from runlog.capturing.printed import PrintedLines
from runlog.server_address import environment_without_token

PATIENCE = 10.0
"""Seconds that the end waits for the rest of what was written."""
_RELAY = str(Path(__file__).with_name("relay.py"))
_lingering: list[subprocess.Popen[bytes]] = []
"""Relays whose descriptor a child process still holds."""


class DescriptorCapture:
    """Standard output or error of the process, by its number, captured from here to :meth:`end`.

    Args:
        number: 1 or 2.
        lines: Gets what is written.

    Raises:
        OSError: there is no such descriptor, or no process can be started.
    """

    def __init__(self, number: int, lines: PrintedLines) -> None:
        self.number = number
        self._lines = lines
        self._pid = os.getpid()
        self._shown = os.dup(number)
        try:
            self._copy, self._control, written = self._start_relay()
        except BaseException:
            os.close(self._shown)
            raise
        self._raw = _raw_over(number)
        _flush(number)
        self._point_stream_to(self._shown)
        os.dup2(written, number)
        self._pipe = _identity(written)
        os.close(written)
        self._reader = threading.Thread(target=self._read, name=f"runlog-descriptor-{number}", daemon=True)
        self._reader.start()

    def end(self) -> None:
        """Have the descriptor lead where it led, if it is still ours; wait until what was written is recorded."""
        _flush(self.number)
        if _identity(self.number) == self._pipe:
            os.dup2(self._shown, self.number)
        self._point_stream_to(self.number)
        os.close(self._shown)
        if self._pid == os.getpid():  # a forked child has neither the thread nor a say in when the copy ends
            self._finish()
        os.close(self._control)

    def _finish(self) -> None:
        try:
            os.write(self._control, b".")
        except BrokenPipeError:  # the relay was killed
            self._reader.join(PATIENCE)
        else:
            self._reader.join(PATIENCE)
        _lingering[:] = [one for one in (*_lingering, self._relay) if not _has_ended(one)]

    def _start_relay(self) -> tuple[int, int, int]:
        """The ends that stay here: of the copy, of the control, and the one that is written to."""
        source, written = os.pipe()
        copy, copied = os.pipe()
        controlled, control = os.pipe()
        try:
            self._relay = subprocess.Popen(  # noqa: S603 - a file of this package
                [sys.executable, "-I", "-S", _RELAY, str(copied), str(controlled)],
                stdin=source,
                stdout=self._shown,
                stderr=subprocess.DEVNULL,
                pass_fds=(copied, controlled),
                env=environment_without_token(),
            )
        except BaseException:
            for one in (written, copy, control):
                os.close(one)
            raise
        finally:
            for one in (source, copied, controlled):
                os.close(one)
        return copy, control, written

    def _point_stream_to(self, number: int) -> None:
        if self._raw is None:
            return
        name = self._raw.name
        self._raw.__init__(number, "wb", closefd=False)  # leaves its buffer and its users as they are
        self._raw.name = name

    def _read(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        while piece := os.read(self._copy, 1 << 16):
            self._lines.relayed(decode(piece))
        os.close(self._copy)


def _identity(number: int) -> tuple[int, int] | None:
    """What a descriptor leads to."""
    try:
        status = os.fstat(number)
    except OSError:  # somebody closed it
        return None
    return status.st_dev, status.st_ino


def _raw_over(number: int) -> Any:
    """The file beneath Python's own stream over a descriptor; None where there is none."""
    stream = sys.__stdout__ if number == 1 else sys.__stderr__
    try:
        if stream is None or stream.fileno() != number:
            return None
    except (OSError, ValueError):  # closed, or over something else
        return None
    buffer: Any = stream.buffer
    raw = getattr(buffer, "raw", buffer)
    return raw if type(raw) is io.FileIO else None


def _flush(number: int) -> None:
    """Write out what Python and C have buffered for a descriptor."""
    import ctypes

    stream = sys.__stdout__ if number == 1 else sys.__stderr__
    if stream is not None and not stream.closed:
        stream.flush()
    ctypes.CDLL(None).fflush(None)


def _has_ended(relay: subprocess.Popen[bytes]) -> bool:
    try:
        relay.wait(0.05 if relay in _lingering else 1.0)
    except subprocess.TimeoutExpired:
        return False
    return True
