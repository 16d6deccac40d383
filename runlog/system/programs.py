"""What another program prints, with an end to the time and the amount."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from typing import IO, NamedTuple

PIECE = 1 << 16
_REAPING = 2.0
"""Seconds until a killed program must be gone."""
_COMPLAINT = 2_000
"""Bytes kept of what a program prints to stderr; the rest is read, so that it is not held up, and forgotten."""


class ProgramError(Exception):
    """A program is not there, took too long, or ended with a fault, whose exit ``code`` is then known."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class Output(NamedTuple):
    """What a program printed; ``cut`` where there was more."""

    data: bytes
    cut: bool


def output(
    command: list[str], folder: str, seconds: float, limit: int, variables: Mapping[str, str] | None = None
) -> Output:
    """Run a program and take what it prints.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        seconds: how long it may take. It is killed then; what it started itself is not waited for.
        limit: bytes that are taken; it is killed beyond.
        variables: set for it beside those of this process.

    Raises:
        ProgramError: see there.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - programs of this package, by name
            command,
            cwd=folder,
            env={**os.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as error:
        raise ProgramError(f"{command[0]} can't be run: {error}") from error
    assert process.stdout is not None
    assert process.stderr is not None
    printed, complaint = _Reader(process.stdout, limit), _Reader(process.stderr, _COMPLAINT, to_the_end=True)
    printed.join(seconds)
    if printed.is_alive():
        _kill(process)
        raise ProgramError(f"{' '.join(command[:2])} was given up after {seconds:g} s")
    if printed.cut:
        _kill(process)
        return Output(bytes(printed.data), cut=True)
    complaint.join(seconds)
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise ProgramError(f"{' '.join(command[:2])} did not end within {seconds:g} s") from None
    if code != 0:
        said = bytes(complaint.data).decode("utf-8", "replace").strip()
        raise ProgramError(f"{command[0]} ended with {code}: {said or 'it does not say why'}", code)
    return Output(bytes(printed.data), cut=False)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it and take its exit status, unless the kernel holds it back (a network file system that is gone)."""
    process.kill()
    try:
        process.wait(_REAPING)
    except subprocess.TimeoutExpired as error:
        raise ProgramError(f"{error.cmd[0]} can't even be killed") from error


class _Reader(threading.Thread):
    """Reads a pipe beside the others; a daemon, as a grandchild may hold the pipe open for ever."""

    def __init__(self, pipe: IO[bytes], limit: int, *, to_the_end: bool = False) -> None:
        super().__init__(daemon=True)
        self._pipe, self._limit, self._to_the_end = pipe, limit, to_the_end
        self.data = bytearray()
        self.cut = False
        self.start()

    def run(self) -> None:
        """Read to the end, or to the limit."""
        with self._pipe:
            while piece := os.read(self._pipe.fileno(), PIECE):
                room = self._limit - len(self.data)
                self.data += piece[:room]
                self.cut = self.cut or len(piece) > room
                if self.cut and not self._to_the_end:
                    return
