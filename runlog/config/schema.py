"""The JSON Schema of a logging configuration, for editors."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

FILE = "logging.schema.json"


def json_schema() -> dict[str, Any]:
    """The schema, as ``runlog config schema`` prints it."""
    schema: dict[str, Any] = json.loads(files("runlog.config").joinpath(FILE).read_text("utf-8"))
    return schema
