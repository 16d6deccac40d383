"""The process that launched the workers of a job on this node, such as torchrun or ``mpirun``'s daemon.

It is the parent of a worker, but for what stands between: a shell script around the program, a ``env`` or ``numactl``.
These bear the worker's own rank among the variables that they were started with, the launcher does not.
"""

from __future__ import annotations

import os
from pathlib import Path

from runlog.journal.identity import boot_id, host, start_of

OF_ONE_WORKER = (
    *("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT", "TORCHELASTIC_RUN_ID"),
    *("SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK"),
)
"""What launchers tell each worker; nobody but it and what it starts has the same values."""


def identity() -> str:
    """What tells the launcher from every other, on this host and elsewhere; empty where the system does not tell."""
    process, began = found()
    return f"{host()} {boot_id()} {process} {began}" if process else ""


def found() -> tuple[int, int]:
    """The launcher's process id, and when it began, in the kernel's ticks since its boot."""
    mine = {f"{name}={os.environ[name]}".encode() for name in OF_ONE_WORKER if name in os.environ}
    process = os.getppid()
    while process > 1 and mine and mine <= _variables(process):
        process = _parent_of(process)
    return process, start_of(process)


def _variables(process: int) -> set[bytes]:
    """The variables that a process was started with; none where it is another user's, or there is no ``/proc``."""
    try:
        return set(Path(f"/proc/{process}/environ").read_bytes().split(b"\0"))
    except OSError:
        return set()


def _parent_of(process: int) -> int:
    try:
        stat = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return 0
    return int(stat[stat.rindex(b")") :].split()[2])  # field 4, counted behind the program's name
