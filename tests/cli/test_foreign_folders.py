"""No command deletes, changes or writes anything in a folder that is no workspace, whatever is in it.

The commands and their options are taken from the parser, so that a new one is tried as well.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import runlog
from runlog import Workspace
from support import foreign_folders
from support.commands import COMMANDS, calls
from support.scripts import clean_environment

PLACES = [("-w", "folder"), ("-w", "folder/.runlog"), ()]
"""How it is named; the last is for commands that are called in it."""
SERVE = {"server", "ui"}
WORDS = {
    "run": "latest",
    "runs": "latest",
    "given": "latest",
    "query": "status = 'Failed'",
    "file": "{folder}/train.py",
    "target": "{folder}/backup",
    "settings": "root=DEBUG",
    "servers": "http://127.0.0.1:9",
    "server": "http://127.0.0.1:9",
    "url": "file://{folder}/blobs",
    "level": "INFO",
    "command": "true",
    "program": "{folder}/train.py",
}
"""What stands for an argument, by its name; any other word for one that is not here."""


MAKE = [
    ("run",),
    ("tail",),
    ("doctor",),
    ("explain",),
    ("server",),
    ("ui",),
    ("token", "create"),
    ("workspace", "create"),
]
"""They may make a workspace, or run a program that does."""


@pytest.fixture(params=foreign_folders.KINDS)
def folder(request, own_folder, monkeypatch):
    """A folder of each kind. It is the user's home as well."""
    folder = own_folder / "place" / "folder"
    foreign_folders.make(request.param, folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.chdir(folder.parent)
    return folder


def in_place(path, arguments, place, folder):
    takes_place = any("--workspace" in one.opts for one in COMMANDS[path].params)
    filled = [one.format(folder=folder) for one in arguments]
    return [*(place if takes_place else ()), *filled]


def changes(before, folder):
    """What is otherwise than it was, and what is new."""
    after = foreign_folders.seen(folder.parent)
    return (
        sorted(name for name, one in before.items() if after.get(name) != one),
        sorted(name for name in after if name not in before),
    )


def check_only_a_workspace_is_new(before, folder, told):
    """Nothing is changed, but for the time of a folder that has a new name in it; what is new is in a `.runlog` that was free."""
    changed, new = changes(before, folder)
    parents = {str(Path(name).parent) for name in new}
    assert [name for name in changed if name not in parents or not os.path.isdir(folder.parent / name)] == [], told
    for name in new:
        top = name[: name.index(".runlog") + len(".runlog")] if ".runlog" in name else name
        assert Path(top).name == ".runlog", (name, told)
        assert top not in before, (name, told)


@pytest.mark.parametrize("path", [one for one in COMMANDS if one not in MAKE], ids=" ".join)
def test_a_command_leaves_a_folder_of_others_as_it_is(call, folder, monkeypatch, path):
    before = foreign_folders.seen(folder.parent)
    for place in PLACES:
        monkeypatch.chdir(folder.parent if place else folder)
        for arguments in calls(path, WORDS):
            told = call(*in_place(path, arguments, place, folder))
            assert changes(before, folder) == ([], []), (place, arguments, told)


@pytest.mark.parametrize(
    ("path", "place"),
    [(path, place) for path in MAKE for place in (PLACES[0], PLACES[-1]) if place or path[0] not in SERVE],
)
def test_a_command_that_makes_a_workspace_makes_it_under_a_name_that_was_free(folder, path, place):
    before = foreign_folders.seen(folder.parent)
    arguments = in_place(path, next(calls(path, WORDS)), place, folder)
    with subprocess.Popen(
        [sys.executable, "-m", "runlog", *arguments, *(("-p", "0") if path[0] in SERVE else ())],
        cwd=folder.parent if place else folder,
        env=clean_environment({"HOME": str(folder.parents[1] / "home"), "XDG_STATE_HOME": str(folder.parents[1])}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        told = ""
        if path[0] in SERVE and "http://" in (told := process.stdout.readline()):
            time.sleep(1)  # for what it does by itself
            process.send_signal(signal.SIGTERM)
        told += process.communicate(timeout=120)[0]
    check_only_a_workspace_is_new(before, folder, (arguments, told))


@pytest.mark.parametrize("how", ["argument", "variable", "current folder"])
def test_a_program_that_starts_a_run_there_leaves_all_else(run_script, folder, how):
    before = foreign_folders.seen(folder.parent)
    told = run_script(
        f"""
        import logging, os, sys, time
        {"os.chdir(sys.argv[1])" if how == "current folder" else ""}
        import runlog
        logging.getLogger().addHandler(runlog.RunLogHandler())
        logging.warning("before the run")
        workspace = {"runlog.Workspace(sys.argv[1])" if how == "argument" else "runlog.Workspace.from_config()"}
        try:
            run = runlog.Experiment(workspace, "x").start_logging()
        except (runlog.errors.ConfigurationError, OSError) as error:
            print("refused", error)
            sys.exit()
        with run:
            logging.warning("in the run")
            run.log("loss", 1.0)
            run.log_table("t", {{"a": [1, 2]}})
            time.sleep(1)
        """,
        str(folder),
        env={"HOME": str(folder.parents[1]), **({"RUNLOG_URI": str(folder)} if how == "variable" else {})},
    )
    is_of_others = (folder / ".runlog").is_dir() and f"{folder.name}/.runlog" in before
    assert ("refused" in told.stdout) == is_of_others, told
    check_only_a_workspace_is_new(before, folder, told)


def test_the_refusal_of_another_tools_folder_says_what_to_do(call, own_folder):
    foreign_folders.make("beside_a_folder", own_folder / "place" / "folder")
    told = call("token", "create", "ada", "-w", "place/folder")
    assert told.code == 1
    assert "has files of another program in it" in told.err
    assert "RUNLOG_URI" in told.err


@pytest.mark.parametrize(
    "left",
    [
        {},
        {"workspace.json": ""},
        {"workspace.json": "{"},
        {"workspace.json": "{}", ".gitignore": "*\n"},
        {"workspace.json": '{"name": "mine", "version": 1}', "notes.txt": "mine"},
        {".gitignore": "*\n", "blobs/01/x": "", "index.sqlite-wal": "", "index.lock": ""},
        {".0123456789ab.77.tmp": "{"},
    ],
    ids=str,
)
def test_a_workspace_that_is_damaged_or_just_made_is_still_ones_own(own_folder, left):
    for name, text in left.items():
        path = own_folder / ".runlog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with runlog.start("x", outputs=False) as run:
        run.log("a", 1.0)
    assert Workspace(own_folder).get_run(run.id).get_metrics() == {"a": [1.0]}
