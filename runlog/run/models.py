"""The part of a run that registers models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runlog.models import Model
    from runlog.run import Run


class RunModels:
    """Files of the run, named and numbered as models."""

    def _this(self) -> Run:
        raise NotImplementedError

    def register_model(
        self,
        model_name: str,
        model_path: str | None = None,
        tags: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
        model_framework: str | None = None,
        model_framework_version: str | None = None,
        description: str | None = None,
        datasets: None = None,
        sample_input_dataset: None = None,
        sample_output_dataset: None = None,
        resource_configuration: None = None,
        **kwargs: Any,
    ) -> Model:
        """Register a file or folder of the run as the next version of a model.

        What is in it now stays with the version, also when the run's file is replaced or the run deleted. Files of an
        ``./outputs`` folder can be registered before the run's end. While a server is away, the version is 0.

        Args:
            model_name: 1 to 255 ASCII letters, digits, ``.``, ``_`` and ``-``.
            model_path: of a file or folder of the run, as :meth:`get_file_names` has it; by default ``model_name``.
            tags: can be changed later.
            properties: can't.
            model_framework: what it was made with.
            model_framework_version: the version of that.
            description: text.
            datasets: None, as for all that follow: there are no data sets here, and models are not deployed from here.
            sample_input_dataset: None.
            sample_output_dataset: None.
            resource_configuration: None.
            **kwargs: none.

        Raises:
            WrongTypeError: an argument is of a wrong type.
            WrongValueError: the name can't be used, or an argument is given that has no meaning here.
            RunFileNotFoundError: the run has no such file or folder.
        """
        from runlog.lifecycle.registering import refuse_given, register
        from runlog.models import Model

        refuse_given(
            datasets=datasets,
            sample_input_dataset=sample_input_dataset,
            sample_output_dataset=sample_output_dataset,
            resource_configuration=resource_configuration,
            **kwargs,
        )
        record = register(
            self._this(),
            model_name,
            model_path,
            tags=tags,
            properties=properties,
            framework=model_framework,
            framework_version=model_framework_version,
            description=description,
        )
        return Model._of(self._this().experiment.workspace, record)
