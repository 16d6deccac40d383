"""Properties of a run, which stay as they are, and its names, which do not."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from runlog.errors import RunStateError, WrongTypeError, WrongValueError
from runlog.introspection import describe
from runlog.journal import clock
from runlog.limits import DISPLAY_NAME_CHARACTERS
from runlog.names import normalise_value
from runlog.records import PropertiesSet, RunRenamed
from runlog.redaction import process as redaction
from runlog.writing.said_once import say_once
from runlog.writing.scalars import description_of
from runlog.writing.tags import texts_of

if TYPE_CHECKING:
    from runlog.writing.recorder import RunRecorder

_logger = logging.getLogger("runlog")


def add_properties(recorder: RunRecorder, properties: Any) -> None:
    """Keep properties that are new. Where two processes add one key at the same moment, the first stays.

    Raises:
        WrongTypeError: it is no mapping, or a key is no text.
        WrongValueError: a key is empty.
        RunStateError: a key has another value already; then none of them is kept.
    """
    if not isinstance(properties, Mapping):
        raise WrongTypeError(f"run.add_properties takes a mapping of keys to values, not {describe(properties)}")
    given = texts_of(properties, "property")
    known = _known(recorder)
    for key, value in given.items():
        if key in known and known[key] != value:
            raise RunStateError(
                f"the property {key!r} of run {recorder.run_id} is {known[key]!r} and can't become {value!r}: "
                "properties are added, never changed; use run.tag for what changes"
            )
    new = {key: value for key, value in given.items() if key not in known}
    if new:
        recorder.write(PropertiesSet(time=clock.now(), values=new))


def _known(recorder: RunRecorder) -> dict[str, str | None]:
    try:
        return recorder.backend.state(recorder.run_id).properties
    except Exception:  # a damaged disk, another version's journal: readers let the first value stay all the same
        _logger.debug("the earlier properties of run %s can't be read", recorder.run_id, exc_info=True)
        return {}


def rename(recorder: RunRecorder, name: Any) -> None:
    """Show the run by another name from here on.

    Raises:
        WrongTypeError: it is no text.
        WrongValueError: it is empty.
    """
    name = redaction.text(name) if isinstance(name, str) else name
    kept, changed = normalise_value(name, "display name", DISPLAY_NAME_CHARACTERS)
    if not kept.strip():
        raise WrongValueError(f"the display name {kept[:40]!r} is empty; give it at least one character")
    if changed is not None:
        say_once(f"the display name {kept[:40]!r}: {changed}")
    recorder.opened = msgspec.structs.replace(recorder.opened, name=kept)
    recorder.write(RunRenamed(time=clock.now(), name=kept))


def describe_run(recorder: RunRecorder, description: Any) -> None:
    """Describe the run anew; None or an empty text takes the description away.

    Raises:
        WrongTypeError: it is no text.
    """
    kept = description_of(description)
    recorder.opened = msgspec.structs.replace(recorder.opened, description=kept)
    recorder.write(RunRenamed(time=clock.now(), description=kept))
