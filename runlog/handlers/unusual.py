"""Why records have to be looked at closely on their way; most of the time there is no reason, which is quickly seen."""

from __future__ import annotations

reasons: set[object] = set()
