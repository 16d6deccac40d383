"""Parameters and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runlog.errors import WrongTypeError
from runlog.journal import clock
from runlog.names import normalise_key, normalise_value
from runlog.records import ParamsSet, TagsSet
from runlog.values import convert_cell
from runlog.writing.said_once import say_once

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder


def log_params(recorder: RunRecorder, params: Mapping[str, Any]) -> None:
    """Keep parameters: scalars as they are, lists and mappings as their text."""
    if not isinstance(params, Mapping):
        raise WrongTypeError(f"run.log_params takes a mapping of names to values, not {type(params).__name__}")
    values = {_key(key, "parameter name"): _param(key, value) for key, value in params.items()}
    if values:
        recorder.write(ParamsSet(time=clock.now(), values=values))


def set_tags(recorder: RunRecorder, tags: Mapping[str, Any]) -> None:
    """Keep tags; their values are text or None."""
    values = tags_as_text(tags)
    if values:
        recorder.write(TagsSet(time=clock.now(), values=values))


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
    return {
        _key(key, "tag key"): None if value is None else _text(key, str(value), "tag") for key, value in tags.items()
    }


def _key(key: Any, what: str) -> str:
    kept, changed = normalise_key(key, what)
    if changed is not None:
        say_once(f"the {what} {kept!r}: {changed}")
    return kept


def _text(key: Any, value: str, what: str) -> str:
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
