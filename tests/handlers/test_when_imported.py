"""Runs and the module ``logging.config``, which is loaded by whoever uses it and not by a run."""

from __future__ import annotations

import importlib
import sys
import threading

import pytest

from runlog.handlers.when_imported import when_imported

CONFIGURED = """
import logging, sys
import runlog
from runlog.handlers import wrapping

finders = list(sys.meta_path)
logging.getLogger("runlog").setLevel("WARNING")
run = runlog.start("configured", log_level="DEBUG", capture_system=False)
assert "logging.config" not in sys.modules
"""
CALL = """{
    "version": 1, "disable_existing_loggers": True,
    "handlers": {"own": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
    "root": {"level": "DEBUG", "handlers": ["own"]},
})
logging.getLogger("train").debug("after it")
run.complete()
print([record.message for record in run.records()])
"""


@pytest.mark.parametrize(
    "call",
    [
        "import logging.config; logging.config.dictConfig(",
        "from logging.config import dictConfig; dictConfig(",
        "from logging import config; config.DictConfigurator(",
        "import importlib; importlib.import_module('logging.config').dictConfig(",
    ],
)
def test_a_configuration_by_a_module_that_is_imported_after_the_start_leaves_the_run_its_records(run_script, call):
    ending = ".configure()\n" if "DictConfigurator" in call else "\n"
    printed = run_script(CONFIGURED + call + CALL.replace("})\n", "})" + ending)).stdout
    assert printed.splitlines() == ["after it", "['after it']"]


def test_the_module_is_found_and_loaded_as_without_a_run(run_script):
    printed = run_script(
        CONFIGURED
        + """
import inspect, logging.config
config = logging.config
assert sys.meta_path == finders
print(type(config.__loader__).__name__, config.__spec__.loader is config.__loader__)
print("def dictConfig" in inspect.getsource(config), config.dictConfig.__wrapped__.__module__)
run.complete()
print(hasattr(config.dictConfig, "__wrapped__"), hasattr(logging.basicConfig, "__wrapped__"))
"""
    ).stdout
    assert printed.splitlines() == ["SourceFileLoader True", "True logging.config", "False False"]


def test_a_run_that_ends_before_anybody_imports_it_leaves_nothing_behind(run_script):
    printed = run_script(
        CONFIGURED
        + """
run.complete()
assert sys.meta_path == finders
import logging.config
print(hasattr(logging.config.dictConfig, "__wrapped__"))
with runlog.start("another", capture_system=False):
    print(hasattr(logging.config.dictConfig, "__wrapped__"))
print(hasattr(logging.config.dictConfig, "__wrapped__"))
"""
    ).stdout
    assert printed.split() == ["False", "True", "False"]


def test_a_module_that_is_there_is_seen_to_at_once():
    called: list[str] = []
    finders = list(sys.meta_path)
    when_imported("logging", lambda: called.append("logging"))()
    assert called == ["logging"]
    assert sys.meta_path == finders


def test_a_module_that_another_thread_is_in_the_middle_of_is_seen_to_once_when_it_is_whole(own_folder, monkeypatch):
    monkeypatch.syspath_prepend(own_folder)
    began, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(threading, "events_of_test", (began, go_on), raising=False)
    (own_folder / "slow_to_load.py").write_text(
        "import threading\nbegan, go_on = threading.events_of_test\nbegan.set()\ngo_on.wait(60)\nwhole = True\n"
    )
    found: list[bool] = []
    importer = threading.Thread(target=importlib.import_module, args=("slow_to_load",))
    waiter = threading.Thread(
        target=when_imported,
        args=("slow_to_load", lambda: found.append(hasattr(sys.modules["slow_to_load"], "whole"))),
    )
    importer.start()
    assert began.wait(60)
    waiter.start()
    go_on.set()
    importer.join()
    waiter.join()
    del sys.modules["slow_to_load"]
    assert found == [True]


def test_a_module_that_is_not_there_stays_so_and_one_that_fails_is_told_by_its_own_error(own_folder, monkeypatch):
    monkeypatch.syspath_prepend(own_folder)
    (own_folder / "fails_to_load.py").write_text("1 / 0\n")
    called: list[str] = []
    leave = [when_imported(name, lambda: called.append("it")) for name in ("not_there", "fails_to_load")]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("not_there")
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("fails_to_load")
    for one in leave:
        one()
    assert called == []


def test_a_list_of_finders_that_was_saved_while_it_waited_brings_it_not_back(monkeypatch):
    called: list[str] = []
    give_up = when_imported("this_module_is_not_there", lambda: called.append("it"))
    saved = list(sys.meta_path)
    give_up()
    monkeypatch.setattr(sys, "meta_path", saved)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("this_module_is_not_there")
    assert called == []
