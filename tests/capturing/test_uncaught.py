"""Exceptions that nobody caught, and warnings, as records."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import threading
import warnings
import weakref

import pytest

import runlog


def only_run():
    (run,) = runlog.Workspace.from_config().runs()
    return run


def uncaught(run):
    return [(one.level, one.message, one.exception.type) for one in run.records(logger="runlog.uncaught")]


def test_an_exception_that_ends_the_program_is_a_record_with_frames_and_still_printed(run_script):
    done = run_script("import runlog\nrunlog.start('x')\ndef train():\n    1 / 0\ntrain()\n", check=False)
    (record,) = only_run().records(logger="runlog.uncaught")
    assert record.level == "CRITICAL"
    assert record.message == "uncaught ZeroDivisionError in the main program"
    assert [frame.function for frame in record.exception.frames] == ["<module>", "train"]
    assert record.exception.frames[-1].source == "1 / 0"
    assert (record.function, record.line) == ("train", 4)
    assert "ZeroDivisionError" in done.stderr


def test_an_exception_that_leaves_the_block_of_a_run_is_a_record_of_it(workspace):
    with pytest.raises(KeyError), runlog.start("x") as run:
        raise KeyError("k")
    assert uncaught(run) == [("CRITICAL", "uncaught KeyError in the run's block", "KeyError")]
    assert run.status == "Failed"


def test_ctrl_c_is_a_warning(run_script):
    run_script("import runlog\nrunlog.start('x')\nraise KeyboardInterrupt\n", check=False)
    assert [level for level, *_ in uncaught(only_run())] == ["WARNING"]


def test_an_exit_is_no_exception(run_script):
    run_script(
        """
        import sys, threading, runlog
        run = runlog.start("x")
        thread = threading.Thread(target=sys.exit, args=(1,)); thread.start(); thread.join()
        sys.exit(3)
        """,
        check=False,
    )
    assert uncaught(only_run()) == []


def test_an_exception_of_a_thread_is_a_record_and_the_hook_is_called(workspace, monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    with runlog.start("x") as run:
        thread = threading.Thread(target=lambda: 1 / 0, name="worker")
        thread.start()
        thread.join()
    assert uncaught(run) == [("ERROR", "uncaught ZeroDivisionError in thread worker", "ZeroDivisionError")]
    assert [one.exc_type for one in told] == [ZeroDivisionError]
    assert threading.excepthook == told.append


def test_an_exception_that_cannot_be_raised_is_a_record(workspace, monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)

    class Falls:
        def __del__(self):
            raise ValueError("in a finalizer")

    with runlog.start("x") as run:
        Falls()
        gc.collect()
    ((level, message, kind),) = uncaught(run)
    assert (level, kind) == ("ERROR", "ValueError")
    assert "__del__" in message


async def fail():
    raise OSError("in a task")


async def drop_a_failed_task():
    task = asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0)
    del task
    gc.collect()


def test_an_exception_of_asyncio_is_one_record_where_the_loop_logs_it(workspace):
    with runlog.start("x") as run:
        asyncio.run(drop_a_failed_task())
    assert [(one.logger, one.exception.type) for one in run.records(level="ERROR")] == [("asyncio", "OSError")]


def test_an_exception_of_asyncio_is_a_record_where_the_loop_has_a_handler_of_its_own(workspace):
    told = []

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["exception"]))
        await drop_a_failed_task()

    with runlog.start("x") as run:
        asyncio.run(main())
    assert uncaught(run) == [("ERROR", "uncaught OSError in Task exception was never retrieved", "OSError")]
    assert len(told) == 1


def test_an_exception_of_asyncio_is_a_record_where_logging_is_not_captured(workspace):
    with runlog.start("x", capture_logging=False) as run:
        asyncio.run(drop_a_failed_task())
    assert [kind for *_, kind in uncaught(run)] == ["OSError"]


def hooks():
    loop = asyncio.BaseEventLoop.call_exception_handler
    return sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning, loop


def test_every_hook_is_put_back(workspace):
    before = hooks()
    first = runlog.start("a", capture=True)
    second = runlog.start("b", capture={"warnings": True})
    assert all(one is not other for one, other in zip(hooks(), before, strict=True))
    first.complete()
    second.complete()
    assert hooks() == before


def test_nothing_is_hooked_where_nothing_is_captured(workspace):
    before = hooks()[1:]  # the first tells the run's status
    with runlog.start("a", capture=False) as run:
        assert hooks()[1:] == before
        sys.excepthook(*_raised())
    assert uncaught(run) == []


def _raised():
    try:
        raise ValueError("shown by the original hook")
    except ValueError as error:
        return type(error), error, None


def test_a_hook_that_others_put_over_ours_does_not_make_a_loop_with_the_next_run(run_script):
    done = run_script(
        """
        import sys, runlog
        first = runlog.start("a")
        inner = sys.excepthook
        sys.excepthook = lambda *args: (print("outer"), inner(*args))
        first.complete()
        runlog.start("b")
        1 / 0
        """,
        check=False,
    )
    assert done.stdout == "outer\n"
    assert done.stderr.count("ZeroDivisionError") == 1
    newest = runlog.Workspace.from_config().runs()[0]
    assert newest.status == "Failed"
    assert len(uncaught(newest)) == 1


def test_a_traceback_that_is_printed_to_a_captured_stderr_is_one_record(run_script):
    run_script(
        """
        import threading, warnings, runlog
        runlog.start("x", capture=True)
        warnings.warn("careful")
        thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()
        raise KeyError("k")
        """,
        check=False,
    )
    assert [(one.logger, one.level) for one in only_run().records() if one.logger != "runlog"] == [
        ("py.warnings", "WARNING"),
        ("runlog.uncaught", "ERROR"),
        ("runlog.uncaught", "CRITICAL"),
    ]


def test_a_warning_is_a_record_with_its_place_and_still_shown(run_script):
    done = run_script("import warnings, runlog\nwith runlog.start('x', capture=True):\n    warnings.warn('careful')\n")
    (record,) = only_run().records(logger="py.warnings")
    assert (record.level, record.message, record.line) == ("WARNING", "UserWarning: careful", 3)
    assert "UserWarning: careful" in done.stderr


def test_warnings_that_logging_captures_are_recorded_once(run_script):
    run_script("""
        import logging, warnings, runlog
        logging.basicConfig()
        with runlog.start("x", capture={"warnings": True}):
            warnings.warn("one")
            logging.captureWarnings(True)
            warnings.warn("two")
            logging.captureWarnings(False)
            warnings.warn("three")
        warnings.warn("after")
    """)
    messages = [one.message.split("Warning: ")[1].split("\n")[0] for one in only_run().records(logger="py.warnings")]
    assert messages == ["one", "two", "three"]


def test_warnings_that_a_test_records_are_left_to_it(workspace):
    with runlog.start("x", capture={"warnings": True}) as run:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            warnings.warn("for the test", stacklevel=1)
        assert len(caught) == 1
    assert list(run.records(logger="py.warnings")) == []


def test_asyncio_is_not_imported_for_its_sake(run_script):
    loaded = run_script(
        "import json, sys, runlog\nrunlog.start('x').complete()\nprint(json.dumps('asyncio' in sys.modules))"
    )
    assert json.loads(loaded.stdout) is False


def test_a_record_of_an_exception_holds_no_frame(workspace, monkeypatch):
    class Big:
        pass

    def work():
        big = Big()
        held.append(weakref.ref(big))
        raise ValueError("with a local")

    held: list = []
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    with runlog.start("x"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        gc.collect()
        assert held[0]() is None
