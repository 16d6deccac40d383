"""File systems of a few megabytes, for tests that fill them; skipped by name where mounts may not be made."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MAKERS = {"ext4": ["mkfs.ext4", "-q", "-F"], "xfs": ["mkfs.xfs", "-q", "-f"], "btrfs": ["mkfs.btrfs", "-q", "-f"]}
LEAST_MIB = {"xfs": 300, "btrfs": 120}
"""What these file systems need at least."""


@contextmanager
def small_disk(folder: Path, kind: str, mib: int) -> Iterator[Path]:
    """A mounted file system of ``mib`` MiB, or of the least size that its kind allows."""
    point = folder / f"{kind}-disk"
    point.mkdir()
    if kind == "tmpfs":
        command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(point)]
    else:
        command = ["mount", "-o", "loop", str(_image(folder, kind, max(mib, LEAST_MIB.get(kind, 0)))), str(point)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a {kind} can't be mounted here: {done.stderr.strip()}")
    try:
        yield point
    finally:
        subprocess.run(["umount", "-l", str(point)], check=True)


def _image(folder: Path, kind: str, mib: int) -> Path:
    maker, *options = MAKERS[kind]
    if shutil.which(maker) is None:
        pytest.skip(f"there is no {maker} here")
    image = folder / f"{kind}.img"
    with image.open("wb") as file:
        file.truncate(mib << 20)
    done = subprocess.run([maker, *options, str(image)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{maker} made no file system: {done.stderr.strip()}")
    return image


def fill(point: Path, leave: int = 0) -> Path:
    """Take all the space but ``leave`` bytes; returns the file that holds it."""
    ballast = point / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            while True:
                try:
                    if file.write(bytes(size)) < size:
                        break
                except OSError:
                    break
        if leave:
            file.truncate(max(0, file.tell() - leave))
    return ballast
