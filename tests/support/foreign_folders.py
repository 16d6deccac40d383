"""Folders of somebody else's in which every name is taken that runlog uses, and what is compared of them."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

OLD = 1_000_000_000
"""When everything in them was changed last: older than what any command keeps for a while."""
SHA256 = "0123456789abcdef" * 4
OF_OTHERS = {
    "config.json": '{"subscription": 7}',
    "settings.toml": "[tool]\n",
    "workspace.json": '{"version": 2, "projects": {}}',
    ".gitignore": "*.pyc\n",
    "runs/notes.txt": "experiment 1",
    "runs/exp1/0123456789ab.lock": "poetry",
    "runs/exp1/0123456789ab.pack": "PACK of git",
    "runs/exp1/.0123456789ab.77.tmp": "draft",
    "runs/exp1/files/a.txt": "a",
    "runs/exp1/requests/levels.json": "{}",
    f"blobs/01/{SHA256}": "a layer of a container",
    "blobs/01/.0123456789ab.77.tmp": "draft",
    "uploads/0123456789abcdef01234567": "a customer's",
    "uploads/photo.jpg": "jpg",
    "deleted/mail.0123abcd": "mail",
    "deleted/r01abc.0123abcd/kept": "kept",
    "models/net/1.json": '{"name": "net"}',
    "models/net/.complete": "",
    "experiments/first.json": '{"name": "first"}',
    "entries/a": "a",
    "processes/1/0123456789ab.lock": "1",
    "outputs/model.bin": "weights",
    "files/a": "a",
    "journal/0": "0",
    "cache/servers/a": "a",
    "outbox/b": "b",
    "search/index": "index",
    "series/s": "s",
    "lost+found/x": "x",
    ".0123456789ab.77.tmp": "draft",
    "index.lock": "git",
    "search.lock": "",
    "credentials.json": "{}",
    ".config/tool/config": "x",
    "train.py": "print('here')\n",
    "logging.yaml": "version: 1\n",
}
"""Names that runlog has, too, in its workspace or beside it, with what others keep under them."""
DATABASES = ("index.sqlite", "search.sqlite", "server.sqlite")
Seen = dict[str, tuple[object, ...]]


def fill(folder: Path) -> None:
    """Put all of it into a folder, which is made where there is none."""
    for name, text in OF_OTHERS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in DATABASES:
        connection = sqlite3.connect(folder / name)
        connection.executescript("CREATE TABLE runs (id, status); INSERT INTO runs VALUES ('a', 'of another tool')")
        connection.close()
        (folder / f"{name}-wal").write_bytes(b"")


def home(folder: Path) -> None:
    """A folder with all these names in it."""
    fill(folder)


def beside_a_file(folder: Path) -> None:
    """The same, where ``.runlog`` is a file."""
    fill(folder)
    (folder / ".runlog").write_text("last run: today\n")


def beside_a_folder(folder: Path) -> None:
    """The same, where ``.runlog`` is the folder of another tool, with all these names in it as well."""
    fill(folder)
    fill(folder / ".runlog")


def beside_a_link(folder: Path) -> None:
    """The same, where ``.runlog`` leads to a folder of another tool."""
    fill(folder)
    fill(folder.parent / "elsewhere")
    (folder / ".runlog").symlink_to(folder.parent / "elsewhere")


def of_links(folder: Path) -> None:
    """A folder in which each of these names leads to another folder or file."""
    fill(folder.parent / "elsewhere")
    folder.mkdir(parents=True)
    for one in sorted((folder.parent / "elsewhere").iterdir()):
        (folder / one.name).symlink_to(one)


def like_ours(folder: Path) -> None:
    """The same, where another tool's ``workspace.json`` has a name and a version."""
    fill(folder)
    (folder / "workspace.json").write_text('{"name": "monorepo", "version": 1, "packages": ["a"]}')


KINDS: dict[str, Callable[[Path], None]] = {
    one.__name__: one for one in (home, beside_a_file, beside_a_folder, beside_a_link, of_links, like_ours)
}


def make(kind: str, folder: Path) -> None:
    """A folder of that kind, all of it old."""
    KINDS[kind](folder)
    for path in sorted(folder.parent.rglob("*"), reverse=True):
        os.utime(path, (OLD, OLD), follow_symlinks=False)
    os.utime(folder, (OLD, OLD))


def seen(folder: Path) -> Seen:
    """Of everything beneath a folder: its kind and rights, content, and when it was changed; of folders by whom it is owned, too."""
    found: Seen = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content: object = None
        if stat.S_ISLNK(status.st_mode):
            content = os.readlink(path)
        elif stat.S_ISREG(status.st_mode):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = str(path.relative_to(folder))
        found[name] = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, content)
    return found
