"""Content by its hash in a workspace's folder, and behind it in the object store that the workspace names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from runlog.backend import Blob
from runlog.errors import JournalError, RunFileNotFoundError
from runlog.whole_files import copy_whole, is_renewed, link_whole, sha256_of

if TYPE_CHECKING:
    from runlog.store.object_store import ObjectStore

SETTING = "blobs"
"""Of ``workspace.json``: the URL that ``runlog offload`` moves content to."""
_logger = logging.getLogger("runlog")


class FolderBlobs:
    """The blobs of one workspace. What was moved to the object store is fetched where it is asked for, and kept."""

    def __init__(
        self,
        folder: Path,
        url: Callable[[], str],
        owner: Callable[[], str],
        make: Callable[[Path], None],
        write: Callable[[Path, bytes], None],
    ) -> None:
        """Nothing is read here.

        Args:
            folder: of the workspace.
            url: gives the object store's, empty where there is none.
            owner: gives the id under which the workspace moves content there; empty before it does.
            make: makes a folder.
            write: writes a file.
        """
        self._folder = folder / "blobs"
        self._url = url
        self._owner = owner
        self._make = make
        self._write = write
        self._store: ObjectStore | None = None

    def path(self, sha256: str) -> Path:
        """Where content of this hash is, or would be."""
        return self._folder / sha256[:2] / sha256

    def store(self) -> ObjectStore | None:
        """The object store; None where the workspace names none.

        Raises:
            MissingExtraError, ObjectStoreError: it can't be used here.
        """
        url = self._url()
        if not url:
            return None
        if self._store is None or self._store.url != url.rstrip("/"):
            from runlog.store.object_store import ObjectStore

            self._store = ObjectStore(url)
        return self._store

    def moved(self) -> Iterator[tuple[str, int]]:
        """Hash and size of what this workspace moved to the object store; nothing where it is another's.

        Raises:
            ObjectStoreError: it can't be listed.
        """
        store = self.store()
        if store is None:
            return iter(())
        if not self._owner() or store.owner() != self._owner():
            _logger.warning(
                "runlog: nothing is removed from %s, which does not bear the mark of this workspace (%s): a copy of "
                "a workspace shares the content of the one that it was made from",
                store.url,
                self._folder.parent,
            )
            return iter(())
        return store.contents()

    def remove_moved(self, hashes: Iterable[str]) -> None:
        """Remove content from the object store.

        Raises:
            ObjectStoreError: it can't be removed.
        """
        store = self.store()
        if store is not None:
            for sha256 in hashes:
                store.remove(sha256)

    def here(self, sha256: str) -> Path:
        """The file of content that is here, fetched from the object store where it was moved there.

        Raises:
            RunFileNotFoundError: it is nowhere.
            ObjectStoreError: the object store can't be asked.
        """
        path = self.path(sha256)
        if not path.exists():
            store = self.store()
            try:
                if store is not None:
                    self._make(path.parent)
                if store is None or not store.fetch(sha256, path):
                    raise RunFileNotFoundError(f"{path} is not there; was blobs/ moved or cleaned?")
            except OSError as error:
                raise RunFileNotFoundError(f"{path} can't be fetched: {error}") from error
        return path

    def open(self, sha256: str) -> BinaryIO:
        """Content, to be read.

        Raises:
            RunFileNotFoundError: it is nowhere.
            ObjectStoreError: the object store can't be asked.
        """
        path = self.here(sha256)
        try:
            return path.open("rb")
        except OSError as error:
            raise RunFileNotFoundError(f"{path} can't be read ({error}); was blobs/ moved or cleaned?") from error

    def put(self, data: bytes) -> Blob:
        """Keep content here: it is moved once it is old.

        Raises:
            OSError: it can't be written.
        """
        sha256 = sha256_of(data)
        path = self.path(sha256)
        if not is_renewed(path) or path.stat().st_size != len(data):
            self._make(path.parent)
            self._write(path, data)
        return Blob(sha256, len(data))

    def copy(self, file: Path, sha256: str) -> None:
        """Keep a copy of a file here.

        Raises:
            OSError: it can't be read, or not be written here.
            JournalError: it has another hash by now.
        """
        path = self.path(sha256)
        if not is_renewed(path):
            self._make(path.parent)
            with file.open("rb") as source:
                copy_whole(source, path, sha256)

    def pin(self, file: Path, told: str, sha256: str) -> None:
        """Link a file under its hash: files are replaced as a whole, so a link keeps what is in it now.

        Args:
            file: to be kept.
            told: what it is called in a message.
            sha256: the hash that it must have.

        Raises:
            RunFileNotFoundError: it is not there, or has another content.
        """
        path = self.path(sha256)
        if is_renewed(path):
            return
        self._make(path.parent)
        try:
            link_whole(file, path, sha256)
        except FileNotFoundError as error:
            raise RunFileNotFoundError(f"{told} is not there any more") from error
        except JournalError as error:
            raise RunFileNotFoundError(f"{told} has another content than when it was kept: upload it again") from error
