"""What differs between two runs: parameters, last values, what they ran on, packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog.reading.chunks import read_scalars

if TYPE_CHECKING:
    from runlog.run import Run

PARAMS, METRICS, SYSTEM, PACKAGES = "param", "metric", "system", "package"
_OF_THE_PROCESS = {"command.pid"}
"""Facts that differ between any two runs."""


class Difference(NamedTuple):
    """One thing that two runs do not have alike; None where a run does not have it."""

    group: str
    name: str
    left: Any
    right: Any


def compare(left: Run, right: Run) -> Iterator[Difference]:
    """What differs: parameters, last values of metrics, facts of the system, packages, in this order."""
    yield from _differences(PARAMS, left.params, right.params)
    yield from _differences(METRICS, _last_values(left), _last_values(right))
    ours, theirs = left.system, right.system
    yield from _differences(SYSTEM, dict(flat_facts(ours)), dict(flat_facts(theirs)))
    yield from _differences(PACKAGES, _packages(ours), _packages(theirs))


def _differences(group: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys([*left, *right]):
        ours, theirs = left.get(name), right.get(name)
        if (name in left) != (name in right) or not _alike(ours, theirs):
            yield Difference(group, name, ours, theirs)


def _alike(ours: Any, theirs: Any) -> bool:
    """Whether two values are of one type and equal, as two not-a-numbers are."""
    try:
        equal = ours == theirs or (ours != ours and theirs != theirs)  # noqa: PLR0124 - not-a-number alone
    except ArithmeticError:  # a Decimal that is a signalling not-a-number
        equal = str(ours) == str(theirs)
    return bool(equal) and type(ours) is type(theirs)


def _last_values(run: Run) -> dict[str, Any]:
    return {name: got.values[-1] for name, got in read_scalars(run._backend.journal(run.id)).items() if got.values}


def flat_facts(system: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Facts as ``("git.branch", "main")``; without the packages, and without what differs between any two runs."""
    for section, facts in system.items():
        if section == "packages":
            continue
        for name, value in _flat(section, facts):
            if name not in _OF_THE_PROCESS:
                yield name, value


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _flat(f"{prefix}.{name}", one)
    else:
        yield prefix, value


def _packages(system: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Versions, with where a package came from if that was no index."""
    packages = system.get("packages", {})
    direct = packages.get("direct", {})
    return {
        name: " ".join([version, *(str(direct.get(name, {}).get(key, "")) for key in ("url", "commit"))]).strip()
        for name, version in packages.get("installed", {}).items()
    }
