"""Which run a process of a distributed job is to share, and which of the job's processes it is.

In order: ``RUNLOG_RUN_ID``; the scheduler's or MPI launcher's id of a job with several tasks; torchrun's rendezvous id
where it is a real one and there are several workers; on one node, the parent process that the workers have in common.
All processes of a job run the same program, so the second run that each of them starts is the same run again.

An id may come again with the next start of the job: :mod:`runlog.lifecycle.launches` tells these apart.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence

from runlog.errors import ConfigurationError, WrongValueError
from runlog.journal import fork
from runlog.journal.identity import boot_id, host
from runlog.lifecycle import launcher
from runlog.names import check_run_id
from runlog.records import Launch
from runlog.whole_files import sha256_of

RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
"""Where launchers put a process's number, from the most to the least exact."""
SIZES = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
"""Where launchers put the number of processes of a job."""
SIZES_ON_NODE = ("LOCAL_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS")
"""Where they put the number of those on this node."""
LAUNCHES = ("PMIX_NAMESPACE", "PBS_JOBID", "LSB_JOBID")
"""What one launch by MPI has in common on all nodes, from the most to the least exact; then the scheduler's job."""
STEP_LIMIT = 0xFFFF_FFF0
"""From here on Slurm's numbers of steps stand for the batch script and the like, which are no tasks of several."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_started: Counter[str] = Counter()


def shared_run_id() -> str | None:
    """The run id that all processes of this job have in common; None outside a job.

    Raises:
        ConfigurationError: ``RUNLOG_RUN_ID`` is no run id, or this is one of several processes and nothing tells what
            they have in common.
    """
    given = os.environ.get("RUNLOG_RUN_ID", "")
    if given:
        try:
            return check_run_id(given)
        except WrongValueError as error:
            raise ConfigurationError(f"the variable RUNLOG_RUN_ID: {error}; or unset it") from error
    found = _slurm_run_id() or _torchrun_run_id()
    size = _number(SIZES) or 1
    if found is not None or size < 2 or rank() is None:
        return found
    return _launch_run_id() or _parent_run_id(size)


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
    return _number([one for one in RANKS if one != "SLURM_PROCID" or _slurm_step()])


def launch() -> Launch | None:
    """Which start of its job this process belongs to; None outside a job.

    A step of Slurm and a launch by PMIx have ids that never come again. Any other is told from the next by its address,
    and on each node by the launcher's process.
    """
    if rank() is None:
        return None
    exact = _slurm_run_id() or _pmix_run_id()
    by_torchrun = "TORCHELASTIC_RUN_ID" in os.environ
    address = f"{os.environ.get('MASTER_ADDR', '')}:{os.environ.get('MASTER_PORT', '')}"
    named = _torchrun_run_id() or _launch_run_id() or os.environ.get("RUNLOG_RUN_ID", "")
    return Launch(
        id=exact or f"{named} {address}",
        agent="" if exact and not by_torchrun else launcher.identity(),
        size=_number(SIZES) or int(_slurm_tasks() or 0),
        requeues=_number(["SLURM_RESTART_COUNT"]) or 0,
        restarts=_number(["TORCHELASTIC_RESTART_COUNT"]) or 0,
    )


def _number(variables: Sequence[str]) -> int | None:
    """The first of these variables that is a number."""
    values = (os.environ.get(variable, "") for variable in variables)
    return next((int(value) for value in values if value.isdecimal()), None)


def _slurm_step() -> str:
    """The number of the step that ``srun`` began this process in; empty in a batch script, which is no task of one."""
    step = os.environ.get("SLURM_STEP_ID", "")
    return step if step.isdecimal() and int(step) < STEP_LIMIT else ""


def _slurm_tasks() -> str:
    tasks = os.environ.get("SLURM_STEP_NUM_TASKS") or os.environ.get("SLURM_NTASKS", "")
    return tasks if tasks.isdecimal() and _slurm_step() else ""


def _slurm_run_id() -> str | None:
    job = os.environ.get("SLURM_JOB_ID", "")
    if not os.environ.get("PMIX_NAMESPACE", "slurm").startswith("slurm"):  # `srun` began the daemons of mpirun only
        return None
    if not job or "SLURM_PROCID" not in os.environ or int(_slurm_tasks() or 0) < 2:
        return None
    cluster = os.environ.get("SLURM_CLUSTER_NAME", "")
    return _as_id("slurm", cluster, job, _slurm_step())


def _torchrun_run_id() -> str | None:
    rendezvous, workers = os.environ.get("TORCHELASTIC_RUN_ID", ""), os.environ.get("WORLD_SIZE", "")
    if rendezvous in {"", "none"} or not workers.isdecimal() or int(workers) < 2:
        return None
    return _as_id("torchrun", rendezvous)


def _launch_run_id() -> str | None:
    launch = next(filter(None, (os.environ.get(variable) for variable in LAUNCHES)), None)
    return None if launch is None else _as_id("job", launch)


def _pmix_run_id() -> str | None:
    return _as_id("job", os.environ["PMIX_NAMESPACE"]) if os.environ.get("PMIX_NAMESPACE") else None


def _parent_run_id(size: int) -> str:
    """An id from the common parent of all workers, where all are on this node.

    Raises:
        ConfigurationError: they may be on several nodes.
    """
    if _number(SIZES_ON_NODE) != size and os.environ.get("MASTER_ADDR") not in LOOPBACK:
        raise ConfigurationError(
            f"this is process {rank()} of {size} that may be on several nodes, and nothing tells which run is theirs: "
            "set the variable RUNLOG_RUN_ID to one id in all of them (torchrun: give --rdzv-id)"
        )
    parent, began = launcher.found()
    launch = (host(), boot_id(), parent, began, os.environ.get("MASTER_PORT", ""))
    return _as_id("node", sha256_of(repr(launch).encode())[:20])


def _as_id(*parts: str) -> str:
    return re.sub(r"[^a-z0-9\-]+", "-", "-".join(part for part in parts if part).lower())[:120]


fork.in_child(_started.clear)
