"""Web servers that are started by a command of their own, asked over loopback, and ended by a signal."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from support.scripts import started_command
from support.waiting import until


class WebServer:
    """A server's process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.shown = ""
        """What it has written to stderr, as far as it was read."""
        self._process = process
        self._port = port

    def wait_for(self, text: str, times: int = 1) -> None:
        """Read on until a text has been shown that often."""
        while self.shown.count(text) < times:
            line = self._process.stderr.readline()  # type: ignore[union-attr]
            assert line, f"{text!r} was not shown, but {self.shown}"
            self.shown += line

    def takes_connections(self) -> bool:
        """Whether anybody listens at its port. A server that has ended fails the test."""
        assert self._process.poll() is None, self.shown
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self._port)) == 0

    def ask(self, path: str) -> int:
        """Get a page, once somebody listens, which may be after a server says that it has started; returns the status."""
        until(self.takes_connections)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=120) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return int(error.code)

    def end(self, number: int) -> int:
        """Have the signal end it; returns its exit code."""
        self._process.send_signal(number)
        self.shown += self._process.communicate(timeout=120)[1]
        return self._process.returncode


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(
    folder: Path,
    *arguments: str,
    interpreter: str | Path = sys.executable,
    env: Mapping[str, str] | None = None,
) -> Iterator[WebServer]:
    """A server, started by what Python is called with; `{port}` in it becomes a free port."""
    port = free_port()
    command = [str(interpreter), "-u", *(one.format(port=port) for one in arguments)]
    with started_command(folder, command, env=env) as process:
        yield WebServer(process, port)
