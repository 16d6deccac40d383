"""Machines that log to one server: each has a home, and so an outbox, a cache and credentials, of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runlog.remote.outbox import Outbox
from runlog.remote.places import outbox_of
from support.scripts import clean_environment, run_script, started_script

PASSED_ON = ("RUNLOG_URI", "RUNLOG_TOKEN", "RUNLOG_CAPTURE_SYSTEM")


class Machine:
    """A home of its own; the server is the one that the test's environment names."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.env = {**passed_on, "HOME": str(folder), **more}

    @property
    def outbox(self) -> Outbox:
        """What waits here for the server."""
        address = self.env["RUNLOG_URI"]
        return Outbox(address, self.folder / ".local/state/runlog/outbox" / outbox_of(address).name)

    def run(self, code: str, *args: str, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program here to its end."""
        return run_script(self.folder, code, *args, env={**self.env, **more}, check=check)

    @contextmanager
    def started(self, code: str, *args: str, **more: str) -> Iterator[subprocess.Popen[str]]:
        """A program that runs here beside the test."""
        with started_script(self.folder, code, *args, env={**self.env, **more}) as process:
            yield process

    def call(self, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Call the command line here."""
        return subprocess.run(
            [sys.executable, "-m", "runlog", *arguments],
            cwd=self.folder,
            env=clean_environment({**self.env, **more}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
