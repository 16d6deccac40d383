"""Finding the workspace: ``RUNLOG_URI``, else the nearest ``.runlog`` or configuration upwards, else ``./.runlog``."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from runlog.current_folder import absolute, current_folder
from runlog.errors import ConfigurationError, WorkspaceNotFoundError
from runlog.server_address import is_server, meant_address, server_address
from runlog.workspace_folder import FOLDER, is_others, workspace_in

CONFIG = "runlog.json"
"""What :meth:`runlog.Workspace.write_config` writes: ``{"workspace": folder or URI, "name": ...}``."""
MODES = ("enabled", "disabled")
"""What ``RUNLOG_MODE`` may be."""
AZURE_CONFIGS = (".azureml/config.json", "aml_config/config.json", "config.json")
"""Where Azure ML SDK v1 looks for its ``config.json``, in its order."""
AZURE_KEYS = ("subscription_id", "resource_group")
"""What it says of the cloud, which programs print."""
_logger = logging.getLogger("runlog")


class Found(Struct, frozen=True):
    """A workspace's folder, the name that a configuration gives it (empty: the folder's own), and what led there.

    Of a workspace on a server ``server`` is its address, and ``folder`` means nothing.
    """

    folder: Path
    name: str = ""
    why: str = ""
    server: str = ""
    cloud: Mapping[str, str] = MappingProxyType({})
    """What Azure ML's ``config.json`` says of the cloud."""

    @property
    def location(self) -> str:
        """The folder or the address, as :class:`~runlog.Workspace` takes it."""
        return self.server or str(self.folder)


def found_at(location: str | os.PathLike[str], name: str = "", why: str = "") -> Found:
    """What a path, a ``file:`` URI or a server's address names.

    Raises:
        ConfigurationError: it is none of them.
    """
    text = os.fspath(location)
    if is_server(text):
        return Found(Path(), name, why, server_address(text))
    return Found(folder_of(location), name, why)


def is_enabled() -> bool:
    """Whether runs are kept: ``RUNLOG_MODE`` is not ``disabled``.

    Raises:
        ConfigurationError: it is something unknown.
    """
    mode = os.environ.get("RUNLOG_MODE", "") or MODES[0]
    if mode not in MODES:
        raise ConfigurationError(f"RUNLOG_MODE={mode!r} is none of {', '.join(map(repr, MODES))}: set one, or unset it")
    return mode == MODES[0]


def folder_of(location: str | os.PathLike[str]) -> Path:
    """The workspace's folder that a path or a ``file:`` URI names; a project's stands for the ``.runlog`` in it.

    Raises:
        ConfigurationError: it is a URI of another scheme, or the address of a server in a wrong spelling.
    """
    text = os.fspath(location)
    check_is_path(text)
    if "://" in text or text.startswith("file:"):
        parts = urlsplit(text)
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
            raise ConfigurationError(
                f"{text!r} is no folder: give a path, a file: URI, or a server's address that begins with http:// or "
                "https:// (RUNLOG_URI, or Workspace(...))"
            )
        text = unquote(parts.path)
    return workspace_in(absolute(Path(text).expanduser()))


def check_is_path(text: str) -> None:
    """Refuse what was meant for a server's address: as a path it would be a folder that nobody looks into.

    Raises:
        ConfigurationError: it was.
    """
    if meant := meant_address(text):
        raise ConfigurationError(
            f"{text!r} is neither a folder nor the address of a server: did you mean {meant}? (a folder of that name "
            f"is './{text}')"
        )


def search(start: Path | None = None) -> Found:
    """Find the workspace from a folder upwards; where there is none, it is to be made in the folder itself."""
    if start is None and (uri := os.environ.get("RUNLOG_URI", "")):
        return found_at(uri, why="RUNLOG_URI names it")
    first = absolute(start or current_folder())
    for folder in (first, *first.parents):
        for path, found in _in_folder(folder):
            if folder == first or not is_others(path, first):
                return found
            _tell_others(path, found)
    return Found(first / FOLDER, why=f"nothing was found from {first} upwards: the first run makes it here")


def read_config(path: Path) -> Found:
    """The workspace that a configuration file names: runlog's own, or Azure ML's ``config.json``.

    Raises:
        WorkspaceNotFoundError: there is no such file.
        ConfigurationError: it is no such configuration.
    """
    try:
        settings = _read_json(path)
    except FileNotFoundError as error:
        raise WorkspaceNotFoundError(
            f"{path} does not exist: give a folder, {CONFIG}, or an Azure ML config.json"
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} can't be read as JSON: {error}") from error
    found = _from_settings(path, settings)
    if found is None:
        raise ConfigurationError(f'{path} names no workspace: it needs "workspace", or Azure ML\'s "workspace_name"')
    return found


def _in_folder(folder: Path) -> Iterator[tuple[Path, Found]]:
    """What in a folder is a workspace or names one, and which."""
    if os.path.isdir(folder / FOLDER):  # noqa: PTH112 - unlike Path's, these say no of a folder that may not be looked into
        yield folder / FOLDER, Found(folder / FOLDER, why=f"the nearest {FOLDER} folder upwards")
    if os.path.isfile(folder / CONFIG):  # noqa: PTH113
        yield folder / CONFIG, read_config(folder / CONFIG)
    for path in (folder / name for name in AZURE_CONFIGS):
        if not os.path.isfile(path):  # noqa: PTH113 - to open a pipe of this name would wait for its other end
            continue
        try:
            found = _azures(path, _read_json(path))
        except (OSError, ValueError, RecursionError):  # a config.json may be anybody's
            continue
        if found is not None:
            yield path, found


_told: set[Path] = set()


def _tell_others(path: Path, found: Found) -> None:
    """Say once that a workspace is passed by."""
    if path not in _told:
        _told.add(path)
        _logger.warning(
            "runlog: %s belongs to another user and is not used: RUNLOG_URI=%s, or --workspace, would use it",
            path,
            found.location,
        )


def _read_json(path: Path) -> object:
    data = path.read_bytes()
    import json  # most programs have no such file

    return json.loads(data)


def _from_settings(path: Path, settings: object) -> Found | None:
    if not isinstance(settings, Mapping):
        return None
    if isinstance(workspace := settings.get("workspace"), str):
        name = settings.get("name")
        return found_at(_beside(path, workspace), name if isinstance(name, str) else "", f"{path} names it")
    return _azures(path, settings)


def _beside(path: Path, workspace: str) -> str:
    """Where a configuration's workspace is: a path in it is seen from its folder."""
    check_is_path(workspace)
    if "://" in workspace or workspace.startswith("file:"):
        return workspace
    return str(path.parent / Path(workspace).expanduser())


def _azures(path: Path, settings: object) -> Found | None:
    """The workspace of a ``config.json``. It may be any tool's: nothing but a name is taken from it."""
    name = settings.get("workspace_name") if isinstance(settings, Mapping) else None
    if not isinstance(settings, Mapping) or not isinstance(name, str):
        return None
    project = path.parent.parent if path.parent.name in {".azureml", "aml_config"} else path.parent
    cloud = {key: value for key in AZURE_KEYS if isinstance(value := settings.get(key), str)}
    return Found(absolute(project / FOLDER), name, f"{path} of Azure ML names it", cloud=cloud)
