"""The kind of each metric name: charts depend on it, so a name keeps the one it was first logged with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runlog.documents import SCHEMA_TYPES
from runlog.errors import MetricKindError
from runlog.media.content import AUDIO, FIGURE, HISTOGRAM, HTML, TEXT

SCALAR = "scalar"
LIST = "list"
ROW = "row"
TABLE = "table"
IMAGE = "image"

_METHODS = {
    SCALAR: "run.log",
    LIST: "run.log_list",
    ROW: "run.log_row",
    TABLE: "run.log_table",
    IMAGE: "run.log_image",
    TEXT: "run.log_text",
    FIGURE: "run.log_figure",
    HISTOGRAM: "run.log_histogram",
    AUDIO: "run.log_audio",
    HTML: "run.log_html",
    **{schema: f"run.log_{schema}" for schema in SCHEMA_TYPES},
}
_JOINS = frozenset({SCALAR, LIST})
"""Kinds that may share a name: a list adds its values to the scalars."""


class MetricKinds:
    """Kinds and descriptions of the names that this process logged to a run."""

    def __init__(self, earlier: Callable[[], Mapping[str, str]] | None = None) -> None:
        """Begin empty.

        Args:
            earlier: gives the kinds that other processes, or earlier attempts, logged; asked once, at the first new
                name.
        """
        self._kinds: dict[str, str] = {}
        self._descriptions: dict[str, str] = {}
        self._earlier = earlier

    def claim(self, name: str, kind: str, description: str = "") -> bool:
        """Use a name for a kind.

        Returns:
            whether the kind or the description is news that belongs into the journal.

        Raises:
            MetricKindError: the name is of another kind.
        """
        self.check(name, kind)
        is_new = name not in self._kinds
        self._kinds.setdefault(name, kind)
        news = is_new and kind != SCALAR
        if description and self._descriptions.get(name) != description:
            self._descriptions[name] = description
            news = True
        return news

    def check(self, name: str, kind: str) -> None:
        """Refuse a name that is of another kind; a name that is free stays free.

        Raises:
            MetricKindError: the name is of another kind.
        """
        if self._earlier is not None:
            earlier, self._earlier = self._earlier, None
            for known, its_kind in earlier().items():
                self._kinds.setdefault(known, its_kind)
        first = self._kinds.get(name, kind)
        if first != kind and not {first, kind} <= _JOINS:
            raise MetricKindError(
                f"{name!r} was logged as a {first} before ({_METHODS.get(first, first)}) and can't become a {kind} "
                f"({_METHODS.get(kind, kind)}): charts depend on the kind, so use another name"
            )

    def kind(self, name: str) -> str:
        """The kind that a claimed name has."""
        return self._kinds[name]
