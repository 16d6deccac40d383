"""What differs between runs: parameters, tags, last values, what they ran on, packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from runlog.reading.documents import Document
from runlog.reading.glance import glance_of

if TYPE_CHECKING:
    from runlog.reading.glance import Glance
    from runlog.run import Run

PARAMS, TAGS, PROPERTIES, METRICS = "param", "tag", "property", "metric"
SYSTEM, PACKAGES = "system", "package"
_OF_THE_PROCESS = {"command.pid"}
"""Facts that differ between any two runs."""


class Difference(NamedTuple):
    """One thing that runs do not have alike."""

    group: str
    name: str
    values: list[Any]
    """Of each run; None where it does not have it."""


def compare(runs: Sequence[Run], *, extremes: bool = False) -> Iterator[Difference]:
    """What differs: parameters, tags, properties, metrics, facts of the system, packages, in this order.

    Args:
        runs: two or more.
        extremes: of metrics, compare the smallest and the largest values, too.
    """
    states = [run.state() for run in runs]
    glances = [glance_of(run._backend, state) for run, state in zip(runs, states, strict=True)]
    yield from _differences(PARAMS, [one.params for one in glances])
    yield from _differences(TAGS, [one.tags for one in glances])
    yield from _differences(PROPERTIES, [state.properties for state in states])
    yield from _differences(METRICS, [_metrics(one, extremes=extremes) for one in glances])
    systems = [run.system for run in runs]
    yield from _differences(SYSTEM, [dict(flat_facts(one)) for one in systems])
    yield from _differences(PACKAGES, [_packages(one) for one in systems])


def _metrics(run: Glance, *, extremes: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, one in run.metrics.items():
        if isinstance(one.last, Document):
            continue
        values[name] = one.last
        if extremes:
            values |= {f"min({name})": one.min, f"max({name})": one.max}
    return values


def _differences(group: str, of_runs: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    for name in dict.fromkeys(name for one in of_runs for name in one):
        first, *others = of_runs
        if any((name in one) != (name in first) or not _alike(first.get(name), one.get(name)) for one in others):
            yield Difference(group, name, [one.get(name) for one in of_runs])


def _alike(ours: Any, theirs: Any) -> bool:
    """Whether two values are of one type and equal, as two not-a-numbers are."""
    try:
        equal = ours == theirs or (ours != ours and theirs != theirs)  # noqa: PLR0124 - not-a-number alone
    except ArithmeticError:  # a Decimal that is a signalling not-a-number
        equal = str(ours) == str(theirs)
    return bool(equal) and type(ours) is type(theirs)


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
