"""Descriptors of files: as many as the system lets a process have, and how many of them connections may take."""

from __future__ import annotations

try:
    import resource
except ImportError:  # Windows: sockets are not counted among files there
    resource = None  # type: ignore[assignment]

ENOUGH = 1 << 20
"""More are of no use: some systems name a limit in the billions."""


def allow_descriptors() -> int | None:
    """Let this process have as many as it may; how many those are, None where there is no limit."""
    if resource is None:
        return None  # type: ignore[unreachable]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return None
    most = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(soft, most)


def room_for_connections(wanted: int, descriptors: int | None) -> int:
    """How many connections there may be: half of the descriptors stay for the files that requests open.

    Args:
        wanted: what the settings say.
        descriptors: that the process may have; None: any number.
    """
    return wanted if descriptors is None else max(1, min(wanted, descriptors // 2))
