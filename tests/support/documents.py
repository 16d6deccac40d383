"""The code in the documents: what each page shows, and a way to run a page from its first block to its last.

By the language of a fence:

* ``python`` is run, all of a page in one process and one namespace;
* ``bash`` is run where it starts with ``runlog`` or ``python``, in the same folder;
* ``yaml`` is parsed;
* any of them with a file's name after the language is written under that name, to be used further down;
* ``console`` and ``text`` are only shown.

Run as a script with the path of a page, this module runs that page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INSTALL = re.compile(r"pip install (?:-\S+ )*([^`\n#&]+)")
RUNNABLE = ("runlog ", "python ")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    """Of the first line of code in the page, from 1."""
    language: str
    file: str
    """The file it is written to; empty where it is no file."""
    code: str


def pages() -> list[Path]:
    """README and every page under docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    from markdown_it import MarkdownIt

    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            language, _, file = token.info.strip().partition(" ")
            first = (token.map or [0])[0] + 2
            yield Block(page, first, language, file.strip(), token.content)


def packages(page: Path) -> list[str]:
    """What a page tells its reader to install; runlog itself goes without saying."""
    named = INSTALL.findall(page.read_text(encoding="utf-8"))
    words = " ".join(one.strip("`'\"") for one in named).replace("'", " ").replace('"', " ").split()
    return ["runlog-ml", *words]


def is_runnable(block: Block) -> bool:
    """Whether running the page does something with this block."""
    return bool(block.file) or block.language in {"python", "yaml"} or is_command(block)


def is_command(block: Block) -> bool:
    """Whether a bash block is made of our own commands."""
    return block.language == "bash" and block.code.lstrip().startswith(RUNNABLE)


def run_page(page: Path) -> None:
    """Run a page's blocks in the current folder; the first that fails raises."""
    from runlog.lifecycle import ending

    ending.PATIENCE = 100  # within the two seconds of a script's end a busy machine gathers only some facts
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    for block in blocks(page):
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            Path(block.file).write_text(block.code, encoding="utf-8")
        elif block.language == "python":
            # Empty lines before it give tracebacks the line numbers of the page.
            source = "\n" * (block.line - 1) + block.code
            exec(compile(source, str(block.page), "exec"), main.__dict__)
        elif block.language == "yaml":
            import yaml

            assert yaml.safe_load(block.code) is not None
        elif is_command(block):
            sys.stdout.flush()
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            command = ["bash", "-euo", "pipefail", "-c", block.code]
            done = subprocess.run(command, env={**os.environ, "PATH": path}, check=False)
            assert done.returncode == 0, f"{block.page}:{block.line} ended with {done.returncode}"


if __name__ == "__main__":
    run_page(Path(sys.argv[1]))
