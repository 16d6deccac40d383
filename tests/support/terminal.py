"""A program in the foreground of a terminal of its own, as a shell would start it."""

from __future__ import annotations

import os
import pty
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    _, status = os.waitpid(job, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        os.tcsetpgrp(0, os.getpgrp())
        print("SHELL: stopped", flush=True)
        sys.stdin.readline()
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)
    else:
        print("SHELL: ended with", os.waitstatus_to_exitcode(status), flush=True)
        break
"""
"""A shell's job control: it says when its job stops, and has it go on at the next line it gets."""


class Terminal:
    """What is typed goes to the program in the foreground; `wait_for` reads what is printed, to a text."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-u", "-c", SHELL, *command], dict(environment))
        self._read = ""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def wait_for(self, text: str) -> str:
        """Read on until this text has come; returns what came before it."""
        while text not in self._read:
            try:
                piece = os.read(self._fd, 4096)
            except OSError:  # everybody has closed the terminal
                piece = b""
            assert piece, f"{text!r} did not come, but {self._read!r}"
            self._read += piece.decode(errors="replace")
        before, _, self._read = self._read.partition(text)
        return before

    def hang_up(self) -> None:
        """Close the terminal, as its window: what is in the foreground gets SIGHUP."""
        os.close(self._fd)
        self._fd = -1

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            os.waitpid(self.pid, 0)
