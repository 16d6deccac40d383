"""Runs a function in a fresh process: ``python -m benchmarks.reading.child MODULE FUNCTION ARGUMENT...``."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.machine import child_environment, interpreter


def in_child(module: str, function: str, *arguments: object) -> Any:
    """Call ``module.function(*arguments)`` in a fresh process: arguments go as text, the result comes as JSON.

    Raises:
        RuntimeError: the process failed; the message is its last words.
    """
    command = [interpreter(), "-m", "benchmarks.reading.child", module, function, *map(str, arguments)]
    done = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{module}.{function} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def bytes_on_disk(folder: Path) -> int:
    """Bytes that a folder takes on its disk: whole blocks, folders included."""
    return sum(path.lstat().st_blocks * 512 for path in (folder, *folder.rglob("*")))


def main(module: str, function: str, *arguments: str) -> None:
    print(json.dumps(getattr(importlib.import_module(module), function)(*arguments)))


if __name__ == "__main__":
    main(*sys.argv[1:])
