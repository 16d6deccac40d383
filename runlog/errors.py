"""Every exception that runlog raises, as one tree.

    RunLogError
    ├── WrongTypeError (TypeError)          an argument of a type that can't be logged
    │   └── MetricKindError                 one name logged as two kinds (scalar, row, table, ...)
    ├── WrongValueError (ValueError)        an argument of the right type that can't be used
    │   └── QueryError                      a query that can't be read
    ├── RunNotFoundError (LookupError)
    ├── RunExistsError
    ├── RunStateError                       the run's state does not allow the call
    ├── RunFailedError                      the run that was waited for failed
    ├── MetricNotFoundError (LookupError)
    ├── ExperimentNotFoundError (LookupError)
    ├── ModelNotFoundError (LookupError)
    ├── RunFileNotFoundError (FileNotFoundError)
    ├── WorkspaceNotFoundError
    ├── ServerError (OSError)
    │   ├── ServerUnreachableError          a runlog server that does not answer, or not as one
    │   └── ServerRefusedError              a runlog server that says no
    ├── ConfigurationError                  a workspace, variable or logging configuration that can't be used
    ├── JournalError                        the files of a run can't be read
    │   ├── JournalVersionError             written by a newer runlog
    │   ├── JournalGapError                 bytes for a copy do not follow what it holds
    │   └── JournalConflictError            bytes for a copy would change a record that it holds
    ├── MissingExtraError (ImportError)     an optional package is needed
    └── NotThereYetError (ImportError)      a name of Azure ML's that runlog does not have

Each message says what was wrong, with which value, and what to do.
"""

from __future__ import annotations


class RunLogError(Exception):
    """Base of every error that runlog raises."""


class WrongTypeError(RunLogError, TypeError):
    """An argument has a type that can't be used here."""


class MetricKindError(WrongTypeError):
    """A metric name was logged before as another kind, which its charts depend on."""


class WrongValueError(RunLogError, ValueError):
    """An argument has the right type and a value that can't be used."""


class QueryError(WrongValueError):
    """A query can't be read."""

    def __init__(self, message: str, *, column: int | None = None) -> None:
        """Say what was wrong, and where.

        Args:
            message: with the query and a mark beneath the place.
            column: of the place, from 1; None where it is the whole query.
        """
        super().__init__(message)
        self.column = column


class RunNotFoundError(RunLogError, LookupError):
    """No run, or more than one, answers to the given id."""


class RunExistsError(RunLogError):
    """A run with this id exists and ``resume`` does not allow going on with it."""


class RunStateError(RunLogError):
    """The call does not fit the state the run is in."""


class RunFailedError(RunLogError):
    """A run that was waited for ended as Failed or Crashed."""


class ExperimentNotFoundError(RunLogError, LookupError):
    """The workspace has no experiment of this name or id."""


class ModelNotFoundError(RunLogError, LookupError):
    """The workspace has no model of this name, or not this version of it."""


class MetricNotFoundError(RunLogError, LookupError):
    """The run has no metric of this name."""


class RunFileNotFoundError(RunLogError, FileNotFoundError):
    """The run has no file of this name."""


class ObjectStoreError(RunLogError):
    """The object store that a workspace moves its blobs to can't be asked, or has something else than was put there."""


class WorkspaceNotFoundError(RunLogError):
    """There is no workspace where one was named."""


class ServerError(RunLogError, OSError):
    """A runlog server could not be asked."""

    @property
    def is_passing(self) -> bool:
        """Whether it may be asked again later, without a change on either side."""
        return True


class ServerUnreachableError(ServerError):
    """A runlog server does not answer, or what answers in its place is none."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        """Say what came instead of an answer.

        Args:
            message: with the server's address.
            retry_after: seconds after which it asks to be tried again; 0 where it does not say.
        """
        super().__init__(message)
        self.retry_after = retry_after


class ServerRefusedError(ServerError):
    """A runlog server refuses a request."""

    def __init__(
        self, message: str, *, status: int, code: str = "", detail: object = None, retry_after: float = 0.0
    ) -> None:
        """Say what was refused and why.

        Args:
            message: with the server's address.
            status: of HTTP.
            code: the server's name for the fault; empty where something in front of the server refuses.
            detail: what belongs to the fault.
            retry_after: seconds after which it asks to be tried again; 0 where it does not say.
        """
        super().__init__(message)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after

    @property
    def is_passing(self) -> bool:
        """Whether the server fails, or has too much to do."""
        return self.status == 429 or self.status >= 500


class ConfigurationError(RunLogError):
    """A configuration file, environment variable or logging configuration can't be used."""


class JournalError(RunLogError):
    """The journal files of a run can't be read."""


class JournalVersionError(JournalError):
    """A journal file was written in a format version that this runlog does not know."""


class JournalGapError(JournalError):
    """Bytes were sent for a copy of a journal that it can't take before others."""

    def __init__(self, message: str, *, length: int) -> None:
        """Say where the copy ends.

        Args:
            message: what was sent, and where.
            length: the byte offset in the segment's file from which to send.
        """
        super().__init__(message)
        self.length = length


class JournalConflictError(JournalError):
    """Bytes were sent for a copy of a journal that would change a record which is there."""


class MissingExtraError(RunLogError, ImportError):
    """An optional package is needed for this call."""


class NotThereYetError(RunLogError, ImportError):
    """A name of Azure ML's that runlog does not have, or not yet."""
