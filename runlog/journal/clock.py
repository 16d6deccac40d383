"""Time that never goes back: a wall-clock anchor plus the monotonic clock.

A step of the wall clock (NTP, an administrator) does not reorder records. Time that the machine spent suspended, which
the monotonic clock leaves out, is added when it is noticed, so the clock only ever moves forward.
"""

from __future__ import annotations

from runlog.journal import real_time

_monotonic = real_time.monotonic_ns
_suspended = real_time.suspended_ns

anchor_ns = real_time.wall_ns() - _monotonic()
"""What to add to ``real_time.monotonic_ns()`` to get :func:`now`. It only grows."""
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
    anchor_ns = max(anchor_ns, real_time.wall_ns() - _monotonic())
