"""What is printed, as records of the run, while it is shown as before."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import threading

import pytest

import runlog


def printed(run, logger="runlog.stdout"):
    return [record.message for record in run.records(logger=logger)]


@pytest.fixture
def start(workspace):
    """Starts the run within the test: pytest changes the streams between a fixture and its test."""
    return lambda: runlog.start("printed", capture={"stdout": True, "stderr": True})


def test_each_line_is_a_record_and_shown(workspace, capsys):
    with runlog.start("shown", capture={"stdout": True, "stderr": True}) as other:
        print("to stdout")
        print("to stderr", file=sys.stderr)
    assert capsys.readouterr() == ("to stdout\n", "to stderr\n")
    assert printed(other) == ["to stdout"]
    assert printed(other, "runlog.stderr") == ["to stderr"]


def test_stdout_is_info_stderr_is_a_warning_and_a_bar_is_info(start):
    run = start()
    print("out")
    print("err", file=sys.stderr)
    print("\r1%\r2%", file=sys.stderr)
    assert [(record.message, record.level) for record in run.records() if record.logger != "runlog"] == [
        ("out", "INFO"),
        ("err", "WARNING"),
        ("2%", "INFO"),
    ]


def test_a_record_tells_where_it_was_printed(start):
    run = start()
    print("here")
    (record,) = run.records(logger="runlog.stdout")
    assert (record.path, record.function) == (__file__, "test_a_record_tells_where_it_was_printed")
    assert record.thread_name == "MainThread"


def test_a_real_bar_is_its_last_state(start):
    run = start()
    from tqdm import tqdm

    for _ in tqdm(range(200), mininterval=0):
        pass
    assert len(printed(run, "runlog.stderr")) == 1
    assert "200/200" in printed(run, "runlog.stderr")[0]


def test_a_line_without_end_is_kept_at_the_end(start):
    run = start()
    print("half", end="")
    run.complete()
    assert printed(run) == ["half"]


def test_bytes_are_decoded_even_where_they_are_cut(run_script):
    run_script("""
        import sys, runlog
        with runlog.start("bytes", capture={"stdout": True}):
            for one in "één\\n".encode():
                sys.stdout.buffer.write(bytes([one]))
    """)
    assert printed(only_run()) == ["één"]


def only_run():
    (run,) = runlog.Workspace.from_config().runs()
    return run


def test_what_logging_prints_is_not_recorded_again(run_script):
    done = run_script("""
        import logging, logging.handlers, queue, sys, runlog
        with runlog.start("handlers", capture=True):
            logging.warning("by the last resort")
            logging.basicConfig(stream=sys.stdout)
            logging.getLogger().addHandler(runlog.ConsoleHandler())
            logging.warning("by handlers")
            logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(missing)s"))
            logging.warning("by a handler that fails")
            listened = queue.SimpleQueue()
            logger = logging.getLogger("queued")
            logger.propagate = False
            logger.addHandler(logging.handlers.QueueHandler(listened))
            listener = logging.handlers.QueueListener(listened, logging.StreamHandler(sys.stdout))
            listener.start()
            logger.warning("by a listener")
            listener.stop()
    """)
    assert "missing" in done.stderr
    assert "by a listener" in done.stdout
    assert [(one.logger, one.message) for one in only_run().records() if one.logger != "runlog"] == [
        ("root", "by the last resort"),
        ("root", "by handlers"),
        ("root", "by a handler that fails"),
    ]


def test_a_handler_made_while_stderr_is_captured_prints_after_the_end(workspace, capsys):
    with runlog.start("first", capture=True):
        handler = logging.StreamHandler()
    logger = logging.getLogger("later")
    logger.addHandler(handler)
    logger.warning("still shown")
    assert "still shown" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_the_stream_seems_what_it_was(run_script, name):
    run_script(f"""
        import io, os, pty, sys, runlog
        before, own = sys.{name}, dict(vars(sys.{name}))
        seen = lambda: [(s.__class__, s.isatty(), s.encoding, s.errors, s.fileno(), s.line_buffering, s.name, repr(s))
                        for s in [sys.{name}]]
        told = seen()
        run = runlog.start("same", capture=True)
        assert sys.{name} == before and sys.{name} in [before]
        assert isinstance(sys.{name}, io.TextIOWrapper) and seen() == told
        sys.{name}.reconfigure(errors="replace")
        assert before.errors == "replace"
        run.complete()
        assert sys.{name} is before and vars(before) == own
    """)


def test_a_terminal_stays_one(own_folder):
    import pty

    child, terminal = pty.fork()
    if child == 0:
        try:
            os.environ["RUNLOG_QUIET"] = "1"
            run = runlog.start("terminal", capture={"stdout": True})
            print("isatty", sys.stdout.isatty(), flush=True)
            run.complete()
        finally:
            os._exit(0)
    shown = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 1024):
            shown += piece
    os.waitpid(child, 0)
    os.close(terminal)
    sys.stdout.flush()
    assert b"isatty" in shown or printed(only_run())[0].startswith("isatty")


def test_redirected_output_goes_where_it_was_redirected_to(start):
    run = start()
    with contextlib.redirect_stdout(io.StringIO()) as inner:
        print("redirected")
    print("not redirected")
    assert inner.getvalue() == "redirected\n"
    assert printed(run) == ["not redirected"]


def test_a_stream_that_was_put_over_it_stays_and_shows(start, monkeypatch):
    run = start()
    beneath = sys.stdout

    class Over(io.TextIOBase):
        def write(self, text):
            return beneath.write(text.upper())

    over = Over()
    monkeypatch.setattr(sys, "stdout", over)
    print("loud")
    run.complete()
    print("after")
    assert sys.stdout is over
    assert printed(run) == ["LOUD"]


def test_a_stream_that_was_redirected_from_at_the_end_is_recorded_by_the_next_run_alone(workspace):
    before = sys.stdout
    first = runlog.start("first", capture={"stdout": True})
    with contextlib.redirect_stdout(io.StringIO()):
        first.complete()
    print("to no run")
    with runlog.start("second", capture={"stdout": True}) as second:
        print("once")
    assert sys.stdout is before
    assert printed(first) == []
    assert printed(second) == ["once"]


def test_lines_of_threads_are_not_mixed(start):
    run = start()

    def work(number):
        for line in range(50):
            print(f"{number}", end=" ")
            print(f"line {line}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(printed(run)) == sorted(f"{number} line {line}" for number in range(64) for line in range(50))


def test_two_captures_record_a_line_once_and_end_in_any_order(workspace):
    own = dict(vars(sys.stdout))
    with runlog.start("one"):
        first, second = runlog.capture(stdout=True), runlog.capture(stdout=True)
        print("both")
        first.close()
        print("second")
        second.close()
        second.close()
        assert vars(sys.stdout) == own
        print("none")
        run = runlog.current()
    assert printed(run) == ["both", "second"]


def test_a_capture_ends_with_its_run(workspace):
    own = dict(vars(sys.stdout))
    with runlog.start("one"):
        runlog.capture()
        assert vars(sys.stdout) != own
    assert vars(sys.stdout) == own


def test_what_is_captured_outside_any_run_is_the_prologue_of_the_first(run_script):
    run_script("""
        import runlog
        with runlog.capture(stdout=True):
            print("before")
            with runlog.start("one"):
                print("within")
    """)
    assert [(one.message, one.prologue) for one in only_run().records(logger="runlog.stdout")] == [
        ("before", True),
        ("within", False),
    ]


def test_printing_never_fails_for_the_capture(run_script):
    """A closed stream raises what it raised; a process without streams goes on."""
    run_script("""
        import io, sys, runlog
        run = runlog.start("closed", capture={"stdout": True})
        sys.stdout.close()
        try:
            sys.stdout.write("x")
        except ValueError as error:
            assert "closed" in str(error)
        else:
            raise AssertionError
        run.complete()
        sys.stdout = None
        with runlog.start("none", capture=True):
            print("nowhere")
    """)


def test_what_is_printed_in_the_cells_of_a_notebook_is_recorded(workspace):
    import nbformat
    from nbclient import NotebookClient

    cells = [
        "import sys, threading, runlog\nrun = runlog.start('cells', capture={'stdout': True, 'stderr': True})\nprint('one')",
        "print('two')\nprint('to stderr', file=sys.stderr)",
        "thread = threading.Thread(target=print, args=('three',)); thread.start(); thread.join()\nrun.complete()",
        "print('after')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120).execute()
    (run,) = workspace.runs()
    assert (printed(run), printed(run, "runlog.stderr")) == (["one", "two", "three"], ["to stderr"])
    assert "after" in notebook.cells[-1].outputs[0]["text"]


def test_lone_surrogates_and_long_texts_are_kept(start, monkeypatch):
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    run = start()
    long = "x" * 10_000_000
    print("\ud800 half")
    print(long)
    first, second = printed(run)
    assert first == r"\ud800 half"
    assert second == long


def test_a_forked_child_does_not_repeat_what_its_parent_began(run_script):
    run_script("""
        import os, sys, runlog
        with runlog.start("forked", capture={"stdout": True}):
            print("begun", end=" ")
            if os.fork() == 0:
                print("child")
                sys.stdout.flush()
                os._exit(0)
            os.wait()
            print("and ended")
    """)
    assert sorted(printed(only_run())) == ["begun and ended", "child"]
