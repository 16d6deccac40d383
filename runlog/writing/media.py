"""Pictures, figures, texts, pages, sounds and histograms: an event that names content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import asdict

from runlog.images import load_image
from runlog.journal import clock
from runlog.limits import INLINE_BYTES
from runlog.media.content import Make, MediaContent
from runlog.media.overlays import Overlays, load_overlays
from runlog.records import BlobPointer, ImageLogged, MediaLogged, NamedBlob
from runlog.redaction import process as redaction
from runlog.values import convert_step
from runlog.whole_files import sha256_of
from runlog.writing.kinds import IMAGE
from runlog.writing.said_once import say_once
from runlog.writing.scalars import description_of, name_of

if TYPE_CHECKING:
    import msgspec

    from runlog.images import ImageData
    from runlog.writing.recorder import RunRecorder

TEXT_FORMATS = frozenset({"txt", "html", "json", "svg"})


class Overlaid(NamedTuple):
    """What lies over a picture, as it was given."""

    masks: Any = None
    boxes: Any = None
    classes: Any = None


def log_image(
    recorder: RunRecorder,
    name: str,
    picture: tuple[Any, Any, Any],
    overlaid: Overlaid,
    description: str,
    step: int | None,
) -> None:
    """Keep a picture: its path, its plot, or the image itself."""
    kept = name_of(recorder, name)
    number = convert_step(step)
    loaded = load_image(*picture)
    overlays = load_overlays(*overlaid)
    told = description_of(description)
    recorder.describe(kept, IMAGE, told)
    changes = [*([loaded.changed] if loaded.changed is not None else []), *overlays.changes]
    _tell(f"the image {kept!r}", changes)
    recorder.note_step(number)
    _keep(recorder, lambda: _image(recorder, kept, loaded, overlays, told, number))


def _image(
    recorder: RunRecorder, name: str, picture: ImageData, overlays: Overlays, description: str, step: int | None
) -> ImageLogged:
    blob = recorder.backend.put_blob(picture.data)
    return ImageLogged(
        time=clock.now(),
        name=name,
        sha256=blob.sha256,
        size=blob.size,
        format=picture.format,
        width=picture.width,
        height=picture.height,
        step=step,
        description=description,
        masks=_named(recorder, overlays.masks),
        boxes=None
        if overlays.boxes is None
        else BlobPointer(**asdict(recorder.backend.put_blob(_kept("json", overlays.boxes)))),
        classes=overlays.classes,
    )


def log_media(recorder: RunRecorder, media: str, name: str, make: Make, description: str, step: int | None) -> None:
    """Keep something of a kind of :mod:`runlog.media.content`.

    Args:
        recorder: of the run.
        media: the kind.
        name: of the metric.
        make: makes the content; not called where nothing is kept.
        description: kept with the metric.
        step: a whole number.
    """
    kept = name_of(recorder, name)
    number = convert_step(step)
    told = description_of(description)
    content = make() if recorder.backend.keeps else None
    recorder.describe(kept, media, told)
    recorder.note_step(number)
    if content is None:
        return
    _tell(f"the {media} {kept!r}", content.changes)
    _keep(recorder, lambda: _media(recorder, media, kept, content, told, number))


def _media(
    recorder: RunRecorder, media: str, name: str, content: MediaContent, description: str, step: int | None
) -> MediaLogged:
    whole = _kept(content.format, content.data)
    data = whole if len(whole) <= INLINE_BYTES else None
    sha256 = recorder.backend.put_blob(whole).sha256 if data is None else sha256_of(data)
    return MediaLogged(
        time=clock.now(),
        name=name,
        media=media,
        format=content.format,
        sha256=sha256,
        size=len(whole),
        data=data,
        forms=_named(recorder, content.others),
        info={name: value for name, value in content.info.items() if value is not None},
        step=step,
        description=description,
    )


def _named(recorder: RunRecorder, contents: Mapping[str, bytes]) -> list[NamedBlob]:
    return [
        NamedBlob(name=name, **asdict(recorder.backend.put_blob(_kept(name, data))))  # a hash and a size
        for name, data in contents.items()
    ]


def _kept(kind: str, data: bytes) -> bytes:
    """The content that is kept of what was given: text without its secrets."""
    return redaction.content(data) if kind in TEXT_FORMATS else data


def _keep(recorder: RunRecorder, make: Callable[[], msgspec.Struct]) -> None:
    """Write the event that names content; what the disk has no room for is counted."""
    try:
        payload = make()
    except OSError as error:
        recorder.lose(error, events=1)
        return
    recorder.write(payload)


def _tell(what: str, changes: Sequence[str]) -> None:
    for change in changes:
        say_once(f"{what}: {change}")
