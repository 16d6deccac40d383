"""The part of a run that takes files and gives them back, with the arguments of Azure ML SDK v1."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from runlog.run.base import RunBase
from runlog.writing import files as writing_files

if TYPE_CHECKING:
    from runlog.records import FileKept


class RunFiles(RunBase):
    """Files are kept by content when they are uploaded, and have names with ``/`` that stay inside the run.

    Nothing is sent over a network from these calls, so Azure ML's ``timeout_seconds`` and ``batch_size`` are taken and
    have no meaning; its ``datastore_name`` is told of once, as there is one store.
    """

    def upload_file(
        self, name: str, path_or_stream: str | os.PathLike[str] | IO[Any], datastore_name: str | None = None
    ) -> FileKept | None:
        """Keep a file with the run; one of the same name is replaced.

        A file that changes while it is read is read again, up to three times.

        Args:
            name: a relative path, with ``/``, under which the run has it.
            path_or_stream: what to read; a link is followed. A stream is read from where it stands to its end.
            datastore_name: no meaning here.

        Returns:
            name, size in bytes and SHA-256; None where it could not be kept (``run.dropped`` counts it).

        Raises:
            WrongTypeError: it is neither path nor stream.
            WrongValueError: the name leads out of the run, or is that of a folder of the run; or the path is a folder's
                or a device's.
            RunFileNotFoundError: there is no such file, or it can't be read.
        """
        writing_files.check_datastore(datastore_name)
        return writing_files.upload_file(self._recorder(), name, path_or_stream)

    def upload_files(
        self,
        names: Iterable[str],
        paths: Iterable[str | os.PathLike[str] | IO[Any]],
        return_artifacts: bool = False,
        timeout_seconds: float | None = None,
        datastore_name: str | None = None,
    ) -> list[FileKept | None]:
        """Keep several files. All arguments are checked before the first file is kept.

        Args:
            names: under which the run has them.
            paths: what to read, one for each name, as :meth:`upload_file` takes it.
            return_artifacts: Azure ML's choice of what comes back; here it is always the same.
            timeout_seconds: no meaning here.
            datastore_name: no meaning here.

        Returns:
            what :meth:`upload_file` gives for each.

        Raises:
            WrongTypeError: names or paths are no lists.
            WrongValueError: their numbers differ, two names are the same, or one can't be used.
            RunFileNotFoundError: there is no such file.
        """
        writing_files.check_datastore(datastore_name)
        return writing_files.upload_files(self._recorder(), names, paths)

    def upload_folder(
        self, name: str, path: str | os.PathLike[str], datastore_name: str | None = None
    ) -> list[FileKept]:
        """Keep every file under a folder. A folder without files leaves nothing.

        Links to files are followed, links to folders are not; those, and what is no regular file, are told of. The
        workspace's own folder is left out. A file that can't be kept is told of and counted, and the others go on.

        Args:
            name: of the folder in the run; empty or "." for the run's own.
            path: of the folder.
            datastore_name: no meaning here.

        Returns:
            what was kept.

        Raises:
            WrongTypeError: the name or the path is none.
            WrongValueError: the name leads out of the run, or the path is a file's.
            RunFileNotFoundError: there is no such folder.
        """
        writing_files.check_datastore(datastore_name)
        return writing_files.upload_folder(self._recorder(), name, path)

    def get_file_names(self) -> list[str]:
        """Names of the run's files, in alphabetical order."""
        return sorted(self.state().files)

    def download_file(
        self, name: str, output_file_path: str | os.PathLike[str] | None = None, _validate_checksum: bool = False
    ) -> Path:
        """Copy a file of the run; a file that is there is replaced once the copy is whole.

        Args:
            name: as :meth:`get_file_names` has it.
            output_file_path: where to; a folder takes it under the last part of its name. By default the current
                folder.
            _validate_checksum: raise where the content is not the one that was kept; else this is told of.

        Returns:
            where it was written.

        Raises:
            RunFileNotFoundError: the run has no such file.
            JournalError: its content is not the one that was kept, and ``_validate_checksum`` is set.
            OSError: it can't be written.
        """
        from runlog.reading.downloads import download_file

        return download_file(self._backend, self.id, name, output_file_path, validate=_validate_checksum)

    def download_files(
        self,
        prefix: str | None = None,
        output_directory: str | os.PathLike[str] | None = None,
        output_paths: Iterable[str | os.PathLike[str]] | None = None,
        batch_size: int = 100,
        append_prefix: bool = True,
        timeout_seconds: float | None = None,
    ) -> list[Path]:
        """Copy the files of the run, or those under a prefix.

        Args:
            prefix: a folder or file of the run; where there is none of that name, the beginning of names. So ``run1``
                leaves out ``run10/``, which Azure ML takes along.
            output_directory: where to, with the folders of the names; by default the current folder.
            output_paths: where to instead, one path for each file in the order of :meth:`get_file_names`.
            batch_size: no meaning here.
            append_prefix: keep the prefix's folder in the paths; False leaves it away.
            timeout_seconds: no meaning here.

        Returns:
            where they were written; empty where there was nothing to copy.

        Raises:
            WrongTypeError: the prefix is no text, or ``output_paths`` no list.
            WrongValueError: ``output_paths`` are not one for each file, or not distinct.
            OSError: one can't be written.
        """
        from runlog.reading.downloads import download_files

        return download_files(
            self._backend, self.id, prefix, output_directory, output_paths, append_prefix=append_prefix
        )

    def get_all_logs(self, destination: str | os.PathLike[str] | None = None) -> list[Path]:
        """Write the run's log records as text files, one for each process that logged something.

        A record is a line ``time level logger: message`` with the time in UTC, its traceback below. The files are
        called ``<host>-<process id>.log``, with rank and attempt before it where a run has several.

        Args:
            destination: a folder, made where it is missing; by default a new one in the system's folder for temporary
                files. (Azure ML needs a submitted run for that.)

        Returns:
            where they were written.

        Raises:
            WrongTypeError: the destination is no path.
            WrongValueError: the destination is a file.
            OSError: it can't be written.
        """
        from runlog.reading.log_files import write_logs

        return write_logs(self._backend, self.id, destination)
