"""Children of a run: started at once, or made now and started later, by whoever takes them up."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runlog.errors import WrongTypeError, WrongValueError
from runlog.journal import clock
from runlog.journal.format import EventFlag
from runlog.journal.identity import host
from runlog.lifecycle.begin import RunPlan, begin, versions
from runlog.lifecycle.identity import new_display_name, new_run_id
from runlog.lifecycle.places import claim
from runlog.records import ChildrenMade, EventKind, RunOpened, StatusSet, TagsSet, encode
from runlog.redaction import process as redaction
from runlog.statuses import NOT_STARTED
from runlog.writing.tags import tags_as_text

if TYPE_CHECKING:
    from runlog.backend import RunWriter
    from runlog.run import Run

NUMBER_TAG = "azureml.batch_child_number"
"""The tag that numbers children made by count, from 0: Azure ML's key, so that its scripts find it."""


def start_child(
    parent: Run,
    name: str | None,
    run_id: str | None,
    outputs: str | os.PathLike[str] | bool | None,
    tags: Mapping[str, Any] | None,
    run_type: str,
) -> Run:
    """Start a child of a run in this process, which owns its status."""
    plan = RunPlan(
        display_name=name or "",
        run_id=run_id,
        outputs=False if outputs is None else outputs,
        tags=tags or {},
        type=run_type,
    )
    return begin(parent.experiment, plan, parent)


def tags_of_children(count: Any, tag_key: Any, tag_values: Any) -> list[dict[str, str | None]]:
    """The tags of each child that is to be made.

    Raises:
        WrongTypeError: an argument is of a wrong type.
        WrongValueError: neither a count nor a key with values was given, or both.
    """
    if count is not None and tag_key is None and tag_values is None:
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise WrongTypeError(f"count={count!r} is no number of children: give a whole number from 0 on")
        return [tags_as_text({NUMBER_TAG: number}) for number in range(count)]
    if count is not None or tag_key is None or tag_values is None:
        raise WrongValueError(
            "create_children takes either count, or tag_key with tag_values, one for each child; it was given "
            f"count={count!r}, tag_key={tag_key!r}, tag_values={tag_values!r}"
        )
    if isinstance(tag_values, str) or not isinstance(tag_values, Iterable):
        raise WrongTypeError(f"tag_values={tag_values!r}: give a list with a value for each child")
    return [tags_as_text({tag_key: value}) for value in tag_values]


def make_children(parent: Run, tags: Sequence[Mapping[str, str | None]]) -> list[str]:
    """Make runs beneath a run without starting them; their ids.

    The parent's index is written first: of a process that is killed in between, it names runs that do not exist, which
    readers pass over.
    """
    backend = parent._backend
    ids = [new_run_id(parent.experiment.name) for _ in tags]
    if ids:
        parent._recorder().write(ChildrenMade(time=clock.now(), run_ids=ids))
    for run_id, its_tags in zip(ids, tags, strict=True):
        claim(backend, run_id, new=True)
        _make(parent, run_id, its_tags)
    return ids


def _make(parent: Run, run_id: str, tags: Mapping[str, str | None]) -> None:
    opened = RunOpened(
        time=clock.now(),
        run_id=run_id,
        experiment=parent.experiment.name,
        name=new_display_name(),
        attempt=0,
        host=host(),
        pid=os.getpid(),
        parent=parent.id,
        versions=versions(),
    )

    def begin_with(writer: RunWriter) -> None:
        writer.event(EventKind.RUN, redaction.clean(EventKind.RUN, encode(opened)), EventFlag.STATE)

    writer = parent._backend.open_writer(run_id, guest=True, late=False, on_begin=begin_with)
    writer.event(EventKind.STATUS, encode(StatusSet(time=clock.now(), status=NOT_STARTED)), EventFlag.STATE)
    set_tags = encode(TagsSet(time=clock.now(), values=dict(tags)))
    writer.event(EventKind.TAGS, redaction.clean(EventKind.TAGS, set_tags), EventFlag.STATE)
    writer.close()
    parent._recorder().writer.count_lost(writer.lost.points, writer.lost.events)
