"""Content on its way into a run, and the names of its kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

TEXT = "text"
FIGURE = "figure"
HISTOGRAM = "histogram"
AUDIO = "audio"
HTML = "html"


class MediaContent(Struct, frozen=True):
    """The bytes of something that was logged.

    Attributes:
        format: of the bytes: "txt", "html", "png", "json", "wav"...
        data: what is kept.
        info: what is known without reading them: plain numbers and texts.
        others: further forms of the same thing, by format.
        changes: what could not be kept as it was given, for the caller to say once.
    """

    format: str
    data: bytes
    info: Mapping[str, Any] = MappingProxyType({})
    others: Mapping[str, bytes] = MappingProxyType({})
    changes: Sequence[str] = ()


Make = Callable[[], MediaContent]
"""Makes the content of something that was found to be of a right type."""
