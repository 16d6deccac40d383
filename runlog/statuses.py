"""The statuses of a run: Azure ML's, and the two that a reader finds out about a run that can't say so itself."""

from __future__ import annotations

from runlog.errors import WrongTypeError, WrongValueError
from runlog.names import did_you_mean

NOT_STARTED = "NotStarted"
"""Made by ``create_children``, and not taken up by any process yet."""
RUNNING = "Running"
COMPLETED = "Completed"
FAILED = "Failed"
CANCELED = "Canceled"
CRASHED = "Crashed"
"""The owner died without an end, proven on its own host and boot. Azure ML has no such status; it would say Failed."""
NOT_RESPONDING = "NotResponding"
"""The owner gave no sign of life, and nobody here can prove more."""
UNREADABLE = "Unreadable"
"""In lists, of a run whose journal this version can't read; whoever asks for the run itself is told why."""

ALL = (NOT_STARTED, RUNNING, COMPLETED, FAILED, CANCELED, CRASHED, NOT_RESPONDING, UNREADABLE)

_ELSEWHERE = {
    "finished": COMPLETED,
    "killed": CANCELED,
    "scheduled": NOT_STARTED,
    **dict.fromkeys(("queued", "preparing", "provisioning", "starting", "unapproved", "paused"), NOT_STARTED),
    "finalizing": RUNNING,
    "cancelrequested": RUNNING,
    "cancelled": CANCELED,
}
"""Names of statuses of MLflow and of Azure ML, by what they are here."""

ENDED = frozenset({COMPLETED, FAILED, CANCELED, CRASHED})
"""Statuses after which a run does not go on by itself."""

SAID_TO_HAVE_ENDED = ENDED - {CRASHED}
"""Statuses that the run was given, rather than found dead with: what is logged behind them is late."""


def known_status(name: object) -> str:
    """The status that a user names: in any case of letters, also by the name that MLflow or Azure ML has for it.

    Raises:
        WrongTypeError: it is no text.
        WrongValueError: there is no such status.
    """
    if not isinstance(name, str):
        raise WrongTypeError(f"a status is a text such as 'Failed', not {type(name).__name__}: {name!r}")
    lower = name.strip().lower()
    known = {one.lower(): one for one in ALL} | _ELSEWHERE
    if lower not in known:
        hint = did_you_mean(lower, ALL) or f"use {', '.join(ALL[:-1])} or {ALL[-1]}"
        raise WrongValueError(f"unknown status {name!r}: {hint}")
    return known[lower]
