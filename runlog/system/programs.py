"""What another program prints, with an end to the time and the amount."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
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
    command: list[str],
    folder: str,
    seconds: float,
    limit: int,
    environment: Mapping[str, str] | None = None,
    given: bytes = b"",
) -> Output:
    """Run a program and take what it prints.

    Args:
        command: the program and its arguments.
        folder: where it runs.
        seconds: how long it may take. It is killed then; what it started itself is not waited for.
        limit: bytes that are taken; it is killed beyond.
        environment: its variables; by default those of this process.
        given: what it reads from its stdin.

    Raises:
        ProgramError: see there.
    """
    program = _found(command[0])
    try:
        process = subprocess.Popen(  # noqa: S603 - programs of this package, by name
            [program, *command[1:]],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE if given else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as error:
        raise ProgramError(f"{command[0]} can't be run: {error}") from error
    if process.stdin is not None:
        threading.Thread(target=_give, args=(process.stdin, given), daemon=True).start()
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


def _found(program: str) -> str:
    """The path of a program. What ``PATH`` says of the folder that it is to run in does not count: it may be anybody's.

    Raises:
        ProgramError: it is nowhere.
    """
    if os.name == "nt":  # the system looks it up itself
        return program
    for folder in filter(os.path.isabs, os.get_exec_path()):
        place = os.path.join(folder, program)  # noqa: PTH118 - pathlib costs more than all else here
        if os.path.isfile(place) and os.access(place, os.X_OK):  # noqa: PTH113
            return place
    raise ProgramError(f"{program} can't be run: no folder of PATH has it")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it and take its exit status, unless the kernel holds it back (a network file system that is gone)."""
    process.kill()
    try:
        process.wait(_REAPING)
    except subprocess.TimeoutExpired as error:
        raise ProgramError(f"{error.cmd[0]} can't even be killed") from error


def _give(pipe: IO[bytes], data: bytes) -> None:
    """Write to a program that may end before it has read everything: how it ends says more than that."""
    with suppress(BrokenPipeError), pipe:
        pipe.write(data)


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
