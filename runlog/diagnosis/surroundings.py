"""What runlog runs in: versions, and the variables that it reads."""

from __future__ import annotations

import difflib
import os
import platform
import sys
from collections.abc import Iterator, Mapping

from runlog import __version__
from runlog.diagnosis.findings import Finding
from runlog.system.environment import chosen_variables
from runlog.system.packages import installed_packages

VARIABLES = (
    *(
        "RUNLOG_URI",
        "RUNLOG_TOKEN",
        "RUNLOG_OUTBOX",
        "RUNLOG_EXPERIMENT",
        "RUNLOG_GROUP",
        "RUNLOG_RUN_ID",
        "RUNLOG_MODE",
        "RUNLOG_QUIET",
    ),
    *("RUNLOG_JOURNAL", "RUNLOG_CAPTURE_SYSTEM", "RUNLOG_CAPTURE_ENV", "RUNLOG_WEBHOOK_SECRET", "RUNLOG_DEBUG"),
    *("RUNLOG_REDACT", "RUNLOG_PARENT", "RUNLOG_GRACE", "RUNLOG_LEVEL_REQUESTS"),
)
"""Those that runlog reads."""
FAMILIES = ("RUNLOG_SERVER_",)
"""What the names of further ones begin with."""
PACKAGES = (
    "click",
    "colorlog",
    "lark",
    "msgspec",
    "python-json-logger",
    "pyyaml",
    "requests",
    "rich",
    "structlog",
    "numpy",
)
"""Those that logging depends on, and numpy, whose numbers are logged."""


def surroundings(environment: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Versions and variables.

    Args:
        environment: as the program that logs has it.
    """
    yield Finding("runlog", f"{__version__}, Python {platform.python_version()} ({sys.executable})")
    installed = installed_packages(sys.path)["installed"]
    yield Finding("packages", ", ".join(f"{name} {installed[name]}" for name in PACKAGES if name in installed))
    for name, value in chosen_variables(environment, ["RUNLOG_*"]).items():
        yield _variable(name, str(value))


def _variable(name: str, value: str) -> Finding:
    if name not in VARIABLES and not name.startswith(FAMILIES):
        near = difflib.get_close_matches(name, VARIABLES, 1)
        return Finding(name, f"{value}, which runlog does not read", f"set {near[0]} instead" if near else "unset it")
    if name == "RUNLOG_MODE" and value == "disabled":
        return Finding(name, "disabled: programs keep nothing", "unset it where runs are to be kept")
    if name == "RUNLOG_MODE" and value not in {"", "enabled"}:
        return Finding(name, value, "set it to 'enabled' or 'disabled', or unset it")
    return Finding(name, value)
