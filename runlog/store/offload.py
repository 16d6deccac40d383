"""Moving blobs that are no longer new from a workspace's folder to an object store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from runlog.errors import RunStateError, WrongValueError
from runlog.journal import real_time
from runlog.store.blob_owner import HOME, OWNER, is_copy
from runlog.store.blobs import SETTING
from runlog.store.folder import FolderBackend
from runlog.store.folder_lock import locked
from runlog.store.garbage import Blob, blobs_here, take_blob_away
from runlog.store.named_blobs import named_blobs
from runlog.store.object_store import MARK, ObjectStore
from runlog.workspace_folder import SETTINGS, read_settings


class Offloaded(NamedTuple):
    """What was moved."""

    blobs: int
    bytes: int
    url: str


def offload(
    backend: FolderBackend, url: str | None = None, *, older_than: float = 7 * 86_400.0, dry_run: bool = False
) -> Offloaded:
    """Move the blobs of a workspace that were neither written nor named anew for some time.

    Each is removed here once the other side has all of it. It may be broken off and called again at any time.

    Args:
        backend: keeps the workspace.
        url: of the object store, as fsspec takes it; it is kept in ``workspace.json``. None: the one that stands there.
        older_than: in seconds.
        dry_run: move nothing.

    Raises:
        WrongValueError: no URL is given and none is kept, another one than what was moved before went to, or one where
            another workspace's blobs are.
        MissingExtraError: fsspec, or what it needs for this URL, is not installed.
        ObjectStoreError: the object store can't be used.
        RunStateError: another process moves or collects just now.
        OSError: something can't be read or removed here.
    """
    known = str(read_settings(backend.folder).get(SETTING) or "")
    if url is not None and known and url.rstrip("/") != known.rstrip("/"):
        raise WrongValueError(
            f"the blobs of {backend.folder} go to {known}, and some are only there: copy them to {url} first, then "
            f"change {SETTING!r} in workspace.json"
        )
    if not (url or known):
        raise WrongValueError("there is no object store to move blobs to: name one, as s3://bucket/prefix")
    store = ObjectStore(url or known)
    owner = _check_owner(backend, store)
    with locked(backend.folder) as free:
        if not free:
            raise RunStateError(f"another process moves or collects blobs in {backend.folder} just now: let it end")
        old = list(_older(backend.folder, real_time.wall() - older_than))
        if not dry_run:
            backend.change_settings(**{OWNER: owner, HOME: str(backend.folder)})
            if not store.owner():
                store.set_owner(owner)
            for blob in old:
                _copy(store, blob)
            backend.change_settings(**{SETTING: url or known})  # before anything is there only
            old = [blob for blob in old if take_blob_away(backend.folder, blob)]
    return Offloaded(len(old), sum(blob.size for blob in old), url or known)


def _check_owner(backend: FolderBackend, store: ObjectStore) -> str:
    """The mark that a workspace's content has in an object store, which must be nobody else's.

    Raises:
        WrongValueError: it is another workspace's, or what is there may be.
    """
    mark = store.owner()
    settings = read_settings(backend.folder)
    owner = str(settings.get(OWNER) or "") or os.urandom(16).hex()
    if is_copy(backend.folder, settings):
        raise WrongValueError(
            f"{backend.folder} is a copy of {settings[HOME]}, whose blobs are in {store.url}: call this for that one"
        )
    if mark and mark != owner:
        raise WrongValueError(
            f"{store.url} has the blobs of another workspace, which would remove what it does not know: give each "
            "workspace a prefix of its own"
        )
    there = set() if mark else {sha256 for sha256, _ in store.contents()}
    if there and not there <= named_blobs(backend, frozenset()):
        raise WrongValueError(
            f"{store.url} has blobs that this workspace does not know, and no mark whose they are: give the workspace "
            f"a prefix of its own. If all of them are its own, write {owner} into {store.url}/{MARK}, and the same as "
            f"{OWNER!r} into {backend.folder / SETTINGS}"
        )
    return owner


def _older(folder: Path, latest: float) -> Iterator[Blob]:
    return (blob for blob in blobs_here(folder) if blob.newest < latest)


def _copy(store: ObjectStore, blob: Blob) -> None:
    if store.size(blob.sha256) != blob.size:
        store.put(blob.sha256, blob.path)
