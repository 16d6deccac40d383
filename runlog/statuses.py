"""The statuses of a run: Azure ML's, and the two that a reader finds out about a run that can't say so itself."""

from __future__ import annotations

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

ENDED = frozenset({COMPLETED, FAILED, CANCELED, CRASHED})
"""Statuses after which a run does not go on by itself."""

SAID_TO_HAVE_ENDED = ENDED - {CRASHED}
"""Statuses that the run was given, rather than found dead with: what is logged behind them is late."""
