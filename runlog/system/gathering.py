"""One gathering of facts by a child process, and the thread that takes them in.

The child is started by ``posix_spawn``, as the training process may be large and have threads, and leads a process
group of its own, so that it and what it started can be ended together. Where there is no such thing (Windows,
frozen programs, embedded interpreters) the thread looks itself.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from runlog.current_folder import current_folder
from runlog.journal import fork, real_time
from runlog.journal.held_descriptor import HeldDescriptor
from runlog.system.process import command_line

Sections = dict[str, dict[str, object]]
Taker = Callable[[Sections, dict[str, bytes]], None]
"""Takes sections as they become known, and contents by the section they belong to."""

SECTIONS = ("cpu", "memory", "container", "packages", "git", "gpu")
"""What is gathered; the rest is known at once."""

REUSE_SECONDS = 2.0
"""A run that this process starts so soon after another takes the same facts: nobody changes them meanwhile."""
REUSE_BYTES = 1_000_000
"""Contents beyond this are not held in memory for the next run."""

_PROGRAM = """\
import sys, types
package = types.ModuleType("runlog")
package.__path__ = [sys.argv[1]]
sys.modules["runlog"] = package
from runlog.system.child import main
main()
"""
"""The package's own ``__init__`` is passed by: what it imports would take the child longer than all it has to do."""


class Request(msgspec.Struct, frozen=True):
    """What the facts depend on."""

    folder: str
    script: str
    path: tuple[str, ...]

    @classmethod
    def of_this_process(cls) -> Request:
        """The current folder, the program's script and the import path, as they are now."""
        program = next(iter(command_line()), "")
        script = os.path.abspath(program) if os.path.isfile(program) else ""  # noqa: PTH100, PTH113
        if script.startswith(sys.prefix + os.sep):  # of an installed package, such as a notebook's kernel
            script = ""
        folder = str(current_folder())
        path = (one for one in sys.path if isinstance(one, str | os.PathLike))  # the import system leaves others out
        return cls(folder, script, tuple(os.path.join(folder, one) for one in path))  # noqa: PTH118


class Gathering:
    """Facts that are being gathered, and those who want them."""

    def __init__(self, request: Request) -> None:
        """Start the thread.

        Raises:
            RuntimeError: no thread can be started.
        """
        self.request = request
        self.began = real_time.monotonic()
        self.done = threading.Event()
        self.fault = ""
        self._known: Sections = {}
        self._contents: dict[str, bytes] = {}
        self._takers: list[Taker] = []
        self._guard = threading.RLock()
        self._child: _Child | None = None
        self._is_given_up = False
        fork.watch(self)
        self._thread = threading.Thread(target=self._work, name="runlog-system", daemon=True)
        self._thread.start()

    def hand_to(self, taker: Taker) -> None:
        """Give what is known, now and later."""
        with self._guard:
            self._takers.append(taker)
            if self._known:
                taker(dict(self._known), dict(self._contents))

    def leave(self, taker: Taker, seconds: float) -> None:
        """Give no more; where nobody is left to give to, the child is ended, and its thread with it.

        Args:
            taker: may be called at this moment, and looks after itself.
            seconds: to wait for the thread's end at the most.
        """
        self._takers = [one for one in self._takers if one != taker]
        if self._takers:
            return
        if not self.done.is_set():
            self._is_given_up = True
            if self._child is not None:
                self._child.let_go()
        self._thread.join(seconds)

    @property
    def is_fresh(self) -> bool:
        """Whether a run that starts now may take these facts."""
        if self.done.is_set() and sum(map(len, self._contents.values())) > REUSE_BYTES:
            return False
        return not self.fault and not self._is_given_up and real_time.monotonic() - self.began < REUSE_SECONDS

    def _put(self, sections: Sections, contents: dict[str, bytes]) -> None:
        with self._guard:
            self._known.update(sections)
            self._contents.update(contents)
            for taker in self._takers:
                taker(sections, contents)

    def _work(self) -> None:
        try:
            from runlog.interpreter import own_interpreter

            interpreter = own_interpreter() if hasattr(os, "posix_spawn") else None
            if interpreter is not None:
                self._child = _Child(self.request, interpreter)
                if not self._is_given_up:
                    self._child.read(self._put)
            else:
                from runlog.system.child import gather

                gather(msgspec.structs.asdict(self.request), self._put)
        except Exception as error:  # the run goes on without the facts, and says why
            self.fault = f"{type(error).__name__}: {error}"
        finally:
            self.done.set()
            if self._child is not None:
                self._child.end()
            if sum(map(len, self._contents.values())) > REUSE_BYTES:
                self._contents = {}

    def forget(self) -> None:
        """In a forked child: the thread stayed with the parent, and so must its ends of the pipes."""
        if self._child is not None:
            self._child.close()


class _Child:
    """The process that looks, and the pipes to it."""

    def __init__(self, request: Request, interpreter: str) -> None:
        """Start it.

        Raises:
            OSError: it can't be started.
        """
        self._request = request
        asked, self._ask = _pipe()
        try:
            self._answers, answered = _pipe()
        except OSError:
            asked.close()
            self._ask.close()
            raise
        try:
            self._pid = _spawn(interpreter, asked.own(), answered.own())
        except BaseException:
            self.close()
            raise
        finally:
            asked.close()
            answered.close()

    def read(self, put: Taker) -> None:
        """Ask, and hand over what it answers, until it ends."""
        request = {name: _as_bytes(value) for name, value in msgspec.structs.asdict(self._request).items()}
        os.write(self._ask.own(), msgspec.json.encode(request) + b"\n")
        with io.BufferedReader(_Answers(self._answers)) as answers:
            while line := answers.readline():
                if not line.endswith(b"\n"):
                    return
                answer = msgspec.json.decode(line, type=_Answer)
                put(answer.sections, {name: _exactly(answers, size) for name, size in answer.contents})

    def end(self) -> None:
        """Kill it with all that it started, and take its exit status: it leaves no zombie.

        It is killed only while it is known to be there: the number of one that somebody else waited for may be
        another's by now.
        """
        try:
            ended, _ = os.waitpid(self._pid, os.WNOHANG)
            if not ended:
                os.killpg(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
        except (ChildProcessError, ProcessLookupError):  # the program waits for every child, or has none kept
            return
        finally:
            self.close()

    def let_go(self) -> None:
        """Have it end itself, from any thread: it does where nobody holds its stdin."""
        self._ask.close()

    def close(self) -> None:
        """Close the pipes, once."""
        self._ask.close()
        self._answers.close()


def _pipe() -> tuple[HeldDescriptor, HeldDescriptor]:
    reading, writing = os.pipe()
    return HeldDescriptor(reading), HeldDescriptor(writing)


class _Answers(io.RawIOBase):
    """The child's stdout, as long as it is that: the program may have closed it, and opened something else."""

    def __init__(self, pipe: HeldDescriptor) -> None:
        self._pipe = pipe

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there."""
        data = os.read(self._pipe.own(), len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Answer(msgspec.Struct):
    """The line before the contents: their names and sizes in bytes."""

    sections: Sections
    contents: list[tuple[str, int]]


def _spawn(interpreter: str, asked: int, answered: int) -> int:
    from runlog.interpreter import environment_of_child

    nowhere = os.devnull
    actions = [
        (os.POSIX_SPAWN_DUP2, asked, 0),
        (os.POSIX_SPAWN_DUP2, answered, 1),
        (os.POSIX_SPAWN_OPEN, 2, nowhere, os.O_WRONLY, 0),
    ]
    package = str(Path(__file__).resolve().parent.parent)
    bytecode = ["-B"] if sys.dont_write_bytecode else []  # -I passes by the variable that says so
    command = [interpreter, "-I", "-S", *bytecode, "-c", _PROGRAM, package]
    return os.posix_spawn(
        interpreter,
        command,
        environment_of_child(),
        file_actions=actions,
        setpgroup=0,
        setsigmask=[],
        setsigdef=_default(),
    )


def _default() -> list[signal.Signals]:
    """Signals that a training script may ignore and its children would ignore with it."""
    return [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]


def _as_bytes(value: str | tuple[str, ...]) -> object:
    """A path, or several, for JSON: each byte as one character, since a path need not be text."""
    return os.fsencode(value).decode("latin-1") if isinstance(value, str) else [_as_bytes(one) for one in value]


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise EOFError("the process that gathers facts ended in the middle of an answer")
    return data


_latest: Gathering | None = None
_starting = threading.Lock()


def gathering_now() -> Gathering:
    """The gathering for a run that starts now: a new one, or one that just began for another run.

    Raises:
        RuntimeError: no thread can be started.
    """
    global _latest
    request = Request.of_this_process()
    with _starting:
        if _latest is None or not _latest.is_fresh or _latest.request != request:
            _latest = Gathering(request)
        return _latest


def _forget_latest() -> None:
    global _latest, _starting
    _starting = threading.Lock()
    _latest = None


fork.in_child(_forget_latest)
