"""Who may read and write a file, taken over by the file that comes in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

_GROUP, _OTHERS = 0o070, 0o007


def take_over_rights(file: int | str, like: os.stat_result) -> None:
    """Give a file the owner, the group and the mode of another, as far as this user and the file system let it.

    Where the group can't be kept, its members are now others: the new group may do what others may, and no more.

    Args:
        file: a descriptor, or a path.
        like: the status of the other file.
    """
    if not hasattr(os, "chown"):  # Windows, which has no such modes either
        return
    mine = os.stat(file)  # noqa: PTH116
    if (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):
        _give(file, like.st_uid, like.st_gid)
        mine = os.stat(file)  # noqa: PTH116
    mode = stat.S_IMODE(like.st_mode)
    if mine.st_gid != like.st_gid:
        mode &= ~_GROUP | (mode & _OTHERS) << 3
    if stat.S_IMODE(mine.st_mode) != mode:
        _attempt(os.chmod, file, mode)


def _give(file: int | str, owner: int, group: int) -> None:
    # Only root gives files away, and only members give them to a group.
    if not _attempt(os.chown, file, owner, group):
        _attempt(os.chown, file, -1, group)


def _attempt(change: Callable[..., None], *arguments: int | str) -> bool:
    try:
        change(*arguments)
    except OSError:  # not permitted, or unknown to the file system
        return False
    return True
