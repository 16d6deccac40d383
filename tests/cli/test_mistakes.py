"""What the command line says where it is called in another way than was meant."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import runlog
from support.scripts import clean_environment

pty = pytest.importorskip("pty")
RUNLOG = f"{sys.executable} -m runlog"


def shell(folder, command, **options):
    """A command line of a shell, so that streams can be closed."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


def answered(folder, arguments, answer):
    """What a command prints at a terminal whose user answers, and its exit code."""
    leader, follower = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "runlog", *arguments],
            cwd=folder,
            env=clean_environment(),
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            os.write(leader, answer.encode())
            out, _ = process.communicate(timeout=60)
        return process.returncode, out
    finally:
        os.close(leader)
        os.close(follower)


# -- commands ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "meant"),
    [("log", "logs"), ("shw", "show"), ("list", "runs"), ("ls", "runs"), ("rm", "delete"), ("metric", "metrics")],
)
def test_a_command_that_does_not_exist_names_the_one_that_was_meant(call, given, meant):
    ended = call(given)
    assert ended.code == 2
    assert f"there is no command {given!r}: did you mean {meant!r}?" in ended.err


def test_where_none_can_be_meant_the_help_is_named(call):
    assert "there is no command 'xyzzy': `runlog --help` lists them" in call("xyzzy").err


def test_other_names_lead_to_commands_that_there_are():
    from runlog.cli.program import COMMANDS, OTHER_NAMES

    assert set(OTHER_NAMES.values()) <= set(COMMANDS)
    assert not set(OTHER_NAMES) & set(COMMANDS)


def test_an_address_without_its_beginning_names_the_one_that_was_meant(call):
    ended = call("login", "127.0.0.1:8420")
    assert (ended.code, "did you mean http://127.0.0.1:8420?" in ended.err) == (1, True)
    assert "did you mean https://runlog.example.org?" in call("login", "runlog.example.org").err


# -- streams -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_ends_no_command(start, own_folder, closed):
    start("one").complete()
    done = shell(own_folder, f"{RUNLOG} runs {closed}")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_printed_to_a_closed_stream_goes_into_no_file(workspace, start, own_folder):
    start("one").complete()
    files = {one: one.read_bytes() for one in own_folder.rglob("*.json") if one.is_file()}
    shell(own_folder, f"{RUNLOG} runs >&-; {RUNLOG} show latest >&-; {RUNLOG} search word >&-")
    assert {one: one.read_bytes() for one in files} == files


# -- what is done for good ---------------------------------------------------------------------------------------------


def test_where_nobody_answers_the_option_that_says_yes_is_named(start, workspace, own_folder):
    start("one").complete()
    for stdin in ("</dev/null", "<&-"):
        done = shell(own_folder, f"{RUNLOG} delete one {stdin}")
        assert done.returncode == 130
        assert "--yes says yes beforehand" in done.stderr
    assert len(workspace.runs()) == 1


def test_a_no_is_taken_and_said(start, workspace, own_folder):
    start("one").complete()
    code, out = answered(own_folder, ["delete", "one"], "n\n")
    assert (code, "nothing is done" in out) == (130, True)
    assert len(workspace.runs()) == 1


@pytest.mark.parametrize(("answer", "left"), [("n\n", 2), ("y\n", 0)])
def test_at_a_terminal_gc_shows_the_runs_that_it_would_remove_and_asks(start, workspace, own_folder, answer, left):
    for name in ("first", "second"):
        start(name).complete()
    _, out = answered(own_folder, ["gc", "--older-than", "0s"], answer)
    assert "Remove them for good?" in out
    assert out.index("first") < out.index("second")
    assert len(workspace.runs()) == left


@pytest.mark.parametrize("arguments", [["--yes"], ["--dry-run"], []])
def test_it_does_not_ask_where_that_is_said_or_no_run_would_go(start, workspace, own_folder, arguments):
    start("first").complete()
    older = "1d" if not arguments else "0s"
    code, out = answered(own_folder, ["gc", "--older-than", older, *arguments], "")
    assert (code, "for good?" in out) == (0, False)


def test_a_dry_run_shows_which_runs_they_are(call, start, workspace):
    run = start("first")
    run.complete()
    ended = call("gc", "--older-than", "0s", "--dry-run")
    for told in (run.id, "first", "sweep", "Completed"):
        assert told in ended.lines[1]
    assert len(workspace.runs()) == 1


# -- calls in Python ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["enabled", "disabled"])
def test_pythons_own_complaints_name_the_call_as_users_know_it(workspace, monkeypatch, mode):
    monkeypatch.setenv("RUNLOG_MODE", mode)
    with runlog.start("named", capture_system=False) as run:
        with pytest.raises(TypeError, match=r"^Run\.log\(\) missing 2 required"):
            run.log()
        with pytest.raises(TypeError, match=r"^Run\.log\(\) got an unexpected keyword argument 'stp'"):
            run.log("a", 1, stp=1)
        with pytest.raises(TypeError, match=r"^Run\.log_metrics\(\) missing 1 required"):
            run.log_metrics()


def test_the_help_of_what_is_called_first_says_what_its_arguments_are(run_script):
    told = run_script("import runlog; help(runlog.start); help(runlog.handlers)").stdout
    assert "likewise" not in told
    assert 'runlog.handlers(console="INFO", file="DEBUG", run="DEBUG")' in told
    for name in ("log_level: ", "outputs: ", "resume: ", "* ``console``", "* ``file``", "* ``run``"):
        assert name in told
