"""The points that every server gets: ten metrics, a random value for each at each step."""

from __future__ import annotations

import random
from collections.abc import Iterator

METRICS = tuple(f"metric_{number}" for number in range(10))


def rows(points: int) -> Iterator[tuple[int, dict[str, float]]]:
    """Steps with their values; the same for everybody.

    Args:
        points: how many values in all.
    """
    source = random.Random(20)
    for step in range(points // len(METRICS)):
        yield step, {name: source.random() for name in METRICS}
