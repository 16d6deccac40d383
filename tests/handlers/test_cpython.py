"""CPython's own tests of ``logging`` pass with our handlers in place of the standard ones, and while a run captures.

They come with the installed Python; see :mod:`support.cpython_logging`. Each is a test here.
"""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path

import pytest

from support import cpython_logging
from support.scripts import run_script

PROGRAM = Path(cpython_logging.__file__)
CONFIGURATION = ("BasicConfigTest", "ConfigDictTest", "ConfigFileTest", "LastResortTest")
CLASSES: dict[str, tuple[str, ...] | None] = {
    "base": ("HandlerTest",),
    "handlers": (
        *("HandlerTest", "StreamHandlerTest", "FileHandlerTest", "RotatingFileHandlerTest"),
        *CONFIGURATION,
        *("MemoryHandlerTest", "QueueHandlerTest", "MemoryTest", "EncodingTest", "ExceptionTest", "WarningsTest"),
        *("ModuleLevelMiscTest", "ShutdownTest", "ManagerTest", "ChildLoggerTest", "LoggerTest", "LoggerAdapterTest"),
        *("FormatterTest", "BufferingFormatterTest", "LogRecordTest", "LogRecordFactoryTest"),
        *("BuiltinLevelsTest", "BasicFilterTest", "CustomLevelsAndFiltersTest"),
    ),
    "capture": None,
    "capture everything": None,
}
"""Of each mode the classes of tests; None: all of the module."""

_MADE_LATE = "the file is made by the first record, not by the constructor"
_NO_STREAM = "the file is written through a descriptor of the handler's own: there is no `stream` to look at"

EXCLUDED = {
    ("base", "HandlerTest.test_name"): "asks for a handler without `emit`; its other lines are in `handlers`",
    ("handlers", "HandlerTest.test_path_objects"): _MADE_LATE,
    ("handlers", "HandlerTest.test_pathlike_objects"): _MADE_LATE,
    ("handlers", "FileHandlerTest.test_delay"): _NO_STREAM,
    ("handlers", "BasicConfigTest.test_filename"): _NO_STREAM,
    ("handlers", "RotatingFileHandlerTest.test_max_bytes"): _MADE_LATE,
    (
        "handlers",
        "FileHandlerTest.test_emit_after_closing_in_write_mode",
    ): "expects a record after `close` to be lost; ours is kept, since every foreign dictConfig closes handlers",
    (
        "handlers",
        "RotatingFileHandlerTest.test_should_rollover",
    ): "with no backups the standard handler says that it rotates, and then does not; ours says that it does not",
    ("handlers", "BasicConfigTest.test_filemode"): "mode `wb` can't take text: ours refuses it, the standard one fails",
    (
        "handlers",
        "BasicConfigTest.test_encoding_errors_none",
    ): "expects a record that can't be encoded to be lost; ours is kept with backslashes",
    (
        "capture everything",
        "BasicConfigTest.test_level",
    ): "looks at root's level; the run that asked for DEBUG goes on getting it, and only other handlers see the new one",
}


LEFT_OUT = {
    ("base", "HandlerTest.test_race"): "makes no plain `Handler`; it takes seconds, and is in `handlers`",
    **{
        (mode, "HandlerTest.test_race"): "concerns no configuration; it takes seconds, and is in `handlers`"
        for mode in ("capture", "capture everything")
    },
}

NAMES = {
    (mode, f"{name}.{test}")
    for mode, classes in CLASSES.items()
    for name, tests in cpython_logging.test_names(classes).items()
    for test in tests
} - LEFT_OUT.keys()


@functools.cache
def outcomes(mode):
    """What came of CPython's tests in this mode: each name with "ok", "skipped: why", or a traceback."""
    names = sorted(name for one, name in NAMES if one == mode)
    with tempfile.TemporaryDirectory() as folder:
        environment = {"RUNLOG_QUIET": "1", "TMPDIR": folder, "PYTHONPATH": str(PROGRAM.parents[2])}
        done = run_script(Path(folder), PROGRAM, mode, *names, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.skipif(not NAMES, reason="this Python has no package `test` (Debian leaves it out)")
@pytest.mark.parametrize(("mode", "name"), sorted(NAMES - EXCLUDED.keys()))
def test_a_test_of_cpython_passes(mode, name):
    outcome = outcomes(mode)[name]
    if outcome.startswith("skipped: "):
        pytest.skip(outcome.removeprefix("skipped: "))
    assert outcome == "ok"


@pytest.mark.skipif(not NAMES, reason="this Python has no package `test` (Debian leaves it out)")
@pytest.mark.parametrize(("mode", "name"), sorted(NAMES & EXCLUDED.keys()))
def test_no_exclusion_outlives_its_reason(mode, name):
    assert outcomes(mode)[name] != "ok"


def test_the_last_resort_prints_warnings_while_a_run_captures(run_script):
    done = run_script(
        """
        import logging, runlog
        with runlog.start("last-resort") as run:
            logging.getLogger("a").debug("This should not appear")
            logging.getLogger("a").warning("Final chance! password=hunter2hunter2")
            logging.lastResort = None
            logging.getLogger("a").warning("kept, not shown")
        print([record.message for record in run.records(logger="a")])
        """,
        env={"RUNLOG_QUIET": "1"},
    )
    assert "Final chance! password=[redacted]" in done.stderr.splitlines()
    assert "kept, not shown" not in done.stderr
    assert done.stdout.strip() == "['Final chance! password=[redacted]', 'kept, not shown']"
