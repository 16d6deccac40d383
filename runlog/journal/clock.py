"""Time that never goes back: a wall-clock anchor plus the monotonic clock.

A step of the wall clock (NTP, an administrator) does not reorder records. Time that the machine spent suspended, which
the monotonic clock leaves out, is added when it is noticed, so the clock only ever moves forward.
"""

from __future__ import annotations

import time

_monotonic = time.monotonic_ns


def _suspended() -> int:
    """Nanoseconds that this machine has been suspended since boot; 0 where the system does not tell."""
    boot_clock = getattr(time, "CLOCK_BOOTTIME", None)
    return 0 if boot_clock is None else time.clock_gettime_ns(boot_clock) - _monotonic()


anchor_ns = time.time_ns() - _monotonic()
"""What to add to ``time.monotonic_ns()`` to get :func:`now`. It only grows."""
_suspended_before = _suspended()


def now() -> int:
    """Nanoseconds since 1970 UTC; never less than an earlier call in this process returned."""
    return _monotonic() + anchor_ns


def adjust_for_suspend() -> bool:
    """Move the anchor forward by the time suspended since the last call; true where it moved."""
    global anchor_ns, _suspended_before
    suspended = _suspended()
    gone = suspended - _suspended_before
    if gone < 1_000_000_000:  # the two clocks are read one after the other: less is noise
        return False
    anchor_ns += gone
    _suspended_before = suspended
    return True


def adjust_for_new_writer() -> None:
    """Take over a wall clock that was set forward meanwhile; one that was set back is waited for."""
    global anchor_ns
    adjust_for_suspend()  # else the time suspended would be added a second time when it is noticed
    anchor_ns = max(anchor_ns, time.time_ns() - _monotonic())
