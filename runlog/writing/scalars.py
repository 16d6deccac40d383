"""``run.log`` and ``run.log_metrics`` for everything that the journal's closures hand on.

The closures (:mod:`runlog.journal.points`) take exact floats and 64-bit integers under names that are known. All else
comes here:
the first value of a name, numpy's numbers, texts, descriptions, and whatever came after the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from runlog.errors import WrongTypeError
from runlog.journal import clock
from runlog.limits import DESCRIPTION_CHARACTERS
from runlog.names import normalise, normalise_value
from runlog.records import ValueLogged
from runlog.redaction import process as redaction
from runlog.values import ScalarPoint, convert_scalar, convert_step
from runlog.writing.kinds import SCALAR
from runlog.writing.refusals import is_lost
from runlog.writing.said_once import say_once

if TYPE_CHECKING:
    from runlog.values import ScalarText
    from runlog.writing.recorder import RunRecorder


def make_slow_log(recorder: RunRecorder) -> Callable[..., None]:
    """What ``run.log`` does with what its closure does not take."""

    def log(name: str, value: Any, description: str = "", step: int | None = None) -> None:
        try:
            kept = name_of(recorder, name)
            converted = convert_scalar(kept, value)
            number = convert_step(step)
            recorder.describe(kept, SCALAR, description_of(description))
            _write(recorder, kept, converted, number, name)
        except Exception as error:
            if not is_lost(recorder, error, points=1):
                raise

    return log


def make_slow_log_metrics(recorder: RunRecorder) -> Callable[..., None]:
    """What ``run.log_metrics`` does with what its closure does not take. A value or name that is refused costs all."""

    def log_metrics(metrics: Mapping[str, Any], step: int | None = None) -> None:
        try:
            number = convert_step(step)
            converted = [(name_of(recorder, name), value, name) for name, value in _items(metrics)]
            values = [(kept, convert_scalar(kept, value), name) for kept, value, name in converted]
            for kept, _, _ in values:
                recorder.kinds.check(kept, SCALAR)
            for kept, _, _ in values:
                recorder.describe(kept, SCALAR, "")
            for kept, value, name in values:
                _write(recorder, kept, value, number, name)
        except Exception as error:
            if not is_lost(recorder, error, points=1):
                raise

    return log_metrics


def name_of(recorder: RunRecorder, name: Any) -> str:
    """The one spelling of a metric's name.

    Raises:
        WrongTypeError: it is no text.
        WrongValueError: it is empty.
    """
    if type(name) is str and (known := recorder.names.get(name)) is not None:
        return known
    kept, changed = normalise(name, "metric name")
    kept = redaction.text(kept)
    if changed is not None:
        say_once(f"the metric name {kept!r}: {changed}")
    given = name if type(name) is str else kept
    recorder.spellings.note(kept, given)
    recorder.names[given] = kept
    return kept


def description_of(description: Any) -> str:
    """A description in the form that is kept; empty where there is none.

    Raises:
        WrongTypeError: it is no text.
    """
    return text_within(description, "description", DESCRIPTION_CHARACTERS)


def text_within(text: Any, what: str, limit: int) -> str:
    """A text in the form that is kept, within a number of characters; empty where there is none.

    Raises:
        WrongTypeError: it is no text.
    """
    if text is None or (isinstance(text, str) and not text):
        return ""
    kept, changed = normalise_value(redaction.text(text) if type(text) is str else text, what, limit)
    if changed is not None:
        say_once(f"the {what} {kept[:40]!r}: {changed}")
    return kept


def _write(recorder: RunRecorder, name: str, value: ScalarPoint | ScalarText, step: int | None, given: str) -> None:
    if isinstance(value, ScalarPoint):
        recorder.point(name, value.kind, value.value, step, given if type(given) is str else None)
        return
    recorder.write(
        ValueLogged(
            time=clock.now(),
            name=name,
            text=value.text,
            type=value.type,
            step=recorder.note_step(step),
            approx=value.approx,
        )
    )


def _items(metrics: Any) -> Iterator[tuple[Any, Any]]:
    if not isinstance(metrics, Mapping):
        raise WrongTypeError(
            f"run.log_metrics takes a mapping of names to values, not {type(metrics).__name__}; "
            "use run.log(name, value) for one value"
        )
    return iter(metrics.items())
