"""How files of a run become a version of a model."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from runlog.backend import Backend
from runlog.backend_choice import keep_content
from runlog.catalogue.models import ModelFile, ModelRecord, add_version
from runlog.current_folder import absolute
from runlog.errors import RunFileNotFoundError, ServerError, WrongValueError
from runlog.lifecycle.begin import quietly
from runlog.names import check_model_name
from runlog.writing.files import file_name
from runlog.writing.folders import regular_files
from runlog.writing.tags import tags_as_text

if TYPE_CHECKING:
    from runlog.records import FileKept
    from runlog.run import Run

_logger = logging.getLogger("runlog")
SHOWN = 12
"""Files that a message names."""


def refuse_given(**arguments: object) -> None:
    """Refuse arguments of Azure ML that have no meaning here.

    Raises:
        WrongValueError: one of them is not None.
    """
    for name, value in arguments.items():
        if value is not None:
            raise WrongValueError(f"{name}={value!r}: there is no such thing here; leave it out")


def register(
    run: Run,
    name: str,
    path: str | None,
    *,
    tags: Mapping[str, Any] | None,
    properties: Mapping[str, Any] | None,
    framework: str | None,
    framework_version: str | None,
    description: str | None,
) -> ModelRecord:
    """Keep the content of a run's file or folder, and a version that names it.

    Raises:
        WrongValueError: the name can't be used.
        RunFileNotFoundError: the run has no such file or folder.
        OSError: it can't be written.
    """
    record = _record(name, tags, properties, framework, framework_version, description)
    kept_path = file_name(path if path is not None else name)
    files = _files_at(run, kept_path)
    named = [ModelFile(file.name[len(kept_path) + 1 :], file.size, file.sha256) for file in files]
    return _keep(
        run, replace(record, run_id=run.id, experiment=run.experiment.name, path=kept_path, files=named), files
    )


def _keep(run: Run, record: ModelRecord, files: list[FileKept]) -> ModelRecord:
    """Keep the content and the version; what a server does not take now, it gets later."""
    backend = run._backend
    try:
        for file in files:
            backend.pin_file(run.id, file.name, file.sha256)
        return add_version(backend, record)
    except ServerError as error:
        kept = backend.postpone_model(record)
        _logger.warning(
            "run %s: the model %s gets its version once the server takes it (%s), at the latest by `runlog sync`",
            run.id,
            record.name,
            error,
        )
        return kept


def register_files(
    backend: Backend,
    name: str,
    path: str | os.PathLike[str],
    *,
    tags: Mapping[str, Any] | None,
    properties: Mapping[str, Any] | None,
    framework: str | None,
    framework_version: str | None,
    description: str | None,
) -> ModelRecord:
    """Keep the content of a local file or folder, and a version that names it.

    Raises:
        WrongValueError: the name can't be used.
        RunFileNotFoundError: there is no such file, or nothing in the folder.
        OSError: it can't be read or kept.
    """
    record = _record(name, tags, properties, framework, framework_version, description)
    root = absolute(path)
    found = [root] if root.is_file() else [one for one, _ in regular_files(root)]
    if not found:
        raise RunFileNotFoundError(f"there is no file or folder with files at {root} to register as {name!r}")
    files = []
    for one in found:
        kept = keep_content(backend, one)
        files.append(ModelFile("" if one == root else one.relative_to(root).as_posix(), kept.size, kept.sha256))
    return add_version(backend, replace(record, path=root.name or name, files=files))


def _record(
    name: str,
    tags: Mapping[str, Any] | None,
    properties: Mapping[str, Any] | None,
    framework: str | None,
    framework_version: str | None,
    description: str | None,
) -> ModelRecord:
    return ModelRecord(
        name=check_model_name(name),
        description=description or "",
        framework=framework,
        framework_version=framework_version,
        tags=tags_as_text(tags or {}),
        properties=tags_as_text(properties or {}),
    )


def _files_at(run: Run, path: str) -> list[FileKept]:
    """The run's file of this name, or its files beneath it; those of its outputs folder are kept first, if need be."""
    found = _under(run, path)
    if not found and run._outputs is not None and run._owns:
        quietly(partial(run._outputs.keep_changed, run._recorder()), run.id)
        found = _under(run, path)
    if found or not run._backend.keeps:  # where nothing is kept, the program goes on with a model without files
        return found
    names = run.get_file_names()
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    raise RunFileNotFoundError(
        f"run {run.id} has no file or folder {path!r} to register; it has "
        f"{', '.join(map(repr, names[:SHOWN])) or 'none'}{more}: upload it first, or give its path as model_path"
    )


def _under(run: Run, path: str) -> list[FileKept]:
    files = run.state().files
    if path in files:
        return [files[path]]
    return sorted((file for name, file in files.items() if name.startswith(path + "/")), key=lambda file: file.name)
