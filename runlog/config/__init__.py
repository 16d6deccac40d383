"""Logging configured by a YAML file, for :func:`logging.config.dictConfig`, with what that lacks.

Values may come from the environment, sizes are written as ``10MB``, and what is wrong is told with its line, all of it
at once, before anything is changed.
"""

from __future__ import annotations

from runlog.config.loading import load, read
from runlog.config.schema import json_schema

__all__ = ["json_schema", "load", "read"]
