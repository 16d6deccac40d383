"""The documents as a site: it builds without a warning, and its reference has every public name."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import runlog
from support import documents

REFERENCE = documents.ROOT / "docs" / "reference"
SHOWN = re.compile(r"^::: (\S+)", re.MULTILINE)


def shown_names():
    return {name for page in REFERENCE.glob("*.md") for name in SHOWN.findall(page.read_text(encoding="utf-8"))}


def test_the_site_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=documents.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    page = (tmp_path / "site" / "reference" / "run" / "index.html").read_text(encoding="utf-8")
    assert "log_image" in page, "inherited methods are shown"


def test_the_reference_has_every_public_name():
    public = {name for name in runlog.__all__ if name not in {"config", "errors", "handlers", "sources"}}
    assert public - {name.removeprefix("runlog.") for name in shown_names()} == set()


def test_the_reference_has_every_handler_filter_and_formatter():
    import runlog.handlers

    shown = {name.rpartition(".")[2] for name in shown_names()}
    assert set(runlog.handlers.__all__) - shown == set()
