"""The JSON of requests and answers, as the OpenAPI document describes it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A JSON object."""

    model_config = ConfigDict(extra="forbid")


class Refused(Shape):
    """A request that was not done."""

    error: str = Field(description="A word by which programs tell refusals apart.")
    message: str = Field(description="What was wrong, with which value, and what to do.")
    detail: dict[str, Any] = Field(description="What a program needs to go on.")


class Health(Shape):
    """Whether the server works."""

    status: str


class Ready(Health):
    """Whether the workspace can be read."""

    troubles: list[str] = Field(
        description="What is amiss all the same, in words, such as an index that can't be kept."
    )


class Caller(Shape):
    """Whose token it is."""

    name: str
    role: str


class Limits(Shape):
    """What is refused beyond."""

    json_bytes: int
    piece_bytes: int
    file_bytes: int
    entry_bytes: int
    page: int


class Server(Shape):
    """What the server is."""

    version: str
    api: int
    journal_versions: list[int]
    workspace: str = Field(description="The name of the workspace that it serves.")
    encodings: list[str] = Field(description="Content encodings that it takes and gives.")
    limits: Limits
    caller: Caller


class Ids(Shape):
    """A page of ids."""

    items: list[str]
    cursor: str | None = Field(description="Where the next page begins; null at the end.")


class Claimed(Shape):
    """A run's place."""

    id: str
    made: bool = Field(description="Whether this request made it.")


class ListedFile(Shape):
    """A file of a journal."""

    name: str
    size: int


class ListedWriter(Shape):
    """A writer of a run."""

    id: str
    guest: bool
    late: bool
    liveness: str = Field(description="alive, closed, dead or silent, as of now.")
    lost: list[int] = Field(description="Points and events that it could not keep.")
    files: list[ListedFile]


class ListedCrash(Shape):
    """What a process wrote when it died of a signal."""

    writer: str
    time: int = Field(description="UTC nanoseconds since 1970.")


class Listing(Shape):
    """The files of a journal."""

    writers: list[ListedWriter]
    crashes: list[ListedCrash]


class Taken(Shape):
    """What a segment holds after a request."""

    length: int = Field(description="Bytes of the segment that are here, from the first on.")


class Sign(Shape):
    """How a writer stands."""

    state: str = Field(pattern="^(alive|closed|dead)$")
    lost: list[int] = Field(
        default=[0, 0],
        min_length=2,
        max_length=2,
        description="Points and events that it could not keep over its life.",
    )


class IdsAsked(Shape):
    """Runs that are asked for."""

    ids: list[str] = Field(max_length=30_000)


class SummariesAsked(Shape):
    """Runs that are asked for at a glance."""

    ids: list[str] = Field(default=[], max_length=30_000)
    beneath: str | None = Field(default=None, description="A run: those beneath it are asked for.")
    recursive: bool = Field(default=False, description="Also those beneath these, and so on.")


class JournalAsked(Shape):
    """A run whose journal is asked for."""

    id: str
    has: dict[str, int] = Field(
        default={}, max_length=10_000, description="The files that are there already, with their sizes."
    )


class JournalsAsked(Shape):
    """Runs whose journals are asked for."""

    runs: list[JournalAsked] = Field(max_length=30_000)


class HashesAsked(Shape):
    """Blobs that are asked for."""

    sha256: list[str] = Field(max_length=10_000)


class Missing(Shape):
    """Blobs that are not here."""

    sha256: list[str]


class Kept(Shape):
    """A blob that is here."""

    sha256: str
    size: int


class KeptFile(Shape):
    """A file of a run."""

    name: str
    size: int
    sha256: str
    time: int = Field(description="UTC nanoseconds since 1970.")


class EntryList(Shape):
    """A page of the records and folders of a folder."""

    names: list[str]
    folders: list[str]
    cursor: str | None = Field(description="Where the next page begins; null at the end.")


class EntryKept(Shape):
    """A record that was written."""

    etag: str = Field(description="What the next change of it is based on.")


class AttemptAsked(Shape):
    """Who asks for the right to open a run's next attempt."""

    holder: str = Field(min_length=8, max_length=64, pattern="^[a-zA-Z0-9_-]+$")


class Attempt(Shape):
    """Whether the right was given."""

    granted: bool
    seconds: float = Field(description="How long it holds, or how long somebody else may still have it.")


class Metric(Shape):
    """A metric of a run in a few values."""

    name: str
    kind: str
    count: int
    last: Any
    last_step: int | None
    last_time: int = Field(description="UTC nanoseconds since 1970.")
    min: float | None
    max: float | None
    first_time: int


class Run(Shape):
    """A run at a glance. Times are UTC nanoseconds since 1970."""

    id: str
    name: str
    experiment: str
    status: str
    created: int | None
    ended: int | None
    description: str
    type: str
    parent: str | None
    group: str
    attempts: int
    params: dict[str, Any]
    tags: dict[str, str | None]
    properties: dict[str, str | None]
    metrics: dict[str, Metric]
    metrics_left_out: int = Field(
        description="Metrics that a list of runs leaves out; asked for by its id, a run has all."
    )
    revision: int


class Runs(Shape):
    """A page of runs."""

    items: list[Run]
    cursor: str | None = Field(description="Where the next page begins; null at the end.")


class Metrics(Shape):
    """The metrics of a run, in the order first logged."""

    items: list[Metric]


class Series(Shape):
    """A scalar metric in stretches of its axis; a stretch without a finite number has null in all but its count."""

    axis: str
    total: int = Field(description="Points in all of the stretches.")
    exact: bool = Field(description="Whether each stretch is one point.")
    low: list[float | None]
    high: list[float | None]
    count: list[int]
    min: list[float | None]
    max: list[float | None]
    sum: list[float | None]
    first: list[float | None]
    last: list[float | None]


class Record(Shape):
    """A log record. Its time is UTC nanoseconds since 1970."""

    run: str | None = Field(description="The run; null where it belongs to none.")
    time_ns: int
    message: str
    levelno: int
    level: str
    logger: str
    path: str
    line: int
    function: str
    process: int | None
    process_name: str | None
    thread: int | None
    thread_name: str | None
    created: float | None
    template: str | None
    stack: str | None
    task: str | None
    writer: str
    rank: int | None
    attempt: int
    prologue: bool
    late: bool
    args: Any
    extra: Any
    exception: str | None = Field(description="The traceback, as Python prints it.")


RECORD_FIELDS = tuple(name for name in Record.model_fields if name not in {"run", "args", "extra", "exception"})
"""What is taken from a record as it is."""


class Records(Shape):
    """A page of log records, the newest first."""

    items: list[Record]
    cursor: str | None = Field(description="Where the next page begins; null at the end.")
