"""What the tests with large packages share: environments with runlog of this checkout and the packages of a test.

These tests are left out unless they are asked for (``make test-integrations``), as they download what they need.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".integrations"
Environment = Callable[..., Path]


@pytest.fixture(scope="session")
def environment() -> Environment:
    """`environment(PACKAGES, extras=())`: the interpreter of an environment with these packages, made where there is none.

    Args of the function: requirements and options as pip takes them, and extras of runlog. It has runlog of this checkout as an
    editable install. Where a package can't be installed, the test fails with pip's own words.
    """
    return interpreter_with


def interpreter_with(packages: Sequence[str], extras: Sequence[str] = ()) -> Path:
    """The interpreter of the environment for these packages and extras of runlog; made once, and kept under `CACHE`."""
    folder = CACHE / _name_of(packages, extras)
    python = folder / "bin" / "python"
    CACHE.mkdir(exist_ok=True)
    with _locked(CACHE / "lock"):
        if not (folder / "installed").exists():
            shutil.rmtree(folder, ignore_errors=True)
            own = f"{ROOT}[{','.join(sorted(extras))}]" if extras else str(ROOT)
            _run(sys.executable, "-m", "venv", folder)
            _run(python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages, "--editable", own)
            (folder / "installed").touch()
    return python


def _name_of(packages: Sequence[str], extras: Sequence[str]) -> str:
    """Other packages, another interpreter or other requirements of runlog are another environment."""
    wanted = [sys.version, sys.base_prefix, (ROOT / "setup.py").read_text(encoding="utf-8"), *sorted(packages)]
    digest = hashlib.sha256("\0".join([*wanted, *sorted(extras)]).encode()).hexdigest()[:8]
    words = "".join(
        one if one.isalnum() else "-" for one in "-".join(one for one in sorted(packages) if not one.startswith("-"))
    )
    return f"{words[:40]}-{digest}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One at a time, also of several pytest processes: they would build the same checkout."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}", pytrace=False)
