"""Models: named and numbered references to files of runs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runlog.azure_names import MODEL, without
from runlog.catalogue import models
from runlog.checks.files import target_below
from runlog.errors import ModelNotFoundError, RunNotFoundError, WrongTypeError, WrongValueError
from runlog.names import check_model_name
from runlog.reading.moments import moment
from runlog.reading.run_filter import Wanted, has_all, wanted_pairs
from runlog.whole_files import copy_whole
from runlog.writing.tags import tag_keys, tags_as_text

if TYPE_CHECKING:
    from datetime import datetime

    from runlog.catalogue.models import ModelFile, ModelRecord
    from runlog.run import Run
    from runlog.workspace import Workspace


@without(MODEL)
class Model:
    """One version of a model. ``run.register_model`` makes one; its files stay what they were then."""

    def __init__(
        self,
        workspace: Workspace,
        name: str | None = None,
        version: int | str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Azure ML's name
    ) -> None:
        """Find a version of a model.

        Args:
            workspace: where it is kept.
            name: of the model; ``"name:version"`` names a version, too.
            version: its number; None for the newest.
            id: ``"name:version"``, in the place of both.

        Raises:
            WrongTypeError: an argument is of a wrong type.
            WrongValueError: there can be no such name or version.
            ModelNotFoundError: there is no such model, or not this version of it.
        """
        name = id if name is None else name
        asked, _, number = name.partition(":") if isinstance(name, str) and version is None else (name, "", version)
        self.workspace = workspace
        self._record = _find(workspace, check_model_name(asked), _version(number))

    @classmethod
    def _of(cls, workspace: Workspace, record: ModelRecord) -> Model:
        model = cls.__new__(cls)
        model.workspace, model._record = workspace, record
        return model

    @property
    def name(self) -> str:
        """The model's name."""
        return self._record.name

    @property
    def version(self) -> int:
        """The version's number, from 1; 0 where it was registered while the server was away, which gives it later."""
        return self._record.version

    @property
    def id(self) -> str:
        """``name:version``."""
        return f"{self.name}:{self.version}"

    @property
    def url(self) -> str:
        """``models:/name/version``, as MLflow names a version."""
        return f"models:/{self.name}/{self.version}"

    @property
    def run_id(self) -> str:
        """The id of the run that it came from; empty where :meth:`register` made it from files."""
        return self._record.run_id

    @property
    def run(self) -> Run:
        """The run that it came from.

        Raises:
            RunNotFoundError: it was deleted, and the model's files stay; or the model came from files.
        """
        if not self.run_id:
            raise RunNotFoundError(f"the model {self.id} was registered from files, not from a run")
        return self.workspace.get_run(self.run_id)

    @property
    def description(self) -> str:
        """What it was described with."""
        return self._record.description

    @property
    def created_time(self) -> datetime:
        """When it was registered: aware, UTC."""
        return moment(self._record.created)

    @property
    def model_framework(self) -> str | None:
        """What it was made with, such as "ScikitLearn"."""
        return self._record.framework

    @property
    def model_framework_version(self) -> str | None:
        """The version of that."""
        return self._record.framework_version

    @property
    def properties(self) -> dict[str, str | None]:
        """Pairs given when it was registered; they never change."""
        return dict(self._record.properties)

    @property
    def tags(self) -> dict[str, str | None]:
        """The version's tags, as they are now.

        Raises:
            ModelNotFoundError: the version was deleted.
        """
        kept = self.workspace.backend.keeps and self.version > 0
        return dict((_find(self.workspace, self.name, self.version) if kept else self._record).tags)

    @property
    def files(self) -> list[ModelFile]:
        """Its files: the path within the model, the size in bytes, and the SHA-256 of the content."""
        return list(self._record.files)

    def add_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags of this version; others stay.

        Raises:
            WrongTypeError: it is no mapping.
            ModelNotFoundError: the version was deleted.
            OSError: they can't be written.
        """
        self._change_tags(tags_as_text(tags), set())

    def remove_tags(self, tags: Iterable[str]) -> None:
        """Remove tags of this version; keys that it does not have are passed over.

        Raises:
            WrongTypeError: it is one text instead of a list.
            ModelNotFoundError: the version was deleted.
            OSError: they can't be written.
        """
        self._change_tags({}, set(tag_keys(tags)))

    def _change_tags(self, new: dict[str, str | None], gone: set[str]) -> None:
        if not self.workspace.backend.keeps:
            return
        _find(self.workspace, self.name, self.version)
        models.change_tags(self.workspace.backend, self.name, self.version, new, gone)

    def download(self, target_dir: str | os.PathLike[str] = ".", exist_ok: bool = False) -> Path:
        """Copy the model's file or folder.

        Args:
            target_dir: the folder to copy into; made if missing.
            exist_ok: replace what is there.

        Returns:
            the file, or the folder, under the name it had in the run.

        Raises:
            WrongValueError: it is there already, and ``exist_ok`` is False.
            RunFileNotFoundError: its content is gone from the workspace.
            JournalError: its content is not what was registered.
            OSError: it can't be written.
        """
        folder = Path(target_dir)
        root = folder / self._record.path.rpartition("/")[2]
        if root.exists() and not exist_ok:
            raise WrongValueError(f"{root} is there already: pass exist_ok=True to replace it, or another target_dir")
        for file in self._record.files:
            target = target_below(root, file.name) if file.name else root
            with self.workspace.backend.open_blob(file.sha256, file.size) as source:
                copy_whole(source, Path(os.path.realpath(target)), file.sha256)
        return root

    def delete(self) -> None:
        """Delete this version. Its number is not given again; the run and its files stay.

        Raises:
            ModelNotFoundError: it was deleted before.
            OSError: it can't be written.
        """
        _find(self.workspace, self.name, self.version)
        models.delete_version(self.workspace.backend, self.name, self.version)

    @classmethod
    def register(
        cls,
        workspace: Workspace,
        model_path: str | os.PathLike[str],
        model_name: str,
        tags: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
        description: str | None = None,
        datasets: None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        **kwargs: Any,
    ) -> Model:
        """Register a local file or folder as the next version of a model. Its content is copied into the workspace.

        :meth:`runlog.Run.register_model` does so with files of a run, and keeps which run it was.

        Args:
            workspace: to keep it in.
            model_path: the file or folder.
            model_name: 1 to 255 ASCII letters, digits, ``.``, ``_`` and ``-``.
            tags: can be changed later.
            properties: can't.
            description: text.
            datasets: None: there are no data sets here.
            model_framework: what it was made with.
            model_framework_version: the version of that.
            **kwargs: none.

        Raises:
            WrongTypeError: an argument is of a wrong type.
            WrongValueError: the name can't be used, or an argument is given that has no meaning here.
            RunFileNotFoundError: there is no such file, or nothing in the folder.
            OSError: it can't be read or kept.
        """
        from runlog.lifecycle.registering import refuse_given, register_files

        refuse_given(datasets=datasets, **kwargs)
        record = register_files(
            workspace.backend,
            model_name,
            model_path,
            tags=tags,
            properties=properties,
            framework=model_framework,
            framework_version=model_framework_version,
            description=description,
        )
        return cls._of(workspace, record)

    @staticmethod
    def get_model_path(model_name: str, version: int | str | None = None, _workspace: Workspace | None = None) -> str:
        """Where a model's file or folder is on this machine: ``runlog-models/<name>/<version>/`` in the current folder.

        It is fetched there unless it is there already.

        Args:
            model_name: of the model.
            version: its number; None for the newest.
            _workspace: where it is kept; by default the workspace of the current folder.

        Raises:
            ModelNotFoundError: there is no such model, or not this version of it.
            OSError: it can't be written.
        """
        from runlog.workspace import Workspace

        model = Model(_workspace or Workspace.from_config(), model_name, version)
        folder = Path("runlog-models", model.name, str(model.version))
        root = folder / model._record.path.rpartition("/")[2]
        files = {root / one.name if one.name else root: one.size for one in model.files}
        is_here = all(path.is_file() and path.stat().st_size == size for path, size in files.items())
        return str(root if is_here else model.download(folder, exist_ok=True))

    @staticmethod
    def list(workspace: Workspace, name: str | None = None, tags: Wanted = None, latest: bool = False) -> list[Model]:
        """Versions of models, by name, each newest first.

        Args:
            workspace: where they are kept.
            name: only versions of this model.
            tags: only those with this tag (``"key"``), these (``["key", ...]``), or these values
                (``{"key": "value"}``).
            latest: of each model only the newest version that is wanted.

        Raises:
            WrongTypeError: tags are none of these.
        """
        wanted = wanted_pairs(tags, "tags")
        backend = workspace.backend
        found = models.read_models(backend) if name is None else models.read_versions(backend, check_model_name(name))
        chosen = [record for record in reversed(found) if has_all(record.tags, wanted)]
        chosen.sort(key=lambda record: record.name)
        if latest:
            chosen = list({record.name: record for record in reversed(chosen)}.values())[::-1]
        return [Model._of(workspace, record) for record in chosen]

    def __repr__(self) -> str:
        return f"Model(name={self.name!r}, version={self.version}, workspace={self.workspace.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and (other.id, other.workspace) == (self.id, self.workspace)

    def __hash__(self) -> int:
        return hash((self.id, self.workspace))


def _version(version: Any) -> int | None:
    if version is None or version == "":
        return None
    if isinstance(version, bool) or not isinstance(version, int | str):
        raise WrongTypeError(f"a model's version is a number, not {type(version).__name__}: {version!r}")
    if not str(version).isdecimal():
        raise WrongValueError(f"a model's version is a number from 1 on, not {version!r}")
    return int(version)


def _find(workspace: Workspace, name: str, version: int | None) -> ModelRecord:
    versions = models.read_versions(workspace.backend, name)
    found = [record for record in versions if version in {None, record.version}]
    if found:
        return found[-1]
    if versions:
        numbers = ", ".join(str(record.version) for record in versions[-8:])
        raise ModelNotFoundError(f"the model {name} has no version {version}; it has {numbers}")
    names = sorted({record.name for record in models.read_models(workspace.backend)})
    shown = ", ".join(map(repr, names[:8])) or "none"
    raise ModelNotFoundError(f"there is no model {name!r} in {workspace.location}; it has {shown}")
