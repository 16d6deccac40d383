"""What the program ``git`` tells of a working tree: changed and untracked files, the remote, the diff.

Nothing of the repository is touched, and nothing that its configuration names is started: see
:mod:`runlog.system.git_program`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from runlog.redaction import redact_text
from runlog.system.git_diff import diff_of
from runlog.system.git_folder import Repository, find_repository, head_facts
from runlog.system.git_program import Git
from runlog.system.programs import ProgramError

DIFF_BYTES = 10_000_000
LISTED = 100
"""Names of changed and of untracked files that are kept; all are counted. Submodules that are looked into."""

_STATUS = (
    *("status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z"),
    *("--no-renames", "--untracked-files=normal", "--ignore-submodules=dirty"),
)
"""Of a submodule the commit is compared only: to look into it, git would start another git with its configuration."""


def worktree_facts(repository: Repository) -> tuple[dict[str, Any], bytes]:
    """What the program tells, and the diff against HEAD (empty where there is none), submodules included.

    A part that fails is missing, and ``incomplete`` says why.
    """
    facts = head_facts(repository)
    diff = b""
    try:
        git = Git(repository.root)
        status = _status(git)
        facts |= status.facts
        if url := _remote_url(git, status.upstream):
            facts["remote"] = url
        diff = _add_diff(facts, git, status.filtered, "", DIFF_BYTES)
        diff += _add_submodules(facts, git, repository.root, "", DIFF_BYTES - len(diff))
    except ProgramError as error:
        facts["incomplete"] = str(error)
    return facts, diff


class _Status(NamedTuple):
    """What ``git status`` tells."""

    facts: dict[str, Any]
    upstream: str
    """Remote and branch, as ``origin/main``."""
    filtered: list[str]
    """Files that differ, or may, and that a filter converts."""


def _status(git: Git) -> _Status:
    facts: dict[str, Any] = {}
    upstream = ""
    states: dict[str, str] = {}
    untracked: list[str] = []
    for entry in git.entries(*_STATUS):
        if entry.startswith("# branch.oid ") and not entry.endswith("(initial)"):
            facts["commit"] = entry[13:]
        elif entry.startswith("# branch.head ") and not entry.endswith("(detached)"):
            facts["branch"] = entry[14:]
        elif entry.startswith("# branch.upstream "):
            upstream = entry[18:]
        elif entry.startswith("? "):
            untracked.append(entry[2:])
        elif entry[:2] in {"1 ", "u "}:
            states[entry.split(" ", {"1": 8, "u": 10}[entry[0]])[-1]] = entry[2:4]
    converted = _converted(git, states) if states else set()
    changed = [path for path, state in states.items() if state != _MODIFIED or path not in converted]
    filtered = [path for path in states if path in converted]
    facts["dirty"] = bool(changed or untracked) or (None if filtered else False)
    _add_paths(facts, changed=changed, untracked=untracked, filtered=filtered)
    return _Status(facts, upstream, filtered)


_MODIFIED = ".M"
"""The state of a file that differs from the index in its content alone."""


def _converted(git: Git, paths: Iterable[str]) -> set[str]:
    """Those that a filter converts, such as files of LFS: without it they can't be compared with what is committed."""
    told = git.entries("check-attr", "-z", "--stdin", "filter", given=paths)
    names = dict(zip(told[::3], told[2::3], strict=True))
    return {path for path, name in names.items() if name not in {"unspecified", "unset", "set"}}


def _add_paths(facts: dict[str, Any], **lists: list[str]) -> None:
    for name, paths in lists.items():
        if paths:
            facts[name] = {"count": len(paths), "files": paths[:LISTED]}


def _add_diff(facts: dict[str, Any], git: Git, filtered: list[str], prefix: str, limit: int) -> bytes:
    """The diff of one working tree; what is not in it is added to the facts."""
    if "changed" not in facts or "commit" not in facts:
        return b""
    diff = diff_of(git, filtered, prefix, limit)
    _add_paths(facts, binary=[path.removeprefix(prefix) for path in diff.binary])
    if diff.cut:
        facts["diff_cut"] = True
    return diff.data


def _add_submodules(facts: dict[str, Any], git: Git, root: Path, prefix: str, limit: int) -> bytes:
    """Add the submodules that are dirty themselves, and return their diff, with paths as seen from the outermost tree.

    Each is asked by a git of its own, as its configuration may name programs, too.
    """
    diff = b""
    for path in _submodules(git, root):
        inside: dict[str, Any] = {}
        place = f"{prefix}{path}/"
        try:
            submodule = Git(root / path)
            status = _status(submodule)
            inside |= status.facts
            diff += _add_diff(inside, submodule, status.filtered, place, limit - len(diff))
            diff += _add_submodules(inside, submodule, root / path, place, limit - len(diff))
        except ProgramError as error:
            inside["incomplete"] = str(error)
        if inside.get("dirty") is not False:
            facts.setdefault("submodules", {})[path] = inside
            facts["dirty"] = inside.get("dirty") or facts["dirty"]
        if inside.get("diff_cut"):
            facts["diff_cut"] = True
    return diff


def _submodules(git: Git, root: Path) -> list[str]:
    """Paths of the submodules that are there, each a repository inside the working tree."""
    if not (root / ".gitmodules").is_file():
        return []
    paths = [path for _, path in git.settings(r"^submodule\..*\.path$", file=".gitmodules")]
    found = ((path, find_repository(str(root / path))) for path in paths[:LISTED])
    return [path for path, repository in found if repository is not None and repository.root == root / path]


def _remote_url(git: Git, upstream: str) -> str:
    """The URL of the branch's remote, else of ``origin``, else of the first; without credentials."""
    urls: dict[str, str] = {}
    for key, url in git.settings(r"^remote\..*\.url$"):
        urls.setdefault(key[7:-4], url)
    wanted = (upstream.partition("/")[0], "origin", *urls)
    return redact_text(next((urls[name] for name in wanted if urls.get(name)), ""))
