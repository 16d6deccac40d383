"""A crash, told by ``faulthandler`` in a file, as the last log record of its process."""

from __future__ import annotations

import logging
import re

import msgspec

from runlog.journal.crash_file import Crash
from runlog.journal.format import Stream
from runlog.journal.reader import Event
from runlog.records import EventKind

LOGGER = "runlog.crash"
"""The logger of the records."""
_CURRENT = re.compile(r"^Current thread (0x[0-9a-f]+).*?$", re.MULTILINE)
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


def crash_event(crash: Crash) -> Event:
    """The LOG event of a crash: the whole text as its message, placed where the thread that crashed was."""
    current = _CURRENT.search(crash.text)
    frame = _FRAME.search(crash.text, current.end() if current else 0)
    path, line, function = (frame[1], int(frame[2]), frame[3]) if frame else ("", 0, "")
    thread = int(current[1], 16) if current else None
    fields = (logging.CRITICAL, "CRITICAL", LOGGER, path, line, function, None, None, thread, None, crash.time_ns / 1e9)
    payload = msgspec.msgpack.encode((crash.time_ns, crash.text, fields))
    return Event(EventKind.LOG, 0, payload, crash.writer, 0, Stream.EVENTS)
