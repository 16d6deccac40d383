"""Starts of a job as torchrun makes them: a launcher with a process for each rank, which know their rank by variables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.scripts import run_script, write_script

WORKER = """
import os, sys
import runlog
resume, code = sys.argv[1:]
with runlog.start("job", resume=resume, outputs=False, capture_system=False, capture_logging=False) as run:
    run.log_params({"seed": os.environ.get("SEED", "")})
    run.log("loss", float(run.rank if run.rank is not None else -1), step=0)
    os.write(1, f"{run.id} {run.attempt}\\n".encode())  # in one piece, beside those of other workers
    if code != "0":
        raise ValueError("a worker failed")
"""
LAUNCHER = """
import json, os, subprocess, sys
worker, given, *wrapped = sys.argv[1:]
workers = [
    subprocess.Popen([*wrapped, sys.executable, worker, *one["args"]], env={**os.environ, **one["env"]})
    for one in json.loads(given)
]
for one in workers:
    one.wait()
"""


def worker_variables(rank: int, size: int, **more: str) -> dict[str, str]:
    """What torchrun tells a worker on a single node."""
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "29500",
        "TORCHELASTIC_RUN_ID": "101",
        "TORCHELASTIC_RESTART_COUNT": "0",
        **more,
    }


def launched(
    folder: Path,
    environments: Sequence[Mapping[str, str]],
    *,
    resume: str = "never",
    codes: Sequence[int] = (),
    wrapper: Sequence[str] = (),
) -> tuple[list[tuple[str, int]], str]:
    """Start a launcher with a worker for each environment; the run and attempt of each, and what they said on stderr."""
    worker = write_script(folder, WORKER)
    given = [
        {"env": dict(one), "args": [resume, str(codes[place] if codes else 0)]}
        for place, one in enumerate(environments)
    ]
    done = run_script(folder, LAUNCHER, str(worker), json.dumps(given), *wrapper)
    told = [line.split() for line in done.stdout.splitlines()]
    return sorted((run_id, int(attempt)) for run_id, attempt in told), done.stderr


def of_all_ranks(size: int, **more: str) -> list[dict[str, str]]:
    """The variables of each worker of a start."""
    return [worker_variables(rank, size, **more) for rank in range(size)]
