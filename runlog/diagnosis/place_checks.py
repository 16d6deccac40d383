"""The place where runs are kept: which it is and why, room, file system, how journals are written there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from runlog.diagnosis.findings import Finding
from runlog.errors import ConfigurationError, MissingExtraError, ObjectStoreError
from runlog.journal.mount import MAPPABLE, file_system
from runlog.reading.texts import size_text
from runlog.store.blob_owner import owner_of
from runlog.store.blobs import SETTING
from runlog.store.writing_mode import how_written
from runlog.workspace_folder import LAYOUT_VERSION, SETTINGS, read_settings

LEAST_ROOM = 1_000_000_000
"""Bytes: below this, a run of some hours may fill the disk."""
LEAST_FILES = 10_000


def place_findings(folder: Path, why: str) -> Iterator[Finding]:
    """Look at a workspace's folder, or at where it would be made.

    Args:
        folder: of the workspace.
        why: which rule of the search led to it.
    """
    there = next(one for one in (folder, *folder.parents) if one.is_dir())
    made = "" if there == folder else ", not made yet"
    yield Finding("workspace", f"{folder}{made} ({why})")
    yield _writable(there)
    yield _layout(folder)
    yield _room(there)
    yield _mode(there)
    yield from _object_store(folder)


def _writable(folder: Path) -> Finding:
    if os.access(folder, os.W_OK | os.X_OK):
        return Finding("writable", "yes")
    return Finding("writable", f"{folder} can't be written by this user", f"chmod u+w {folder}, or set RUNLOG_URI")


def _layout(folder: Path) -> Finding:
    version = read_settings(folder).get("version", LAYOUT_VERSION)
    if version == LAYOUT_VERSION:
        return Finding("layout", f"version {version}")
    text = f"{folder / SETTINGS} says version {version!r}; this runlog knows version {LAYOUT_VERSION}"
    return Finding("layout", text, "install a newer runlog-ml")


def _room(folder: Path) -> Finding:
    room = shutil.disk_usage(folder)
    text = f"{size_text(room.free)} of {size_text(room.total)} free"
    if room.free < LEAST_ROOM:
        return Finding("disk", text, "free some room, `runlog delete` old runs, or set RUNLOG_URI to another disk")
    files = os.statvfs(folder).f_favail if hasattr(os, "statvfs") else 0
    if 0 < files < LEAST_FILES:
        return Finding("disk", f"{text}, room for {files} files only", "remove small files: the disk is out of inodes")
    return Finding("disk", text)


def _mode(folder: Path) -> Finding:
    try:
        mode, why = how_written(folder)
    except ConfigurationError as error:
        return Finding("journal mode", str(error), "unset RUNLOG_JOURNAL")
    text, kind = f"{mode}, {why}", file_system(folder)
    if mode == "mmap" and kind not in MAPPABLE:
        return Finding("journal mode", f"{text}, on {kind}", "unset RUNLOG_JOURNAL: mapped memory is not safe there")
    return Finding("journal mode", text)


def _object_store(folder: Path) -> Iterator[Finding]:
    """Ask the object store that the workspace moves content to for something that is not there."""
    url = str(read_settings(folder).get(SETTING) or "")
    if not url:
        return
    from runlog.store.object_store import ObjectStore

    try:
        owner = ObjectStore(url).owner()
    except MissingExtraError as error:
        yield Finding("object store", f"{url} can't be used here: {error}", "install what it needs, as the line says")
    except ObjectStoreError as error:
        text = f"{error}: content that was moved there can't be read"
        yield Finding("object store", text, "check its address in workspace.json, your rights there, and the network")
    else:
        yield _answering(url, is_own=owner == owner_of(folder))


def _answering(url: str, *, is_own: bool) -> Finding:
    if is_own:
        return Finding("object store", f"{url} answers")
    text = f"{url} answers, and does not bear the mark of this workspace: `runlog gc` removes nothing there"
    return Finding("object store", text, "`runlog offload`, if this is the one workspace that moves content there")
