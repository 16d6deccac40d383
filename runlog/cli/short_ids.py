"""The part of a run's id that people type."""

from __future__ import annotations

import re
from collections.abc import Collection

SHORTEST = 8
_GENERATED = re.compile(r"[rs][0-9a-v]{21}")


def short_ids(shown: Collection[str], all_ids: Collection[str]) -> dict[str, str]:
    """For each id that is shown, its shortest ending that no other id contains; an id that a person chose as it is.

    Args:
        shown: ids.
        all_ids: of the workspace.
    """
    text = "\n".join(all_ids)
    return {one: _ending(one, text) if _GENERATED.fullmatch(one) else one for one in shown}


def _ending(run_id: str, text: str) -> str:
    for length in range(SHORTEST, len(run_id)):
        if text.count(run_id[-length:]) == 1:
            return run_id[-length:]
    return run_id
