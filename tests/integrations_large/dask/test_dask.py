"""Workers of dask, whose records `Client.forward_logging` brings to the client's process."""

from __future__ import annotations

import pytest

import runlog

PACKAGES = ["distributed"]
pytestmark = pytest.mark.integration

PROGRAM = """
import logging
from distributed import Client, LocalCluster
import runlog

def work(number, run):
    if run is not None:
        runlog.attach(run)
    log = logging.getLogger("work")
    log.setLevel("INFO")
    log.info("item %d", number, extra={"rows": 32})
    if run is not None:
        run.log("number", number)
    try:
        1 / number
    except ZeroDivisionError:
        log.exception("failed")
    return number

if __name__ == "__main__":
    logging.basicConfig(level="INFO")
    with (
        runlog.start("dask", capture_system=False) as run,
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        FORWARD
        given = run if ATTACH else None
        assert client.gather([client.submit(work, number, given) for number in range(4)]) == [0, 1, 2, 3]
"""
FORWARDED = {
    "all of root's": "client.forward_logging()",
    "a logger's": "client.forward_logging('work', level='INFO')",
}


@pytest.mark.parametrize("attach", [False, True], ids=["the client alone has the run", "the workers attach, too"])
@pytest.mark.parametrize("forward", FORWARDED.values(), ids=FORWARDED)
def test_what_workers_log_is_in_the_client_s_run_and_on_its_console_once(environment, run_script, forward, attach):
    code = PROGRAM.replace("FORWARD", forward).replace("ATTACH", str(attach))
    done = run_script(code, interpreter=environment(PACKAGES), timeout=300)
    (run,) = runlog.Workspace.from_config().runs()
    assert run.status == "Completed"
    records = list(run.records(logger="work"))
    assert sorted(record.message for record in records) == ["failed", *(f"item {number}" for number in range(4))]
    assert all(record.extra["rows"] == 32 for record in records if record.message != "failed")
    (failure,) = [record for record in records if record.level == "ERROR"]
    assert failure.exception.type == "ZeroDivisionError"
    assert [done.stderr.count(f"INFO:work:item {number}\n") for number in range(4)] == [1] * 4
    assert done.stderr.count("ZeroDivisionError: division by zero") == 1
    assert sorted(run.get_metrics().get("number", [])) == ([0, 1, 2, 3] if attach else [])


def test_workers_that_attach_need_nothing_forwarded(environment, run_script):
    code = PROGRAM.replace("FORWARD", "pass").replace("ATTACH", "True")
    run_script(code, interpreter=environment(PACKAGES), timeout=300)
    (run,) = runlog.Workspace.from_config().runs()
    messages = sorted(record.message for record in run.records(logger="work"))
    assert messages == ["failed", *(f"item {number}" for number in range(4))]
    (failure,) = run.records(level="ERROR", logger="work")
    assert failure.exception.frames[-1].function == "work"
