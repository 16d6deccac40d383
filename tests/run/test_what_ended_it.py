"""The run's error is what ended the program, whoever replaced which hook when. Every process here is a real one."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import textwrap

import pytest

import runlog
from runlog import Workspace
from support.scripts import clean_environment

START = "run = runlog.start('ends', outputs=False, capture_system=False)\n"
IMPORTS = "import atexit, os, signal, sys, threading, runlog\n"


def ended(code: str, *, before: str = "", how: tuple[str, ...] = ("program.py",)) -> runlog.Run:
    """Run a program that starts a run, to its end, and give back its newest run."""
    with open("program.py", "w") as file:
        file.write(IMPORTS + textwrap.dedent(before) + START + textwrap.dedent(code))
    subprocess.run([sys.executable, *how], env=clean_environment(), capture_output=True, check=False)
    return Workspace.from_config().runs()[0]


def needs(package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=f"{package} is not installed")


HOOKS = {
    "one that passes nothing on": "sys.excepthook = lambda *error: None",
    "one that exits": "sys.excepthook = lambda *error: sys.exit(0)",
    "one that exits with a code": "sys.excepthook = lambda *error: sys.exit(7)",
    "one that fails": "sys.excepthook = lambda *error: 1 / 0",
    "one that is none": "sys.excepthook = None",
    "none at all": "vars(sys).pop('excepthook', None)",
    "rich": "import rich.traceback; rich.traceback.install()",
    "IPython": "from IPython.core import ultratb; sys.excepthook = ultratb.VerboseTB(color_scheme='NoColor')"
    " if 'color_scheme' in ultratb.VerboseTB.__init__.__code__.co_varnames else ultratb.VerboseTB()",
    "the interpreter's": "sys.excepthook = sys.__excepthook__",
    "one for threads that hands on": "threading.excepthook = lambda args: sys.excepthook(*args[:3])",
}
PACKAGES = {"rich": "rich", "IPython": "IPython"}
CASES = [pytest.param(code, id=name, marks=needs(PACKAGES.get(name, "runlog"))) for name, code in HOOKS.items()]
AGAIN = "run.complete(); {}; run = runlog.start('ends', outputs=False, capture_system=False)"


@pytest.mark.parametrize("hook", CASES)
@pytest.mark.parametrize("when", ["before the run", "within it", "between two runs", "around it"])
def test_an_uncaught_exception_is_the_run_s_error_whatever_hook_is_there(hook, when):
    before = hook if when in {"before the run", "around it"} else ""
    after = {"within it": hook, "between two runs": AGAIN.format(hook), "around it": hook}.get(when, "")
    run = ended(f"{after}\ndef train():\n    raise ValueError('bad batch')\ntrain()", before=f"{before}\n")
    error = run.state().error
    assert (run.status, error.type, error.message) == ("Failed", "ValueError", "bad batch")
    assert "in train" in error.traceback


@pytest.mark.parametrize("hook", CASES)
def test_an_interrupt_that_nobody_catches_cancels_the_run_whatever_hook_is_there(hook):
    run = ended(f"{hook}\nraise KeyboardInterrupt")
    assert (run.status, run.state().error) == ("Canceled", None)


RECORD = """
def record(function):
    def recorded():
        try:
            return function()
        except SystemExit as exit:
            if exit.code == 0:
                return None
            raise
        except Exception as error:
            open("error.json", "w").write(repr(error))
            raise
    return recorded
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"{RECORD}\n@record\ndef main(): raise ValueError('bad')\nmain()", ("ValueError", "bad")),
        ("try:\n    sys.exit(3)\nexcept SystemExit:\n    raise ValueError('bad')", ("ValueError", "bad")),
        ("try: sys.exit(0)\nfinally: raise ValueError('bad')", ("ValueError", "bad")),
        ("with run: raise ValueError('bad')", ("ValueError", "bad")),
        ("sys.exit('no data')", ("SystemExit", "the program exited with no data")),
        ("sys.exit(3)", ("SystemExit", "the program exited with 3")),
        ("sys.exit(0.0)", ("SystemExit", "the program exited with 0.0")),
        ("with run: sys.exit('no data')", ("SystemExit", "the program exited with no data")),
        ("atexit.register(lambda: sys.exit(0)); sys.exit(3)", ("SystemExit", "the program exited with 3")),
        ("atexit.register(lambda: 1 / 0); raise ValueError('bad')", ("ValueError", "bad")),
        ("try: 1 / 0\nexcept ZeroDivisionError: sys.exit(4)", ("SystemExit", "the program exited with 4")),
    ],
)
def test_what_ended_the_program_is_the_error(code, expected):
    run = ended(code)
    assert run.status == "Failed"
    assert (run.state().error.type, run.state().error.message) == expected


@pytest.mark.parametrize("where", ["", "with run:\n    "])
def test_an_exit_out_of_a_handled_exception_keeps_its_traceback(where):
    indented = textwrap.indent("try: 1 / 0\nexcept ZeroDivisionError: sys.exit(4)", "    " if where else "")
    error = ended(f"{where and 'with run:'}\n{indented}").state().error
    assert "ZeroDivisionError: division by zero" in error.traceback


@pytest.mark.parametrize(
    "code",
    [
        "try: 1 / 0\nexcept ZeroDivisionError: sys.excepthook(*sys.exc_info())",
        "try: 1 / 0\nexcept ZeroDivisionError: sys.excepthook(*sys.exc_info())\nsys.exit(0)",
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()",
        (
            "threading.excepthook = lambda args: sys.excepthook(*args[:3])\n"
            "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()"
        ),
        (
            "threading.excepthook = lambda args: sys.excepthook(*args[:3])\n"
            "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join(); sys.exit()"
        ),
        "atexit.register(lambda: 1 / 0)",
        "atexit.register(lambda: sys.exit(3))",
        "atexit.register(lambda: sys.exit(3)); sys.exit(0)",
        "class Late:\n    def __del__(self): raise ValueError('late')\nlate = Late()",
        "import code; code.InteractiveInterpreter().runsource('1 / 0')",
        "import code; code.InteractiveInterpreter().runsource('1 / 0')\nsys.exit(0)",
        "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt: sys.exit(0)",
        "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt: pass",
        "try: sys.exit('no data')\nexcept SystemExit: pass",
    ],
)
def test_what_a_program_lets_go_on_does_not_fail_the_run(code):
    run = ended(code)
    assert (run.status, run.state().error) == ("Completed", None)


def test_an_error_that_was_printed_before_the_run_is_not_the_run_s():
    before = "import code; code.InteractiveInterpreter().runsource('1 / 0')\n"
    assert ended("sys.exit(3)", before=before).state().error.message == "the program exited with 3"
    assert "can't be seen" in ended("raise SystemExit(3)", before=before).state().error.message


@pytest.mark.parametrize(
    "code",
    [
        "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt: sys.exit(130)",
        (
            "try: raise KeyboardInterrupt\nexcept KeyboardInterrupt as error:\n"
            "    try: raise RuntimeError('aborted') from error\n    except RuntimeError: sys.exit(1)"
        ),
        "with run:\n    try: raise KeyboardInterrupt\n    except KeyboardInterrupt: sys.exit('stopped')",
    ],
)
def test_an_exit_out_of_a_handled_interrupt_cancels_the_run(code):
    run = ended(code)
    assert (run.status, run.state().error) == ("Canceled", None)


@pytest.mark.parametrize("how", [("program.py",), ("-m", "program"), ("-c", "import program"), ("-i", "program.py")])
@pytest.mark.parametrize(
    ("code", "status"), [("pass", "Completed"), ("sys.exit(3)", "Failed"), ("raise ValueError('bad')", "Failed")]
)
def test_it_is_the_same_however_the_program_was_started(how, code, status):
    if how[0] == "-i" and "exit" in code:
        pytest.skip("an exit ends in the prompt")
    assert ended(code, how=how).status == status


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_a_worker_that_exits_for_an_error_it_handed_on_fails_with_that_error(run_script, method):
    """`torch.multiprocessing.spawn` puts the traceback into a file, and has the worker exit with 1."""
    run_script(f"""
        import multiprocessing, sys, runlog

        def work():
            try:
                run = runlog.start("child", outputs=False)
                raise ValueError("bad batch")
            except Exception:
                sys.exit(1)

        if __name__ == "__main__":
            process = multiprocessing.get_context({method!r}).Process(target=work)
            process.start()
            process.join()
    """)
    (run,) = Workspace.from_config().runs()
    assert run.status == "Failed"
    assert "ValueError: bad batch" in run.state().error.traceback


def test_a_worker_s_text_for_its_exit_is_kept(run_script):
    run_script("""
        import multiprocessing, sys, runlog

        def work():
            run = runlog.start("child", outputs=False)
            sys.exit("no data")

        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=work)
            process.start()
            process.join()
    """)
    (run,) = Workspace.from_config().runs()
    assert run.state().error.message == "the program exited with no data"
