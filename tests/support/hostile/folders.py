"""A server that is started on a folder with something hostile in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.hostile.files import fresh_copy
from support.hostile.sample import ALL, TOKENS
from support.hostile.server import WatchedServer
from support.hostile.writers import faults_in_reading


def started(folder: Path) -> WatchedServer:
    """A server on the workspace of a sample, as it is by now."""
    tokens = json.loads((folder / "sample" / TOKENS).read_text())
    return WatchedServer(folder, folder / "work" / ".runlog", tokens)


def answers_at_first(folder: Path) -> Any:
    """What is answered of the others before anything is hostile."""
    fresh_copy(folder)
    server = started(folder)
    try:
        return server.others
    finally:
        server.process.close()


def faults_of_server(folder: Path, others: Any) -> list[str]:
    """Start a server on the folder's workspace, read the run of everything, and end it; what is amiss.

    Args:
        folder: has ``work``, with a workspace in which one thing is hostile.
        others: what is answered of the other runs; None where what is hostile is known to all: then others may be
            answered otherwise, and a server need not start.
    """
    try:
        server = started(folder)
    except AssertionError as error:  # what it told
        return [str(error)[-2000:]] if others is not None or "Traceback" in str(error) or "http" in str(error) else []
    try:
        server.others = server.others if others is None else others
        return faults_in_reading(server, ALL) + server.faults() + server.stop()
    finally:
        server.process.close()
