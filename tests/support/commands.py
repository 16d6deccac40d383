"""Every command that the command line has, as its parser knows them, and calls of each: so that a new one is tried as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from runlog.cli.durations import DurationType
from runlog.cli.program import program


def commands(
    command: click.Command = program, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that there is, with its names."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, (*path, name))


COMMANDS = dict(commands())


def value(option: click.Parameter, word: str) -> str:
    """Something that an option takes."""
    if isinstance(option.type, click.Choice):
        return str(option.type.choices[0])
    if isinstance(option.type, DurationType):
        return "1s"
    if isinstance(option.type, (click.IntRange, click.FloatRange, type(click.INT), type(click.FLOAT))):
        return "1"
    return "{folder}/made" if isinstance(option.type, click.Path) else word


def calls(path: tuple[str, ...], words: Mapping[str, str], word: str = "word") -> Iterator[tuple[str, ...]]:
    """The command with the arguments that it needs, and once more with each of its options; it never asks.

    Args:
        path: the command's names.
        words: what stands for an argument, by its name.
        word: what stands for all others, and for the values of options.
    """
    command = COMMANDS[path]
    arguments = [words.get(one.name or "", word) for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option) and "--workspace" not in one.opts]
    unasked = [one.opts[0] for one in options if "--yes" in one.opts]
    yield (*path, *unasked, *arguments)
    for one in options:
        given = [one.opts[0]] if one.is_flag else [one.opts[0], value(one, word)]
        yield (*path, *unasked, *given, *arguments)
