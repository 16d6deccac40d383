"""How the journals of a workspace's folder are written, and why."""

from __future__ import annotations

import os
from pathlib import Path

from runlog.journal.mount import file_system, mode_for


def how_written(folder: Path) -> tuple[str, str]:
    """How journals in a folder are written (``mmap`` or ``append``), and why in words.

    Raises:
        ConfigurationError: ``RUNLOG_JOURNAL`` is something unknown.
    """
    mode = mode_for(folder).name.lower()
    if wish := os.environ.get("RUNLOG_JOURNAL", ""):
        return mode, f"as RUNLOG_JOURNAL={wish} says"
    return mode, f"as fits a file system of type {file_system(folder) or 'unknown'}"
