"""Rules the source keeps, checked over all of it."""

from __future__ import annotations

import ast
import re

import pytest

from support import source

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

# Each holds the GIL, or stalls the caller, for as long as the disk takes: docs/architecture.md has the measurements.
FORBIDDEN_ATTRIBUTES = {"posix_fallocate", "MADV_POPULATE_READ", "MADV_POPULATE_WRITE", "MAP_POPULATE"}


@pytest.mark.parametrize("path", source.modules(), ids=lambda path: str(path.relative_to(source.PACKAGE)))
def test_a_module_is_short(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{path} has {lines} lines: two concepts in one file?"


def test_a_function_is_short():
    long = [
        f"{path}:{node.lineno} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path, tree in source.trees()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_nothing_asks_the_kernel_for_what_stalls_every_thread():
    found = [
        f"{path}:{node.lineno} {node.attr}"
        for path, tree in source.trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES
    ]
    assert found == []


def imports_mmap(tree):
    return any(
        (isinstance(node, ast.Import) and any(alias.name == "mmap" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "mmap")
        for node in ast.walk(tree)
    )


def test_no_memory_map_is_flushed():
    """`mmap.flush` holds the GIL for the whole sync; `os.fdatasync` in a thread does not."""
    flushing = [
        f"{path}:{node.lineno}"
        for path, tree in source.trees()
        if imports_mmap(tree)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "flush"
    ]
    assert flushing == []


def test_only_the_journal_maps_files():
    mapping = {path.relative_to(source.PACKAGE).parts[0] for path, tree in source.trees() if imports_mmap(tree)}
    assert mapping == {"journal"}


def test_the_time_is_asked_for_in_one_place():
    """Tests of users freeze and patch what :mod:`time` tells: runlog.journal.real_time does not let them."""
    asking = [
        f"{path}:{node.lineno}"
        for path, tree in source.trees()
        if path.name != "real_time.py"
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time")
        if node.attr in {"time", "time_ns", "monotonic", "monotonic_ns"}
    ]
    assert asking == []


def test_nothing_hides_a_fault():
    """`except Exception: pass` would lose what went wrong; narrow ones may have nothing to do."""
    hiding = [
        f"{path}:{node.lineno}"
        for path, tree in source.trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and all(isinstance(statement, ast.Pass) for statement in node.body)
    ]
    assert hiding == []


def test_nothing_is_left_for_later():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    left = [str(path) for path in source.modules() if marks.search(path.read_text(encoding="utf-8"))]
    assert left == []


def test_every_module_says_what_it_is():
    silent = [str(path) for path, tree in source.trees() if ast.get_docstring(tree) is None]
    assert silent == []
