"""What a run ends as, and what is kept of the error that ended it."""

from __future__ import annotations

import traceback

from runlog.errors import WrongTypeError
from runlog.limits import TEXT_VALUE_CHARACTERS
from runlog.names import normalise_value
from runlog.records import RunError
from runlog.redaction import process as redaction
from runlog.statuses import CANCELED, COMPLETED, FAILED

MAX_TRACEBACK = 65_536
"""Characters kept of a traceback, from its end: the innermost frames are there."""


def verdict_on(error: BaseException | None) -> tuple[str, RunError | None]:
    """What a run ends as when this exception, or none, ends it."""
    if error is None:
        return COMPLETED, None
    if isinstance(error, KeyboardInterrupt):
        return CANCELED, None
    if isinstance(error, SystemExit):
        return verdict_on_code(error.code, error.__cause__ or error.__context__)
    return FAILED, describe_error(error, None)


def verdict_on_code(code: object, handled: BaseException | None = None) -> tuple[str, RunError | None]:
    """What a run ends as when the program exits.

    Args:
        code: as ``sys.exit`` takes it.
        handled: the exception that was being handled, and made the program exit: of Ctrl-C nothing has failed.
    """
    if code is None or (isinstance(code, int) and code == 0):
        return COMPLETED, None
    if _goes_back_to_interrupt(handled):
        return CANCELED, None
    error = RunError(
        message=f"the program exited with {_text(code)}",
        code="UserError",
        type="SystemExit",
        traceback="" if handled is None else _traceback(handled),
    )
    return FAILED, error


def _goes_back_to_interrupt(error: BaseException | None) -> bool:
    """Whether an exception, or one that it was raised for, is Ctrl-C's."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def describe_error(details: str | BaseException | None, code: str | None) -> RunError | None:
    """What is kept of an error.

    Raises:
        WrongTypeError: the details are neither text nor an exception.
    """
    if details is None and code is None:
        return None
    if details is None or isinstance(details, str):
        return RunError(message=_text(details or ""), code=_text(code or "UserError"))
    if not isinstance(details, BaseException):
        raise WrongTypeError(f"run.fail takes a text or an exception, not {type(details).__name__}: {details!r}")
    return RunError(
        message=_text(_message(details)),
        code=_text(code or "UserError"),
        type=type(details).__qualname__,
        traceback=_traceback(details),
    )


def _traceback(error: BaseException) -> str:
    lines = redaction.text("".join(traceback.format_exception(type(error), error, error.__traceback__)))
    return normalise_value(lines[-MAX_TRACEBACK:], "traceback", MAX_TRACEBACK).name


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as fault:
        return f"<its text can't be made: {type(fault).__name__}>"


def _text(value: object) -> str:
    return normalise_value(redaction.text(str(value)), "error", TEXT_VALUE_CHARACTERS).name
