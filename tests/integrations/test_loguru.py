"""loguru beside logging, by the two recipes of its documentation: each record once, with its place and exception."""

from __future__ import annotations

import pytest

import runlog

pytest.importorskip("loguru")

INTERCEPT = """
class InterceptHandler(logging.Handler):
    def emit(self, record):
        try:
            level = logger.level(record.levelname).name
        except ValueError:
            level = record.levelno
        frame, depth = inspect.currentframe(), 0
        while frame and (depth == 0 or frame.f_code.co_filename == logging.__file__):
            frame = frame.f_back
            depth += 1
        logger.opt(depth=depth, exception=record.exc_info).log(level, record.getMessage())

logging.basicConfig(handlers=[InterceptHandler()], level=0, force=True)
"""
PROPAGATE = """
class PropagateHandler(logging.Handler):
    def emit(self, record):
        logging.getLogger(record.name).handle(record)

logging.getLogger().setLevel("DEBUG")
logger.remove()
logger.add(PropagateHandler(), format="{message}")
"""
PROGRAM = """
import inspect, logging, sys
from loguru import logger
import runlog
def set_up():
{recipe}
if {first}:
    set_up()
log = {log}
def work():
    log.info("batch done")
    log.warning("100% of %s")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
with runlog.start("loguru", capture_system=False):
    if not {first}:
        set_up()
    work()
"""
RECIPES = {
    "logging intercepted": (INTERCEPT, 'logging.getLogger("train")', "train"),
    "loguru propagated": (PROPAGATE, "logger", "__main__"),
}


@pytest.fixture
def ran(run_script):
    """Run the program with a recipe; what it did, and its run."""

    def run(recipe, log, first):
        indented = "    " + recipe.strip().replace("\n", "\n    ")
        done = run_script(PROGRAM.format(recipe=indented, log=log, first=first))
        (found,) = runlog.Workspace.from_config().runs()
        return done, found

    return run


@pytest.mark.parametrize("first", [True, False], ids=["before the run", "within the run"])
@pytest.mark.parametrize(("recipe", "log", "name"), RECIPES.values(), ids=RECIPES)
def test_each_record_is_kept_once_with_its_place_and_its_exception(ran, recipe, log, name, first):
    """To what it propagates loguru adds the traceback as text, which is the message's then."""
    _, run = ran(recipe, log, first)
    records = list(run.records(logger=name))
    assert [(record.level, record.message.partition("\n")[0], record.function) for record in records] == [
        ("INFO", "batch done", "work"),
        ("WARNING", "100% of %s", "work"),
        ("ERROR", "failed", "work"),
    ]
    assert (records[2].exception.type, records[2].exception.frames[-1].function) == ("ZeroDivisionError", "work")


@pytest.mark.parametrize("first", [True, False], ids=["before the run", "within the run"])
def test_what_is_intercepted_is_shown_by_loguru_once(ran, first):
    done, _ = ran(INTERCEPT, 'logging.getLogger("train")', first)
    texts = ("batch done", "100% of %s", "ZeroDivisionError: division by zero")
    assert [done.stderr.count(text) for text in texts] == [1, 1, 1]


def test_what_is_propagated_is_shown_by_our_console_once(ran):
    console = 'logging.basicConfig(handlers=runlog.handlers(console="INFO"))'
    done, _ = ran(f"{console}\n{PROPAGATE}", "logger", True)
    texts = ("batch done", "100% of %s", "ZeroDivisionError: division by zero")
    assert [done.stderr.count(text) for text in texts] == [1, 1, 1]


def test_what_loguru_binds_is_kept_with_the_record(ran):
    _, run = ran(PROPAGATE, "logger.bind(rows=32)", True)
    record = next(iter(run.records(logger="__main__")))
    assert record.extra == {"extra": {"rows": 32}}
