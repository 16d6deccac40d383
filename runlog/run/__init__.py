"""A run: what a training script logs to, and what is read back.

:class:`Run` is made of one mixin for each family of its methods, each in a module of its own.
"""

from __future__ import annotations

from runlog.run.run import Run

__all__ = ["Run"]
