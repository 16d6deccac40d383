"""A repository may come from anywhere: nothing that it names is started, and its diff can be applied all the same."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from runlog.system import git as git_facts
from runlog.system.git_folder import find_repository


def facts_of(folder):
    found = find_repository(str(folder))
    assert found is not None
    return git_facts.worktree_facts(found)


@pytest.fixture
def source(repository_of):
    return repository_of({"train.py": "rate = 1\n", "data.txt": "x\n"})


@pytest.fixture
def spy(own_folder):
    """A program that leaves a trace when it is started: `spy.path`, `spy.started`."""
    return Spy(own_folder / "spy")


class Spy:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._trace = path.with_suffix(".trace")
        path.write_text(f"#!/bin/sh\necho $0 $* >> {self._trace}\ncat\n", encoding="utf-8")
        path.chmod(0o755)

    @property
    def started(self) -> str:
        return self._trace.read_text(encoding="utf-8") if self._trace.exists() else ""


def change(source):
    """Change a file so that git must look into it."""
    (source / "data.txt").write_text("changed\n", encoding="utf-8")


SETTINGS = [
    "core.fsmonitor",
    "core.pager",
    "core.sshCommand",
    "core.askPass",
    "core.editor",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "credential.helper",
    "diff.external",
    "diff.spied.command",
    "diff.spied.textconv",
    "filter.spied.clean",
    "filter.spied.smudge",
    "filter.spied.process",
    "filter.with.dots and blanks.clean",
    "filter.grün.clean",
    "gpg.program",
    "interactive.diffFilter",
    "pager.status",
    "pager.diff",
    "pager.config",
    "pack.packObjectsHook",
    "alias.status",
    "alias.diff",
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_program_that_the_configuration_names_is_started(source, git, spy, setting):
    name = setting.split(".", 1)[1].rpartition(".")[0] or "spied"
    driver = "spied" if " " in name else name  # attributes hold no blanks: such a filter has no files, and does no harm
    (source / ".gitattributes").write_text(f"* filter={driver} diff=spied\n", encoding="utf-8")
    git(source, "config", setting, f"!{spy.path}" if setting.startswith("alias") else str(spy.path))
    git(source, "config", f"filter.{name}.required", "true")
    change(source)
    facts, _ = facts_of(source)
    assert "incomplete" not in facts
    assert spy.started == ""


def test_no_hook_is_started(source, spy):
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-auto-gc", "post-checkout"):
        (source / ".git" / "hooks" / hook).write_bytes(spy.path.read_bytes())
        (source / ".git" / "hooks" / hook).chmod(0o755)
    change(source)
    assert "incomplete" not in facts_of(source)[0]
    assert spy.started == ""


def test_a_filter_that_an_included_file_names_is_not_started(source, git, spy, own_folder):
    (source / ".gitattributes").write_text("* filter=spied\n", encoding="utf-8")
    (own_folder / "more").write_text(f'[filter "spied"]\n\tclean = {spy.path}\n', encoding="utf-8")
    git(source, "config", f"includeIf.gitdir:{source}/.path", str(own_folder / "more"))
    change(source)
    assert "incomplete" not in facts_of(source)[0]
    assert spy.started == ""


def test_a_filter_whose_name_can_t_stand_in_a_setting_ends_the_question(source, git, spy):
    (source / ".gitattributes").write_text("* filter=a=b\n", encoding="utf-8")
    git(source, "config", "filter.a=b.clean", str(spy.path))
    change(source)
    facts, diff = facts_of(source)
    assert "'a=b'" in facts["incomplete"]
    assert facts["branch"] == "main"
    assert (diff, spy.started) == (b"", "")


@pytest.mark.parametrize("way", ["ext::{spy}", "ssh://somewhere/x", "file://{folder}/nowhere"])
def test_what_a_partial_clone_lacks_is_not_fetched(source, git, spy, own_folder, way, monkeypatch):
    blob = git(source, "rev-parse", "HEAD:data.txt")
    (source / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for setting, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": way.format(spy=spy.path, folder=own_folder),
        "remote.origin.uploadpack": str(spy.path),
        "core.sshCommand": str(spy.path),
        "protocol.ext.allow": "always",
    }.items():
        git(source, "config", setting, value)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(spy.path))
    change(source)
    facts, _ = facts_of(source)
    assert facts["changed"]["files"] == ["data.txt"]
    assert "incomplete" in facts
    assert spy.started == ""


def test_a_submodule_s_own_filter_is_not_started(source, git, spy, repository_of):
    inner = with_submodule(source, git, repository_of)
    (inner / ".gitattributes").write_text("* filter=inner\n", encoding="utf-8")
    git(inner, "config", "filter.inner.clean", str(spy.path))
    git(inner, "config", "core.fsmonitor", str(spy.path))
    (inner / "inner.py").write_text("changed\n", encoding="utf-8")
    facts, _ = facts_of(source)
    assert facts["submodules"]["vendored"]["filtered"]["files"] == ["inner.py"]
    assert spy.started == ""


VARIABLES = [
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_ASKPASS",
    "GIT_EDITOR",
    "GIT_PROXY_COMMAND",
]


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_program_that_a_variable_names_is_started(source, spy, monkeypatch, variable):
    monkeypatch.setenv(variable, str(spy.path))
    change(source)
    assert b"+changed" in facts_of(source)[1]
    assert spy.started == ""


def test_a_git_in_the_folder_itself_is_not_taken_for_the_program(source, spy, monkeypatch):
    (source / "git").write_bytes(spy.path.read_bytes())
    (source / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    assert "incomplete" not in facts_of(source)[0]
    assert spy.started == ""


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_DIR": "/nowhere"},
        {"GIT_INDEX_FILE": "/nowhere/index"},
        {"GIT_WORK_TREE": "/"},
        {"GIT_OBJECT_DIRECTORY": "/nowhere"},
        {"GIT_CONFIG": "/nowhere/config"},
        {"GIT_DIFF_OPTS": "--unified=0"},
        {"GIT_LITERAL_PATHSPECS": "1"},
        {"GIT_NAMESPACE": "other"},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "diff.noprefix", "GIT_CONFIG_VALUE_0": "true"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_variables_that_a_hook_or_a_habit_left_behind_change_nothing(source, git, monkeypatch, variables):
    """Training that a hook of git starts has those of the hook's own repository."""
    change(source)
    expected = facts_of(source)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert facts_of(source) == expected


def test_what_variables_say_of_the_user_s_configuration_holds(source, own_folder, monkeypatch):
    (own_folder / "mine").write_text("[core]\n\texcludesFile = " + str(own_folder / "ignored"), encoding="utf-8")
    (own_folder / "ignored").write_text("scratch\n", encoding="utf-8")
    (source / "scratch").write_text("", encoding="utf-8")
    assert facts_of(source)[0]["dirty"] is True
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own_folder / "mine"))
    assert facts_of(source)[0]["dirty"] is False


# -- the diff can be applied -----------------------------------------------------------------------------------------

CONTENTS = {
    "train.py": "".join(f"line {number}\n" for number in range(60)),
    "mein modell ü.py": "a\n",
    'quo"ted\tname.py': "a\n",
    "crlf.txt": "one\r\ntwo\r\n",
    "no end.txt": "one",
    "deep/gone.py": "gone\n",
    "moved.py": "".join(f"moved {number}\n" for number in range(30)),
    "weights.bin": "\0\1\2",
    "lf.txt": "one\ntwo\n",
    "mode.sh": "#!/bin/sh\n",
}


@pytest.fixture
def edited(repository_of):
    """A working tree with every kind of change in it."""
    source = repository_of(CONTENTS)
    lines = CONTENTS["train.py"].splitlines(keepends=True)
    (source / "train.py").write_text("".join([*lines[:5], "new\n", *lines[6:40], *lines[50:]]), encoding="utf-8")
    (source / "mein modell ü.py").write_text("b\n", encoding="utf-8")
    (source / 'quo"ted\tname.py').write_text("b\n", encoding="utf-8")
    (source / "crlf.txt").write_bytes(b"one\r\nthree\r\n")
    (source / "no end.txt").write_bytes(b"two")
    (source / "deep" / "gone.py").unlink()
    (source / "moved.py").rename(source / "renamed.py")
    (source / "weights.bin").write_bytes(b"\0\3\4")
    (source / "mode.sh").chmod(0o755)
    return source


def check_applies(git, source: Path, diff: bytes, left: set[str] = frozenset()) -> None:
    """The commit with the diff applied is the working tree, but for the files ``left``."""
    wanted = {path: path.read_bytes() for path in source.rglob("*") if path.is_file() and ".git" not in path.parts}
    (source.parent / "diff").write_bytes(diff)
    git(source, "reset", "-q", "--hard")
    git(source, "submodule", "--quiet", "foreach", "git reset -q --hard")
    git(source, "apply", str(source.parent / "diff"))
    got = {path: path.read_bytes() for path in wanted if path.is_file()}
    assert got == {path: data for path, data in wanted.items() if path.name not in left} | {
        path: got[path] for path in got if path.name in left
    }


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"diff.noprefix": "true"},
        {"diff.mnemonicPrefix": "true"},
        {"color.ui": "always", "color.diff": "always", "diff.colorMoved": "zebra"},
        {"core.quotePath": "true"},
        {"diff.renames": "copies", "status.renames": "copies"},
        {"diff.algorithm": "patience", "diff.context": "0", "diff.interHunkContext": "20"},
        {"diff.algorithm": "minimal", "diff.context": "1"},
        {"diff.suppressBlankEmpty": "true"},
        {"diff.relative": "true"},
        {"diff.orderFile": "/nowhere"},
        {"core.autocrlf": "input"},
        {"core.abbrev": "4"},
        {"diff.submodule": "diff", "status.submoduleSummary": "true"},
        {"status.short": "true", "status.branch": "false", "status.showUntrackedFiles": "no"},
    ],
    ids=lambda settings: "+".join(settings) or "plain",
)
def test_the_diff_applies_whatever_is_configured(edited, git, settings):
    for name, value in settings.items():
        git(edited, "config", name, value)
    git(edited, "add", "-N", "renamed.py")
    facts, diff = facts_of(edited)
    assert "incomplete" not in facts
    assert facts["binary"] == {"count": 1, "files": ["weights.bin"]}
    assert b"\x1b" not in diff
    check_applies(git, edited, diff, left={"weights.bin"})


def test_the_diff_applies_where_line_ends_are_converted(repository_of, git):
    source = repository_of({".gitattributes": "*.txt text eol=crlf\n", "lf.txt": "one\ntwo\n"})
    (source / "lf.txt").write_bytes(b"one\r\nthree\r\n")
    facts, diff = facts_of(source)
    assert facts["changed"]["files"] == ["lf.txt"]
    check_applies(git, source, diff)


def test_binary_files_are_named_whatever_they_are_called(repository_of, git):
    names = ["a b.bin", "ü.bin", 'q"uo\\te.bin', "tab\t.bin", "new\nline.bin"]
    source = repository_of(dict.fromkeys(names, "\0"))
    for name in names:
        (source / name).write_bytes(b"\0\1")
    facts, diff = facts_of(source)
    assert sorted(facts["binary"]["files"]) == sorted(names)
    assert diff == b""


def test_files_that_a_filter_converts_are_named_and_the_others_diff_is_kept(source, git, spy):
    (source / ".gitattributes").write_text("*.txt filter=lfs diff=lfs merge=lfs -text\n", encoding="utf-8")
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "attributes")
    for setting, value in {"clean": "git-lfs clean", "process": "git-lfs filter-process", "required": "true"}.items():
        git(source, "config", f"filter.lfs.{setting}", value)
    change(source)
    (source / "train.py").write_text("rate = 2\n", encoding="utf-8")
    facts, diff = facts_of(source)
    assert facts["changed"] == {"count": 1, "files": ["train.py"]}
    assert facts["filtered"] == {"count": 1, "files": ["data.txt"]}
    assert "incomplete" not in facts
    assert b"data.txt" not in diff
    git(source, "config", "--remove-section", "filter.lfs")
    check_applies(git, source, diff, left={"data.txt"})


def test_a_file_that_only_its_filter_could_compare_leaves_open_whether_the_tree_is_dirty(source, git):
    (source / ".gitattributes").write_text("*.txt filter=lfs\n", encoding="utf-8")
    git(source, "add", ".")
    git(source, "commit", "-q", "-m", "attributes")
    change(source)
    facts, diff = facts_of(source)
    assert facts["dirty"] is None
    assert "changed" not in facts
    assert diff == b""
    git(source, "rm", "-q", "-f", "data.txt")
    assert facts_of(source)[0]["dirty"] is True


# -- submodules ------------------------------------------------------------------------------------------------------


def with_submodule(source, git, repository_of, path="vendored") -> Path:
    origin = repository_of({"inner.py": "inner = 1\n"}, f"origin of {path}")
    git(source, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(origin), path)
    git(source, "commit", "-q", "-m", "submodule")
    return source / path


def test_what_was_changed_in_a_submodule_is_named_and_in_the_diff(source, git, repository_of):
    inner = with_submodule(source, git, repository_of, "lib/vendored")
    assert facts_of(source)[0]["dirty"] is False
    (inner / "inner.py").write_text("inner = 2\n", encoding="utf-8")
    (source / "train.py").write_text("rate = 2\n", encoding="utf-8")
    facts, diff = facts_of(source)
    assert facts["dirty"] is True
    told = facts["submodules"]["lib/vendored"]
    assert (told["changed"], told["commit"]) == (
        {"count": 1, "files": ["inner.py"]},
        git(inner, "rev-parse", "HEAD"),
    )
    assert b"+inner = 2" in diff
    check_applies(git, source, diff)


def test_a_submodule_at_another_commit_is_a_change(source, git, repository_of):
    inner = with_submodule(source, git, repository_of)
    git(inner, "commit", "-q", "--allow-empty", "-m", "more")
    facts, diff = facts_of(source)
    assert facts["changed"] == {"count": 1, "files": ["vendored"]}
    assert f"+Subproject commit {git(inner, 'rev-parse', 'HEAD')}" in diff.decode()
    assert "submodules" not in facts


def test_an_untracked_file_in_a_submodule_makes_it_dirty(source, git, repository_of):
    inner = with_submodule(source, git, repository_of)
    (inner / "new.py").write_text("", encoding="utf-8")
    facts, diff = facts_of(source)
    assert (facts["dirty"], diff) == (True, b"")
    assert facts["submodules"]["vendored"]["untracked"]["files"] == ["new.py"]


def test_submodules_of_submodules_are_looked_into(source, git, repository_of):
    inner = with_submodule(source, git, repository_of)
    innermost = with_submodule(inner, git, repository_of, "deeper")
    git(source, "commit", "-q", "-a", "-m", "deeper")
    (innermost / "inner.py").write_text("innermost\n", encoding="utf-8")
    facts, diff = facts_of(source)
    assert facts["submodules"]["vendored"]["submodules"]["deeper"]["changed"]["files"] == ["inner.py"]
    assert b"+++ b/vendored/deeper/inner.py" in diff


def test_a_submodule_that_leads_elsewhere_is_not_looked_into(source, git, repository_of, own_folder):
    with_submodule(source, git, repository_of)
    other = repository_of({"secret.py": "x\n"}, "other")
    (other / "secret.py").write_text("y\n", encoding="utf-8")
    subprocess.run(["rm", "-r", str(source / "vendored")], check=True)
    (source / "vendored").symlink_to(other)
    (source / ".gitmodules").write_text(
        '[submodule "a"]\n\tpath = vendored\n[submodule "b"]\n\tpath = ../other\n', encoding="utf-8"
    )
    facts, diff = facts_of(source)
    assert "submodules" not in facts
    assert b"secret" not in diff


def test_a_submodule_that_is_not_checked_out_is_no_fault(source, git, repository_of):
    with_submodule(source, git, repository_of)
    git(source, "submodule", "--quiet", "deinit", "-f", "vendored")
    facts, diff = facts_of(source)
    assert "incomplete" not in facts
    assert (facts["dirty"], diff) == (False, b"")
