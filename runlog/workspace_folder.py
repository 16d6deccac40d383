"""What a folder is to runlog: a workspace, free to become one, or somebody else's."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

import msgspec

from runlog.errors import ConfigurationError
from runlog.journal.files import parse_segment_name, parse_whole_name
from runlog.journal.format import PACK_MAGIC
from runlog.journal.open_file import open_regular

FOLDER = ".runlog"
SETTINGS = "workspace.json"
LAYOUT_VERSION = 1
"""Of the folders in a workspace."""
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""To open a pipe waits for its other end."""
_DRAFT = r"\.[0-9a-f]{12}\.\d+\.tmp"
"""Of :func:`runlog.whole_files.write_whole`: another process is just making the workspace."""
_OWN_NAME = (
    r"workspace\.json|\.gitignore|runs|experiments|models|blobs|outputs|processes|uploads|deleted"
    r"|(?:index|search|server)\.(?:sqlite(?:-wal|-shm|-journal)?|lock)|\.[0-9a-f]{12}\.\d+\.tmp"
)
"""Of what stands in a workspace's folder."""
_NOBODYS = frozenset({"lost+found", ".DS_Store"})
"""What a file system or a file manager puts into a folder that is empty to people."""


def workspace_in(folder: Path) -> Path:
    """The workspace's folder that a folder stands for.

    That is the folder itself where it is a workspace, or is empty or missing and may become one. Any other is a
    project's, and has its workspace in the ``.runlog`` beneath it: nothing of ours is written among files of others.
    """
    if folder.name == FOLDER:
        return folder
    if os.path.isdir(folder / FOLDER):  # noqa: PTH112 - unlike Path's, it says no of a folder that may not be looked into
        return folder / FOLDER
    return folder if is_workspace(folder) or _is_free(folder) else folder / FOLDER


def has_settings(folder: Path) -> bool:
    """Whether a folder says of itself that it is a workspace. Other programs have a ``workspace.json`` as well."""
    if not os.path.isfile(folder / SETTINGS):  # noqa: PTH113 - as above
        return False
    settings = read_settings(folder)
    if folder.name != FOLDER:
        return _are_ours(settings) and isinstance(settings.get("created"), int)
    return _are_ours(settings) or (not settings and not _has_names_of_others(folder))  # damaged, where nobody else is


def _are_ours(settings: dict[str, object]) -> bool:
    return isinstance(settings.get("name"), str) and isinstance(settings.get("version"), int)


def own_settings(folder: Path) -> dict[str, object]:
    """What the ``workspace.json`` of a folder says that is to be written to; empty where there is none yet.

    Raises:
        ConfigurationError: it is another program's ``.runlog``, or a newer runlog made it.
    """
    settings = read_settings(folder)
    if _are_ours(settings) or folder.name != FOLDER or _has_journals(folder):
        check_layout(folder, settings)
        return settings
    if settings or _has_names_of_others(folder):
        raise ConfigurationError(
            f"{folder} has files of another program in it, and nothing is written among them: name another folder, by "
            "RUNLOG_URI or --workspace"
        )
    return settings


def check_layout(folder: Path, settings: dict[str, object]) -> None:
    """See whether this runlog knows how a workspace's folder is laid out.

    Raises:
        ConfigurationError: a newer one made it.
    """
    version = settings.get("version")
    if isinstance(version, int) and version > LAYOUT_VERSION:
        raise ConfigurationError(
            f"{folder / SETTINGS} says that its layout is version {version}, so it was made by a newer runlog; this "
            f"one knows version {LAYOUT_VERSION}: install a newer runlog-ml"
        )


def is_workspace(folder: Path) -> bool:
    """Whether a folder is a workspace: it says so, or has runs in it, as where a full disk kept it from saying so."""
    return has_settings(folder) or _has_journals(folder)


def read_settings(folder: Path) -> dict[str, object]:
    """What a workspace's ``workspace.json`` says; empty where there is none that can be read."""
    try:
        data = _read_regular(folder / SETTINGS)
    except OSError:
        return {}
    try:
        settings = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        settings = _lenient(data)
    return settings if isinstance(settings, dict) else {}


def _read_regular(path: Path) -> bytes:
    """A file's content, also through a link; a pipe or a device, which may never end, is empty."""
    with os.fdopen(os.open(path, os.O_RDONLY | _WITHOUT_WAITING), "rb") as file:
        return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""


def _lenient(data: bytes) -> object:
    """Settings that somebody wrote with an editor: another encoding, a mark at the beginning."""
    import json

    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return {}


def around(folder: Path) -> Path:
    """The folder that a workspace belongs to: the one around ``.runlog``, else itself."""
    return folder.parent if folder.name == FOLDER else folder


def is_others(path: Path, start: Path) -> bool:
    """Whether what names a workspace was put above the folder ``start`` by somebody whom it can't be left to.

    One's own and root's may decide where runs go, and so may those of whoever owns ``start``, since the programs in it
    are his; and a team's, where only its group could have put it there.

    Args:
        path: the ``.runlog``, or the configuration.
        start: the folder in which the search began.
    """
    if os.name != "posix":
        return False
    try:
        found = {path.lstat(), path.stat()}  # a link leads to what is somebody else's
        shared, here = not path.parent.stat().st_mode & stat.S_IWOTH, start.stat()
    except OSError:
        return False
    groups = {os.getegid(), *os.getgroups()} if shared else set()
    return not all(
        one.st_uid in {os.geteuid(), 0, here.st_uid} or (one.st_mode & stat.S_IWGRP and one.st_gid in groups)
        for one in found
    )


def _is_free(folder: Path) -> bool:
    """Whether a folder is missing, or as good as empty."""
    try:
        names: Iterable[str] = os.listdir(folder)  # noqa: PTH208 - names will do
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:  # what may not be looked into is nobody's to fill
        return False
    return all(name in _NOBODYS or re.fullmatch(_DRAFT, name) for name in names)


def _has_names_of_others(folder: Path) -> bool:
    """Whether there is anything in a ``.runlog`` that runlog never puts there."""
    try:
        names: Iterable[str] = os.listdir(folder)  # noqa: PTH208
    except OSError:
        return False
    return not all(re.fullmatch(_OWN_NAME, name) or name in _NOBODYS for name in names)


def _has_journals(folder: Path) -> bool:
    """Whether there are runs, or records of processes, in a folder: their journals have names that nothing else has.

    A lock's or a pack's name may be anybody's: a run that has no more than a lock has no records either.
    """
    for kind in ("runs", "processes"):
        try:
            owners = [one.path for one in os.scandir(folder / kind) if one.is_dir()]
            if any(_is_of_journal(owner, name) for owner in owners for name in os.listdir(owner)):  # noqa: PTH208
                return True
        except OSError:
            continue
    return False


def _is_of_journal(owner: str, name: str) -> bool:
    if parse_segment_name(name) is not None:
        return True
    whole = parse_whole_name(name)
    return whole is not None and whole[1] == "pack" and _begins_with(os.path.join(owner, name), PACK_MAGIC)  # noqa: PTH118


def _begins_with(path: str, magic: bytes) -> bool:
    try:
        fd = open_regular(path)
    except OSError:
        return False
    try:
        return os.read(fd, len(magic)) == magic
    finally:
        os.close(fd)
