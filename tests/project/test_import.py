"""What `import runlog` costs and needs."""

from __future__ import annotations

import json

import pytest

OPTIONAL = [
    "IPython",
    "PIL",
    "click",
    "colorlog",
    "joblib",
    "matplotlib",
    "numpy",
    "pandas",
    "plotext",
    "pyarrow",
    "requests",
    "rich",
    "sklearn",
    "structlog",
    "tqdm",
    "yaml",
]
SLOW = {
    *(
        "asyncio",
        "dataclasses",
        "email",
        "fractions",
        "hashlib",
        "http.client",
        "importlib.metadata",
        "inspect",
        "json",
    ),
    *("logging.config", "logging.handlers", "lzma", "multiprocessing", "pickle", "random", "secrets", "selectors"),
    *("shutil", "socket", "socketserver", "sqlite3", "ssl", "statistics", "subprocess", "tempfile", "unittest"),
    "xml.etree.ElementTree",
}
"""Modules of the standard library that take a millisecond or more to load, with all that they load themselves."""
POSIX_ONLY = ["fcntl", "resource", "termios", "pwd", "grp"]

BLOCK = """
import sys
for name in {names!r}:
    sys.modules[name] = None          # importing it raises ImportError, as where it does not exist
"""


def test_importing_runlog_imports_no_package_that_a_run_can_do_without(run_script):
    loaded = run_script(f"""
        import json, sys
        import runlog
        print(json.dumps([name for name in {OPTIONAL!r} if name in sys.modules]))
    """).stdout
    assert json.loads(loaded) == []


def test_logging_through_a_run_imports_no_package_that_it_can_do_without(run_script):
    loaded = run_script(f"""
        import json, logging, sys
        import runlog
        logging.getLogger().setLevel(logging.DEBUG)
        with runlog.start("light") as run:
            logging.getLogger("train").debug("a record")
            run.log("loss", 0.5)
            run.log_row("row", a=1, b=2)
            run.tag("team", "vision")
        print(json.dumps([name for name in {OPTIONAL!r} if name in sys.modules]))
    """).stdout
    assert json.loads(loaded) == []


def test_a_first_run_does_not_load_what_only_readers_and_pictures_need(run_script):
    loaded = run_script("""
        import json, logging, sys
        import runlog
        run = runlog.start("light", log_level="DEBUG")
        run.log("loss", 0.5)
        logging.getLogger("train").debug("a record")
        needless = ["runlog.images", "runlog.journal.reader", "runlog.log_record", "runlog.state", "runlog.writing.media",
                    "runlog.handlers.filters", "runlog.handlers.held_back", "runlog.reading.run_filter", "runlog.run_list"]
        print(json.dumps([name for name in needless if name in sys.modules]))
    """).stdout
    assert json.loads(loaded) == []


def test_starting_a_run_waits_for_no_slow_part_of_the_standard_library(run_script):
    loaded = run_script("""
        import json, sys
        import runlog.lifecycle.begin, runlog.lifecycle.ending, runlog.workspace
        slow = ["asyncio", "email", "hashlib", "http.client", "importlib.metadata", "lzma", "multiprocessing", "secrets",
                "shutil", "sqlite3", "ssl", "tempfile", "unittest", "xml.etree.ElementTree"]
        print(json.dumps([name for name in slow if name in sys.modules]))
    """).stdout
    assert json.loads(loaded) == []


@pytest.mark.parametrize("made", [True, False], ids=["a workspace that is there", "a new workspace"])
def test_a_first_run_loads_no_slow_part_of_the_standard_library_up_to_its_first_log(run_script, workspace, made):
    loaded = run_script(
        f"""
        import json, sys
        import msgspec, runlog
        before = set(sys.modules)
        run = runlog.start("light", tags={{"team": "vision"}})
        run.log("loss", 0.5)
        slow = {SLOW!r} - ({{"json"}} if not {made} else set())  # it writes the settings of a new workspace
        print(json.dumps(sorted(slow & (set(sys.modules) - before))))
        """,
        env={} if made else {"RUNLOG_URI": "new"},
    ).stdout
    assert json.loads(loaded) == []


def test_a_run_works_without_any_optional_package(run_script):
    absent = [name for name in OPTIONAL if name not in {"click", "colorlog", "requests", "rich", "structlog", "yaml"}]
    printed = run_script(
        BLOCK.format(names=absent)
        + """
import runlog
with runlog.start("bare") as run:
    run.log("loss", 0.5)
    run.log("loss", 0.25)
    run.log_row("row", a=1, b=2)
print(run.get_metrics())
"""
    ).stdout
    assert printed.splitlines()[-1] == "{'loss': [0.5, 0.25], 'row': {'a': [1], 'b': [2]}}"


def test_a_run_works_on_systems_without_the_posix_modules(run_script):
    printed = run_script(
        BLOCK.format(names=POSIX_ONLY)
        + """
import runlog
with runlog.start("elsewhere") as run:
    run.log("loss", 0.5)
print(run.status, run.get_metrics())
"""
    ).stdout
    assert printed.splitlines()[-1] == "Completed {'loss': [0.5]}"


def test_every_module_imports_on_systems_without_the_posix_modules(run_script):
    printed = run_script(
        BLOCK.format(names=POSIX_ONLY)
        + """
import importlib, pkgutil
import runlog
names = [m.name for m in pkgutil.walk_packages(runlog.__path__, "runlog.") if not m.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""
    ).stdout
    assert int(printed) > 20
