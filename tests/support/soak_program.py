"""``python soak_program.py FIRST RUNS SECONDS``: many runs in one process, each with points and records all the time.

It prints how many of each it logged to every run.
"""

from __future__ import annotations

import logging
import sys
import time

import runlog
from runlog import Experiment, Workspace


def main(first: int, count: int, seconds: float) -> None:
    workspace = Workspace.from_config()
    experiment = Experiment(workspace, "soak")
    log = logging.getLogger("soak")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.addHandler(runlog.RunLogHandler())
    runs = [
        experiment.start_logging(run_id=f"soak{number}", capture_logging=False, capture_system=False, outputs=False)
        for number in range(first, first + count)
    ]
    end, rounds = time.monotonic() + seconds, 0
    while time.monotonic() < end or not rounds:
        for run in runs:
            with runlog.use(run):
                run.log("number", rounds, step=rounds)
                log.debug("number %d", rounds)
        rounds += 1
        time.sleep(0.05)
    for run in runs:
        run.complete(timeout=0)
    print(rounds, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
