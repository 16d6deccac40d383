"""The parent's side: starts children and lets one at a time run; the others are stopped meanwhile.

Stopping (SIGSTOP) the others keeps what a library does behind the caller's back in that library's own turn.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import child_environment

PATIENCE = 120.0
"""Seconds to wait for an answer."""


class WorkerError(Exception):
    """A child ended instead of answering."""


@dataclass(frozen=True)
class Recipe:
    """What a child runs: the interpreter, the module with its cases, more environment variables."""

    name: str
    module: str
    interpreter: str
    environment: tuple[tuple[str, str], ...] = ()


class Worker:
    """A child process that makes calls when told to.

    Args:
        recipe: what it runs.
        folder: where it may write; its errors go to ``stderr.txt`` there.
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.name = recipe.name
        self._errors = folder / "stderr.txt"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [recipe.interpreter, "-m", "benchmarks.workers.child", recipe.module, str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env=child_environment(**dict(recipe.environment)),
                start_new_session=True,
                text=True,
            )
        try:
            described = self.ask("describe")
        except WorkerError:
            self.close()
            raise
        self.cases: list[str] = described["cases"]
        self.clock: int = described["clock"]
        self.python: str = described["python"]

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError(f"{self.name}: {self.last_words()}") from None
        answered, _, _ = select.select([self._process.stdout], [], [], PATIENCE)
        if not answered:
            raise WorkerError(f"{self.name}: no answer within {PATIENCE:g} s")
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"{self.name}: {self.last_words()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def each(self, case: str, count: int) -> array[int]:
        """Nanoseconds of single calls."""
        return array("q", self.ask("each", case=case, count=count)["samples"])

    def last_words(self) -> str:
        """The last line that the child wrote to stderr."""
        lines = self._errors.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "ended without a word"

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Let the child end by itself, or end it (and what it started) if it doesn't."""
        self.go_on()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()

    def _signal(self, number: int) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, number)


@contextmanager
def workers(recipes: list[Recipe], folder: Path) -> Iterator[tuple[dict[str, Worker], dict[str, str]]]:
    """Start a paused child for each recipe.

    Yields:
        The children by name, and the reason for each that could not start.
    """
    started: dict[str, Worker] = {}
    failed: dict[str, str] = {}
    with ExitStack() as stack:
        for recipe in recipes:
            try:
                worker = stack.enter_context(closing(Worker(recipe, folder / recipe.name)))
            except WorkerError as reason:
                failed[recipe.name] = str(reason)
                continue
            worker.pause()
            started[recipe.name] = worker
        yield started, failed


@contextmanager
def turn(worker: Worker) -> Iterator[Worker]:
    """Let one paused child run inside the block."""
    worker.go_on()
    try:
        yield worker
    finally:
        worker.pause()
