"""The child's side: ``python -m benchmarks.workers.child MODULE FOLDER`` answers requests, one JSON line each.

``MODULE.cases(folder)`` is a context manager that yields statements by name. Nothing but the standard library is
imported besides: a peer's environment holds the peer and what it needs.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from benchmarks.statement import Statement, clock_cost

from .busy import busy_thread


def serve(cases: dict[str, Statement], requests: TextIO, answers: TextIO) -> None:
    """Answer requests until the parent closes its end."""
    clock = clock_cost()
    for line in requests:
        request: dict[str, Any] = json.loads(line)
        answer = _answer(cases, clock, request)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(cases: dict[str, Statement], clock: int, request: dict[str, Any]) -> dict[str, Any]:
    if request["do"] == "describe":
        return {"cases": list(cases), "clock": clock, "python": sys.version.split()[0]}
    statement = cases[request["case"]]
    if request["do"] == "calibrate":
        return {"count": statement.calibrated(request["seconds"])}
    if request["do"] == "batched":
        return {"ns": statement.batched(request["count"])}
    if request["do"] == "each":
        return {"samples": statement.each(request["count"]).tolist()}
    if request["do"] == "paced":
        before = statement.tally()
        with busy_thread(wanted=request["busy"]):
            samples = statement.paced(request["count"], request["per_second"]).tolist()
        return {"samples": samples, "tally": statement.tally() - before}
    raise ValueError(f"no request of the name {request['do']!r}")


def main(module: str, folder: str) -> None:
    # What the peer prints goes to stderr: the pipe to the parent carries answers only.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with importlib.import_module(module).cases(Path(folder)) as cases:
        serve(cases, sys.stdin, answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
