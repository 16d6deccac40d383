"""Neighbours that make life hard for a logging thread: a thread that computes, a process that writes to the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BLOCK = 4 << 20
_FILE = 64 << 20


@contextmanager
def busy_thread(*, wanted: bool = True) -> Iterator[None]:
    """A second thread that computes in Python all the time, if wanted."""
    ended = threading.Event()

    def compute() -> None:
        while not ended.is_set():
            sum(number * number for number in range(1000))

    thread = threading.Thread(target=compute, daemon=True)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if wanted:
            thread.join()


@contextmanager
def disk_writer(folder: Path) -> Iterator[None]:
    """A process beside that writes 64 MiB over and over, in blocks of 4 MiB, and syncs each time."""
    process = subprocess.Popen([sys.executable, __file__, str(folder)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def write_for_ever(folder: str) -> None:
    """The body of :func:`disk_writer`'s process; its file has no name, so that nothing is left of it."""
    block = os.urandom(_BLOCK)
    with tempfile.TemporaryFile(dir=folder) as file:
        while True:
            file.seek(0)
            for _ in range(_FILE // _BLOCK):
                file.write(block)
            file.flush()
            os.fdatasync(file.fileno())


if __name__ == "__main__":
    write_for_ever(sys.argv[1])
