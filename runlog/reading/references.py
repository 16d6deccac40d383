"""References to content of a run: what is known of it, and the way to its bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from runlog.backend import Backend
from runlog.checks import names
from runlog.errors import JournalError, WrongValueError
from runlog.media.content import FIGURE, HISTOGRAM, HTML, TEXT
from runlog.reading.moments import moment
from runlog.records import UNREADABLE, BlobPointer, ImageLogged, MediaLogged

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")
SHOWN_DIGITS = 12
"""Of a hash, in the name of a saved file."""


@dataclass(frozen=True)
class ContentRef:
    """Content that was logged under a name: at a step, in a format, kept by its hash."""

    name: str
    sha256: str
    size: int
    format: str
    step: int | None
    time_ns: int
    description: str
    _backend: Backend = field(repr=False, compare=False)

    @property
    def time(self) -> datetime:
        """When it was logged: aware, UTC."""
        return moment(self.time_ns)

    def read_bytes(self) -> bytes:
        """The content.

        Raises:
            RunFileNotFoundError: it is not there any more.
        """
        return self._backend.read_blob(self.sha256, self.size)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the content; into a folder under ``<first 12 digits of its hash>.<format>``.

        Returns:
            where it was written.

        Raises:
            RunFileNotFoundError: it is not there any more.
            OSError: it can't be written.
        """
        target = Path(path)
        if target.is_dir():
            target = target / f"{names.sha256(self.sha256)[:SHOWN_DIGITS]}.{names.format_name(self.format)}"
        target.write_bytes(self.read_bytes())
        return target


@dataclass(frozen=True)
class FileRef(ContentRef):
    """A picture of a run, with what lies over it.

    Attributes:
        width: in pixels; None where its file does not tell.
        height: in pixels, likewise.
        masks: by name, pictures whose levels are class numbers.
        classes: names of the class numbers in masks and boxes.
    """

    width: int | None = None
    height: int | None = None
    masks: Mapping[str, ContentRef] = field(default_factory=dict, hash=False)
    classes: Mapping[int, str] = field(default_factory=dict, hash=False)
    _boxes: BlobPointer | None = field(default=None, repr=False)

    @property
    def boxes(self) -> list[dict[str, Any]]:
        """Boxes over the picture, as they were logged; empty where there are none.

        Raises:
            RunFileNotFoundError: they are not there any more.
            JournalError: what is there are no boxes.
        """
        import msgspec

        if self._boxes is None:
            return []
        data = self._backend.read_blob(self._boxes.sha256, self._boxes.size)
        return _read_as(f"the boxes over {self.name!r}", lambda: msgspec.json.decode(data, type=list[dict[str, Any]]))


@dataclass(frozen=True)
class MediaRef(ContentRef):
    """A text, figure, histogram, sound or page of a run.

    Attributes:
        media: "text", "figure", "histogram", "audio" or "html".
        info: what is known without reading it: ``width``, ``sample_rate``, ``characters``...
        forms: further formats of it, such as the SVG of a figure.
    """

    media: str = ""
    info: Mapping[str, Any] = field(default_factory=dict, hash=False)
    forms: Mapping[str, ContentRef] = field(default_factory=dict, hash=False)
    _data: bytes | None = field(default=None, repr=False)

    def read_bytes(self) -> bytes:
        """The content, in :attr:`format`.

        Raises:
            RunFileNotFoundError: it is not there any more.
        """
        return super().read_bytes() if self._data is None else self._data

    def read(self) -> Any:
        """The content as Python has it.

        Returns:
            text for texts and pages, a :class:`~runlog.media.histograms.Histogram` for histograms, plotly's mapping for
            its figures, else bytes.

        Raises:
            RunFileNotFoundError: it is not there any more.
            JournalError: it is not what it was logged as.
        """
        data = self.read_bytes()
        if self.media in {TEXT, HTML}:
            return data.decode("utf-8", "replace")
        if self.media == HISTOGRAM:
            from runlog.media.histograms import decode_histogram

            return _read_as(f"the histogram {self.name!r}", lambda: decode_histogram(data))
        if self.format == "json":
            import msgspec

            return _read_as(f"the {self.media} {self.name!r}", lambda: msgspec.json.decode(data))
        return data

    def read_page(self) -> str:
        """The page of a plotly figure, or one that was logged; it shows itself without network.

        Raises:
            WrongValueError: it is none of these.
            RunFileNotFoundError: it is not there any more.
        """
        if self.media == HTML:
            return str(self.read())
        if self.media != FIGURE or not {"html", "js"} <= self.forms.keys():
            raise WrongValueError(f"{self.name!r} is kept as {self.format}, not as a page: read() gives its content")
        from runlog.media.figures import page_with_script

        page, script = (self.forms[form].read_bytes().decode("utf-8", "replace") for form in ("html", "js"))
        return page_with_script(page, script)


def _read_as(what: str, read: Callable[[], T]) -> T:
    """Content in the form that it was logged in.

    Raises:
        JournalError: it has another one.
    """
    try:
        return read()
    except UNREADABLE as error:
        raise JournalError(f"{what} can't be read: {error}; its writer had a fault, or it was damaged") from error


def reference_to(backend: Backend, logged: ImageLogged | MediaLogged) -> FileRef | MediaRef:
    """The reference to what an event names."""
    return _image(backend, logged) if isinstance(logged, ImageLogged) else _media(backend, logged)


def _image(backend: Backend, image: ImageLogged) -> FileRef:
    common = (image.step, image.time, image.description, backend)
    masks = {one.name: ContentRef(one.name, one.sha256, one.size, "png", *common) for one in image.masks}
    return FileRef(
        image.name,
        image.sha256,
        image.size,
        image.format,
        *common,
        width=image.width,
        height=image.height,
        masks=masks,
        classes=image.classes,
        _boxes=image.boxes,
    )


def _media(backend: Backend, logged: MediaLogged) -> MediaRef:
    common = (logged.step, logged.time, logged.description, backend)
    forms = {one.name: ContentRef(logged.name, one.sha256, one.size, one.name, *common) for one in logged.forms}
    return MediaRef(
        logged.name,
        logged.sha256,
        logged.size,
        logged.format,
        *common,
        media=logged.media,
        info=logged.info,
        forms=forms,
        _data=logged.data,
    )
