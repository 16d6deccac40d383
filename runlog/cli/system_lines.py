"""What a run ran on, as people read it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from runlog.reading.texts import size_text

if TYPE_CHECKING:
    from runlog.reading.system_facts import SystemFacts

Facts = Mapping[str, Any]
SHORT_COMMIT = 10


def summary(system: SystemFacts) -> Iterator[tuple[str, str]]:
    """One line for each section that a person looks at first."""
    for name, describe in _DESCRIBED.items():
        facts = system.get(name)
        if facts and (text := describe(facts)):
            yield name, text + (f" (incomplete: {facts['incomplete']})" if "incomplete" in facts else "")
        elif facts and "incomplete" in facts:
            yield name, f"incomplete: {facts['incomplete']}"


def whole(system: SystemFacts) -> Iterator[tuple[str, str]]:
    """Every fact, one a line."""
    for section, facts in system.items():
        for name, value in facts.items():
            yield from _lines(f"{section}.{name}", value)


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _lines(f"{name}.{key}", one)
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value):
            yield from _lines(f"{name}.{number}", one)
    elif isinstance(value, list | tuple):
        yield name, shlex.join(map(str, value))
    else:
        yield name, str(value)


def _command(facts: Facts) -> str:
    """The command line as a shell takes it."""
    program, arguments = list(facts.get("program", [])), list(facts.get("arguments", []))
    return shlex.join([*program, *arguments[1:]] if program else arguments)


def _python(facts: Facts) -> str:
    parts = [f"{facts.get('implementation', '')} {facts.get('version', '')}".strip()]
    parts += [f"{kind} {facts[kind]}" for kind in ("virtualenv", "conda") if kind in facts]
    return ", ".join(parts)


def _host(facts: Facts) -> str:
    return ", ".join(filter(None, (facts.get("name", ""), f"{facts.get('os', '')} {facts.get('release', '')}".strip())))


def _cpu(facts: Facts) -> str:
    if not facts.get("count"):
        return ""
    usable = {name: facts[name] for name in ("affinity", "limit") if name in facts}
    of = f", of which {min(usable.values()):g} usable" if usable else ""
    return f"{facts['count']} x {facts.get('model') or facts.get('architecture', '')}{of}"


def _memory(facts: Facts) -> str:
    texts = [size_text(facts["total"])] if "total" in facts else []
    return ", ".join([*texts, f"limit {size_text(facts['limit'])}"] if "limit" in facts else texts)


def _gpu(facts: Facts) -> str:
    names = [str(device.get("name", "")) for device in facts.get("devices", [])]
    text = ", ".join(f"{names.count(name)} x {name}" for name in dict.fromkeys(names))
    versions = [f"{what} {facts[what]}" for what in ("driver", "cuda") if what in facts]
    return ", ".join([text, *versions]) if text else ""


def _container(facts: Facts) -> str:
    return " ".join(str(facts[name]) for name in ("orchestrator", "runtime", "image") if name in facts)


def _git(facts: Facts) -> str:
    """Branch and commit, and how far the working tree is from it."""
    texts = [" ".join(filter(None, (facts.get("branch", "(detached)"), facts.get("commit", "")[:SHORT_COMMIT])))]
    texts += [f"{facts[kind]['count']} {kind}" for kind in ("changed", "untracked", "filtered") if kind in facts]
    if facts.get("dirty") and len(texts) == 1:
        texts.append("dirty")
    texts += [facts["remote"]] if facts.get("remote") else []
    return ", ".join(texts) if "commit" in facts or "branch" in facts else ""


def _packages(facts: Facts) -> str:
    return f"{facts['count']} installed" if "count" in facts else ""


_DESCRIBED = {
    "command": _command,
    "git": _git,
    "python": _python,
    "packages": _packages,
    "host": _host,
    "container": _container,
    "cpu": _cpu,
    "memory": _memory,
    "gpu": _gpu,
}
