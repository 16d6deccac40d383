"""Numbers of any size on the command line are taken or refused in a sentence, and never a traceback."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

import runlog
from runlog.cli.program import program
from runlog.errors import RunLogError

NUMBERS = (
    "9" * 5_000,
    "99999999999999999999",
    "-99999999999999999999",
    "1e400",
    "nan",
    "inf",
    "9" * 400 + "d",
    "1e300",
)
LEFT_OUT = {"server", "ui", "run", "watch", "wait", "level"}
"""Commands that serve, or wait for something to come."""


def numbered_options():
    """Each command that ends by itself, with each option of it that takes a value."""

    def beneath(command, words):
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                if words or name not in LEFT_OUT:
                    yield from beneath(command.get_command(context, name), (*words, name))
            return
        for param in command.params:
            is_text = isinstance(param.type, click.Choice | click.Path | click.types.StringParamType)
            if isinstance(param, click.Option) and not (param.is_flag or is_text):
                yield words, param.opts[0], [one for one in command.params if isinstance(one, click.Argument)]

    return list(beneath(program, ()))


OPTIONS = numbered_options()


@pytest.fixture
def run(workspace):
    with runlog.Experiment(workspace, "study").start_logging() as started:
        started.log("loss", 1.0)
    return started


@pytest.mark.parametrize(("words", "option", "arguments"), OPTIONS, ids=lambda one: str(one) if one else "")
def test_no_number_is_too_large_for_an_option(run, words, option, arguments, monkeypatch):
    assert OPTIONS
    given = [run.id if one.name == "run" else "x" for one in arguments if one.required or one.name == "run"]
    for number in NUMBERS:
        done = CliRunner().invoke(program, [*words, f"{option}={number}", *given])
        crashed = done.exception is not None and not isinstance(done.exception, SystemExit | RunLogError)
        assert not crashed, (words, option, number[:20], done.exception)
        assert "Traceback" not in done.output
