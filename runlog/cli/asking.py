"""Asking whoever called a command before something is done for good."""

from __future__ import annotations

import sys

import click

from runlog.cli.nothing_found import say


def is_somebody_there() -> bool:
    """Whether a person may answer."""
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:  # closed
        return False


def confirm(question: str, option: str) -> None:
    """Go on only where the answer is yes.

    Args:
        question: for a yes.
        option: says yes beforehand.

    Raises:
        click.Abort: the answer was no, or there was none; that is told.
    """
    try:
        agreed = click.confirm(question)
    except click.Abort:
        if not is_somebody_there():
            say(f"runlog: nothing is done, as nobody answers here: {option} says yes beforehand")
        raise
    if not agreed:
        say("nothing is done")
        raise click.Abort
