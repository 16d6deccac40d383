"""Installed packages: the names of their metadata's folders tell name and version, so hardly a file is opened."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from runlog.redaction import redact_text

_KINDS = (".dist-info", ".egg-info")


def installed_packages(search_path: Sequence[str]) -> dict[str, Any]:
    """Every distribution on an import path, the first of a name as Python would take it.

    Args:
        search_path: as ``sys.path``; an empty entry is the current folder.

    Returns:
        ``installed``: normalised name to version, sorted; ``direct``: of those that came from elsewhere than an index
        (editable folders, version control, files), where from.
    """
    installed: dict[str, str] = {}
    direct: dict[str, dict[str, Any]] = {}
    for name, version, folder in _distributions(search_path):
        if name in installed:
            continue
        installed[name] = version
        if source := _direct_source(folder):
            direct[name] = source
    return {"installed": dict(sorted(installed.items())), "direct": dict(sorted(direct.items()))}


def _distributions(search_path: Sequence[str]) -> Iterator[tuple[str, str, Path]]:
    for place in dict.fromkeys(search_path):
        try:
            with os.scandir(place or ".") as entries:
                names = sorted(entry.name for entry in entries if entry.name.endswith(_KINDS))
        except OSError:  # an archive, or an entry that leads nowhere
            continue
        for full in names:
            stem = full.rpartition(".")[0]
            name, _, version = stem.partition("-")
            if full.endswith(".egg-info"):
                version = version.partition("-py")[0]  # name-version-py3.11.egg-info
            folder = Path(place or ".", full)
            yield normalised(name), version or _version_inside(folder), folder


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _version_inside(folder: Path) -> str:
    """What the metadata says, where the folder's name has no version: ``name.egg-info`` of a source tree."""
    metadata = folder / "PKG-INFO" if folder.is_dir() else folder
    try:
        with metadata.open(encoding="utf-8", errors="replace") as lines:
            return next((line[8:].strip() for line in lines if line.startswith("Version:")), "")
    except OSError:
        return ""


def _direct_source(folder: Path) -> dict[str, Any]:
    """What ``direct_url.json`` says: the URL, and ``editable`` or the ``commit``. Empty for a package of an index."""
    try:
        found = json.loads((folder / "direct_url.json").read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    source: dict[str, Any] = {"url": redact_text(str(found.get("url", "")))}
    if (found.get("dir_info") or {}).get("editable"):
        source["editable"] = True
    if commit := (found.get("vcs_info") or {}).get("commit_id"):
        source["commit"] = str(commit)
    return source
