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
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

from runlog.capturing.lines import LineBuffer
from runlog.capturing.shown_only import shown_only
from runlog.errors import RunStateError, WrongTypeError
from runlog.journal import real_time
from runlog.levels import level_number
from runlog.sources.line_records import LineRecords, chosen_run

if TYPE_CHECKING:
    from runlog.run import Run

CHUNK = 1 << 16
PATIENCE = 8.0
"""Seconds between the signals to a command that is to end, each harder than the one before."""
LOOK = 0.2
"""Seconds between two looks whether the command has ended while something that it started holds its streams open."""
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
) -> int:
    """Run a command to its end and keep each line that it prints as a record, with the fields ``stream`` and ``pid``.

    Lines stand in the order in which they arrive, of both streams. A progress bar counts once, as it stood last. How it
    ended is the last record, with the field ``exit_code``. Python programs are asked not to hold their output
    back (``PYTHONUNBUFFERED=1``, unless it is set).

    Ctrl-C here, and the end of the run, go to the command and to all that it started: SIGINT, then SIGTERM, then
    SIGKILL, some seconds apart.

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

    Returns:
        its exit code; ``-n`` where signal n ended it.

    Raises:
        WrongTypeError, WrongValueError: an argument can't be used.
        RunStateError: no run is given, and none is open.
        OSError: the command can't be started.
    """
    if isinstance(command, str | bytes) or not command:
        raise WrongTypeError(f"command must be a list such as ['python', 'train.py'], not {command!r}")
    levels = {"stdout": level_number(stdout) or logging.INFO, "stderr": level_number(stderr) or logging.WARNING}
    records = LineRecords(name, chosen_run(run), {})
    process = processes.Popen(  # noqa: S603 - the user's own command
        [os.fspath(one) for one in command],
        cwd=cwd,
        env={"PYTHONUNBUFFERED": "1", **(os.environ if env is None else env)},
        stdout=processes.PIPE,
        stderr=processes.PIPE,
        start_new_session=True,  # a signal reaches all that it starts, and Ctrl-C reaches it by us only
    )
    return _Command(process, records, levels, encoding, show=show, keep=keep).finish()


class _Command:
    """A command that runs, and the thread that reads what it prints and waits for its end.

    Only that thread waits for the process: a wait in the main thread would be interrupted by a signal while it holds
    ``Popen``'s lock, and whoever ends the run at that signal needs it.
    """

    def __init__(
        self,
        process: processes.Popen[bytes],
        records: LineRecords,
        levels: Mapping[str, int],
        encoding: str,
        *,
        show: bool,
        keep: bool,
    ) -> None:
        self._process = process
        self._records = records
        records.fields["pid"] = process.pid
        streams = {"stdout": process.stdout, "stderr": process.stderr}
        self._streams = [
            _Stream(name, stream, levels[name], records, encoding, show=show, keep=keep)
            for name, stream in streams.items()
            if stream is not None
        ]
        self._ended = threading.Event()
        self._begun = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=records.logger.name, daemon=True)

    def finish(self) -> int:
        """Take what it prints, and wait for its end. Ctrl-C ends it, and is raised."""
        try:
            self._end_with_run(self._records.run)  # first: at a signal from now on the command ends with the run
            self._start()
            # Not the thread's join, which takes it for ended where Ctrl-C interrupts it; and in pieces, as a wait does
            # not notice a Ctrl-C that came just before it.
            while not self._ended.wait(LOOK):
                pass
        except KeyboardInterrupt:
            self.end((signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
            raise
        return self._process.returncode

    def _end_with_run(self, run: Run) -> None:
        with contextlib.suppress(RunStateError):  # a guest is not told of the end; it takes the lines late
            run.on_end(lambda _run, _status: self.end((signal.SIGTERM, signal.SIGKILL)))

    def end(self, signals: Sequence[int]) -> None:
        """Send the command and what it started these signals, until it has ended."""
        self._start()
        for number in signals:
            if self._ended.is_set():
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            self._ended.wait(PATIENCE)

    def _start(self) -> None:
        """Begin to read, once. It waits for nobody: who began may have been interrupted by the signal that ends all."""
        if self._begun.acquire(blocking=False):
            self._thread.start()

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
                if until == math.inf and self._process.poll() is not None:
                    until = real_time.monotonic() + DRAIN
        code = self._process.wait()
        for stream in self._streams:
            stream.close()
        level = logging.INFO if code == 0 else logging.ERROR
        self._records.write(f"the command {ending(code)}", level, {"exit_code": code})


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
