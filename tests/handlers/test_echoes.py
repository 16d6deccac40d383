"""Streams that log what is written to them, in the place of `sys.stdout` and `sys.stderr`: nothing goes round."""

from __future__ import annotations

import pytest

import runlog

BEGIN = """
import logging, sys, threading, warnings, runlog

class StreamToLogger:
    def __init__(self, logger, level):
        self.logger, self.level = logger, level
    def write(self, text):
        for line in text.rstrip().splitlines():
            self.logger.log(self.level, line.rstrip())
    def flush(self):
        pass

class Buffering(StreamToLogger):
    pending = ""
    def write(self, text):
        *lines, self.pending = (self.pending + text).split("\\n")
        for line in lines:
            self.logger.log(self.level, line)

def put(kind=StreamToLogger):
    sys.stdout = kind(logging.getLogger("STDOUT"), logging.INFO)
    sys.stderr = kind(logging.getLogger("STDERR"), logging.ERROR)
root = logging.getLogger()
root.setLevel("INFO")
"""
PRINT = """
print("printed")
print("to stderr", file=sys.stderr)
logging.getLogger("train").warning("logged")
warnings.warn("careful")
thread = threading.Thread(target=lambda: [][1])
thread.start()
thread.join()
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
"""
HANDLERS = {
    "the standard one, made before": ("logging.basicConfig()", ""),
    "the standard one, made after": ("", "logging.basicConfig()"),
    "ours": ("root.addHandler(runlog.ConsoleHandler())", ""),
    "none": ("", ""),
    "one of rich": ("from rich.logging import RichHandler; root.addHandler(RichHandler())", ""),
    "one that fails": (
        "h = logging.StreamHandler(); h.setFormatter(logging.Formatter('%(no)s')); root.addHandler(h)",
        "",
    ),
    "a RunLogHandler": ("logging.basicConfig(handlers=runlog.handlers(console='INFO', run='INFO'))", ""),
}
PRINTED = ["printed", "to stderr", "logged", "careful", "IndexError"]


def kept():
    (run,) = runlog.Workspace.from_config().runs()
    return [record.message for record in run.records() if record.logger != "runlog"]


@pytest.mark.parametrize("kind", ["StreamToLogger", "Buffering"])
@pytest.mark.parametrize("handlers", HANDLERS.values(), ids=HANDLERS)
def test_what_is_printed_is_kept_once_and_shown(run_script, handlers, kind):
    before, after = handlers
    done = run_script(f"{BEGIN}{before}\nput({kind})\n{after}\nrunlog.start('x', capture=True)\n{PRINT}")
    found = kept()
    assert [sum(text in one for one in found) for text in PRINTED] == [1] * len(PRINTED), found
    assert len(found) == len(PRINTED)
    for text in PRINTED[1:]:  # what logging's last resort shows begins with warnings
        assert text in done.stderr + done.stdout


def test_so_it_is_where_the_streams_come_after_the_run_and_only_logging_is_captured(run_script):
    run_script(f"{BEGIN}logging.basicConfig()\nrunlog.start('x')\nput()\nlogging.basicConfig(force=True)\n{PRINT}")
    found = kept()
    assert [sum(text in one for one in found) for text in PRINTED[:3]] == [1, 1, 1], found


def test_what_child_processes_print_is_kept_beside_such_streams(run_script):
    done = run_script(
        BEGIN
        + "import os, subprocess\nlogging.basicConfig()\nput()\n"
        + "runlog.start('x', capture={'stdout': 'fd'})\nprint('printed')\nsubprocess.run(['echo', 'child'])\n"
    )
    assert sorted(kept()) == ["child", "printed"]
    assert "child" in done.stdout


def test_a_console_handler_does_not_feed_itself_outside_any_run(run_script):
    done = run_script(
        BEGIN
        + """
root.addHandler(runlog.ConsoleHandler(format="%(name)s: %(message)s"))
put()
print("printed")
logging.getLogger("train").warning("logged")
"""
    )
    assert done.stderr.splitlines() == ["STDOUT: printed", "train: logged"]


def test_a_handler_that_fails_complains_once_outside_any_run(run_script):
    done = run_script(
        BEGIN
        + """
class Failing(logging.Formatter):
    def format(self, record):
        raise ValueError("no format")
handler = runlog.ConsoleHandler()
handler.setFormatter(Failing())
root.addHandler(handler)
put()
logging.getLogger("train").warning("logged")
print(handler.dropped, file=sys.__stdout__)
"""
    )
    assert done.stdout.strip() == "1"
    assert done.stderr.count("could not write a record") == 1


def test_a_run_log_handler_that_fails_says_so_once(run_script):
    done = run_script(
        BEGIN
        + """
class Failing(runlog.RunLogHandler):
    def emit(self, record):
        try:
            raise OSError("no disk")
        except OSError:
            self.handleError(record)
root.addHandler(Failing())
root.addHandler(logging.StreamHandler(sys.__stderr__))
put()
logging.getLogger("train").warning("logged")
"""
    )
    assert done.stderr.splitlines()[0] == "runlog: Failing could not write a record. The program goes on."
    assert done.stderr.count("OSError: no disk") == 1
    assert done.stderr.splitlines()[-1] == "logged"


def test_a_handler_that_logs_while_it_writes_is_kept(run_script):
    """What it says is no echo, though it comes of the same write."""
    run_script(
        BEGIN
        + """
class Chatty:
    def write(self, text):
        logging.getLogger("stream").info("sent %d characters", len(text))
        return sys.__stderr__.write(text)
    def flush(self):
        pass
class Database(logging.Handler):
    def emit(self, record):
        if record.name == "train":
            logging.getLogger("database").info("stored %s", record.getMessage())
sys.stderr = Chatty()
root.addHandler(Database())
root.addHandler(runlog.ConsoleHandler(format="%(message)s"))
runlog.start("x")
logging.getLogger("train").warning("logged")
"""
    )
    found = [one for one in kept() if not one.startswith("sent ")]
    assert sorted(found) == ["logged", "stored logged"]
    assert {"sent 7 characters", "sent 14 characters"} <= set(kept())
