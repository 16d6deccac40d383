"""DEBUG arrives on the console and in the run log, once, whoever configures `logging`, and when."""

from __future__ import annotations

import pytest

CONFIGURATIONS = {
    "basicConfig": "logging.basicConfig(level=logging.DEBUG)",
    "basicConfig imported by name": "basicConfig(level=logging.DEBUG)",
    "force": "logging.basicConfig(level=logging.DEBUG, force=True)",
    "force over another": "logging.basicConfig(); logging.basicConfig(level=logging.DEBUG, force=True)",
    "dictConfig with root": """logging.config.dictConfig({
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "DEBUG"},
    })""",
    "dictConfig imported by name": """dictConfig({
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"], "level": "DEBUG"},
    })""",
    "dictConfig without root": """logging.config.dictConfig({
        "version": 1,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "loggers": {"train": {"handlers": ["console"], "level": "DEBUG"}},
    })""",
    "fileConfig": "logging.config.fileConfig('logging.ini')",
    "our own handlers": "logging.basicConfig(level=logging.DEBUG, handlers=runlog.handlers(console='DEBUG'))",
    "our own handlers by dictConfig": """logging.config.dictConfig({
        "version": 1,
        "handlers": {"console": {"class": "runlog.ConsoleHandler"}, "run": {"class": "runlog.RunLogHandler"}},
        "root": {"handlers": ["console", "run"], "level": "DEBUG"},
    })""",
}

INI = """
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys =
[logger_root]
level = DEBUG
handlers = console
[handler_console]
class = StreamHandler
args = ()
"""

SCRIPT = """
import logging
import logging.config
from logging import basicConfig
from logging.config import dictConfig
import runlog

def configure():
    {configure}

def log():
    logging.getLogger("train").debug("found %s", "me")

if {before}:
    configure()
run = runlog.start("matrix")
if not {before}:
    configure()
log()
run.complete()
print(sum(record.message == "found me" for record in run.records()))
"""


@pytest.mark.parametrize("before", [True, False], ids=["before the start", "after the start"])
@pytest.mark.parametrize("configure", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_debug_arrives_on_the_console_and_in_the_run_log_once(run_script, own_folder, configure, before):
    (own_folder / "logging.ini").write_text(INI)
    done = run_script(SCRIPT.format(configure=configure, before=before))
    assert done.stderr.count("found me") == 1
    assert done.stdout.split()[-1] == "1"


def test_a_library_that_configures_logging_does_not_end_the_capture(run_script):
    done = run_script("""
        import logging, logging.config
        import runlog
        run = runlog.start("library")
        logging.config.dictConfig({"version": 1, "root": {"level": "DEBUG", "handlers": []}})   # some do at import
        logging.getLogger("made.later").debug("found me")
        run.complete()
        print(sum(record.message == "found me" for record in run.records()))
    """)
    assert done.stdout.split()[-1] == "1"


def test_without_any_configuration_a_warning_is_still_printed_once(run_script):
    done = run_script("""
        import logging, runlog
        with runlog.start("plain") as run:
            logging.getLogger("train").warning("found me")
        print(sum(record.message == "found me" for record in run.records()))
    """)
    assert done.stderr.count("found me") == 1
    assert done.stdout.split()[-1] == "1"


def test_a_level_asked_for_with_the_run_leaves_the_console_as_it_was(run_script):
    done = run_script("""
        import logging, runlog
        logging.basicConfig(level=logging.WARNING)
        with runlog.start("quiet", log_level="DEBUG") as run:
            logging.getLogger("train").debug("found me")
            logging.basicConfig(level=logging.WARNING, force=True)
            logging.getLogger("train").debug("found me too")
        print([record.message for record in run.records() if record.logger == "train"])
    """)
    assert "found me" not in done.stderr
    assert done.stdout.splitlines()[-1] == "['found me', 'found me too']"
