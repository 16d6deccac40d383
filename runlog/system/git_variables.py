"""Facts about the source that the surroundings state themselves, as Azure ML's ``AZUREML_GIT_*`` variables do.

They go before what a repository tells: an image without ``.git``, or a build system, knows no other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runlog.redaction import redact_text

VARIABLES = {
    "AZUREML_GIT_REPOSITORY_URI": "remote",
    "AZUREML_GIT_BRANCH": "branch",
    "AZUREML_GIT_COMMIT": "commit",
    "AZUREML_GIT_DIRTY": "dirty",
    "AZUREML_GIT_BUILD_ID": "build_id",
    "AZUREML_GIT_BUILD_URI": "build_uri",
}
"""Azure ML's variable to the fact that it states."""


def stated_facts(environment: Mapping[str, str]) -> dict[str, Any]:
    """The facts that are stated; empty where none is."""
    stated: dict[str, Any] = {
        fact: redact_text(environment[name]) for name, fact in VARIABLES.items() if environment.get(name)
    }
    if "dirty" in stated:
        stated["dirty"] = stated["dirty"].strip().lower() not in {"0", "false", "no"}
    return stated
