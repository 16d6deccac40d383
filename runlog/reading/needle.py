"""The bytes that a record must contain for a regular expression to match it."""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from typing import Any

_IN_RE = sys.version_info >= (3, 11)
sre: Any = importlib.import_module("re._constants" if _IN_RE else "sre_constants")
sre_parser: Any = importlib.import_module("re._parser" if _IN_RE else "sre_parse")


def required_literal(pattern: str) -> str:
    """The longest text that every match of a pattern contains; empty where none can be told.

    Only runs of literals at the pattern's top level count: what stands in groups, branches and repetitions may be
    absent from a match. A pattern that ignores case has none.

    Args:
        pattern: a regular expression that compiles.
    """
    with warnings.catch_warnings():  # re.compile has told of them
        warnings.simplefilter("ignore")
        parsed: Any = sre_parser.parse(pattern)  # its types differ from one Python to the next
    if parsed.state.flags & re.IGNORECASE:
        return ""
    runs = [""]
    for operation, argument in parsed:
        if operation is sre.LITERAL:
            runs[-1] += chr(argument)
        else:
            runs.append("")
    return max(runs, key=len)


def needle(pattern: str, joints: tuple[str, ...] = ()) -> bytes | None:
    """Bytes that stand, in one piece, in every record whose text a pattern matches; None where there are none.

    Args:
        pattern: a regular expression that compiles.
        joints: what the text that is searched has between parts that the record keeps apart. A match may cross them,
            so the literal is cut there, and what remains of a joint at an end of a piece is cut off.
    """
    pieces = [required_literal(pattern)]
    for joint in joints:
        pieces = [piece for whole in pieces for piece in whole.split(joint)]
    best = max((_without_torn_joints(piece, joints) for piece in pieces), key=len)
    try:
        return best.encode() or None
    except UnicodeEncodeError:  # half a surrogate pair, from an argument that is no text
        return None


def _without_torn_joints(piece: str, joints: tuple[str, ...]) -> str:
    ends = {joint[cut:] for joint in joints for cut in range(1, len(joint))}
    starts = {joint[:cut] for joint in joints for cut in range(1, len(joint))}
    while cut := next((end for end in ends if end and piece.startswith(end)), ""):
        piece = piece[len(cut) :]
    while cut := next((start for start in starts if start and piece.endswith(start)), ""):
        piece = piece[: -len(cut)]
    return piece
