"""What a process needs to belong to a run of the process that made it, and how it gets there.

A forked child has the run already. For any other, the run, its workspace and the levels of logging travel as an
*invitation*, in two ways:

* ``multiprocessing`` copies the configuration of the current process into each ``Process``, and pickles it when the
  child is started. What stands there is pickled as the invitation of that moment: the run that is current where the
  child is started, as for a forked one. Pools, executors and loky make their workers so.
* The environment variable ``RUNLOG_PARENT`` names the process's newest open run, for all other programs. It is there
  while a run is open.

An invitation does nothing by itself: only :func:`runlog.attach` reads it. So a program that this one runs and that
starts a run of its own stays apart.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING

import msgspec

from runlog import context
from runlog.server_address import is_named

if TYPE_CHECKING:
    from runlog.run import Run

VARIABLE = "RUNLOG_PARENT"
LOGGERS = 200
"""Loggers whose levels go along: an environment has little room."""
KEY = "runlog"
"""Of the invitation in the configuration of a process of ``multiprocessing``."""
_logger = logging.getLogger("runlog")


class _AsPickled:
    """Stands in the configuration that ``multiprocessing`` hands to children; pickled, it becomes the invitation."""

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        try:
            return str, (_encoded(_current_run()),)
        except Exception:  # the child is started all the same
            _logger.warning("a child process can't be invited to this process's run", exc_info=True)
            return str, ("",)


_inherited = os.environ.get(VARIABLE)


def renew() -> None:
    """Invite children made from now on: the runs of this process have changed, or how it logs."""
    text = _encoded(_newest_run()) or _inherited
    if text:
        os.environ[VARIABLE] = text
    else:
        os.environ.pop(VARIABLE, None)
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None:
        multiprocessing.current_process()._config[KEY] = _AsPickled()


def is_invited() -> bool:
    """Whether the process that started this one had a run open, to which :func:`runlog.attach` would lead."""
    return bool(received_text())


def received_text() -> str:
    """The invitation that this process was started with; empty where there is none."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        text = multiprocessing.current_process()._config.get(KEY)
        if isinstance(text, str):  # else empty: no run was open, whatever the environment of a fork server says
            return text
    return os.environ.get(VARIABLE, "")


def _current_run() -> Run | None:
    from runlog.run import Run

    current = context.current()
    return current if isinstance(current, Run) else None


def _newest_run() -> Run | None:
    from runlog.run import Run

    return next((target for target in reversed(context.open_targets()) if isinstance(target, Run)), None)


def _encoded(run: Run | None) -> str:
    """The invitation to a run; empty where there is none, or nothing of it is kept."""
    if run is None or not run._backend.keeps:
        return ""
    from runlog.lifecycle import capture

    invitation = {
        "workspace": run._backend.location,
        "named": is_named(run._backend.location),
        "experiment": run.experiment_name,
        "run_id": run.id,
        "root_level": int(logging.root.level),
        "handler_level": capture.level_of_run_log(),
        "levels": _own_levels(),
    }
    return msgspec.json.encode(invitation).decode()


def _own_levels() -> dict[str, int]:
    loggers = list(logging.root.manager.loggerDict.items())
    own = {name: int(one.level) for name, one in loggers if isinstance(one, logging.Logger) and one.level}
    return dict(list(own.items())[:LOGGERS])
