"""A run: what a training script logs to, and what is read back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from runlog import context
from runlog.azure_names import RUN, without
from runlog.errors import ConfigurationError, RunLogError, RunNotFoundError, WrongTypeError
from runlog.introspection import describe
from runlog.journal import real_time
from runlog.names import check_run_id
from runlog.records import RunError
from runlog.run.attempts import RunAttempts
from runlog.run.control import RunControl
from runlog.run.documents import RunDocuments
from runlog.run.family import RunFamily
from runlog.run.files import RunFiles
from runlog.run.labels import RunLabels
from runlog.run.lookup import RunLookup
from runlog.run.media import RunMedia
from runlog.run.metrics import RunLogging
from runlog.run.models import RunModels
from runlog.run.notes import RunNotes
from runlog.run.reading import RunReading
from runlog.run.status import RunStatus
from runlog.run.system import RunSystem
from runlog.server_address import is_named
from runlog.statuses import CANCELED, COMPLETED, FAILED, NOT_STARTED, RUNNING

if TYPE_CHECKING:
    from runlog.backend import Backend, RunWriter
    from runlog.experiment import Experiment
    from runlog.lifecycle.outputs import OutputsFolder
    from runlog.state import RunState
    from runlog.system.capture import SystemCapture
    from runlog.writing.recorder import RunRecorder

_FAST = ("log", "log_metrics", "append_log")
"""Attributes of a run that is logged to are the journal's closures: a method in between would cost as much again."""


@without(RUN)
class Run(
    RunLogging,
    RunMedia,
    RunNotes,
    RunDocuments,
    RunLabels,
    RunFiles,
    RunReading,
    RunStatus,
    RunFamily,
    RunLookup,
    RunAttempts,
    RunControl,
    RunSystem,
    RunModels,
):
    """A run of an experiment.

    Of a run that ``runlog.start`` or ``Experiment.start_logging`` started, this process owns the status.
    ``Run(experiment, run_id)`` stands for a run that exists: it reads it, and logs to it as a guest, whose end does not
    end the run while its owner lives. A run pickles and copies to the same run.
    """

    def __init__(self, experiment: Experiment, run_id: str, outputs: object = None) -> None:
        """Stand for a run that exists.

        Args:
            experiment: of the run.
            run_id: its id.
            outputs: no meaning here; Azure ML's third argument.

        Raises:
            WrongTypeError: one of them is neither.
            WrongValueError: no run can have this id.
            RunNotFoundError: there is none of this id.
        """
        if not hasattr(experiment, "workspace"):
            raise WrongTypeError(
                f"Run takes an Experiment and a run's id, not {describe(experiment)}: by the id alone it is "
                f"runlog.get_run({run_id!r})"
            )
        run_id = check_run_id(run_id)
        if not experiment.workspace.backend.has_run(run_id):
            raise RunNotFoundError(
                f"there is no run {run_id!r} in {experiment.workspace.location}: "
                "Workspace.get_run finds one by a part of its id"
            )
        self._set_up(experiment, run_id)

    def _set_up(self, experiment: Experiment, run_id: str) -> None:
        self._experiment = experiment
        self._id = run_id
        self._held: RunRecorder | None = None
        self._ended: str | None = None
        self._began_it = False
        self._outputs: OutputsFolder | None = None
        self._system: SystemCapture | None = None
        self._began = real_time.monotonic()

    @classmethod
    def attach(cls, experiment: Experiment, run_id: str) -> Run:
        """Stand for a run that is known to exist."""
        run = cls.__new__(cls)
        run._set_up(experiment, run_id)
        return run

    @classmethod
    def _started(cls, experiment: Experiment, recorder: RunRecorder, outputs: OutputsFolder | None) -> Run:
        run = cls.attach(experiment, recorder.run_id)
        run._outputs = outputs
        run._hold(recorder, begun=True)
        return run

    @classmethod
    def get_context(cls, allow_offline: bool = True, used_for_context_manager: bool = False) -> Run:
        """The run that this code runs in.

        The run that is open here; else the one that ``RUNLOG_RUN_ID`` or the job's launcher names, as a guest; else a
        new run of the experiment ``RUNLOG_EXPERIMENT`` (or ``default``), kept like any other. Azure ML's stand-in
        outside a job prints instead, and keeps nothing.

        Args:
            allow_offline: start a new run where there is none.
            used_for_context_manager: no meaning here, as any run may be; Azure ML's argument.

        Raises:
            ConfigurationError: there is none, and ``allow_offline`` is False.
        """
        from runlog.lifecycle.joining import shared_run_id
        from runlog.lifecycle.start import start

        current = context.current()
        if isinstance(current, cls):
            return current
        if not allow_offline and shared_run_id() is None:
            raise ConfigurationError(
                "no run is open here, and RUNLOG_RUN_ID names none: start one with runlog.start(), or leave "
                "allow_offline at True"
            )
        return start()

    # -- writing -------------------------------------------------------------------------------------------------------

    def _hold(self, recorder: RunRecorder, *, begun: bool = False) -> None:
        """Log through a recorder.

        Args:
            recorder: of this process for the run.
            begun: whether this object begins the run, and will decide its end.
        """
        from runlog.lifecycle import metric_records

        self._held, self._began_it = recorder, begun
        self._take_closures()
        metric_records.follow(self)

    def _take_closures(self) -> None:
        """Let the recorder's closures stand for the methods; a subclass that overrides one keeps its own."""
        from runlog.lifecycle.metric_records import asked_for, with_record, with_records

        recorder = self._recorder()
        fast: dict[str, Any] = {name: getattr(recorder, name) for name in _FAST}
        if asked_for():
            fast["log"], fast["log_metrics"] = with_record(recorder.log), with_records(recorder.log_metrics)
        for name in _FAST:
            if getattr(type(self), name) is getattr(Run, name):
                self.__dict__[name] = fast[name]

    def _recorder(self) -> RunRecorder:
        if self._held is None:
            from runlog.lifecycle.begin import attach

            self._hold(attach(self._backend, self._experiment.name, self._id))
        assert self._held is not None
        return self._held

    @property
    def _writer(self) -> RunWriter:
        """The journal writer of this process for the run."""
        return self._recorder().writer

    def _late_writer(self) -> RunWriter:
        """The writer that takes records now; after the end, one that is marked late."""
        return self._recorder().open_writer()

    def append_log(self, payload: bytes) -> bool:
        """Write the payload of a log record (for handlers). False: it could not be kept, and was counted."""
        return self._recorder().append_log(payload)

    def write_event(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write an event of any size (for handlers). False: it could not be kept, and was counted."""
        return self._recorder().write_event(kind, payload, flags)

    # -- what it is ----------------------------------------------------------------------------------------------------

    def _this(self) -> Run:
        return self

    @property
    def _backend(self) -> Backend:
        return self._experiment.workspace.backend

    @property
    def id(self) -> str:
        """The run's id."""
        return self._id

    @property
    def experiment(self) -> Experiment:
        """The experiment it belongs to."""
        return self._experiment

    @property
    def experiment_name(self) -> str:
        """The experiment's name."""
        return self._experiment.name

    @property
    def number(self) -> int | None:
        """The run's number in its experiment, which a server gives; None in a local folder."""
        return None

    @property
    def rank(self) -> int | None:
        """The number of this process in its job; None outside one."""
        return self._held.rank if self._held is not None else None

    @property
    def step(self) -> int | None:
        """The step that this process logged last."""
        return self._held.last_step if self._held is not None else None

    @property
    def group(self) -> str | None:
        """The name of the group that it was started in, such as one sweep or one job of several runs."""
        return self.state().group or None

    @property
    def is_open(self) -> bool:
        """Whether it takes records without their being late: until this object has ended it."""
        return self._ended is None

    @property
    def status(self) -> str:
        """NotStarted, Running, Completed, Failed, Canceled, Crashed or NotResponding.

        NotStarted is a child that was made by ``create_children`` and that no process has taken up.
        Crashed (not one of Azure ML's) is said of a run whose process is proven dead without having ended it,
        NotResponding where that can't be proven, as on another host.
        """
        if self._owns:
            return self._ended or RUNNING
        return self.state().status

    @property
    def dropped(self) -> int:
        """How many points and records could not be kept, by this process and by others as far as they could say."""
        own = sum(self._held.lost) if self._held is not None else 0
        mine = self._held.writer_ids if self._held is not None else set()
        try:
            told = self._backend.journal(self._id).lost()
        except (RunLogError, OSError):  # what others wrote can't be read; a process knows its own losses
            if self._held is None:
                raise
            told = {}
        return own + sum(sum(lost) for writer, lost in told.items() if writer not in mine)

    def state(self) -> RunState:
        """What is known of the run without reading its bulk."""
        return self._backend.state(self._id)

    @property
    def _owns(self) -> bool:
        """Whether this object decides the status: the one that was started, in the process that it was started in."""
        from runlog.lifecycle.open_runs import owned_here

        return self._began_it and self._held is not None and owned_here(self._held)

    # -- ends of life --------------------------------------------------------------------------------------------------

    def complete(self, *, timeout: float | None = None) -> None:
        """End the run as Completed: keep the changed files of ``./outputs``, and close its journal.

        A run that has ended stays as it is. Of a guest only its own part ends while the owner lives. Where Ctrl-C
        breaks this off before the status is written, the run goes on: a second call, or the program's end, ends it.

        Args:
            timeout: seconds to wait for the server that keeps the run to have all of it, also while it does not answer.
                By default 30 s while it answers, and no longer than one more try where it does not. What is not sent
                by then stays on this machine, and ``runlog sync`` sends it.
        """
        self._end(COMPLETED, timeout=timeout)

    def fail(self, error_details: str | BaseException | None = None, error_code: str | None = None) -> None:
        """End the run as Failed.

        Args:
            error_details: what went wrong; of an exception the type, message and traceback are kept.
            error_code: as Azure ML's; by default "UserError".
        """
        if self._ended is not None and sys.is_finalizing():  # nothing can be imported any more
            return
        from runlog.lifecycle.verdicts import describe_error

        self._end(FAILED, describe_error(error_details, error_code))

    def cancel(self) -> None:
        """End the run as Canceled."""
        self._end(CANCELED)

    def _end(self, status: str, error: RunError | None = None, *, timeout: float | None = None) -> None:
        if self._ended is not None:  # asked first: a finalizer at the interpreter's end can import nothing
            return
        from runlog.lifecycle.ending import Manner, end

        end(self, status, error, Manner(timeout))

    def flush(self, timeout_seconds: float | None = None) -> None:
        """Bring everything logged so far to the disk, so that it survives a power cut too, and to the server, if any.

        What a returned call logged survives the process without this.

        Args:
            timeout_seconds: to wait for a server that keeps the run, also while it does not answer. By default 300 s
                while it answers, as Azure ML waits, and no longer than one more try where it does not. A local disk is
                waited for as long as it takes.
        """
        if self._held is not None:
            self._held.sync()
            if sys.is_finalizing():
                return
            from runlog.lifecycle.ending import wait_until_kept

            self._held.tell_losses()
            timeout = 300.0 if timeout_seconds is None else timeout_seconds
            wait_until_kept(self, timeout, patient=timeout_seconds is not None)

    def __enter__(self) -> Run:  # noqa: PYI034 - Self needs Python 3.11
        if self._held is None and self.state().status == NOT_STARTED:
            self.start()
        self._recorder()
        context.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._ended is not None and sys.is_finalizing():  # of a generator that is closed at last, say
            return
        from runlog.lifecycle.ending import leave_block

        leave_block(self, error)

    # -- the same run elsewhere ----------------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Callable[..., Run], tuple[str, str, str, bool]]:
        location = self._experiment.workspace.location
        return _same_run, (location, self._experiment.name, self._id, is_named(location))

    def __copy__(self) -> Run:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Run:
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and (other.id, other._backend.location) == (self._id, self._backend.location)

    def __hash__(self) -> int:
        return hash(self._id)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from runlog.notebook.cards import run_card

        return run_card(self)

    def __repr__(self) -> str:
        return (
            f"Run(id={self._id!r}, experiment={self._experiment.name!r}, workspace={self._experiment.workspace.name!r})"
        )


def _same_run(location: str, experiment: str, run_id: str, named: bool = False) -> Run:
    """What a pickled run comes back as: the open one where this process has it, else a guest of it."""
    from runlog.experiment import Experiment
    from runlog.lifecycle.open_runs import started_run
    from runlog.workspace import Workspace

    started = started_run(location, run_id)
    return started or Run.attach(Experiment(Workspace._again(location, named=named), experiment), run_id)
