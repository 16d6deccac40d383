"""A server in front of the server, which misbehaves when it is told to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).with_name("faulty_server.py")


class Faulty:
    """A server in front of the server, and what it does."""

    def __init__(self, target: str, folder: Path) -> None:
        self._mode = folder / "mode"
        self.behave("well")
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), target, str(self._mode)], stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def behave(self, how: str) -> None:
        draft = self._mode.with_suffix(".new")
        draft.write_text(how)
        draft.replace(self._mode)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
