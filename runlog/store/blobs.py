"""Content by its hash in a workspace's folder, and behind it in the object store that the workspace names."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from runlog.backend import Blob
from runlog.errors import JournalError, RunFileNotFoundError, WrongValueError
from runlog.whole_files import copy_whole, is_renewed, is_sha256, replacing, sha256_of, sha256_of_stream, write_whole

if TYPE_CHECKING:
    from runlog.checks.files import Place
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
        share: Callable[[Path | int], None],
        rights: Callable[[], int],
    ) -> None:
        """Nothing is read here.

        Args:
            folder: of the workspace.
            url: gives the object store's, empty where there is none.
            owner: gives the id under which the workspace moves content there; empty before it does.
            make: makes a folder.
            share: lets others write into a folder that was just made, where the workspace is shared.
            rights: gives the bits that a file's mode has there.
        """
        self._folder = folder / "blobs"
        self._url = url
        self._owner = owner
        self._make = make
        self._share = share
        self._rights = rights
        self._store: ObjectStore | None = None

    def path(self, sha256: str) -> Path:
        """Where content of this hash is, or would be.

        Raises:
            WrongValueError: that is no hash.
        """
        return self._folder / _name(sha256)

    def _place(self, sha256: str, *, makes: bool = False) -> AbstractContextManager[Place]:
        """The same, in an open folder."""
        from runlog.checks.files import place_below

        name = _name(sha256)
        if makes:
            self._make(self._folder)
        return place_below(self._folder, name, on_made=self._share if makes else None)

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

    def size(self, sha256: str) -> int | None:
        """How many bytes content of this hash has here; None where it is not here."""
        from runlog.checks.files import status_below

        found = status_below(self._folder, _name(sha256))
        return None if found is None else found.st_size

    def has(self, sha256: str) -> bool:
        """Whether content of this hash is here."""
        return self.size(sha256) is not None

    def is_renewed(self, sha256: str) -> bool:
        """Whether content is here; then it is as new, for whoever collects garbage."""
        try:
            with self._place(sha256) as place:
                return is_renewed(Path(place.name), place.folder)
        except OSError:
            return False

    def open(self, sha256: str, size: int | None = None) -> BinaryIO:
        """Content, to be read; it is fetched from the object store where it was moved there.

        Args:
            sha256: its hash.
            size: that was announced for it; None: nobody did.

        Raises:
            WrongValueError: that is no hash.
            RunFileNotFoundError: it is nowhere, or of another size.
            ObjectStoreError: the object store can't be asked.
        """
        path = self.path(sha256)
        try:
            file = self._opened(sha256)
        except FileNotFoundError:
            self._fetch(sha256)
            file = self._opened(sha256)
        except OSError as error:
            raise RunFileNotFoundError(f"{path} can't be read ({error}); was blobs/ moved or cleaned?") from error
        found = os.fstat(file.fileno()).st_size
        if size not in {None, found}:
            file.close()
            raise RunFileNotFoundError(f"{path} is damaged: it has {found} bytes, and {size} were kept; restore it")
        return file

    def _opened(self, sha256: str) -> BinaryIO:
        from runlog.checks.files import open_below

        return open_below(self._folder, _name(sha256))

    def _fetch(self, sha256: str) -> None:
        store, path = self.store(), self.path(sha256)
        try:
            if store is not None:
                self._make(self._folder)
            with self._place(sha256, makes=store is not None) as place:
                if store is not None and store.fetch(sha256, Path(place.name), place.folder, self._rights()):
                    return
        except FileNotFoundError:
            pass
        except OSError as error:
            raise RunFileNotFoundError(f"{path} can't be fetched: {error}") from error
        raise RunFileNotFoundError(f"{path} is not there; was blobs/ moved or cleaned?")

    def put(self, data: bytes) -> Blob:
        """Keep content here: it is moved once it is old.

        Raises:
            OSError: it can't be written.
        """
        sha256 = sha256_of(data)
        with self._place(sha256, makes=True) as place:
            path = Path(place.name)
            if not is_renewed(path, place.folder) or os.stat(path, dir_fd=place.folder).st_size != len(data):
                write_whole(path, data, place.folder, self._rights())
        return Blob(sha256, len(data))

    def copy(self, source: BinaryIO, sha256: str, *, anew: bool = False) -> None:
        """Keep content of a stream here.

        Args:
            source: read to its end.
            sha256: its hash.
            anew: also where there is some.

        Raises:
            OSError: it can't be read, or not be written here.
            JournalError: it has another hash.
        """
        with self._place(sha256, makes=True) as place:
            if anew or not is_renewed(Path(place.name), place.folder):
                copy_whole(source, Path(place.name), sha256, place.folder, self._rights())

    def take(self, file: Path, sha256: str) -> None:
        """Give a file that is whole, of this hash and in no other use its place here.

        Raises:
            OSError: it can't be moved.
        """
        with self._place(sha256, makes=True) as place:
            os.replace(file, place.name, dst_dir_fd=place.folder)

    def pin(self, files: Path, name: str, told: str, sha256: str) -> None:
        """Link a file under its hash: files are replaced as a whole, so a link keeps what is in it now.

        Args:
            files: the folder that it is in.
            name: its path in that.
            told: what it is called in a message.
            sha256: the hash that it must have.

        Raises:
            WrongValueError: the name leads elsewhere, or that is no hash.
            RunFileNotFoundError: it is not there, or has another content.
        """
        from runlog.checks.files import place_below

        if self.is_renewed(sha256):
            return
        with self._place(sha256, makes=True) as target:
            try:
                with place_below(files, name) as source:
                    _link(source, target, sha256)
            except FileNotFoundError as error:
                raise RunFileNotFoundError(f"{told} is not there any more") from error
            except JournalError as error:
                changed = f"{told} has another content than when it was kept: upload it again"
                raise RunFileNotFoundError(changed) from error


def _name(sha256: str) -> str:
    if not is_sha256(sha256):
        raise WrongValueError(f"{sha256[:80]!r} is no SHA-256: 64 hexadecimal digits in lower case")
    return f"{sha256[:2]}/{sha256}"


def _link(source: Place, target: Place, sha256: str) -> None:
    """Give a file a second name; a copy where the file system has no links."""
    from runlog.journal.open_file import open_regular

    with replacing(Path(target.name), target.folder) as draft:
        try:
            os.link(source.name, draft, src_dir_fd=source.folder, dst_dir_fd=target.folder)
        except FileNotFoundError:
            raise
        except OSError:
            with os.fdopen(open_regular(source.name, dir_fd=source.folder), "rb") as file:
                copy_whole(file, draft, sha256, target.folder)
        with os.fdopen(open_regular(draft, dir_fd=target.folder), "rb") as file:
            found = sha256_of_stream(file)
        if found != sha256:
            raise JournalError(f"the content has the SHA-256 {found} instead of {sha256}")
    with suppress(FileNotFoundError):  # where the second name was there already, a rename leaves both
        os.unlink(draft, dir_fd=target.folder)
