"""The program ``git``, called so that it starts nothing, writes nothing and asks nobody.

A repository may come from anywhere, and its configuration can name programs: filters of files, a monitor of the file
system, hooks, remotes that are reached by a command. Each is taken out by a setting that goes before the repository's.
Variables of the surroundings that lead git to another repository, or trace it, are left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from runlog.system.programs import Output, ProgramError, output

SECONDS = 30.0
"""How long one call of git may take. Nothing waits for it but the thread that takes the facts in."""
LISTING_BYTES = 32_000_000

_VARIABLES = {
    "GIT_OPTIONAL_LOCKS": "0",  # `status` and `diff` would write the index anew
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_PAGER": "cat",
    "GIT_ALLOW_PROTOCOL": "none",  # of a partial clone `diff` would fetch what is missing, by what the remote names
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
_KEPT = ("GIT_CONFIG_", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
"""Beginnings of the only variables of git's own that are handed on: where it is, and the user's configuration."""
_SETTINGS = (
    "core.fsmonitor=",
    f"core.hooksPath={os.devnull}",
    "core.quotePath=false",
    "diff.renames=false",
    f"diff.orderFile={os.devnull}",  # `status` reads it, too, and ends where it is not there
    "diff.relative=false",
    "diff.suppressBlankEmpty=false",
)


class Git:
    """The program in one working tree."""

    def __init__(self, root: Path) -> None:
        """Find out which filters there are to be left out.

        Args:
            root: of the working tree.

        Raises:
            ProgramError: git can't be asked, or a filter can't be left out.
        """
        self._root = str(root)
        self._options = [option for setting in _SETTINGS for option in ("-c", setting)]
        self._options += [option for setting in self._without_filters() for option in ("-c", setting)]

    def __call__(self, *arguments: str, limit: int = LISTING_BYTES, given: bytes = b"") -> Output:
        """What git prints.

        Args:
            arguments: its own.
            limit: bytes that are taken.
            given: what it reads.

        Raises:
            ProgramError: see there.
        """
        return output(["git", *self._options, *arguments], self._root, SECONDS, limit, _environment(), given)

    def entries(self, *arguments: str, given: Iterable[str] = ()) -> list[str]:
        """What git prints with ``-z``: the parts that end with NUL.

        Args:
            arguments: its own.
            given: such parts that it reads.

        Raises:
            ProgramError: see there.
        """
        read = b"".join(os.fsencode(part) + b"\0" for part in given)
        return [os.fsdecode(entry) for entry in self(*arguments, given=read).data.split(b"\0")[:-1]]

    def settings(self, pattern: str, file: str = "") -> list[tuple[str, str]]:
        """Keys that fit a regular expression, each with its value.

        Args:
            pattern: of the keys.
            file: of the working tree, in which they stand; by default all that configures git here.

        Raises:
            ProgramError: see there.
        """
        try:
            entries = self.entries("config", *(["-f", file] if file else []), "-z", "--get-regexp", pattern)
        except ProgramError as error:
            if error.code == 1:  # there is none
                return []
            raise
        return [(key, value) for key, _, value in (entry.partition("\n") for entry in entries)]

    def _without_filters(self) -> list[str]:
        """Settings under which no filter runs, and none is missed.

        Raises:
            ProgramError: a filter's name can't stand in a setting.
        """
        names = {key[len("filter.") :].rpartition(".")[0] for key, _ in self.settings(r"^filter\..*\.")}
        if wrong := [name for name in names if "=" in name]:
            raise ProgramError(f"the filter {wrong[0]!r} of the repository can't be left out: its name has a '='")
        parts = ("clean=", "smudge=", "process=", "required=false")
        return [f"filter.{name}.{part}" for name in sorted(names) for part in parts]


def _environment() -> dict[str, str]:
    foreign = {name for name in os.environ if name.startswith("GIT_") and not name.startswith(_KEPT)}
    return {name: value for name, value in os.environ.items() if name not in foreign} | _VARIABLES
