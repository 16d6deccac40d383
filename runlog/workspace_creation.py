"""Making a workspace, with what Azure ML's programs give of the cloud."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runlog.backend import Backend
from runlog.backend_choice import open_backend
from runlog.current_folder import absolute
from runlog.errors import ConfigurationError
from runlog.server_address import is_server
from runlog.store.folder import FolderBackend
from runlog.workspace_folder import FOLDER, has_settings
from runlog.workspace_search import AZURE_KEYS, check_is_path
from runlog.writing.tags import tags_as_text

REGIONS = frozenset(
    """australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
    brazilsoutheast canadacentral canadaeast centralindia centralus centraluseuap chilecentral chinaeast chinaeast2
    chinaeast3 chinanorth chinanorth2 chinanorth3 eastasia eastus eastus2 eastus2euap francecentral francesouth
    germanynorth germanywestcentral indonesiacentral israelcentral italynorth japaneast japanwest jioindiacentral
    jioindiawest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope
    norwayeast norwaywest polandcentral qatarcentral southafricanorth southafricawest southcentralus southeastasia
    southindia spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest uaecentral uaenorth uksouth
    ukwest usdodcentral usdodeast usgovarizona usgovtexas usgovvirginia westcentralus westeurope westindia westus
    westus2 westus3""".split()  # noqa: SIM905 - nobody reads a list of eighty lines
)
"""Where Azure has its data centres, in its own spelling; people write "East US 2" as well."""


def is_region(location: str | os.PathLike[str], cloud: Mapping[str, str]) -> bool:
    """Whether a location is a region of Azure's, and no folder.

    Args:
        location: a word that is no folder's path.
        cloud: what the same call says of the cloud: beside that, any word is a region.
    """
    if not isinstance(location, str) or os.path.isdir(location):  # noqa: PTH112 - unlike Path's, it takes any text
        return False
    word = "".join(location.split())
    return word.lower() in REGIONS or (bool(cloud) and word.isalnum())


def make(
    name: str, location: str | os.PathLike[str] | None, kept: Mapping[str, object], *, exist_ok: bool, shared: bool
) -> Backend:
    """Make a workspace on disk.

    Args:
        name: what to call it.
        location: the project's folder, or Azure ML's region; None for the current folder.
        kept: further settings of a new one.
        exist_ok: take one that is there.
        shared: let the folder's group write to it.

    Raises:
        ConfigurationError: there is one already, or the location is a server's address.
        OSError: it can't be made.
    """
    cloud = {key: value for key in AZURE_KEYS if isinstance(value := kept.get(key), str)}
    text = "." if location is None or is_region(location, cloud) else os.fspath(location)
    if is_server(text):
        raise ConfigurationError(f"{text} is a server, which has its workspace: Workspace({text!r}) uses it")
    check_is_path(text)
    place = absolute(text)
    place = place if place.name == FOLDER or has_settings(place) else place / FOLDER
    is_there = has_settings(place)
    if is_there and not exist_ok:
        raise ConfigurationError(
            f"there is a workspace in {place} already: exist_ok=True (on the command line --exist-ok) takes it"
        )
    backend = open_backend(place, name, shared=shared)
    backend.prepare()
    if kept and not is_there and isinstance(backend, FolderBackend):
        backend.change_settings(**kept)
    return backend


def kept_settings(
    subscription_id: object, resource_group: object, tags: Mapping[str, Any] | None, friendly_name: str | None
) -> dict[str, object]:
    """What of a call's arguments ``workspace.json`` keeps, under their names.

    Raises:
        WrongTypeError: the tags are no mapping.
    """
    kept: dict[str, object] = dict(cloud_texts(subscription_id, resource_group))
    if tags:
        kept["tags"] = tags_as_text(tags)
    if friendly_name:
        kept["friendly_name"] = str(friendly_name)
    return kept


def cloud_texts(subscription_id: object, resource_group: object) -> dict[str, str]:
    """The names of a subscription and a resource group, where they were given."""
    given = dict(zip(AZURE_KEYS, (subscription_id, resource_group), strict=True))
    return {key: str(value) for key, value in given.items() if value}
