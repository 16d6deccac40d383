"""The command ``runlog`` itself: its commands, imported when they are called, and how faults end it."""

from __future__ import annotations

import importlib
import io
import os
import sys
from typing import Any, NamedTuple, NoReturn

import click

from runlog import __version__
from runlog.cli.arguments import workspace_option
from runlog.control_characters import in_lines
from runlog.errors import RunLogError
from runlog.names import did_you_mean

COMMANDS = {
    "run": "Run a command as a run, with what it prints as its log.",
    "runs": "List runs, newest first.",
    "show": "Show what a run is and how it stands.",
    "logs": "Print the log records of a run.",
    "search": "Find log records of all runs.",
    "tail": "Keep the lines of a file in a run.",
    "metrics": "Show the metrics of a run.",
    "diff": "Show what differs between two runs.",
    "files": "List or fetch the files of a run.",
    "watch": "Tell somebody when a run ends, or a metric meets a condition.",
    "export": "Write a run in a form that other programs read.",
    "note": "Write a note on a run.",
    "level": "Give loggers of a running process another level for a while.",
    "models": "List models, or fetch one.",
    "wait": "Wait until a run has ended.",
    "doctor": "Look for what keeps runs from being kept, or run a program and tell what configures logging in it.",
    "explain": "Run a program, and say why records do or do not reach their destinations in it.",
    "compact": "Rewrite what runs logged in less room.",
    "delete": "Delete runs for good.",
    "index": "Look after the index that finds runs.",
    "backup": "Copy the workspace, also while runs are written.",
    "gc": "Remove what nobody needs any more.",
    "offload": "Move blobs to an object store.",
    "server": "Keep the runs of other machines.",
    "ui": "Serve the workspace to yourself, on this machine.",
    "token": "Say who may use the server.",
    "login": "Keep the token for a server.",
    "sync": "Send the runs of this machine that a server lacks.",
    "config": "Check a configuration of logging.",
    "workspace": "Make a workspace.",
}
"""The commands, each in the module of its name, and the line that tells of it: a list of them imports none."""

OTHER_NAMES = {
    **dict.fromkeys(("ls", "list", "ps"), "runs"),
    **dict.fromkeys(("status", "info", "describe"), "show"),
    **dict.fromkeys(("cat", "records"), "logs"),
    **dict.fromkeys(("rm", "remove"), "delete"),
    **dict.fromkeys(("serve", "dashboard", "gui"), "ui"),
    **dict.fromkeys(("download", "artifacts"), "files"),
    **dict.fromkeys(("init", "create"), "workspace"),
    **dict.fromkeys(("compare",), "diff"),
    **dict.fromkeys(("find", "grep"), "search"),
}
"""Names that other programs have for the like."""
INTERRUPTED = 130


class Surroundings(NamedTuple):
    """What the command line was called in."""

    mode: str | None
    """``RUNLOG_MODE``, which programs that log would see."""


class Program(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order they are told of."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command in the module of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"runlog.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names; of one that does not exist, which may have been meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            meant = OTHER_NAMES.get(name) or did_you_mean(name, COMMANDS)
            hint = f"did you mean {meant!r}?" if meant in COMMANDS else meant or "`runlog --help` lists them"
            raise click.UsageError(f"there is no command {name!r}: {hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A reader that has seen enough (``| head``) is no fault; click would make it one."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _leave(0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands for ``--help``."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group("runlog", cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "--version", prog_name="runlog", message="%(prog)s %(version)s")
@workspace_option
def program() -> None:
    """Look at runs and what they logged.

    RUN is a run's id, a part of the id that no other run has, its display name where only one run has it, "latest" (or
    -1), or -2 for the run before that, and so on.

    The workspace is --workspace, else RUNLOG_URI, else the nearest .runlog folder upwards.
    """


def run_program(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process: 0, 1 for a fault, 2 for wrong use, 130 for Ctrl-C."""
    mode = os.environ.pop(
        "RUNLOG_MODE", None
    )  # the switch is for programs that log: a command does what it is asked to
    _have_standard_streams()
    try:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        program.main(arguments, prog_name="runlog", standalone_mode=False, obj=Surroundings(mode))
        sys.stdout.flush()
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        sys.stderr.write(in_lines(told.getvalue()))
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _leave(INTERRUPTED)
    except BrokenPipeError:
        _leave(0)
    except (RunLogError, OSError) as error:
        sys.exit(_told(error))


def _have_standard_streams() -> None:
    """Open what was closed for the program: no file of ours gets its number, and what is printed goes nowhere."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - it stays open


def _told(error: Exception) -> int:
    """Tell of a fault on stderr, behind what stdout has by then; the exit code."""
    text = str(error) if isinstance(error, RunLogError) else " ".join(str(error).split())
    text = in_lines(text).strip() or type(error).__name__
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _leave(0)
    print(f"runlog: {text}", file=sys.stderr)
    return 1


def _leave(code: int) -> NoReturn:
    """End where stdout may be gone: what it still holds is given up, so that the interpreter does not try again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
