"""The run that people mean: by its id, a part of it, its display name, or its place among the newest."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from runlog.backend import Backend
from runlog.errors import RunNotFoundError
from runlog.names import check_run_id, did_you_mean
from runlog.server_address import is_server

LATEST = "latest"
TIME_DIGITS = 8
"""Characters of a writer's id that are its time."""


def resolve(backend: Backend, reference: str) -> str:
    """The id of the run that a text refers to.

    Args:
        backend: keeps the runs.
        reference: a run's id, a part of the id that no other run has, a display name that only one run has, ``latest``
            for the newest run, ``latest~2`` for the one before it, and so on.

    Raises:
        RunNotFoundError: no run, or more than one, answers to it.
        WrongTypeError: it is no text.
        WrongValueError: it is empty.
    """
    if not isinstance(reference, str):
        return check_run_id(reference)  # type: ignore[unreachable]
    ids = backend.run_ids()
    if reference in ids or not reference:
        return check_run_id(reference)
    place = _place(reference)
    if place is not None:
        return _at(backend, place, len(ids))
    fitting = [one for one in ids if reference in one]
    if not fitting:
        fitting = _named(backend, reference, ids)
    if len(fitting) == 1:
        return fitting[0]
    shown = ", ".join(sorted(fitting)[:5])
    raise RunNotFoundError(f"{len(fitting)} runs answer to {reference!r} ({shown}...): give more of the id")


def _place(reference: str) -> int | None:
    """The place among the newest runs, from 1; None where the text names none."""
    name, _, number = reference.partition("~")
    if name != LATEST or not (number or "1").isdecimal():
        return None
    return int((number or "1")[:18])


def _at(backend: Backend, place: int, count: int) -> str:
    chosen = next(islice(newest_first(backend), place - 1, None), None) if place else None
    if chosen is None:
        runs = "1 run" if count == 1 else f"{count or 'no'} runs"
        raise RunNotFoundError(f"there is no run -{place} in {backend.location}: it has {runs}")
    return chosen


def _named(backend: Backend, name: str, ids: list[str]) -> list[str]:
    names = {state.id: state.name for state in backend.states(ids)}
    fitting = [run_id for run_id, one in names.items() if one == name]
    if not fitting:
        hint = did_you_mean(name, filter(None, names.values())) or "see `runlog runs`"
        raise RunNotFoundError(f"no run in {backend.location} has {name!r} in its id or as its name: {hint}")
    return fitting


def newest_first(backend: Backend) -> Iterator[str]:
    """Ids of all runs, the newest first.

    Where there is no index: ids of writers sort by time, in steps of 8 ms, so that only runs that began within the same
    step are looked into. A server is asked for all states at once.
    """
    indexed = backend.newest_first()
    if indexed is not None:
        yield from indexed
        return
    if is_server(backend.location):
        states = sorted(backend.states(backend.run_ids()), key=lambda one: (one.created or 0, one.id), reverse=True)
        yield from (state.id for state in states)
        return
    steps: dict[str, list[str]] = {}
    for run_id in backend.run_ids():
        steps.setdefault(backend.first_writer(run_id)[:TIME_DIGITS], []).append(run_id)
    for step in sorted(steps, reverse=True):
        ids = steps[step]
        if len(ids) > 1:
            created = {state.id: state.created or 0 for state in backend.states(ids)}
            ids.sort(key=lambda run_id: (created[run_id], run_id), reverse=True)
        yield from ids
