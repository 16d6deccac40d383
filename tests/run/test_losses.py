"""What is counted as lost is what was lost, once, whoever logged it."""

from __future__ import annotations

import logging
import threading

import pytest

import runlog
from runlog import Workspace

FULL = """
    import logging, os, resource, signal, sys
    import runlog
    logging.basicConfig(level=logging.INFO, handlers=[logging.NullHandler()])
    log = logging.getLogger("x")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    run = runlog.start("x", outputs=False, capture_system=False)

    def fill():
        run.log("before", 1.0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))
        for number in range(COUNT):
            EACH
        print("dropped", run.dropped, flush=True)
"""
COUNT = 1500
WAYS = {
    "records": 'log.info("record %d %s", number, "y" * 100)',
    "records with an exception": 'log.info("record %d %s", number, "y" * 100, exc_info=ValueError("bad"))',
    "rows": 'run.log_row("row", a="y" * 100)',
    "tags": 'run.tag(f"key {number}", "y" * 100)',
}
WHO = {
    "its owner": "fill()",
    "a second handler": "handler = runlog.RunLogHandler(); log.addHandler(handler); logging.root.addHandler(runlog.RunLogHandler()); fill()",
    "a thread": "import threading; thread = threading.Thread(target=fill); thread.start(); thread.join()",
    "a forked child": "child = os.fork()\n    if child == 0:\n        fill()\n        run._recorder().close()\n        os._exit(0)\n    os.waitpid(child, 0)",
    "after the end": "run.complete(); run.log('late', 1.0); logging.disable(40); fill()",
}


def counted(run: runlog.Run, way: str) -> int:
    """What of it stands in the run."""
    if way.startswith("records"):
        return len(list(run.records(logger="x")))
    if way == "tags":
        return len(run.tags)
    return len(run.get_metrics("row").get("row", {"a": []})["a"])


@pytest.mark.parametrize(
    ("way", "who"),
    [
        *((way, "its owner") for way in WAYS),
        *(("records", who) for who in WHO if who not in {"its owner", "after the end"}),
        ("rows", "after the end"),
        ("rows", "a forked child"),
    ],
)
def test_what_a_full_disk_does_not_take_is_counted_once(run_script, way, who):
    code = FULL.replace("COUNT", str(COUNT)).replace("EACH", WAYS[way])
    done = run_script(f"{code}\n    {WHO[who]}\n")
    (run,) = Workspace.from_config().runs()
    kept = counted(run, way)
    lost = COUNT - kept
    assert 0 < kept < COUNT
    assert int(done.stdout.split()[-1]) - lost in {0, 1}  # the warning of it may be a record that is lost
    assert run.dropped - lost in range(4)  # what the end of the run writes is lost, too


LATE = """
import logging, runlog
from runlog import context
run = runlog.start("x", outputs=False, capture_system=False)
run.log("loss", 1.0)
append = run.__dict__["append_log"]
run.complete()
run.__dict__["append_log"] = append
context.sole = run
handler = runlog.RunLogHandler()
handler.handle(logging.makeLogRecord({"name": "x", "levelno": 30, "levelname": "WARNING", "msg": "at the end"}))
context.sole = None
print(run.dropped)
"""


def test_a_record_that_comes_as_the_run_ends_is_no_loss_where_it_is_kept_elsewhere(run_script):
    """Between the look for the run and the write its writer was closed."""
    assert run_script(LATE).stdout.split() == ["0"]
    backend = Workspace.from_config().backend
    (process,) = backend.process_ids()
    assert b"at the end" in b"".join(one.payload for one in backend.process_journal(process).events())


def test_records_of_threads_that_log_while_runs_come_and_go_are_all_kept_and_none_is_counted_as_lost(workspace):
    logging.getLogger().setLevel(logging.INFO)
    written, over = [0] * 2, threading.Event()

    def work(place):
        while not over.is_set():
            logging.getLogger("x").info("record %d", place)
            written[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(2)]
    runs = []
    with runlog.start("around", outputs=False, capture_system=False) as around:
        for thread in threads:
            thread.start()
        for _ in range(20):
            with runlog.start("x", outputs=False, capture_system=False) as run:
                run.log("loss", 1.0)
            runs.append(run)
        over.set()
        for thread in threads:
            thread.join()
    assert sum(run.dropped for run in (around, *runs)) == 0
    kept = sum(len(list(run.records(logger="x"))) for run in (around, *runs))
    assert kept == sum(written)
