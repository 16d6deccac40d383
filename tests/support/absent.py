"""Processes in which some packages are not there, as in an environment with fewer of them."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Collection, Iterable, Mapping
from importlib import metadata
from pathlib import Path

VARIABLE = "MODULES_MADE_ABSENT"
_HOOK = Path(__file__).parent / "absent_hook"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_MADE_FOR_TESTS = {"pytest", "hypothesis", "runlog-ml"}


def environment(absent: Collection[str], base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables for a process, and for all that it starts, in which these modules can't be imported."""
    path = os.pathsep.join(filter(None, [str(_HOOK), base.get("PYTHONPATH", "")]))
    plugins = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": "runlog.testing.plugin",
    }  # others need what is gone
    return {VARIABLE: ",".join(sorted(absent)), "PYTHONPATH": path, **plugins}


def all_but(requirements: Iterable[str]) -> set[str]:
    """The modules of what is installed here, but for what would be there after ``pip install`` of these.

    Args:
        requirements: such as ``runlog-ml[images]`` and ``scikit-learn``.
    """
    present = set()
    for one in requirements:
        present |= _closure(_normal(_name(one)), tuple(sorted(_extras(one))))
    absent: set[str] = set()
    kept: set[str] = set()
    for module, distributions in metadata.packages_distributions().items():
        names = {_normal(one) for one in distributions}
        (kept if names & (present | _MADE_FOR_TESTS) else absent).add(module)
    return {one for one in absent - kept if not one.startswith("_")}


@functools.cache
def _closure(name: str, extras: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    todo = [(name, extras)]
    seen = set()
    while todo:
        one, wanted = todo.pop()
        if (one, wanted) in seen:
            continue
        seen.add((one, wanted))
        found.add(one)
        try:
            lines = metadata.requires(one) or []
        except metadata.PackageNotFoundError:
            continue
        todo += [(_normal(_name(line)), tuple(sorted(_extras(line)))) for line in lines if _applies(line, wanted)]
    return frozenset(found)


def _applies(line: str, extras: tuple[str, ...]) -> bool:
    """Whether a requirement holds here, with these extras."""
    from packaging.requirements import Requirement

    marker = Requirement(line).marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def _name(line: str) -> str:
    match = _NAME.match(line.strip())
    assert match is not None, line
    return match[0]


def _extras(line: str) -> set[str]:
    match = re.match(r"[A-Za-z0-9._-]+\s*\[([^\]]*)\]", line.strip())
    return {one.strip() for one in match[1].split(",")} if match else set()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
