"""What the program ``git`` tells of a working tree: changed and untracked files, the remote, the diff.

Nothing of the repository is touched: no index is refreshed, no hook, pager, external diff or prompt is started.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runlog.redaction import redact_text
from runlog.system.git_folder import Repository, head_facts
from runlog.system.programs import Output, ProgramError, output

SECONDS = 30.0
"""How long one call of git may take. Nothing waits for it but the thread that takes the facts in."""
DIFF_BYTES = 10_000_000
LISTED = 100
"""Names of changed and of untracked files that are kept; all are counted."""
_LISTING_BYTES = 32_000_000

QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",  # `status` and `diff` would write the index anew
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
"""Variables under which git asks nobody and writes nothing."""

_GIT = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "diff.renames=false"]
_STATUS = ["status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=normal"]
_DIFF = ["diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color"]


def worktree_facts(repository: Repository) -> tuple[dict[str, Any], bytes]:
    """What the program tells, and the diff against HEAD (empty where there is none).

    A part that fails is missing, and ``incomplete`` says why.
    """
    facts = head_facts(repository)
    diff = b""
    try:
        facts |= _status(_call(repository, _STATUS, _LISTING_BYTES).data)
        if url := _remote_url(repository, facts):
            facts["remote"] = url
        if facts.get("changed") and "commit" in facts:
            found = _call(repository, _DIFF, DIFF_BYTES)
            diff = found.data[: found.data.rfind(b"\n") + 1] if found.cut else found.data
            if found.cut:
                facts["diff_cut"] = True
    except ProgramError as error:
        facts["incomplete"] = str(error)
    facts.pop("upstream", None)
    return facts, diff


def _call(repository: Repository, arguments: list[str], limit: int) -> Output:
    return output([*_GIT, *arguments], str(repository.root), SECONDS, limit, QUIET)


def _status(listing: bytes) -> dict[str, Any]:
    """The facts in what ``git status --porcelain=v2 --branch -z`` prints."""
    facts: dict[str, Any] = {}
    changed: list[str] = []
    untracked: list[str] = []
    for entry in _entries(listing):
        if entry.startswith("# branch.oid ") and not entry.endswith("(initial)"):
            facts["commit"] = entry[13:]
        elif entry.startswith("# branch.head ") and not entry.endswith("(detached)"):
            facts["branch"] = entry[14:]
        elif entry.startswith("# branch.upstream "):
            facts["upstream"] = entry[18:]
        elif entry.startswith("? "):
            untracked.append(entry[2:])
        elif entry[:2] in {"1 ", "2 ", "u "}:
            changed.append(entry.split(" ", {"1": 8, "2": 9, "u": 10}[entry[0]])[-1])
    facts["dirty"] = bool(changed or untracked)
    for name, paths in (("changed", changed), ("untracked", untracked)):
        if paths:
            facts[name] = {"count": len(paths), "files": paths[:LISTED]}
    return facts


def _entries(listing: bytes) -> Iterator[str]:
    entries = iter(listing.decode("utf-8", "replace").split("\0"))
    for entry in entries:
        yield entry
        if entry.startswith("2 "):  # a rename has its old name as an entry of its own
            next(entries, None)


def _remote_url(repository: Repository, facts: dict[str, Any]) -> str:
    """The URL of the branch's remote, else of ``origin``, else of the first; without credentials."""
    try:
        listing = _call(repository, ["config", "-z", "--get-regexp", r"^remote\..*\.url$"], _LISTING_BYTES).data
    except ProgramError as error:
        if error.code == 1:  # there is no remote
            return ""
        raise
    urls: dict[str, str] = {}
    for entry in listing.decode("utf-8", "replace").split("\0"):
        key, _, url = entry.partition("\n")
        urls.setdefault(key[7:-4], url)
    wanted = (str(facts.get("upstream", "")).partition("/")[0], "origin", *urls)
    return redact_text(next((urls[name] for name in wanted if urls.get(name)), ""))
