"""Messages that show an argument which was hidden by its name: ``"%(password)s" % {"password": ...}``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runlog.redaction.names import HIDDEN


def without_hidden_arguments(template: str, args: Any, kept: Any, message: str) -> str:
    """A message without the arguments that were hidden. Never raises.

    Args:
        template: of the message.
        args: as they were given.
        kept: what is kept of them; the very object where that is all.
        message: what they made together.
    """
    if kept is args:
        return message
    if isinstance(args, Mapping) and any(f"%({name})" in template for name in _hidden_names(args, kept)):
        try:
            message = template % kept
        except Exception:
            message = template  # what can't be said without it is not said
    for secret in _hidden(args, kept):
        message = message.replace(secret, HIDDEN)
    return message


def _hidden_names(args: Mapping[Any, Any], kept: Any) -> Iterator[Any]:
    if isinstance(kept, Mapping):
        yield from (name for name in args if kept.get(name) is HIDDEN or kept.get(name) == HIDDEN)


def _hidden(before: Any, after: Any) -> Iterator[str]:
    """The texts that are hidden as a whole."""
    if before is after:
        return
    if isinstance(before, bytes | bytearray):
        before = before.decode("utf-8", "replace")
    if isinstance(before, str):
        if after == HIDDEN and before not in ("", HIDDEN):
            yield before
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in before:
            yield from _hidden(before[name], after.get(name))
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        for one, other in zip(before, after, strict=False):
            yield from _hidden(one, other)
