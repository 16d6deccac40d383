"""Signals that a process gets are handed on to the process that it wraps, and to all that this one started.

What is wrapped leads a process group of its own, so that a signal reaches its children as well, and one that a terminal
sends to the wrapper's group comes once. It gets every signal at once, and as much time to end as it would have without
a wrapper: only then, or where Ctrl-C comes again, it is told in harder words. A kill is for all that it has started,
also for workers that a launcher has put into sessions of their own, and that would be nobody's then.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any

from runlog import process_tree
from runlog.errors import ConfigurationError
from runlog.journal import real_time

GRACE = 30.0
"""Seconds that a command has to end: what Kubernetes, Slurm and most others give."""
VARIABLE = "RUNLOG_GRACE"
_HANDED_ON = (
    *("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPWR", "SIGWINCH", "SIGCONT"),
    *("SIGTSTP", "SIGBREAK", "SIGABRT", "SIGXCPU", "SIGVTALRM", "SIGPROF", "SIGIO", "SIGURG", "SIGSTKFLT"),
)
"""Not those that tell a process of a fault of its own, or of a pipe, a file, a terminal or a child of its own."""
_KILL = int(getattr(signal, "SIGKILL", signal.SIGTERM))
_CONTINUE = int(getattr(signal, "SIGCONT", 0))
_HARDER: dict[int, tuple[int, ...]] = {int(signal.SIGINT): (int(signal.SIGINT), int(signal.SIGTERM), _KILL)}
"""What a command gets where this comes again and again."""
_ENDING = frozenset(int(getattr(signal, name)) for name in ("SIGINT", "SIGTERM", "SIGQUIT") if hasattr(signal, name))
"""Signals that ask a program to end. SIGHUP has others read their configuration again."""


def grace_of(given: float | None) -> float:
    """Seconds that a command has to end, once it was asked to: as given, else by the variable ``RUNLOG_GRACE``.

    Raises:
        ConfigurationError: that is no number of seconds.
    """
    if given is not None:
        return given
    text = os.environ.get(VARIABLE, "")
    try:
        seconds = float(text) if text else GRACE
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise ConfigurationError(f"{VARIABLE}={text!r} is no time: give it in seconds, such as 30")
    return seconds


class SignalForwarding:
    """Hands signals on, as long as a ``with`` block lasts, in the main thread; elsewhere :meth:`send` is called.

    Handlers that the program has set itself stay, and signals that it ignores are ignored by what it starts, too.
    """

    def __init__(self, grace: float) -> None:
        """Nothing is changed yet.

        Args:
            grace: seconds that the wrapped process has to end, once a signal has asked it to.
        """
        self.grace = grace
        self.received: list[int] = []
        """What came, in order."""
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: list[int] = []
        self._kill_at = math.inf
        self._before: dict[int, Any] = {}

    def __enter__(self) -> SignalForwarding:  # noqa: PYI034 - Self needs Python 3.11
        with suppress(ValueError):  # not the main thread, or another interpreter than the first
            for number in _signals():
                before = signal.getsignal(number)
                if before in {signal.SIG_DFL, signal.default_int_handler}:
                    signal.signal(number, self._on_signal)
                    self._before[number] = before
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Hand on no more, and put back what was there before."""
        while self._before:
            number, before = self._before.popitem()
            if signal.getsignal(number) == self._on_signal:
                signal.signal(number, before)

    def start(self, process: subprocess.Popen[bytes]) -> None:
        """Hand on to a process that was just started, also what came before.

        Args:
            process: leads a session of its own.
        """
        self._process = process
        while self._waiting:
            self._hand_on(self._waiting.pop(0))

    @property
    def asked_to_end(self) -> int:
        """The first signal that came and asks for the end; 0 where none did."""
        return next((number for number in self.received if number in _ENDING), 0)

    def send(self, number: int) -> None:
        """Hand a signal on. Safe in a signal handler, and in any thread."""
        self.received.append(number)
        if self._process is None:
            self._waiting.append(number)
        else:
            self._hand_on(number)

    def _hand_on(self, number: int) -> None:
        if number in _ENDING:
            self._ask_to_end(number)
        else:
            self._to_group(number)

    def look(self) -> None:
        """To be called now and then: end what has had its time."""
        if real_time.monotonic() >= self._kill_at:
            self._kill_at = math.inf
            self._kill()

    @property
    def has_rest(self) -> bool:
        """Whether something that the process started and left is still ending, as it was asked to as well."""
        process = self._process
        if process is None or not self.asked_to_end or self._kill_at == math.inf or not hasattr(os, "killpg"):
            return False
        with suppress(ChildProcessError):  # as process 1 of a container, this process is their parent now
            os.waitpid(-process.pid, os.WNOHANG)
        try:
            os.killpg(process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _ask_to_end(self, number: int) -> None:
        words = _HARDER.get(number, (number,))
        word = words[min(self.received.count(number), len(words)) - 1]
        if word == _KILL:
            self._kill()
        else:
            self._to_group(word)
            self._to_group(_CONTINUE)  # one that was stopped could not end
        if self._kill_at == math.inf:
            self._kill_at = real_time.monotonic() + self.grace

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if number == getattr(signal, "SIGTSTP", None):
            self._stop(number)
        else:
            self.send(number)

    def _stop(self, number: int) -> None:
        """Stop with what is wrapped, as a shell's job, and go on with it.

        It gets the signal first, as it may have its own way to stop; a group without a terminal stops by SIGSTOP only.
        """
        self._to_group(number)
        self._to_group(signal.SIGSTOP)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # returns when somebody has this process go on, at once where nobody can stop it
        signal.signal(number, self._on_signal)
        self._to_group(_CONTINUE)

    def _kill(self) -> None:
        started = [] if self._process is None else process_tree.started_by_group(self._process.pid)
        self._to_group(_KILL)
        for one in started:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one, _KILL)

    def _to_group(self, number: int) -> None:
        """Send a signal to the process and what it started; after its own end, only to what was asked to end, too."""
        process = self._process
        if process is None or (process.returncode is not None and not self.asked_to_end):
            return
        with suppress(ProcessLookupError, PermissionError):  # all have ended
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            elif number:
                process.send_signal(number)


def _signals() -> Iterator[int]:
    """The signals that a process may get from others, as far as the system has them."""
    for name in _HANDED_ON:
        if hasattr(signal, name):
            yield int(getattr(signal, name))
    if hasattr(signal, "SIGRTMIN"):
        yield from range(signal.SIGRTMIN, signal.SIGRTMAX + 1)
