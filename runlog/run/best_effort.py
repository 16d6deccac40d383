"""Calls that keep what they can: what the surroundings refuse is counted and told of, and never raised."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from runlog.journal import reserve
from runlog.run.base import RunBase
from runlog.writing.refusals import is_lost, refusal

P = ParamSpec("P")
R = TypeVar("R", bound=RunBase)
_IMPORTING = ("importlib", "_frozen_importlib")


def best_effort(call: Callable[Concatenate[R, P], None]) -> Callable[Concatenate[R, P], None]:
    """Have a call of a run that logs something not raise for lack of memory, descriptors or room on the disk.

    Where it was an import that found no descriptor, the call is made once more, with those of the reserve.
    """

    @functools.wraps(call)
    def made(run: R, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            call(run, *args, **kwargs)
            return
        except Exception as error:
            if not _is_failed_import(error):
                if not is_lost(run._recorder(), error, events=1):
                    raise
                return
        with reserve.lent():
            try:
                call(run, *args, **kwargs)
            except Exception as error:
                if not is_lost(run._recorder(), error, events=1):
                    raise

    return made


def _is_failed_import(error: Exception) -> bool:
    """Whether a module could not be loaded for lack of a descriptor: nothing of the call is done then."""
    refused = refusal(error)
    if refused is None or refused.errno not in reserve.NONE_LEFT:
        return False
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_globals.get("__name__", "").startswith(_IMPORTING)
