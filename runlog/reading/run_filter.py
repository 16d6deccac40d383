"""Which runs are wanted, as Azure ML's lists of runs are asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from runlog.errors import WrongTypeError
from runlog.introspection import text_of
from runlog.names import normalise_key, normalise_value
from runlog.statuses import CRASHED, FAILED, known_status

if TYPE_CHECKING:
    from runlog.run_head import RunHead

Wanted = str | Mapping[str, object] | Iterable[str] | None
"""Tags or properties: a key that a run has, several, or a mapping of keys to their values."""


class RunFilter(NamedTuple):
    """What a run must have; names and values as a run keeps them.

    A value of None in ``tags`` and ``properties`` asks for the key alone.
    """

    type: str | None = None
    tags: Mapping[str, str | None] = MappingProxyType({})
    properties: Mapping[str, str | None] = MappingProxyType({})
    status: str | None = None

    def takes(self, state: RunHead) -> bool:
        """Whether a run of this state is wanted."""
        return (
            (self.type is None or state.type == self.type)
            and (self.status is None or has_status(state, self.status))
            and has_all(state.tags, self.tags)
            and has_all(state.properties, self.properties)
        )


def make_run_filter(type: str | None, tags: Wanted, properties: Wanted, status: str | None) -> RunFilter:  # noqa: A002
    """A filter from what ``get_children``, ``get_runs`` and ``Run.list`` take.

    Args:
        type: of the run.
        tags: ``"key"``, ``["key", ...]`` or ``{"key": "value"}``, all of which a run must have.
        properties: likewise.
        status: "Failed" includes Crashed, which Azure ML does not tell apart.

    Raises:
        WrongTypeError: tags or properties are none of these.
        WrongValueError: there is no such status, or a key is empty.
    """
    wanted_status = None if status is None else known_status(status)
    return RunFilter(type, wanted_pairs(tags, "tags"), wanted_pairs(properties, "properties"), wanted_status)


def has_status(state: RunHead, status: str) -> bool:
    """Whether a run counts under a status of :mod:`runlog.statuses`."""
    return state.status == status or (status == FAILED and state.status == CRASHED)


def has_all(kept: Mapping[str, str | None], wanted: Mapping[str, str | None]) -> bool:
    """Whether all wanted pairs are kept; a wanted value of None is met by any."""
    return all(key in kept and value in {None, kept[key]} for key, value in wanted.items())


def wanted_pairs(wanted: Wanted, what: str) -> dict[str, str | None]:
    """Keys and values that are wanted, each in the one spelling that a run keeps of it.

    Raises:
        WrongTypeError: it is no text, mapping or collection of texts.
        WrongValueError: a key is empty.
    """
    if wanted is None:
        return {}
    pairs = wanted if isinstance(wanted, Mapping) else dict.fromkeys(_keys(wanted))
    if not all(isinstance(key, str) for key in pairs):
        raise WrongTypeError(f'{what}={wanted!r} is none of "key", ["key", ...] and {{"key": "value"}}')
    return {
        normalise_key(key, f"key of {what}").name: None if value is None else normalise_value(text_of(value)).name
        for key, value in pairs.items()
    }


def _keys(wanted: object) -> list[object]:
    return [wanted] if isinstance(wanted, str) or not isinstance(wanted, Iterable) else list(wanted)
