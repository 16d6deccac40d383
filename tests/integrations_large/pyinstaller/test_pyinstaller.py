"""A program that PyInstaller has made of a script: it is no interpreter that could be started again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.scripts import clean_environment

PACKAGES = ["pyinstaller"]
pytestmark = pytest.mark.integration


@pytest.mark.parametrize("form", ["--onedir", "--onefile"])
def test_it_starts_once_and_its_descriptors_lead_where_they_led(environment, own_folder, form):
    python = environment(PACKAGES)
    script = Path(__file__).with_name("program.py")
    build = [str(python), "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", form, "--collect-all", "runlog"]
    subprocess.run([*build, str(script)], cwd=own_folder, check=True)
    program = own_folder / "dist" / "program" / "program" if form == "--onedir" else own_folder / "dist" / "program"
    done = subprocess.run(
        [program], cwd=own_folder, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert (own_folder / "starts").read_text() == "[]\n"
    assert sorted(done.stdout.splitlines()) == sorted(
        ["frozen True", "child", "ended 0", "descriptor", "Completed {'loss': [0.5]}"]
    )
    assert done.stderr.count("file descriptor can't be captured") == 2
    assert done.returncode == 0
