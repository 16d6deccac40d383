"""What the figures were measured on, printed above every table."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .statement import collector_state


def describe() -> str:
    """One line: processor, cores, kernel, Python, load, garbage collector."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {os.cpu_count()} cores, {system}, {python}, load {load:.2f}, gc {collector_state()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder on a disk (not in memory, where files cost nothing), removed afterwards.

    ``RUNLOG_BENCH_FOLDER`` names another place; else ``/var/tmp`` where there is one.
    """
    parent = os.environ.get("RUNLOG_BENCH_FOLDER") or ("/var/tmp" if os.path.isdir("/var/tmp") else None)
    with tempfile.TemporaryDirectory(prefix="runlog-bench-", dir=parent) as folder:
        yield Path(folder)


def repository() -> Path:
    """The folder that holds this package, put on the path of child processes."""
    return Path(__file__).resolve().parent.parent


def child_environment(**more: str) -> dict[str, str]:
    """The environment of a child process that imports this package.

    It may keep bytecode, as an installed package has it: compiling runlog anew each time is not what is measured.
    """
    paths = [str(repository()), os.environ.get("PYTHONPATH", "")]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in paths if path), "RUNLOG_QUIET": "1", **more}


def interpreter() -> str:
    return sys.executable
