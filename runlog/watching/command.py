"""A command: each alert is one call of the shell."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping

from runlog.watching.alert import Alert
from runlog.watching.outbox import NotDelivered

TIMEOUT = 600.0
"""Seconds after which a command is ended: the next alert waits for it."""


class ShellCommand:
    """Calls a command with the alert in its environment, and as JSON on its standard input. It is not tried again."""

    def __init__(self, command: str, environment: Mapping[str, str] | None = None, timeout: float = TIMEOUT) -> None:
        """Nothing is called yet.

        Args:
            command: for ``/bin/sh -c``.
            environment: variables on top of this process's, such as the workspace for ``runlog`` itself.
            timeout: seconds after which it is ended.
        """
        self.label = f"command {command!r}"
        self._command = command
        self._environment = dict(environment or {})
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._starting = threading.Lock()

    def deliver(self, alert: Alert) -> None:
        """Call the command, and wait for its end.

        Raises:
            NotDelivered: it can't be started, takes too long, or ends with another code than 0.
        """
        process = self._start(alert)
        try:
            process.communicate(alert.json(), timeout=self._timeout)
        except subprocess.TimeoutExpired as error:
            self._end()
            process.wait()
            raise NotDelivered(f"it took longer than {self._timeout:g} s and was ended", retry_after=None) from error
        if process.returncode != 0:
            raise NotDelivered(f"it ended with {process.returncode}", retry_after=None)

    def stop(self) -> None:
        """End a command that is running, with what it started, and start none from now on."""
        with self._starting:  # a process that is being started is not known yet
            self._stopped = True
            self._end()

    def _start(self, alert: Alert) -> subprocess.Popen[bytes]:
        with self._starting:
            if self._stopped:
                raise NotDelivered("it was stopped", retry_after=None)
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                    ["/bin/sh", "-c", self._command],
                    stdin=subprocess.PIPE,
                    env={**os.environ, **self._environment, **alert.variables()},
                    start_new_session=True,  # Ctrl-C is for the watch; it ends the command itself
                )
            except OSError as error:
                raise NotDelivered(f"it can't be started: {error}", retry_after=None) from error
            return self._process

    def _end(self) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
