"""Whether the process runs in a container, and of which image, as far as it can be seen from inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_DOCKER = Path("/.dockerenv")
_PODMAN = Path("/run/.containerenv")
_IMAGES = ("APPTAINER_CONTAINER", "SINGULARITY_CONTAINER")
"""Variables in which a runtime names the image that a process runs in."""


def container_facts(environment: Mapping[str, str]) -> dict[str, Any]:
    """``runtime``, ``image`` and ``orchestrator``, each where it is told; empty outside containers."""
    facts: dict[str, Any] = {}
    image = next((environment[name] for name in _IMAGES if environment.get(name)), "")
    if image:
        facts = {"runtime": "apptainer", "image": image}
    elif _PODMAN.exists():
        facts = {"runtime": "podman", **_podman_image()}
    elif _DOCKER.exists():
        facts = {"runtime": "docker"}
    if environment.get("KUBERNETES_SERVICE_HOST"):
        facts["orchestrator"] = "kubernetes"
    return facts


def _podman_image() -> dict[str, str]:
    try:
        found = re.search(r'^image="(.+)"$', _PODMAN.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    except OSError:
        return {}
    return {"image": found[1]} if found else {}
