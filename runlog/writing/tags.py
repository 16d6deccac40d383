"""Parameters and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from runlog.errors import WrongTypeError
from runlog.introspection import describe, text_of
from runlog.journal import clock
from runlog.names import normalise_key, normalise_value
from runlog.records import ParamsSet, TagsSet
from runlog.redaction import process as redaction
from runlog.writing.said_once import say_once
from runlog.writing.spellings import Spellings

if TYPE_CHECKING:
    from runlog.values import Cell
    from runlog.writing.recorder import RunRecorder


def log_params(recorder: RunRecorder, params: Any) -> None:
    """Keep parameters: scalars as they are, what is nested in them under names with dots, lists as JSON.

    Raises:
        WrongTypeError: they are neither mapping nor configuration object, or a name is no text.
        WrongValueError: a name is empty.
    """
    from runlog.parameters import plain_params

    changes: list[str] = []
    spellings = Spellings("parameter name")
    plain = plain_params(params, changes)
    for change in changes:
        say_once(change)
    values = {_key(name, spellings): _param(name, cell) for name, cell in plain.items()}
    if values:
        recorder.write(ParamsSet(time=clock.now(), values=values))


def set_tags(recorder: RunRecorder, tags: Mapping[str, Any]) -> None:
    """Keep tags; their values are text or None."""
    values = tags_as_text(tags)
    if values:
        recorder.write(TagsSet(time=clock.now(), values=values))


def remove_tags(recorder: RunRecorder, keys: Any) -> None:
    """Take tags away; those that are not there are left out.

    Raises:
        WrongTypeError: it is no list of texts.
    """
    removed = tag_keys(keys)
    if removed:
        recorder.write(TagsSet(time=clock.now(), removed=removed))


def tag_keys(keys: Any) -> list[str]:
    """The keys of ``remove_tags`` as they are kept.

    Raises:
        WrongTypeError: it is no list of texts.
        WrongValueError: a key is empty.
    """
    if isinstance(keys, str | bytes) or not isinstance(keys, Iterable):
        raise WrongTypeError(f"remove_tags takes a list of keys, not {describe(keys)}; for one key: [key]")
    spellings = Spellings("tag key")
    return [_key(key, spellings) for key in keys]


def tags_as_text(tags: Any) -> dict[str, str | None]:
    """Tags in the form that is kept. Azure ML turns other values into text, too, with a warning for each.

    Raises:
        WrongTypeError: it is no mapping, or a key is no text.
        WrongValueError: a key is empty.
    """
    if not isinstance(tags, Mapping):
        raise WrongTypeError(
            f"tags are a mapping of keys to values, not {type(tags).__name__}; for one tag: run.tag(key, value)"
        )
    return texts_of(tags, "tag")


def texts_of(values: Mapping[Any, Any], what: str) -> dict[str, str | None]:
    """Keys and values as the texts that are kept; None stays None.

    Raises:
        WrongTypeError: a key is no text.
        WrongValueError: a key is empty.
    """
    spellings = Spellings(f"{what} key")
    return {
        _key(key, spellings): None if value is None else _text(key, text_of(value), what)
        for key, value in values.items()
    }


def _key(key: Any, spellings: Spellings) -> str:
    """The one spelling of a key; two of one call that merge are told of, since only the later one's value is kept."""
    kept, changed = normalise_key(key, spellings.what)
    if changed is not None:
        say_once(f"the {spellings.what} {kept!r}: {changed}")
    spellings.note(kept, key)
    return kept


def _text(key: Any, value: str, what: str) -> str:
    value = redaction.named(key, value) if isinstance(key, str) else value
    kept, changed = normalise_value(value, f"{what} value")
    if changed is not None:
        say_once(f"the {what} {key!r}: {changed}")
    return kept


def _param(name: str, cell: Cell) -> Cell:
    return _text(name, cell, "parameter") if isinstance(cell, str) else cell
