"""The package's source, as a test sees it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "runlog"


def modules() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    """Every module with its syntax tree."""
    for path in modules():
        yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))
