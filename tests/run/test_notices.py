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
    return [line for line in text.splitlines() if line.startswith("runlog: ")]


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
