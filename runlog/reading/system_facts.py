"""What a run ran on, put together from its state and from the contents that this names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from runlog.errors import RunFileNotFoundError
from runlog.whole_files import is_sha256

if TYPE_CHECKING:
    from runlog.backend import Backend
    from runlog.records import RunOpened
    from runlog.state import RunState

ORDER = ("command", "python", "host", "cpu", "memory", "gpu", "container", "git", "environment", "packages")
"""Sections as people read them; ones that a later version wrote come behind."""


class SystemFacts(Mapping[str, Mapping[str, Any]]):
    """The sections of a run's surroundings, as a read-only mapping.

    ``packages`` has ``installed`` (name to version) and ``direct`` (name to where it came from); they are read when
    the section is.
    """

    def __init__(self, backend: Backend, state: RunState) -> None:
        """Put the sections together.

        Args:
            backend: keeps the contents.
            state: of the run.
        """
        self._backend = backend
        sections = _with_process(state.system, _owner(state)) if state.system else {}
        known = [name for name in ORDER if name in sections]
        self._sections = {name: sections[name] for name in [*known, *sorted(sections.keys() - set(known))]}

    @classmethod
    def of_run(cls, backend: Backend, state: RunState) -> SystemFacts:
        """The facts of a run, or of the nearest run above it that recorded any."""
        while not state.system and state.parent is not None and backend.has_run(state.parent):
            state = backend.state(state.parent)
        return cls(backend, state)

    def __getitem__(self, section: str) -> Mapping[str, Any]:
        """A section.

        Raises:
            KeyError: nothing was recorded under the name.
        """
        facts = self._sections[section]
        if section == "packages":
            return with_packages({section: facts}, self._backend.read_blob)[section]
        return facts

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def __len__(self) -> int:
        return len(self._sections)

    def __repr__(self) -> str:
        return f"SystemFacts({self._sections!r})"

    @property
    def diff(self) -> str | None:
        """What was changed in the working tree and not committed, as ``git diff HEAD`` printed it.

        None where nothing was, or where the content is gone. ``git.diff_cut`` tells that there was more.
        """
        content = _content(self._sections.get("git", {}), self._backend.read_blob)
        return None if content is None else content.decode("utf-8", "replace")


def with_packages(sections: Mapping[str, Any], read_blob: Callable[[str], bytes]) -> dict[str, dict[str, Any]]:
    """Sections with the list of packages, kept as content of its own, read into theirs.

    Args:
        sections: of a run.
        read_blob: content by its hash.
    """
    whole = {name: dict(facts) for name, facts in sections.items()}
    packages = whole.get("packages")
    if packages is None:
        return whole
    content = _content(packages, read_blob)
    if content is not None:
        del packages["content"]
        packages.update(_lists(content))
    elif "content" in packages:
        packages["incomplete"] = "the list is gone from blobs/"
    return whole


def _lists(content: bytes) -> dict[str, Any]:
    """The lists of packages in a blob, or that it has none."""
    from runlog.records import UNREADABLE

    try:
        return msgspec.json.decode(content, type=dict[str, dict[str, Any]])
    except UNREADABLE:
        return {"incomplete": "the list can't be read"}


def _content(facts: Mapping[str, Any], read_blob: Callable[[str], bytes]) -> bytes | None:
    pointer = facts.get("content")
    sha256 = pointer.get("sha256") if isinstance(pointer, dict) else None
    if not isinstance(sha256, str) or not is_sha256(sha256):
        return None
    try:
        return read_blob(sha256)
    except RunFileNotFoundError:
        return None


def _owner(state: RunState) -> RunOpened | None:
    owners = [opened for opened in state.writers.values() if opened.owner]
    return max(owners, key=lambda opened: opened.time, default=None)


def _with_process(sections: Mapping[str, dict[str, Any]], owner: RunOpened | None) -> dict[str, dict[str, Any]]:
    """The sections with what the newest attempt's RUN event says already."""
    whole = {name: dict(facts) for name, facts in sections.items()}
    if owner is None:
        return whole
    command: dict[str, Any] = {"arguments": owner.argv, "folder": owner.folder, "pid": owner.pid}
    whole["command"] = command | whole.get("command", {})
    whole["python"] = {"version": owner.versions.get("python", "")} | whole.get("python", {})
    whole["host"] = {"name": owner.host} | whole.get("host", {})
    return whole
