"""The command as a whole: help, choice of workspace and run, exit codes, pipes and signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import click
import pytest

import runlog
from runlog.cli.program import program
from support.scripts import clean_environment

COMMANDS = program.list_commands(click.Context(program))


def command_line(folder, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "runlog", *arguments],
        cwd=folder,
        env=clean_environment({"RUNLOG_QUIET": "1"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does_and_what_each_option_means(name, call):
    command = program.get_command(click.Context(program), name)
    for one in [command, *getattr(command, "commands", {}).values()]:
        assert one.help
        assert [option.name for option in one.params if isinstance(option, click.Option) and not option.help] == []
    shown = call(name, "--help")
    assert shown.code == 0
    assert shown.out.startswith(f"Usage: runlog {name}")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_tells_of_each(name, call):
    assert f"  {name} " in call("--help").out


def test_the_version_is_the_packages(call):
    assert call("--version").out == f"runlog {runlog.__version__}\n"


def test_python_dash_m_is_the_command(own_folder):
    process = command_line(own_folder, "--version")
    assert process.communicate()[0] == f"runlog {runlog.__version__}\n"


def test_a_fault_is_one_line_on_stderr_and_exit_code_1(call, workspace):
    ended = call("show", "nothing-like-it")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("runlog: no run in ")
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["logs"], ["show"], ["nothing"], ["runs", "--limit", "x"], ["logs", "a", "-g", "("]]
)
def test_wrong_use_is_exit_code_2(arguments, call, workspace):
    assert call(*arguments).code == 2


def test_a_place_without_a_workspace_is_named(call, own_folder):
    ended = call("runs", "-w", str(own_folder / "elsewhere"))
    assert ended.code == 1
    assert str(own_folder / "elsewhere") in ended.err


def test_nothing_is_made_by_looking(call, own_folder):
    call("runs")
    assert list(own_folder.iterdir()) == []


@pytest.mark.parametrize("place", ["before", "after", "variable"])
def test_the_workspace_may_be_named(place, call, start, workspace, own_folder, monkeypatch):
    start("there").complete()
    away = own_folder / "away"
    away.mkdir()
    monkeypatch.chdir(away)
    arguments = ["runs"]
    if place == "before":
        arguments = ["-w", workspace.location, "runs"]
    elif place == "after":
        arguments = ["runs", "-w", str(own_folder)]
    else:
        monkeypatch.setenv("RUNLOG_URI", workspace.location)
    assert "there" in call(*arguments).out


@pytest.mark.parametrize("run", ["latest", "-1", "latest~1"])
def test_the_newest_run_has_names(run, call, start):
    start("older").complete()
    start("newer").complete()
    assert "newer" in call("show", run).out


def test_the_run_before_the_newest_is_minus_2(call, start):
    start("older").complete()
    start("newer").complete()
    assert "older" in call("show", "-2").out
    assert call("show", "-3").code == 1


def test_a_number_after_an_option_is_the_options_value(call, start):
    with start():
        pass
    assert call("logs", "-1", "--grep", "-1").code == 0


@pytest.mark.parametrize("part", [lambda run: run.id, lambda run: run.id[-8:], lambda run: "two words"])
def test_a_run_is_found_by_its_id_a_part_of_it_or_its_name(part, call, start):
    run = start("two words")
    run.complete()
    assert run.id in call("show", part(run)).out


def test_a_name_that_two_runs_have_names_none(call, start):
    start("same").complete()
    start("same").complete()
    ended = call("show", "same")
    assert ended.code == 1
    assert "2 runs answer" in ended.err


def test_a_reader_that_closes_the_pipe_early_is_no_fault(start, own_folder, workspace):
    with start() as run:
        for number in range(20_000):
            run.log("loss", float(number))
    process = command_line(own_folder, "export", "latest")
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 0
    process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_ctrl_c_ends_following_quietly_with_130(start, own_folder):
    import logging

    run = start()
    logging.getLogger().error("one")
    process = command_line(own_folder, "logs", run.id, "-f")
    assert process.stdout.readline().endswith("ERROR    root: one\n")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err.strip()) == (130, "", "")
    run.complete()


def test_a_list_of_runs_imports_neither_numpy_nor_pandas_nor_rich(start, run_script):
    start().complete()
    script = """
        import sys
        from runlog.cli.program import run_program
        run_program(["runs"])
        run_program(["logs", "latest"])
        print([name for name in ("numpy", "pandas", "rich", "requests", "matplotlib") if name in sys.modules])
    """
    assert run_script(script).stdout.splitlines()[-1] == "[]"
