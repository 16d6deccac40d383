"""Ranks of a job that torchrun launches: one run, a writer and a tag for each, nothing twice."""

from __future__ import annotations

import subprocess
import sys

from runlog import Workspace
from support.scripts import clean_environment, write_script

RANKS = 4
RECORDS = 200
RANK = f"""
import logging, sys
import runlog
logging.basicConfig(level=logging.DEBUG, handlers=[logging.NullHandler()])
print("ready", flush=True)
sys.stdin.readline()
run = runlog.start("job", tags=dict(team="vision"))
for number in range({RECORDS}):
    logging.getLogger("rank").debug("record %d", number)
    run.log("loss", number, step=number)
sys.exit({{}})
"""


def launched(folder, endings):
    """What torchrun does: the same program in several processes, which know their rank and what they have in common."""
    processes = []
    for rank, code in enumerate(endings):
        variables = {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": str(len(endings)),
            "LOCAL_WORLD_SIZE": str(len(endings)),
            "TORCHELASTIC_RUN_ID": "night-7",
            "MASTER_ADDR": "127.0.0.1",
        }
        processes.append(
            subprocess.Popen(
                [sys.executable, write_script(folder, RANK.format(code))],
                cwd=folder,
                env=clean_environment(variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
    return [process.returncode for process in processes]


def test_four_ranks_write_one_run_with_their_rank_at_each_record_and_nothing_twice(own_folder):
    assert launched(own_folder, [0] * RANKS) == [0] * RANKS
    (run,) = Workspace.from_config().runs()
    assert (run.id, run.status, run.tags["team"]) == ("torchrun-night-7", "Completed", "vision")
    records = list(run.records(logger="rank"))
    for rank in range(RANKS):
        assert [record.args[0] for record in records if record.rank == rank] == list(range(RECORDS))
    assert len(records) == RANKS * RECORDS
    points = run.to_pandas()
    assert sorted(zip(points["rank"], points["value"], strict=True)) == [
        (rank, number) for rank in range(RANKS) for number in range(RECORDS)
    ]
    assert len(run.state().writers) == RANKS


def test_children_of_a_rank_bear_its_rank(run_script):
    run_script(
        """
        import logging, multiprocessing
        import runlog

        def work():
            runlog.attach()
            logging.getLogger("child").warning("hello")

        if __name__ == "__main__":
            run = runlog.start("job")
            for method in ("fork", "spawn"):
                process = multiprocessing.get_context(method).Process(target=work)
                process.start()
                process.join()
        """,
        env={"RANK": "2", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "4", "TORCHELASTIC_RUN_ID": "night-8"},
    )
    (run,) = Workspace.from_config().runs()
    assert [record.rank for record in run.records(logger="child")] == [2, 2]
