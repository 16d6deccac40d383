"""Which processes a process has started, as far as the system tells: Linux does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_PROCESSES = Path("/proc")


def started_by_group(group: int) -> list[int]:
    """The processes that those of a group have started, and what these have, also where they left the group.

    A launcher may give each worker a session of its own, which no signal to the group reaches. What was started and
    then left alone, as a daemon is, belongs to nobody and is not among them.

    Args:
        group: of processes that are there still; they themselves are not given.
    """
    known = list(_processes())
    found = {number for number, _, its_group in known if its_group == group}
    own = set(found)
    grows = True
    while grows:
        children = {number for number, parent, _ in known if parent in found} - found
        found |= children
        grows = bool(children)
    return sorted(found - own)


def _processes() -> Iterator[tuple[int, int, int]]:
    """Number, parent and group of each process."""
    try:
        names = os.listdir(_PROCESSES)  # noqa: PTH208 - a signal handler may ask
    except OSError:
        return
    for name in filter(str.isdigit, names):
        try:
            stat = (_PROCESSES / name / "stat").read_bytes()
        except OSError:  # it has ended
            continue
        _, parent, group, *_ = stat[stat.rindex(b")") + 1 :].split()
        yield int(name), int(parent), int(group)
