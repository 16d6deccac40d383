"""What is known of a workspace, and how it is written down for others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from runlog.backend import Backend
from runlog.server_address import is_server
from runlog.workspace_folder import read_settings
from runlog.workspace_search import CONFIG


class WorkspaceDetails:
    """The part of :class:`runlog.Workspace` that says what it is."""

    _backend: Backend
    _cloud: Mapping[str, str]

    def write_config(self, path: str | os.PathLike[str] | None = None, file_name: str | None = None) -> None:
        """Write a configuration that ``from_config`` finds from ``path`` and below.

        Args:
            path: the folder to write it into; by default the current one.
            file_name: by default ``runlog.json``.

        Raises:
            OSError: it can't be written.
        """
        folder = Path(path or ".")
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"workspace": self._backend.location, "name": self.name}
        import json

        (folder / (file_name or CONFIG)).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")

    @property
    def name(self) -> str:
        """The workspace's name."""
        return self._backend.name

    @property
    def location(self) -> str:
        """Its folder, or the address of its server."""
        return self._backend.location

    @property
    def backend(self) -> Backend:
        """What reads and writes it."""
        return self._backend

    @property
    def subscription_id(self) -> str:
        """What ``create`` or Azure ML's ``config.json`` was given, else empty. Nothing here goes by it."""
        return self._kept_text("subscription_id")

    @property
    def resource_group(self) -> str:
        """Likewise."""
        return self._kept_text("resource_group")

    @property
    def tags(self) -> dict[str, str | None]:
        """The tags that ``create`` was given."""
        tags = self._settings().get("tags")
        return {str(key): value for key, value in tags.items()} if isinstance(tags, dict) else {}

    def _kept_text(self, key: str) -> str:
        return self._cloud.get(key) or self._setting(key)

    def _setting(self, key: str) -> str:
        value = self._settings().get(key)
        return value if isinstance(value, str) else ""

    def _settings(self) -> Mapping[str, object]:
        return {} if is_server(self.location) else read_settings(Path(self.location))

    def get_details(self) -> dict[str, str]:
        """What is known of the workspace, under Azure ML's keys.

        Returns:
            ``id`` and ``location``, which are its folder or its server's address, ``name``, and ``friendlyName`` where
            it has one. Azure ML's further keys are those of its resources in the cloud.
        """
        details = {"id": self.location, "name": self.name, "location": self.location}
        friendly = self._setting("friendly_name")
        return {**details, "friendlyName": friendly} if friendly else details
