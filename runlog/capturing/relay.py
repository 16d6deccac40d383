"""What stands behind a captured file descriptor: shows all that is written to it, and hands a copy to the owner.

A process of its own, so that whoever writes never waits for the owner's interpreter, and that child processes which
outlive the owner still have somewhere to write to. It ends when nobody can write any more, and imports nothing of
runlog.

Standard input is what is written, standard output is where it is shown. Arguments: the descriptor that gets the copy;
the one on which the owner says that it has stopped writing, and waits for the rest of the copy.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys

READY = b"+"
"""What the owner gets before everything else: it is there."""
PIECE = 1 << 16
MOST_WAITING = 64 << 20
"""Bytes of the copy that wait for an owner who does not read; what comes then is shown only, and counted."""


class Relay:
    """The state of the copy."""

    def __init__(self, copy: int, control: int) -> None:
        self.copy: int | None = copy
        self.control = control
        self.waiting = bytearray()
        self.left_out = 0
        os.write(copy, READY)
        os.set_blocking(copy, False)
        os.set_blocking(0, False)

    def run(self) -> None:
        """Relay until nobody can write any more."""
        while True:
            reading = [0] if self.copy is None else [0, self.control]
            writing = [self.copy] if self.waiting and self.copy is not None else []
            ready, _, _ = select.select(reading, writing, [])
            if self.control in ready and self.copy is not None:
                at_end = self.take_all()
                self.finish_copy()
            else:
                at_end = 0 in ready and self.take() is None
                self.hand_over()
            if at_end:
                self.finish_copy()
                return

    def take_all(self) -> bool:
        """Take what is there; whether it was the end."""
        while (taken := self.take()) is not False:
            if taken is None:
                return True
        return False

    def take(self) -> bool | None:
        """Show a piece; None at the end, False where nothing is there now."""
        try:
            piece = os.read(0, PIECE)
        except BlockingIOError:
            return False
        if not piece:
            return None
        show(piece)
        if self.copy is not None:
            if len(self.waiting) + len(piece) > MOST_WAITING:
                self.left_out += len(piece)
            else:
                self.tell_left_out()
                self.waiting += piece
        return True

    def tell_left_out(self) -> None:
        """Say in the copy how much is missing there."""
        if self.left_out:
            self.waiting += b"\n[%d bytes were shown and could not be kept]\n" % self.left_out
            self.left_out = 0

    def hand_over(self) -> None:
        """Give the owner as much as it takes."""
        try:
            while self.waiting and self.copy is not None:
                del self.waiting[: os.write(self.copy, self.waiting[:PIECE])]
        except BlockingIOError:
            return
        except OSError:  # the owner is dead
            self.drop_copy()

    def finish_copy(self) -> None:
        """Give the owner all that waits, and tell it the end."""
        if self.copy is not None:
            self.tell_left_out()
            os.set_blocking(self.copy, True)
            self.hand_over()
            self.drop_copy()

    def drop_copy(self) -> None:
        """Only show from now on."""
        copy, self.copy = self.copy, None
        self.waiting.clear()
        if copy is not None:
            os.close(copy)


def show(piece: bytes, number: int = 1) -> None:
    """Write a piece where it is shown, if that still exists."""
    with contextlib.suppress(OSError):
        while piece:
            try:
                piece = piece[os.write(number, piece) :]
            except BlockingIOError:  # somebody made the terminal's description non-blocking
                poll = select.poll()
                poll.register(number, select.POLLOUT)
                poll.poll()


if __name__ == "__main__":
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):  # they are meant for the program
        signal.signal(one, signal.SIG_IGN)
    Relay(int(sys.argv[1]), int(sys.argv[2])).run()
