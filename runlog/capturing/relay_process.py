"""The process behind a captured file descriptor, as its owner sees it: started, known to be there, and let go."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from runlog.capturing.relay import READY
from runlog.interpreter import environment_of_child, own_interpreter
from runlog.journal.held_descriptor import HeldDescriptor, identity

_STARTING = 10.0
"""Seconds that it has to say that it is there."""
_lingering: list[subprocess.Popen[bytes]] = []
"""Those whose descriptor a child process still holds."""


class RelayProcess:
    """A process that shows what comes by a pipe, and hands on a copy.

    Args:
        shown: The descriptor by which it shows.

    Raises:
        OSError: none can be started here, or what was started is none.
    """

    def __init__(self, shown: int) -> None:
        command = _command()
        source, self._written = os.pipe()
        copy, copied = os.pipe()
        controlled, control = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a file of this package
                [*command, str(copied), str(controlled)],
                stdin=source,
                stdout=shown,
                stderr=subprocess.DEVNULL,
                pass_fds=(copied, controlled),
                env=environment_of_child(),
            )
        except BaseException:
            for one in (source, self._written, copy, control):
                os.close(one)
            raise
        finally:
            os.close(copied)
            os.close(controlled)
        self.source = HeldDescriptor(source)
        """What it reads: held, so that nobody who writes is killed by SIGPIPE should the process be."""
        self.copy = HeldDescriptor(copy)
        self._control = HeldDescriptor(control)
        try:
            self._wait_until_there()
        except BaseException:
            self._process.kill()
            self._process.wait()
            os.close(self._written)
            self.close()
            raise

    def stand_behind(self, number: int) -> tuple[int, int] | None:
        """Have a descriptor lead to it; returns what the descriptor leads to then."""
        os.dup2(self._written, number)
        os.close(self._written)
        return identity(number)

    def finish(self) -> None:
        """Have it end the copy with what was written until now. It goes on showing as long as anybody can write."""
        if self._control.is_held:
            with suppress(BrokenPipeError):  # it was killed
                os.write(self._control.number, b".")

    def close(self) -> None:
        """Let go of it."""
        for one in (self._control, self.copy, self.source):
            one.close()
        _lingering[:] = [one for one in (*_lingering, self._process) if not _has_ended(one)]

    def _wait_until_there(self) -> None:
        poll = select.poll()
        poll.register(self.copy.number, select.POLLIN)
        if not poll.poll(_STARTING * 1000) or os.read(self.copy.number, len(READY)) != READY:
            raise OSError(f"{sys.executable} was started to relay what is written to it, and does not")


def _command() -> list[str]:
    """What starts the process, as far as its arguments."""
    interpreter = own_interpreter()
    if os.name != "posix":
        raise OSError("file descriptors are captured on POSIX systems only")
    if interpreter is None:
        raise OSError(f"it takes a Python interpreter by itself, and {sys.executable or 'this program'} is none")
    program = Path(__file__).with_name("relay.py")
    if program.is_file():
        return [interpreter, "-I", "-S", str(program)]
    return [interpreter, "-I", "-S", "-c", _source()]  # of a zip file


def _source() -> str:
    from importlib.util import find_spec

    spec = find_spec("runlog.capturing.relay")
    get_source = getattr(None if spec is None else spec.loader, "get_source", None)
    source = None if get_source is None else get_source("runlog.capturing.relay")
    if not source:
        raise OSError("the source of runlog.capturing.relay, which it takes, is not there")
    return str(source)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(0.05 if process in _lingering else 1.0)
    except subprocess.TimeoutExpired:
        return False
    return True
