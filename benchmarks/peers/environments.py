"""One virtual environment for each peer, made on demand under ``benchmarks/.environments``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.report import progress

from .catalog import Peer

ROOT = Path(__file__).resolve().parent.parent / ".environments"


class NotInstalledError(Exception):
    """A peer could not be installed here."""


def interpreter_of(peer: Peer) -> str | None:
    """The interpreter of the peer's environment, or None where there is none yet."""
    python = _python(peer)
    return str(python) if python.with_name("installed").exists() else None


def install(peer: Peer, base: str) -> str:
    """Make the peer's environment unless it is there.

    Args:
        peer: what to install.
        base: the interpreter to make the environment with.

    Returns:
        The environment's interpreter.

    Raises:
        NotInstalledError: pip's own last word, where the peer can't be installed here.
    """
    python = _python(peer)
    mark = python.with_name("installed")
    if not mark.exists():
        progress(f"installing {', '.join(peer.requirements)} into {ROOT / peer.environment}")
        shutil.rmtree(ROOT / peer.environment, ignore_errors=True)
        _run([base, "-m", "venv", str(ROOT / peer.environment)])
        _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *peer.requirements])
        mark.touch()
    return str(python)


def version(peer: Peer) -> str:
    """What is installed in the peer's environment, as ``name version``."""
    listed = json.loads(_run([str(_python(peer)), "-m", "pip", "list", "--format", "json"]))
    wanted = {name.lower() for name in peer.requirements}
    return ", ".join(f"{one['name']} {one['version']}" for one in listed if one["name"].lower() in wanted)


def default_base() -> str:
    """Python 3.11 where there is one that runs (all peers have wheels for it), else the interpreter that runs this."""
    found = shutil.which("python3.11")
    runs = found is not None and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0
    return found if found is not None and runs else sys.executable


def _python(peer: Peer) -> Path:
    return ROOT / peer.environment / "bin" / "python"


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()
        errors = [line for line in words if line.startswith("ERROR")]
        raise NotInstalledError((errors or words)[-1])
    return done.stdout
