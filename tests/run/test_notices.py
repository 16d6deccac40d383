"""The line that a person sees at the start and at the end of a run."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.scripts import clean_environment, write_script

pty = pytest.importorskip("pty")

SCRIPT = """
import logging, sys, runlog
{configure}
with runlog.start("seen", display_name={name!r}) as run:
    pass
"""


def seen(folder, configure="", name="ridge", **env) -> str:
    """What a terminal shows of the script's stderr."""
    leader, follower = pty.openpty()
    script = write_script(folder, SCRIPT.format(configure=configure, name=name))
    try:
        subprocess.run(
            [sys.executable, str(script)], cwd=folder, env=clean_environment(env), stderr=follower, check=True
        )
        os.close(follower)
        return _read_all(leader)
    finally:
        os.close(leader)


def _read_all(leader: int) -> str:
    text = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the last writer is gone
            break
        if not piece:
            break
        text += piece
    return text.decode().replace("\r\n", "\n")


def own_lines(text: str) -> list[str]:
    """Lines of ours, but for the one about root's level."""
    return [line for line in text.splitlines() if line.startswith("runlog: ") and "root logger's level" not in line]


def test_a_name_does_nothing_to_the_terminal(own_folder):
    shown = seen(own_folder, name="ridge\x1b[2J\x07\u202e\x9b\nrunlog: forged")
    assert shown.replace("\n", "").isprintable()
    assert not any(line.startswith("runlog: forged") for line in shown.splitlines())


def test_at_a_terminal_where_nothing_is_configured_start_and_end_are_one_line_each(own_folder):
    start, end = own_lines(seen(own_folder))
    assert start.startswith(f"runlog: ridge is kept in {own_folder}/.runlog/runs/")
    assert "runlog show " in start
    assert end.startswith("runlog: ridge Completed after ")


@pytest.mark.parametrize(
    ("configure", "env"),
    [("", {"RUNLOG_QUIET": "1"}), ("logging.basicConfig(level='DEBUG')", {})],
    ids=["told to be quiet", "logging is configured"],
)
def test_there_are_none(own_folder, configure, env):
    assert own_lines(seen(own_folder, configure, **env)) == []


def test_there_are_none_where_nobody_looks(run_script):
    assert own_lines(run_script(SCRIPT.format(configure="", name="ridge")).stderr) == []


# -- where logging is configured ---------------------------------------------------------------------------------------

RECORDED = """
import logging, sys, runlog
{configure}
with runlog.start("seen", display_name="ridge") as run:
    logging.getLogger("train").warning("mine")
    run.upload_file("script.py", __file__)
print([record.logger for record in run.records()])
"""


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_where_logging_is_configured_they_are_one_record_each_that_the_run_does_not_keep(run_script, level):
    done = run_script(RECORDED.format(configure=f"logging.basicConfig(level={level!r})"))
    start, end = (line for line in done.stderr.splitlines() if line.startswith("INFO:runlog:"))
    assert start.startswith("INFO:runlog:ridge is kept in ")
    assert end.startswith("INFO:runlog:ridge Completed after ")
    assert done.stdout == "['train']\n"


@pytest.mark.parametrize(
    ("configure", "env"),
    [
        ("logging.basicConfig(level='INFO')", {"RUNLOG_QUIET": "1"}),
        ("logging.basicConfig(level='INFO'); logging.getLogger('runlog').setLevel('WARNING')", {}),
        ("logging.basicConfig(level='WARNING')", {}),
    ],
    ids=["told to be quiet", "runlog's level", "root's level"],
)
def test_there_is_no_such_record_where_nobody_wants_it(run_script, configure, env):
    assert "ridge" not in run_script(RECORDED.format(configure=configure), env=env).stderr


CONFIGURED = {
    "basicConfig at INFO": "logging.basicConfig(level='INFO')",
    "basicConfig on stdout": "logging.basicConfig(level='INFO', stream=sys.stdout)",
    "basicConfig at WARNING": "logging.basicConfig()",
    "a file only": "logging.basicConfig(level='INFO', filename='app.log')",
    "a console that shows errors only": "logging.basicConfig(level='INFO', handlers=runlog.handlers(console='ERROR'))",
    "handlers": "logging.basicConfig(level='DEBUG', handlers=runlog.handlers(console='INFO', run='DEBUG'))",
}


@pytest.mark.parametrize("configure", CONFIGURED.values(), ids=CONFIGURED)
def test_at_a_terminal_each_is_seen_once_however_logging_is_configured(own_folder, configure):
    leader, follower = pty.openpty()
    script = write_script(own_folder, SCRIPT.format(configure=configure, name="ridge"))
    try:
        command = [sys.executable, str(script)]
        subprocess.run(command, cwd=own_folder, env=clean_environment(), stdout=follower, stderr=follower, check=True)
        os.close(follower)
        text = _read_all(leader)
    finally:
        os.close(leader)
    assert (text.count("ridge is kept in"), text.count("ridge Completed after")) == (1, 1), text


def test_a_script_whose_logging_configures_itself_hears_of_the_end_too(own_folder):
    text = seen(own_folder, "runlog.start('first', display_name='first'); logging.info('basicConfig')", name="ridge")
    assert "ridge Completed after" in text


# -- what runlog does --------------------------------------------------------------------------------------------------


def test_root_at_debug_shows_what_runlog_does_and_the_run_does_not_keep_it(run_script):
    done = run_script(RECORDED.format(configure="logging.basicConfig(level=logging.DEBUG)"))
    for told in ("the workspace is ", "attempt 1 begins", "the file script.py was kept", "ended as Completed"):
        assert sum(line.startswith("DEBUG:runlog:") and told in line for line in done.stderr.splitlines()) == 1, told
    assert done.stdout == "['train']\n"


def test_with_runlog_debug_each_line_is_shown_once(run_script):
    configure = "logging.basicConfig(level=logging.DEBUG)"
    told = run_script(RECORDED.format(configure=configure), env={"RUNLOG_DEBUG": "1"}).stderr
    assert told.count("ended as Completed") == 1
    assert told.count("the workspace is ") == 1
