"""How many examples tests of hostile values draw, and how."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

ROUNDS = int(os.environ.get("RUNLOG_TEST_FUZZ", "200"))


def rounds(share: float) -> settings:
    """Settings for a share of the rounds that are asked for: each of these examples calls processes.

    An example is not made smaller: its value and its place are named already.
    """
    return settings(
        max_examples=max(4, int(ROUNDS * share)),
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
