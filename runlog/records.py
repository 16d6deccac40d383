"""The payload of every event kind that describes a run, as ``docs/journal-events.md`` lists them.

A payload is one msgpack map whose keys are the field names here; a field that has its default is left out, and a reader
skips a key it does not know, so that fields may be added. Cells of lists, rows, tables and parameters are msgpack
scalars, or ``{"$": type, "v": exact text}`` for what no msgpack scalar holds. Log records (kind 1) are a msgpack array
of their own (:mod:`runlog.log_record`), because they are many.

Bytes may come from anywhere: numbers have the bounds of the places that they go to, cells their types, and names are
checked where they are read (:mod:`runlog.checks.payload_names`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Any, TypeVar

import msgspec

from runlog.errors import JournalError

Int64 = Annotated[int, msgspec.Meta(ge=-(1 << 63), le=(1 << 63) - 1)]
"""What a column of the index, and a moment in nanoseconds, can be."""
Cell = None | bool | int | float | str | dict[str, str]
UNREADABLE = (msgspec.MsgspecError, ValueError, TypeError, RecursionError, OverflowError, MemoryError)
"""What reading bytes of another make may raise: where they are nested too deeply, it is no MsgspecError."""


class EventKind(IntEnum):
    """What an event of the journal is."""

    LOG = 1
    RUN = 2
    STATUS = 3
    PARAMS = 4
    TAGS = 5
    VALUE = 6
    LIST = 7
    ROW = 8
    TABLE = 9
    IMAGE = 10
    FILE = 11
    SERIES = 12
    PROPERTIES = 13
    SOURCE = 14
    RENAMED = 15
    POINT = 16
    DOCUMENT = 17
    MEDIA = 18
    NOTE = 19
    SYSTEM = 20
    CHILD = 22


STATE_KINDS = frozenset(
    {
        *(EventKind.RUN, EventKind.STATUS, EventKind.PARAMS, EventKind.TAGS, EventKind.FILE, EventKind.SERIES),
        *(EventKind.IMAGE, EventKind.SYSTEM, EventKind.CHILD, EventKind.NOTE, EventKind.PROPERTIES, EventKind.RENAMED),
    }
)
"""Kinds whose frames carry the *state* flag: they are read without the run's bulk."""

LABEL_KINDS = frozenset({EventKind.TAGS, EventKind.PROPERTIES, EventKind.RENAMED, EventKind.NOTE})
"""Kinds that people write about a run, and mostly once it has ended."""


class _Payload(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What all payloads share: ``time`` is UTC nanoseconds since 1970."""

    time: Int64


class Launch(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """Which start of a job of several processes a process belongs to, as far as its launcher says.

    ``id`` is what all processes of the start have in common, ``agent`` what those of one node have in common over all
    restarts of its workers, ``size`` their number. ``requeues`` counts how often the scheduler began the job anew,
    ``restarts`` how often the launcher began the workers of this node anew.
    """

    id: str
    agent: str = ""
    size: int = 0
    requeues: int = 0
    restarts: int = 0


class RunOpened(_Payload, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """RUN: the first event of each writer: which process writes here, and, from the owner, what the run is.

    ``launch`` is there where the process is one of several of a job.
    """

    run_id: str
    experiment: str
    name: str = ""
    attempt: Int64 = 1
    owner: bool = False
    host: str = ""
    pid: Int64 = 0
    rank: Int64 | None = None
    argv: list[str] = []
    folder: str = ""
    description: str = ""
    parent: str | None = None
    type: str = ""
    group: str = ""
    versions: dict[str, str] = {}
    launch: Launch | None = None


class RunError(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Why a run failed, in the parts that Azure ML keeps: a code, a message, the exception's type and its traceback."""

    message: str
    code: str = "UserError"
    type: str = ""
    traceback: str = ""


class StatusSet(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """STATUS: the run, or a guest's part in it, reached this status.

    ``owner_alive`` is written by a guest that ended while the owner still lived: such an end decides nothing.
    """

    status: str
    error: RunError | None = None
    owner_alive: bool = False


class ParamsSet(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """PARAMS: parameters, the newest value of a name counts."""

    values: dict[str, Cell]


class TagsSet(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """TAGS: tags, the newest value of a key counts; those in ``removed`` are gone from here on."""

    values: dict[str, str | None] = {}
    removed: list[str] = []


class PropertiesSet(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """PROPERTIES: facts about the run that stay as they are: the first value of a key counts."""

    values: dict[str, str | None]


class RunRenamed(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """RENAMED: the run's display name or description from here on; a field that is absent stays as it was."""

    name: str | None = None
    description: str | None = None


class ValueLogged(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """VALUE: a scalar that is no point: text, an integer outside 64 bits, a ``Decimal``, a date.

    ``type`` says what ``text`` stands for (:class:`runlog.exact.ScalarText` lists them); ``approx`` is the nearest
    float64, for charts, absent where the value is no number.
    """

    name: str
    text: str
    type: str = "str"
    step: Int64 | None = None
    approx: float | None = None


class ListLogged(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """LIST: the values of one ``log_list``, all of one moment."""

    name: str
    values: list[Cell]
    step: Int64 | None = None


class RowLogged(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """ROW: the columns of one ``log_row``."""

    name: str
    columns: dict[str, Cell]
    step: Int64 | None = None


class TableLogged(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """TABLE: the columns of one ``log_table``, all of one length."""

    name: str
    columns: dict[str, list[Cell]]


class BlobPointer(msgspec.Struct, frozen=True, kw_only=True):
    """Content that is kept under its hash.

    It is also the payload of an event with the *blob* flag: the real payload is this blob.
    """

    sha256: str
    size: Int64


class NamedBlob(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Content that stands beside other content, under a name or as another format of it."""

    name: str
    sha256: str
    size: Int64


class ImageLogged(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """IMAGE: a picture, whose bytes are the blob ``sha256``.

    ``masks`` are PNGs whose levels are class numbers, ``boxes`` is a JSON list of mappings, ``classes`` names the
    numbers in both.
    """

    name: str
    sha256: str
    size: Int64
    format: str
    width: Int64 | None = None
    height: Int64 | None = None
    step: Int64 | None = None
    description: str = ""
    masks: list[NamedBlob] = []
    boxes: BlobPointer | None = None
    classes: dict[int, str] = {}


class MediaLogged(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """MEDIA: a text, figure, histogram, sound or page.

    Its bytes are ``data``, where they are few, else the blob ``sha256``. ``forms`` has further formats of it, which
    are blobs; ``info`` what is known without reading the bytes.
    """

    name: str
    media: str
    format: str
    sha256: str
    size: Int64
    data: bytes | None = None
    forms: list[NamedBlob] = []
    info: dict[str, Any] = {}
    step: Int64 | None = None
    description: str = ""


class NoteWritten(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """NOTE: a note on the run, in Markdown. Notes add up."""

    text: str
    author: str = ""


class DocumentLogged(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """DOCUMENT: a metric with a schema of its own, such as a confusion matrix.

    ``document`` is the JSON object that was logged, in maps, lists and cells; ``schema`` is its ``schema_type``.
    """

    name: str
    schema: str
    document: dict[str, Any]
    step: Int64 | None = None


class FileKept(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """FILE: a file of the run; the newest event of a name counts."""

    name: str
    size: Int64
    sha256: str


class SeriesDescribed(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """SERIES: the kind and the description of a metric's name; a name without one is a plain scalar."""

    name: str
    kind: str
    description: str = ""


class SystemNoted(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """SYSTEM: what the run runs on, in sections; the newest of a section counts.

    ``content`` in a section is ``{"sha256", "size"}`` of a blob that belongs to it.
    """

    sections: dict[str, dict[str, Any]]


class ChildrenMade(_Payload, frozen=True, omit_defaults=True, kw_only=True):
    """CHILD: runs that were made beneath this one.

    An index only: that a run is a child is said by its own RUN event, and the index can be made anew from those.
    """

    run_ids: list[str]


_TYPES: dict[int, type[_Payload]] = {
    EventKind.RUN: RunOpened,
    EventKind.STATUS: StatusSet,
    EventKind.PARAMS: ParamsSet,
    EventKind.TAGS: TagsSet,
    EventKind.VALUE: ValueLogged,
    EventKind.LIST: ListLogged,
    EventKind.ROW: RowLogged,
    EventKind.TABLE: TableLogged,
    EventKind.IMAGE: ImageLogged,
    EventKind.FILE: FileKept,
    EventKind.SERIES: SeriesDescribed,
    EventKind.SYSTEM: SystemNoted,
    EventKind.CHILD: ChildrenMade,
    EventKind.MEDIA: MediaLogged,
    EventKind.NOTE: NoteWritten,
    EventKind.PROPERTIES: PropertiesSet,
    EventKind.RENAMED: RunRenamed,
    EventKind.DOCUMENT: DocumentLogged,
}
_KINDS = {payload.__name__: EventKind(kind) for kind, payload in _TYPES.items()}
"""By name: a program that has modules loaded again, such as a reloader, hands on payloads of both generations."""
_WITH_NAMES = {"ChildrenMade", "FileKept", "ImageLogged", "MediaLogged", "RunOpened"}

P = TypeVar("P", bound=_Payload)
CHECKED = frozenset({DocumentLogged, MediaLogged, SystemNoted, TableLogged})
"""Payloads whose types don't say all that readers rely on."""
_encoder = msgspec.msgpack.Encoder()


class _Decoders(dict[type, "msgspec.msgpack.Decoder[Any]"]):
    """A decoder for each type, made when it is first asked for: all of them would cost each program 2 ms."""

    def __missing__(self, payload: type) -> msgspec.msgpack.Decoder[Any]:
        return self.setdefault(payload, msgspec.msgpack.Decoder(payload))


_decoders = _Decoders()


def kind_of(payload: _Payload) -> EventKind:
    """The event kind that carries this payload."""
    return _KINDS[type(payload).__name__]


def encode(payload: msgspec.Struct) -> bytes:
    """The bytes of a payload."""
    return _encoder.encode(payload)


def decode(payload_type: type[P], payload: bytes) -> P:
    """Read a payload.

    Raises:
        JournalError: the bytes are no such payload.
    """
    try:
        decoder = _decoders.get(payload_type) or msgspec.msgpack.Decoder(payload_type)  # else of another generation
        result: P = decoder.decode(payload)
        if payload_type.__name__ in _WITH_NAMES:
            _check_names(result)
        if payload_type in CHECKED:
            from runlog.payload_shapes import check

            check(result)
    except UNREADABLE as error:
        raise JournalError(
            f"an event of the run can't be read as {payload_type.__name__}: {error}; it was written by another "
            "version, or its writer had a fault"
        ) from error
    return result


def decode_blob_pointer(payload: bytes) -> BlobPointer:
    """Read the payload of an event with the *blob* flag.

    Raises:
        JournalError: the bytes are no such payload.
    """
    try:
        pointer: BlobPointer = _decoders[BlobPointer].decode(payload)
        _check_names(pointer)
    except UNREADABLE as error:
        raise JournalError(f"an event names its blob in a way that can't be read: {error}") from error
    return pointer


def _check_names(payload: Any) -> None:
    from runlog.checks.payload_names import check  # what a program that only writes does without

    check(payload)


def type_of(kind: int) -> type[_Payload] | None:
    """The payload type of an event kind; None where it has none here (log records, points)."""
    return _TYPES.get(kind)
