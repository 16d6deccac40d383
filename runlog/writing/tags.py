"""Parameters and tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from runlog.errors import WrongTypeError
from runlog.introspection import describe
from runlog.journal import clock
from runlog.names import normalise_key, normalise_value
from runlog.records import ParamsSet, TagsSet
from runlog.redaction import process as redaction
from runlog.values import convert_cell
from runlog.writing.said_once import say_once
from runlog.writing.spellings import Spellings

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder


def log_params(recorder: RunRecorder, params: Mapping[str, Any]) -> None:
    """Keep parameters: scalars as they are, lists and mappings as their text."""
    if not isinstance(params, Mapping):
        raise WrongTypeError(f"run.log_params takes a mapping of names to values, not {type(params).__name__}")
    spellings = Spellings("parameter name")
    values = {_key(key, spellings): _param(key, value) for key, value in params.items()}
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
    if isinstance(keys, str | bytes) or not isinstance(keys, Iterable):
        raise WrongTypeError(f"run.remove_tags takes a list of keys, not {describe(keys)}; for one key: [key]")
    spellings = Spellings("tag key")
    removed = [_key(key, spellings) for key in keys]
    if removed:
        recorder.write(TagsSet(time=clock.now(), removed=removed))


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
        _key(key, spellings): None if value is None else _text(key, str(value), what) for key, value in values.items()
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


def _param(key: Any, value: Any) -> Any:
    if isinstance(value, str):
        return _text(key, value, "parameter")
    if isinstance(value, list | tuple | set | frozenset | Mapping):
        return _text(key, repr(value), "parameter")
    return convert_cell(f"run.log_params: {key!r}", value)
