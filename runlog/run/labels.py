"""The part of a run that says what it is: tags, properties, name and description, with the arguments of Azure ML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from runlog.errors import JournalError
from runlog.run.base import RunBase
from runlog.run.best_effort import best_effort
from runlog.writing import properties as writing_properties
from runlog.writing import tags as writing_tags


class RunLabels(RunBase):
    """Labels are read from the journal each time, so that those of another process show at once.

    Azure ML's ``tags`` and ``properties`` are copies from when the object was made; here ``get_tags()`` and ``tags``
    are the same.
    """

    @property
    def tags(self) -> dict[str, str | None]:
        """The run's tags."""
        return self.state().tags

    def get_tags(self) -> dict[str, str | None]:
        """The run's tags."""
        return self.tags

    @best_effort
    def tag(self, key: str, value: Any = None) -> None:
        """Set a tag.

        Args:
            key: of the tag.
            value: kept as text; None for a tag that needs none.
        """
        writing_tags.set_tags(self._recorder(), {key: value})

    @best_effort
    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set several tags.

        Raises:
            WrongTypeError: it is no mapping. (Azure ML's documents allow a text, which fails there.)
        """
        writing_tags.set_tags(self._recorder(), tags)

    @best_effort
    def remove_tags(self, tags: Iterable[str]) -> None:
        """Take tags away; those that the run does not have are left out.

        Args:
            tags: a list of keys.

        Raises:
            WrongTypeError: it is no list of texts; a text alone would be taken for a list of its characters.
        """
        writing_tags.remove_tags(self._recorder(), tags)

    @property
    def properties(self) -> dict[str, str | None]:
        """The run's properties."""
        return self.state().properties

    def get_properties(self) -> dict[str, str | None]:
        """The run's properties."""
        return self.properties

    @best_effort
    def add_properties(self, properties: Mapping[str, Any]) -> None:
        """Add properties, which can't be changed or taken away afterwards.

        Args:
            properties: keys and values; values are kept as text. One that the run has already, with the same value, is
                left as it is. An empty mapping does nothing.

        Raises:
            WrongTypeError: it is no mapping.
            RunStateError: the run has one of them with another value; then none is added.
        """
        writing_properties.add_properties(self._recorder(), properties)

    @property
    def display_name(self) -> str:
        """The name it is shown by. Setting it renames the run, for other processes, too; its id stays.

        Raises:
            WrongTypeError: it is set to no text.
            WrongValueError: it is set to an empty text.
        """
        held = self._held
        try:
            known = self.state().name
        except JournalError:  # where nothing can be kept, the process that writes still knows
            if held is None:
                raise
            known = ""
        return known or (held.opened.name if held is not None else "") or self.id

    @display_name.setter
    def display_name(self, name: str) -> None:
        from runlog.handlers.filters import forget_run

        writing_properties.rename(self._recorder(), name)
        forget_run()

    @property
    def name(self) -> str:
        """The same as :attr:`display_name`; Azure ML's older word."""
        return self.display_name

    @property
    def description(self) -> str:
        """The text that describes the run; may be set. None or an empty text takes it away.

        Raises:
            WrongTypeError: it is set to something else than text.
        """
        return self.state().description

    @description.setter
    def description(self, description: str | None) -> None:
        writing_properties.describe_run(self._recorder(), description)
