"""The clocks of the system, whatever a test has frozen, patched or moved.

``freezegun`` and ``unittest.mock`` replace functions of the module :mod:`time`, freezegun also where other modules have
imported them by name. So a copy of that module is used here, which nobody else has. ``time-machine`` changes what the
functions do, but only those of the wall clock, and not its coarse sibling: where the two differ, the sibling is right.
So no run lasts six years because a test is set in 2020, and every wait ends after the time that it was given.
"""

from __future__ import annotations

import importlib.machinery
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import time as _time
else:
    _importer = importlib.machinery.BuiltinImporter
    _time = _importer.create_module(_importer.find_spec("time"))
    _importer.exec_module(_time)

_COARSE = 5 if sys.platform == "linux" else None
"""``CLOCK_REALTIME_COARSE``, which Python has no name for: the wall clock at its last tick, some milliseconds ago."""
_SECOND = 1_000_000_000
_LATEST = (1 << 63) - 1_000_000_000 * _SECOND
"""The last moment that a program may begin at: some decades before nanoseconds since 1970 need more than 63 bits."""

monotonic = _time.monotonic
monotonic_ns = _time.monotonic_ns


def wall_ns() -> int:
    """Nanoseconds since 1970 UTC. A clock that is set to a time before that, or centuries ahead, counts from there."""
    told = _time.time_ns()
    if _COARSE is not None and abs(told - (true := _time.clock_gettime_ns(_COARSE))) > _SECOND:
        told = true
    return max(0, min(told, _LATEST))


def wall() -> float:
    """Seconds since 1970 UTC."""
    return wall_ns() / _SECOND


def file_clock() -> float:
    """Seconds since 1970 UTC by the clock that file times are taken from, which lags some milliseconds on Linux.

    Compared by another clock, a file made right after midnight could look like one of the day before.
    """
    return wall() if _COARSE is None else _time.clock_gettime(_COARSE)


def suspended_ns() -> int:
    """Nanoseconds that this machine has been suspended since boot; 0 where the system does not tell."""
    boot_clock = getattr(_time, "CLOCK_BOOTTIME", None)
    return 0 if boot_clock is None else _time.clock_gettime_ns(boot_clock) - monotonic_ns()
