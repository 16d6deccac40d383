"""The machine: processors and memory, and how much of them the process may use."""

from __future__ import annotations

import os
import platform
import re
import sys
from typing import Any

from runlog.system.cgroups import cpu_limit, memory_limit

_HEAD_BYTES = 8192
"""Of /proc/cpuinfo, which is megabytes long on a large machine and takes as long to make."""


def cpu_facts() -> dict[str, Any]:
    """Model, logical processors, and where they are fewer for this process, how many it may use."""
    count = os.cpu_count()
    facts: dict[str, Any] = {"model": _cpu_model(), "architecture": platform.machine(), "count": count}
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count
    if affinity != count:
        facts["affinity"] = affinity
    if (limit := cpu_limit()) is not None:
        facts["limit"] = limit
    return facts


def _cpu_model() -> str:
    head = _head("/proc/cpuinfo")
    found = re.search(r"^(?:model name|Model|cpu model)\s*:\s*(.+)$", head, re.MULTILINE)
    if found:
        return found[1].strip()
    if sys.platform == "darwin":
        from runlog.system.programs import ProgramError, output

        try:
            return output(["sysctl", "-n", "machdep.cpu.brand_string"], "/", 5, 1000).data.decode().strip()
        except ProgramError:
            return platform.processor()
    return platform.processor()


def memory_facts() -> dict[str, Any]:
    """Bytes of memory, and where the process may use less, how much."""
    facts: dict[str, Any] = {}
    if (total := _total_memory()) is not None:
        facts["total"] = total
    limit = memory_limit()
    if limit is not None and (total is None or limit < total):
        facts["limit"] = limit
    return facts


def _total_memory() -> int | None:
    found = re.search(r"^MemTotal:\s*(\d+) kB", _head("/proc/meminfo"), re.MULTILINE)
    if found:
        return int(found[1]) * 1024
    psutil: Any  # the package has no types
    try:
        import psutil
    except ImportError:
        return _total_pages()
    return int(psutil.virtual_memory().total)


def _total_pages() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None


def _head(path: str) -> str:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - one read call, of so many bytes
            return file.read(_HEAD_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
