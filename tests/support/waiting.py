"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object]) -> None:
    """Return once the condition holds. Where that never comes, the test's own timeout ends it."""
    while not condition():
        time.sleep(0.01)
