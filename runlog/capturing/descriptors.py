"""A file descriptor captured: what C code and child processes print, which never comes by ``sys.stdout``.

The descriptor leads to a pipe with a process behind it (:mod:`runlog.capturing.relay`) that shows everything where it
was shown before and hands a copy to a thread here. Python's own stream over the descriptor is pointed to the former
place: what it prints is recorded on its way (:mod:`runlog.capturing.streams`), what logging handlers print is not
recorded at all, and ``isatty`` says what it said.

Where the process is killed, the descriptor leads where it led, and the thread shows what still comes by the pipe. Where
the program closes our descriptors, as one does that becomes a daemon, nothing is written to what gets their numbers.
"""

from __future__ import annotations

import codecs
import io
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from runlog.capturing.printed import PrintedLines
from runlog.capturing.relay import PIECE, show
from runlog.capturing.relay_process import RelayProcess
from runlog.journal import fork, real_time
from runlog.journal.held_descriptor import HeldDescriptor, identity

PATIENCE = 10.0
"""Seconds that the end waits for the rest of what was written."""
LOOK = 1.0
"""Seconds between two looks whether our descriptors are still ours, while nothing is written."""
_logger = logging.getLogger("runlog")


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
        self._guard = threading.RLock()
        self._pid = os.getpid()
        self._is_over = self._is_relaying = False
        self._shown = HeldDescriptor(os.dup(number))
        try:
            self._relay = RelayProcess(self._shown.number)
        except BaseException:
            self._shown.close()
            raise
        self._raw = _raw_over(number)
        _flush(number)
        self._point_stream_to(self._shown.number)
        self._pipe = self._relay.stand_behind(number)
        fork.watch(self)
        self._reader = threading.Thread(target=self._read, name=f"runlog-descriptor-{number}", daemon=True)
        self._reader.start()

    def check(self) -> None:
        """Before Python's stream is written to: whether that still leads where it was pointed to."""
        if not self._is_over and not self._shown.is_held:
            self._lose()

    def end(self) -> None:
        """Have the descriptor lead where it led, if it is still ours; wait until what was written is recorded."""
        with self._guard:
            self._is_over = True
            self._release()
        if self._pid != os.getpid():  # a forked child has neither the thread nor a say in when the copy ends
            self._close()
        elif self._is_relaying:
            self._wait_until_read()
        else:
            self._relay.finish()
            self._reader.join(PATIENCE)
            self._close()

    def forget(self) -> None:
        """In a forked child, where nobody reads: the pipe is not to seem read because of it."""
        self._guard = threading.RLock()
        self._relay.source.close()

    def _release(self) -> None:
        """Have the descriptor, and Python's stream over it, lead where they led."""
        if not self._shown.is_held:
            self._point_stream_to(self.number)
        _flush(self.number)
        if self._shown.is_held and identity(self.number) == self._pipe:
            os.dup2(self._shown.number, self.number)
        self._point_stream_to(self.number)

    def _close(self) -> None:
        self._relay.close()
        self._shown.close()

    def _point_stream_to(self, number: int) -> None:
        if self._raw is None or self._raw.closed:
            return
        name = self._raw.name
        self._raw.__init__(number, "wb", closefd=False)  # leaves its buffer and its users as they are
        self._raw.name = name

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        for piece in self._pieces(self._relay.copy):
            self._lines.relayed(decode(piece))
        if not self._relay.copy.is_held:
            self._lose()
        elif not self._is_over:
            self._read_in_place_of_relay(decode)

    def _pieces(self, descriptor: HeldDescriptor) -> Iterator[bytes]:
        """What comes by a descriptor of ours, to its end; each piece is dealt with under the guard."""
        poll = select.poll()
        poll.register(descriptor.number, select.POLLIN)
        while descriptor.is_held:
            if poll.poll(LOOK * 1000):
                with self._guard:
                    piece = os.read(descriptor.number, PIECE) if descriptor.is_held else b""
                    if not piece:
                        return
                    yield piece

    def _lose(self) -> None:
        """The program has closed descriptors of ours: leave the others."""
        with self._guard:
            if self._is_over:
                return
            self._is_over = True
            self._release()
        _logger.warning(
            "the program has closed descriptors of runlog: what C code and child processes write to descriptor %d is "
            "not kept from here on",
            self.number,
        )

    def _read_in_place_of_relay(self, decode: Callable[[bytes], str]) -> None:
        """The relay was killed: show and keep what is in the pipe, and what child processes still write there."""
        with self._guard:
            if self._is_over:
                return
            self._is_relaying = True
            self._release()
        _logger.warning(
            "the process that relays what is written to descriptor %d has died: what C code and new child processes "
            "write there is shown, and not kept from here on",
            self.number,
        )
        for piece in self._pieces(self._relay.source):
            if self._shown.is_held:
                show(piece, self._shown.number)
            if not self._is_over:
                self._lines.relayed(decode(piece))
        with self._guard:
            self._close()

    def _wait_until_read(self) -> None:
        """Wait until the thread has taken what is in the pipe. It goes on showing what comes later."""
        poll = select.poll()
        poll.register(self._relay.source.number, select.POLLIN)
        until = real_time.monotonic() + PATIENCE
        while real_time.monotonic() < until:
            with self._guard:
                if not self._relay.source.is_held or not poll.poll(0):
                    return
            time.sleep(0.01)


def _raw_over(number: int) -> Any:
    """The file beneath Python's own stream over a descriptor; None where there is none."""
    stream = sys.__stdout__ if number == 1 else sys.__stderr__
    try:
        if stream is None or stream.fileno() != number:
            return None
        buffer: Any = stream.buffer
    except (AttributeError, OSError, ValueError):  # closed, detached, or over something else
        return None
    raw = getattr(buffer, "raw", buffer)
    return raw if type(raw) is io.FileIO else None


def _flush(number: int) -> None:
    """Write out what Python and C have buffered for a descriptor."""
    import ctypes

    stream = sys.__stdout__ if number == 1 else sys.__stderr__
    if stream is not None:
        with suppress(OSError, ValueError):  # it is closed, or nobody reads any more
            stream.flush()
    ctypes.CDLL(None).fflush(None)
