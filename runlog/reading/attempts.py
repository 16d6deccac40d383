"""What the attempts of a resumed run logged, put together.

An attempt goes on from a checkpoint, so it logs steps again that an earlier one had logged behind that checkpoint.
Everything is kept; what is drawn is each step as the newest attempt logged it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runlog.errors import WrongValueError
from runlog.reading.chunks import Scalars
from runlog.records import RunOpened

NEWEST, ALL = "newest", "all"


def check_attempts(attempts: str) -> None:
    """Refuse what is no choice of attempts.

    Raises:
        WrongValueError: it is neither "newest" nor "all".
    """
    if attempts not in {NEWEST, ALL}:
        raise WrongValueError(f'attempts={attempts!r} is neither "newest" (each step once) nor "all" (as logged)')


def attempts_by(writers: Iterable[str], opened: Mapping[str, RunOpened]) -> list[int]:
    """The attempt of each writer in a list; 1 for one that is not known."""
    numbers = {writer: one.attempt for writer, one in opened.items()}
    return [numbers.get(writer, 1) for writer in writers]


def newest_of_steps(scalars: Scalars, opened: Mapping[str, RunOpened]) -> Scalars:
    """The values of one metric without those whose step a newer attempt logged again.

    Each rank of a job replaces its own values only. Values without a step all stay: nothing says what replaced them.
    Within one attempt a step that was logged twice stays twice.

    Args:
        scalars: all values.
        opened: for each writer, what it said of its process.
    """
    attempts = attempts_by(scalars.writers, opened)
    if len(set(attempts)) < 2:
        return scalars
    ranks = {writer: one.rank for writer, one in opened.items()}
    keys = [(ranks.get(writer), step) for writer, step in zip(scalars.writers, scalars.steps, strict=True)]
    newest: dict[tuple[int | None, int | None], int] = {}
    for key, attempt in zip(keys, attempts, strict=True):
        newest[key] = max(attempt, newest.get(key, 0))
    chosen = [
        place
        for place, (key, attempt) in enumerate(zip(keys, attempts, strict=True))
        if key[1] is None or newest[key] == attempt
    ]
    return Scalars(
        [scalars.times[place] for place in chosen],
        [scalars.steps[place] for place in chosen],
        [scalars.values[place] for place in chosen],
        [scalars.writers[place] for place in chosen],
    )
