"""Which run a process of a distributed job belongs to, and which of the job's processes it is.

In order: ``RUNLOG_RUN_ID``; a Slurm step of several tasks; torchrun's rendezvous id where it is a real one and there
are
several workers. All processes of a job run the same program, so the second run that each of them starts is the same
run again.
"""

from __future__ import annotations

import os
import re
from collections import Counter

from runlog.errors import ConfigurationError, WrongValueError
from runlog.journal import fork
from runlog.names import check_run_id

RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
"""Where launchers put a process's number, from the most to the least exact."""
_started: Counter[str] = Counter()


def shared_run_id() -> str | None:
    """The run id that all processes of this job have in common; None outside a job.

    Raises:
        ConfigurationError: ``RUNLOG_RUN_ID`` is no run id.
    """
    given = os.environ.get("RUNLOG_RUN_ID", "")
    if given:
        try:
            return check_run_id(given)
        except WrongValueError as error:
            raise ConfigurationError(f"the variable RUNLOG_RUN_ID: {error}; or unset it") from error
    return _slurm_run_id() or _torchrun_run_id()


def next_shared_run_id() -> str | None:
    """The id for the next run that this process starts: the shared one, then with ``-2``, ``-3``... added."""
    shared = shared_run_id()
    if shared is None:
        return None
    _started[shared] += 1
    count = _started[shared]
    return shared if count == 1 else f"{shared[:120]}-{count}"


def rank() -> int | None:
    """The number of this process in its job; None outside a job."""
    for variable in RANKS:
        value = os.environ.get(variable, "")
        if value.isdecimal():
            return int(value)
    return None


def _slurm_run_id() -> str | None:
    job = os.environ.get("SLURM_JOB_ID", "")
    tasks = os.environ.get("SLURM_STEP_NUM_TASKS") or os.environ.get("SLURM_NTASKS", "")
    if not job or "SLURM_PROCID" not in os.environ or not tasks.isdecimal() or int(tasks) < 2:
        return None
    cluster = os.environ.get("SLURM_CLUSTER_NAME", "")
    return _as_id("slurm", cluster, job, os.environ.get("SLURM_STEP_ID", ""))


def _torchrun_run_id() -> str | None:
    rendezvous, workers = os.environ.get("TORCHELASTIC_RUN_ID", ""), os.environ.get("WORLD_SIZE", "")
    if rendezvous in {"", "none"} or not workers.isdecimal() or int(workers) < 2:
        return None
    return _as_id("torchrun", rendezvous)


def _as_id(*parts: str) -> str:
    return re.sub(r"[^a-z0-9\-]+", "-", "-".join(part for part in parts if part).lower())[:120]


fork.in_child(_started.clear)
