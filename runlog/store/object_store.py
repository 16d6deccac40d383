"""Content by its hash in an object store, or in whatever else fsspec reaches: S3, GCS, Azure, SFTP, a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runlog.errors import JournalError, MissingExtraError, ObjectStoreError
from runlog.whole_files import copy_whole, is_sha256

MARK = ".runlog-owner"
"""Beside the blobs: whose they are. Only that workspace may remove some, since nobody else knows what is needed."""


class ObjectStore:
    """The blobs below one URL, laid out as in a workspace's ``blobs/``."""

    def __init__(self, url: str) -> None:
        """Nothing is asked of it yet.

        Args:
            url: as fsspec takes it: ``s3://bucket/prefix``, ``gs://...``, ``abfs://...``, ``sftp://...``, ``file:///...``.

        Raises:
            MissingExtraError: fsspec, or what it needs for this URL, is not installed.
            ObjectStoreError: the URL can't be used.
        """
        self.url = url.rstrip("/")
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise MissingExtraError(f"blobs in {url} need fsspec: pip install 'runlog-ml[objects]'") from error
        try:
            opened: tuple[Any, str] = url_to_fs(self.url)  # type: ignore[no-untyped-call]
        except ImportError as error:
            raise MissingExtraError(f"blobs in {url} need another package: {error}") from error
        except Exception as error:
            raise ObjectStoreError(f"{url} is no place for blobs: {error}") from error
        self._fs, root = opened
        self._root = root.rstrip("/")

    def size(self, sha256: str) -> int | None:
        """How many bytes content of this hash has there; None where it is not there.

        Raises:
            ObjectStoreError: it can't be asked.
        """
        with self._told("read"):
            try:
                return int(self._fs.info(self._path(sha256))["size"])
            except FileNotFoundError:
                return None

    def put(self, sha256: str, source: Path) -> None:
        """Copy a file there; what broke off before is overwritten.

        Raises:
            ObjectStoreError: it can't be written, or only a part of it arrived.
        """
        path, size = self._path(sha256), source.stat().st_size
        with self._told("written to"):
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.put_file(str(source), path)
            self._fs.invalidate_cache()
        arrived = self.size(sha256)
        if arrived != size:
            raise ObjectStoreError(
                f"{self.url} has {arrived} of the {size} bytes of {sha256}: it stays here, try again"
            )

    def fetch(self, sha256: str, target: Path, dir_fd: int | None = None, rights: int = 0) -> bool:
        """Copy content here, and check it; False where it is not there.

        Args:
            sha256: its hash.
            target: the file to write.
            dir_fd: of the open folder that the target is in; None: the current one.
            rights: bits that the file's mode has beside those that the umask leaves.

        Raises:
            ObjectStoreError: it can't be read, is damaged, or can't be written here.
        """
        with self._told("read"):
            try:
                source = self._fs.open(self._path(sha256), "rb")
            except FileNotFoundError:
                return False
        with source, self._told("read"):
            try:
                copy_whole(source, target, sha256, dir_fd, rights)
            except JournalError as error:
                raise ObjectStoreError(f"what {self.url} has as {sha256} is damaged: {error}") from error
        return True

    def remove(self, sha256: str) -> None:
        """Remove content.

        Raises:
            ObjectStoreError: it can't be removed.
        """
        with self._told("written to"):
            self._fs.rm_file(self._path(sha256))

    def owner(self) -> str:
        """The id of the workspace that moved its blobs there; empty where none put its mark.

        Raises:
            ObjectStoreError: it can't be read.
        """
        with self._told("read"):
            try:
                self._fs.invalidate_cache()
                return str(self._fs.cat_file(f"{self._root}/{MARK}").decode("utf-8", "replace")).strip()
            except FileNotFoundError:
                return ""

    def set_owner(self, owner: str) -> None:
        """Put a workspace's mark.

        Raises:
            ObjectStoreError: it can't be written.
        """
        with self._told("written to"):
            self._fs.makedirs(self._root, exist_ok=True)
            self._fs.pipe_file(f"{self._root}/{MARK}", f"{owner}\n".encode())

    def contents(self) -> Iterator[tuple[str, int]]:
        """Hash and size of all content there.

        Raises:
            ObjectStoreError: it can't be listed.
        """
        with self._told("listed"):
            try:
                self._fs.invalidate_cache()
                found: dict[str, dict[str, Any]] = self._fs.find(self._root, detail=True)
            except FileNotFoundError:
                return
        for path, facts in found.items():
            name = path.rpartition("/")[2]
            if is_sha256(name) and self._path(name).endswith(path.lstrip("/")):
                yield name, int(facts.get("size") or 0)

    def _path(self, sha256: str) -> str:
        if not is_sha256(sha256):
            raise ObjectStoreError(f"{sha256[:80]!r} is no SHA-256, and so names nothing in {self.url}")
        return f"{self._root}/{sha256[:2]}/{sha256}"

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Each kind of store has errors of its own: they become one of ours."""
        try:
            yield
        except (ObjectStoreError, JournalError):
            raise
        except Exception as error:
            raise ObjectStoreError(f"{self.url} can't be {what}: {type(error).__name__}: {error}") from error
