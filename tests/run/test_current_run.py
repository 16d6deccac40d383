"""Which run a record belongs to, where several are open, in threads, nested blocks and notebook cells."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import runlog
from runlog import Experiment

log = logging.getLogger("train")


@pytest.fixture(autouse=True)
def everything_is_logged():
    logging.getLogger().setLevel(logging.DEBUG)


def messages(run: runlog.Run) -> list[str]:
    return [record.message for record in run.records() if record.logger == "train"]


def started(workspace: runlog.Workspace, name: str) -> runlog.Run:
    return Experiment(workspace, "several").start_logging(display_name=name)


def in_thread(function) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def test_outside_any_run_there_is_no_current_run():
    assert runlog.current() is None


def test_the_newest_open_run_is_current(workspace):
    first, second = started(workspace, "first"), started(workspace, "second")
    assert runlog.current() is second
    second.complete()
    assert runlog.current() is first


def test_nested_blocks_log_to_the_innermost_run(workspace):
    with started(workspace, "outer") as outer:
        log.info("before")
        with started(workspace, "inner") as inner:
            log.info("within")
        log.info("after")
    assert (messages(outer), messages(inner)) == (["before", "after"], ["within"])


def test_an_older_run_can_be_used_for_a_block(workspace):
    older, newer = started(workspace, "older"), started(workspace, "newer")
    with runlog.use(older):
        log.info("to the older")
    log.info("to the newer")
    assert (messages(older), messages(newer)) == (["to the older"], ["to the newer"])


def test_a_thread_logs_to_the_only_open_run(workspace):
    with started(workspace, "only") as run:
        in_thread(lambda: log.info("from a thread"))
    assert messages(run) == ["from a thread"]


def test_a_bound_thread_logs_to_the_run_it_was_bound_in(workspace):
    first, second = started(workspace, "first"), started(workspace, "second")
    with runlog.use(first):
        bound = runlog.bind(lambda: log.info("bound"))
    in_thread(bound)
    in_thread(lambda: log.info("not bound"))
    assert (messages(first), messages(second)) == (["bound"], ["not bound"])


def test_sixteen_threads_and_two_runs_keep_their_records_apart(workspace):
    runs = [started(workspace, "even"), started(workspace, "odd")]

    def work(number: int) -> None:
        with runlog.use(runs[number % 2]):
            for index in range(200):
                log.info("%d/%d", number, index)
                runs[number % 2].log(f"metric {number}", float(index))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    for parity, run in enumerate(runs):
        expected = sorted(f"{number}/{index}" for number in range(parity, 16, 2) for index in range(200))
        assert sorted(messages(run)) == expected
        assert run.get_metrics() == {
            f"metric {number}": [float(index) for index in range(200)] for number in range(parity, 16, 2)
        }


def test_a_run_may_end_in_another_thread_than_it_began_in(workspace):
    outer = started(workspace, "outer")
    run = started(workspace, "inner")
    run.__enter__()
    in_thread(run.complete)
    log.info("after")
    assert runlog.current() is outer
    assert messages(outer) == ["after"]


@pytest.fixture
def kernel(own_folder):
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(cwd=str(own_folder))
    yield client
    client.stop_channels()
    kernel.shutdown_kernel(now=False)


def run_cell(client, code: str) -> str:
    printed = []

    def keep(message) -> None:
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=60, output_hook=keep)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed)


def test_a_cell_that_starts_a_run_and_is_run_again_says_that_the_first_one_is_open(kernel):
    first = run_cell(kernel, "import logging, runlog\nrun = runlog.start('again', run_id='first', outputs=False)")
    assert "still open" not in first
    second = run_cell(kernel, "run = runlog.start('again', run_id='second', outputs=False)")
    assert "run first, which this notebook started before, is still open" in second
    assert "still open" not in run_cell(kernel, "child = run.child_run(); child.complete(); run.complete()")


def test_a_run_spans_the_cells_of_a_notebook_until_it_is_completed(kernel, own_folder):
    run_cell(kernel, "import logging, runlog\nlogging.getLogger().setLevel('DEBUG')\nlog = logging.getLogger('train')")
    run_cell(kernel, "run = runlog.start('cells')")
    run_cell(kernel, "log.info('in a cell'); run.log('loss', 0.5)")
    run_cell(kernel, "import threading; t = threading.Thread(target=log.info, args=('thread',)); t.start(); t.join()")
    run_cell(kernel, "async def later():\n    log.info('awaited')\nawait later()")
    run_cell(kernel, "with runlog.start('cells') as second:\n    log.info('in the second')")
    run_cell(kernel, "run.complete()\nlog.info('after the end')")
    ids = run_cell(kernel, "print(run.id, second.id)").split()[-2:]
    first, second = (runlog.Workspace.from_config().get_run(run_id) for run_id in ids)
    assert messages(first) == ["in a cell", "thread", "awaited"]
    assert messages(second) == ["in the second"]
    assert first.get_metrics() == {"loss": [0.5]}


def test_a_kernel_that_shuts_down_completes_its_run(own_folder):
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(cwd=str(own_folder))
    run_id = run_cell(
        client, "import runlog\nrun = runlog.start('cells')\nrun.log('loss', 0.5)\nprint(run.id)"
    ).split()[-1]
    client.stop_channels()
    kernel.shutdown_kernel(now=False)
    assert runlog.Workspace.from_config().get_run(run_id).status == "Completed"
