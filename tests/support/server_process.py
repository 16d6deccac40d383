"""A real server in a process of its own, on loopback at a free port, with a token for each role."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from runlog.server.database import Database
from runlog.server.roles import Role
from runlog.server.tokens import Tokens
from runlog.store.folder import FolderBackend
from support.scripts import clean_environment

LONGEST_START = 90
"""Seconds after which a server that does not start is taken to hang."""
ROLES = tuple(role.word for role in Role)


class Client:
    """Calls a server with one token, and gives back what it answers."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self.token = token
        self._session = requests.Session()
        self._session.trust_env = False
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, self.url + path, timeout=60, **options)

    def close(self) -> None:
        self._session.close()


class ServerProcess:
    """The process, its address, its folder and its tokens."""

    def __init__(
        self,
        folder: Path,
        options: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        tokens: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.options = options
        self.env = dict(env or {})
        self.tokens = make_tokens(folder) if tokens is None else dict(tokens)
        self.port = 0
        self._clients: list[Client] = []
        self.log = folder.parent / f"{folder.name}-stderr.txt"
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, at the port that it had before if it had one."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "runlog", "server", "-w", str(self.folder), "-p", str(self.port), *self.options],
                env=clean_environment(self.env),
                cwd=self.folder.parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        hanging = threading.Timer(LONGEST_START, self.process.kill)
        hanging.start()
        line = self.process.stdout.readline()
        hanging.cancel()
        assert line.startswith("http://"), (line, self.told())
        self.port = int(line.split()[0].rpartition(":")[2])

    def kill(self) -> None:
        """End it as by a kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it as its machine would; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, signum: int) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signum)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        return code

    def told(self) -> str:
        """What it wrote to stderr so far."""
        return self.log.read_text("utf-8", "replace")

    def client(self, role: str | None) -> Client:
        """Somebody with a token of that role; None: without one."""
        client = Client(self.url, None if role is None else self.tokens[role])
        self._clients.append(client)
        return client

    def close(self) -> None:
        """End it at the latest with the test."""
        for client in self._clients:
            client.close()
        self._end(signal.SIGKILL)


def make_tokens(folder: Path) -> dict[str, str]:
    """A token for each role, in a workspace's folder that is made where there is none."""
    FolderBackend(folder).prepare()
    database = Database(folder)
    try:
        return {role.word: Tokens(database).create(f"test {role.word}", role)[1] for role in Role}
    finally:
        database.close()


@contextmanager
def started_server(folder: Path, *options: str, env: Mapping[str, str] | None = None) -> Iterator[ServerProcess]:
    """A server over a folder, ended with the block."""
    server = ServerProcess(folder, options, env)
    try:
        yield server
    finally:
        server.close()
