"""``runlog.sources.subprocess``: a command, with what it prints as the run's log."""

from __future__ import annotations

import codecs
import contextlib
import logging
import math
import os
import selectors
import signal
import subprocess as processes
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from runlog.capturing.lines import LineBuffer
from runlog.errors import RunStateError, WrongTypeError
from runlog.handlers.shown_only import shown_only
from runlog.journal import real_time
from runlog.levels import level_number
from runlog.lifecycle import signals
from runlog.signal_forwarding import SignalForwarding, grace_of
from runlog.sources.line_records import LineRecords, chosen_run

if TYPE_CHECKING:
    from runlog.run import Run

CHUNK = 1 << 16
LOOK = 0.2
"""Seconds between two looks whether the command has ended, or its time to end is over."""
DRAIN = 5.0
"""Seconds that what the command left running may go on to write, once the command itself has ended."""


def subprocess(
    command: Sequence[str | os.PathLike[str]],
    run: Run | None = None,
    *,
    cwd: str | os.PathLike[str] | None = None,
    env: Mapping[str, str] | None = None,
    stdout: int | str = "INFO",
    stderr: int | str = "WARNING",
    encoding: str = "utf-8",
    show: bool = False,
    keep: bool = True,
    name: str = "subprocess",
    grace: float | None = None,
) -> int:
    """Run a command to its end and keep each line that it prints as a record, with the fields ``stream`` and ``pid``.

    Lines stand in the order in which they arrive, of both streams. A progress bar counts once, as it stood last. How it
    ended is the last record, with the field ``exit_code``. Python programs are asked not to hold their output
    back (``PYTHONUNBUFFERED=1``, unless it is set).

    A signal that this process gets in its main thread, and does not handle itself, goes to the command and to all that
    it started, and so does the end of the run, as SIGTERM. Where it is asked to end, it is killed after ``grace``
    seconds; a second Ctrl-C is SIGTERM for it, a third SIGKILL.

    Args:
        command: the program and its arguments; no shell.
        run: that the lines go to; by default the one that is current here.
        cwd: the folder it runs in.
        env: its environment; by default this process's.
        stdout: the level of lines printed there.
        stderr: likewise.
        encoding: of what it prints; bytes that are none are kept with backslashes.
        show: print what it prints, too, as it comes.
        keep: keep what it prints; False keeps only how it ended.
        name: of the records' logger, below ``runlog.sources``.
        grace: seconds that it has to end; by default ``RUNLOG_GRACE``, else 30.

    Returns:
        its exit code; ``-n`` where signal n ended it.

    Raises:
        WrongTypeError, WrongValueError: an argument can't be used.
        RunStateError: no run is given, and none is open.
        OSError: the command can't be started.
    """
    started = Command(command, run, stdout=stdout, stderr=stderr, encoding=encoding, show=show, keep=keep, name=name)
    with SignalForwarding(grace_of(grace)) as forwarding:
        code = started.run_to_end(forwarding, cwd=cwd, env=env)
    if signal.SIGINT in forwarding.received:
        raise KeyboardInterrupt
    return code


class Command:
    """A command, and what becomes of what it prints: see :func:`subprocess`."""

    def __init__(
        self,
        command: Sequence[str | os.PathLike[str]],
        run: Run | None,
        *,
        stdout: int | str = "INFO",
        stderr: int | str = "WARNING",
        encoding: str = "utf-8",
        show: bool = False,
        keep: bool = True,
        name: str = "subprocess",
    ) -> None:
        if isinstance(command, str | bytes) or not command:
            raise WrongTypeError(f"command must be a list such as ['python', 'train.py'], not {command!r}")
        self._line = [os.fspath(one) for one in command]
        self._levels = {
            "stdout": level_number(stdout) or logging.INFO,
            "stderr": level_number(stderr) or logging.WARNING,
        }
        self._records = LineRecords(name, chosen_run(run), {})
        self._encoding, self._show, self._keep = encoding, show, keep

    def run_to_end(
        self,
        forwarding: SignalForwarding,
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> int:
        """Start it, take what it prints, and wait for its end.

        Args:
            forwarding: of the signals that this process gets.
            cwd: the folder it runs in.
            env: its environment; by default this process's.

        Returns:
            its exit code; ``-n`` where signal n ended it.

        Raises:
            OSError: it can't be started.
        """
        with signals.accompanied(forwarding.send, forwarding.grace):
            process = processes.Popen(  # noqa: S603 - the user's own command
                self._line,
                cwd=cwd,
                env={"PYTHONUNBUFFERED": "1", **(os.environ if env is None else env)},
                stdout=processes.PIPE,
                stderr=processes.PIPE,
                start_new_session=True,  # a signal reaches all that it starts, and Ctrl-C reaches it by us only
            )
            forwarding.start(process)
            streams = {"stdout": process.stdout, "stderr": process.stderr}
            self._records.fields["pid"] = process.pid
            return _Running(
                process,
                forwarding,
                self._records,
                [
                    _Stream(
                        name, pipe, self._levels[name], self._records, self._encoding, show=self._show, keep=self._keep
                    )
                    for name, pipe in streams.items()
                    if pipe is not None
                ],
            ).finish()


class _Running:
    """A command that runs, and the thread that reads what it prints and waits for its end.

    Only that thread waits for the process: a wait in the main thread would be interrupted by a signal while it holds
    ``Popen``'s lock, and whoever ends the run at that signal needs it.
    """

    def __init__(
        self,
        process: processes.Popen[bytes],
        forwarding: SignalForwarding,
        records: LineRecords,
        streams: Sequence[_Stream],
    ) -> None:
        self._process = process
        self._forwarding = forwarding
        self._records = records
        self._streams = streams
        self._ended = threading.Event()
        self._begun = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=records.logger.name, daemon=True)

    def finish(self) -> int:
        """Take what it prints, and wait for its end. An exception in the midst of that ends it."""
        try:
            self._end_with_run(self._records.run)  # first: at a signal from now on the command ends with the run
            self._start()
            self._wait()
        except BaseException:  # Ctrl-C where the program handles it, or another handler that raises
            self.end(signal.SIGINT)
            raise
        return self._process.returncode

    def _wait(self) -> None:
        """Wait in pieces: not by the thread's join, which takes it for ended where a signal interrupts it."""
        while not self._ended.wait(LOOK):
            self._forwarding.look()

    def _end_with_run(self, run: Run) -> None:
        with contextlib.suppress(RunStateError):  # a guest is not told of the end; it takes the lines late
            run.on_end(lambda _run, _status: self.end(signal.SIGTERM))

    def end(self, number: int) -> None:
        """Ask the command and what it started to end, if nobody has yet, and wait until it has."""
        self._start()
        if not self._ended.is_set() and not self._forwarding.asked_to_end:
            self._forwarding.send(number)
        self._wait()

    def _start(self) -> None:
        """Begin to read, once. It waits for nobody: who began may have been interrupted by the signal that ends all."""
        if self._begun.acquire(blocking=False):
            try:
                self._thread.start()
            except RuntimeError:  # at the limit of threads
                self._run()

    def _run(self) -> None:
        try:
            self._read()
        finally:
            self._ended.set()

    def _read(self) -> None:
        until = math.inf
        with selectors.DefaultSelector() as selector:
            for stream in self._streams:
                selector.register(stream.pipe, selectors.EVENT_READ, stream)
            while selector.get_map() and real_time.monotonic() < until:
                for key, _ in selector.select(LOOK):
                    if not key.data.read():
                        selector.unregister(key.fileobj)
                self._forwarding.look()
                if until == math.inf and self._process.poll() is not None and not self._forwarding.has_rest:
                    until = real_time.monotonic() + DRAIN
        code = self._exit_code()
        for stream in self._streams:
            stream.close()
        level = logging.INFO if code == 0 else logging.ERROR
        self._records.write(f"the command {ending(code)}", level, {"exit_code": code})

    def _exit_code(self) -> int:
        """Wait for the command, and where it was asked to end, for what it has left."""
        while True:
            try:
                code = self._process.wait(LOOK)
                break
            except processes.TimeoutExpired:
                self._forwarding.look()
        while self._forwarding.has_rest:
            time.sleep(LOOK)
            self._forwarding.look()
        return code


class _Stream:
    """What the command prints to one of its streams."""

    def __init__(
        self,
        name: str,
        pipe: IO[bytes],
        level: int,
        records: LineRecords,
        encoding: str,
        *,
        show: bool,
        keep: bool,
    ) -> None:
        self.pipe = pipe
        self._fields = {"stream": name}
        self._level = level
        self._records = records
        self._decoder = codecs.getincrementaldecoder(encoding)("backslashreplace")
        self._keep = keep
        self._lines = LineBuffer(self._take)
        self._shown: Any = getattr(sys, name) if show else None

    def read(self) -> bool:
        """Take what is there; false at the end."""
        data = os.read(self.pipe.fileno(), CHUNK)
        text = self._decoder.decode(data, final=not data)
        if self._shown is not None:
            self._show(data, text)
        if self._keep:
            self._lines.feed(text)
        return bool(data)

    def close(self) -> None:
        """A line without its end is a line."""
        self._lines.flush()
        self.pipe.close()

    def _show(self, data: bytes, text: str) -> None:
        try:
            with shown_only():  # where the run captures its own process's output, this is in it already
                if hasattr(self._shown, "buffer"):
                    self._shown.buffer.write(data)
                else:  # a notebook's stream
                    self._shown.write(text)
                self._shown.flush()
        except (OSError, ValueError):  # whoever looked on is gone; the run keeps the lines
            self._shown = None

    def _take(self, line: str, redrawn: bool) -> None:
        self._records.write(line, logging.INFO if redrawn else self._level, self._fields)


def ending(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"exited with {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
