"""``sys.stdout`` and ``sys.stderr`` while what is printed there is recorded, and shown as before.

A stand-in takes the stream's place in ``sys`` (:mod:`runlog.capturing.stand_in`), and the stream's own functions are
replaced, for those who held it before (:mod:`runlog.capturing.recorded_stream`). Others may put streams over the
stand-in and functions over ours, and put back what they found. Where one of theirs is still there at the end, what is
ours stays beneath and hands on.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runlog.capturing.printed import PrintedLines
from runlog.capturing.recorded_stream import RecordedStream, recorded
from runlog.capturing.stand_in import StandIn, is_stand_in
from runlog.handlers import call_handlers

if TYPE_CHECKING:
    from runlog.capturing.descriptors import DescriptorCapture


class StreamCapture:
    """One stream of ``sys``, captured while anybody wants it.

    Args:
        name: ``stdout`` or ``stderr``.
        level: Of the records.
    """

    def __init__(self, name: str, level: int) -> None:
        self._name = name
        self._level = level
        self._wanted = 0
        self._recorded: list[RecordedStream] = []
        self._stand_in: StandIn | None = None
        self._descriptor: DescriptorCapture | None = None
        self._descriptor_wanted = 0
        self.lines: PrintedLines | None = None
        """What takes the lines; None while nothing is captured."""

    def begin(self) -> None:
        """Record what is printed from now on; each call is undone by one of :meth:`end`."""
        self._wanted += 1
        if self._wanted > 1:
            return
        call_handlers.begin(self)  # which notices that a stream logs what is written to it
        self.lines = PrintedLines(f"runlog.{self._name}", self._level)
        now, first = getattr(sys, self._name), getattr(sys, f"__{self._name}__")
        if now is not None:  # pythonw and daemons have none
            self._stand_in = now if is_stand_in(now) else StandIn(now)
            self._stand_in.recorder.take = self.lines.printed
            now = self._stand_in._stream
            setattr(sys, self._name, self._stand_in)
        for stream in (now, first):  # what redirects the first one may end before the capture does
            if stream is not None and not (one := recorded(stream)).is_recording:
                one.begin(self.lines.printed)
                self._recorded.append(one)
        if self._stand_in is not None:
            self._stand_in.passed_over = recorded(now).write

    def end(self) -> None:
        """Undo one :meth:`begin`; with the last one the streams are as they were."""
        self._wanted -= 1
        if self._wanted or self.lines is None:
            return
        while self._recorded:
            self._recorded.pop().end()
        stand_in, self._stand_in = self._stand_in, None
        if stand_in is not None:
            stand_in.recorder.take = stand_in.passed_over = None
            if getattr(sys, self._name) is stand_in and not stand_in.is_patched:
                setattr(sys, self._name, stand_in._stream)
        call_handlers.end(self)
        self.lines.flush()
        self.lines = None

    def begin_descriptor(self) -> None:
        """Capture the file descriptor, too, while the stream is; each call is undone by one of :meth:`end_descriptor`.

        Raises:
            OSError: it can't be captured.
        """
        from runlog.capturing.descriptors import DescriptorCapture

        if self._descriptor is None and self.lines is not None:
            number = 1 if self._name == "stdout" else 2
            over_it = [one for one in self._recorded if one.number == number]
            self._descriptor = DescriptorCapture(number, self.lines)
            for one in over_it:
                one.begin_number(number, self._descriptor.check)
            if self._stand_in is not None and recorded(self._stand_in._stream) in over_it:
                self._stand_in.recorder.check = self._descriptor.check
        self._descriptor_wanted += 1

    def end_descriptor(self) -> None:
        """Undo one :meth:`begin_descriptor`; with the last one the descriptor leads where it led."""
        self._descriptor_wanted -= 1
        if self._descriptor_wanted == 0 and self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            for one in self._recorded:
                one.end_number()
            if self._stand_in is not None:
                self._stand_in.recorder.check = None
            descriptor.end()
