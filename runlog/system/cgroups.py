"""What this process may use of the machine, as Linux control groups limit it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_OWN = Path("/proc/self/cgroup")
_UNLIMITED = 1 << 60
"""Version 1 writes no limit as a number near 2^63."""


def cpu_limit() -> float | None:
    """How many processors' time the process may use; None where nothing limits it."""
    found: list[float] = []
    for folder in _folders("cpu"):
        quota, period = (_words(folder / "cpu.max") or ["max", ""])[:2]
        if quota == "max":
            quota = "".join(_words(folder / "cpu.cfs_quota_us")) or "-1"
            period = "".join(_words(folder / "cpu.cfs_period_us"))
        if quota.isdecimal() and period.isdecimal() and int(period):
            found.append(int(quota) / int(period))
    return min(found, default=None)


def memory_limit() -> int | None:
    """Bytes of memory that the process may use; None where nothing limits it."""
    found: list[int] = []
    for folder in _folders("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            value = "".join(_words(folder / name))
            if value.isdecimal() and int(value) < _UNLIMITED:
                found.append(int(value))
    return min(found, default=None)


def _folders(controller: str) -> Iterator[Path]:
    """The process's group and those around it, in either version: the tightest limit counts."""
    try:
        lines = _OWN.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # no Linux, or no /proc
        return
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers and controller not in controllers.split(","):
            continue
        root = _ROOT / controllers if controllers else _ROOT
        folder = root / path.strip("/")
        while folder != root and root in folder.parents:
            yield folder
            folder = folder.parent
        yield root


def _words(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").split()
    except OSError:
        return []
