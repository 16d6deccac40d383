"""The picture given to ``run.log_image``, as the bytes of a file.

A file is kept as it is. A plot, picture object or array becomes a PNG; Pillow is imported for that only when needed.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, NamedTuple

from runlog.errors import MissingExtraError, WrongTypeError, WrongValueError
from runlog.image_formats import recognise
from runlog.introspection import describe, is_array, loaded, shape_of
from runlog.media.arrays import as_numpy
from runlog.media.drawing import draw, figure_of

_CALL = "run.log_image"
_CHANNELS = (1, 3, 4)
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"})
_SHAPES = "(height, width), (height, width, channels) or (channels, height, width), with 1, 3 or 4 channels"


class ImageData(NamedTuple):
    """A picture.

    Attributes:
        data: the bytes of its file.
        format: "png", "jpeg", "gif", "bmp", "tiff", "webp" or "svg".
        width: in pixels; None where the file does not tell.
        height: in pixels; None where the file does not tell.
        changed: what could not be kept as it was given, for the caller to say once; None where nothing was lost.
    """

    data: bytes
    format: str
    width: int | None
    height: int | None
    changed: str | None = None


def load_image(path: object = None, plot: object = None, image: object = None) -> ImageData:
    """Read the picture of ``run.log_image``; exactly one of the three is given.

    As with Azure ML, ``path`` and ``plot`` exclude each other; ``image`` is runlog's own.

    Args:
        path: a file in PNG, JPEG, GIF, BMP, TIFF, WebP or SVG, known by its first bytes and kept unchanged.
        plot: a matplotlib ``Figure``, ``Axes`` or the ``pyplot`` module (its current figure); anything with
            ``savefig``. It stays open.
        image: a Pillow image, or an array or tensor of shape (H, W), (H, W, C) or (C, H, W) with C 1, 3 or 4. A shape
            that could be both is (H, W, C). uint8 runs from 0 to 255, floats from 0 to 1, bools are black and white,
            and uint16 of shape (H, W) is kept in 16 bits. Values outside are clipped, and not-a-number is black;
            ``changed`` then says so.

    Raises:
        WrongTypeError: the argument has a type that gives no picture.
        WrongValueError: none or several were given, the file can't be read or is no picture, the plot can't be
            drawn, or the array's shape is no picture's.
        MissingExtraError: Pillow or numpy is needed and not installed.
    """
    given = [what for what, value in (("path", path), ("plot", plot), ("image", image)) if value is not None]
    if len(given) != 1:
        told = " and ".join(given) or "nothing"
        raise WrongValueError(f"run.log_image takes one of path, plot and image, but {told} was given")
    if path is not None:
        return _from_path(path)
    return _from_plot(plot) if plot is not None else _from_image(image)


def _from_path(path: Any) -> ImageData:
    if not isinstance(path, str | os.PathLike):
        raise WrongTypeError(f"run.log_image: path is {describe(path)}; use a str or Path, or plot= or image=")
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise WrongValueError(f"run.log_image: {os.fspath(path)!r} can't be read: {error}") from error
    found = recognise(data)
    if found is None:
        start = f"begins with {data[:12]!r}" if data else "is empty"
        raise WrongValueError(
            f"run.log_image: {os.fspath(path)!r} is no picture, it {start}; use a PNG, JPEG, GIF, BMP, TIFF, WebP or "
            "SVG file, or keep it with run.upload_file"
        )
    return ImageData(data, *found)


def _from_plot(plot: Any) -> ImageData:
    data = draw(_CALL, figure_of(_CALL, "plot", plot, "or image= for pictures and arrays"))
    found = recognise(data)
    if found is None:
        raise WrongValueError(f"run.log_image: savefig of {describe(plot)} wrote no picture, but {data[:12]!r}")
    return ImageData(data, *found)


def _from_image(image: Any) -> ImageData:
    pillow = loaded("PIL.Image")
    if pillow is not None and isinstance(image, pillow.Image):
        return _png(image)
    if is_array(type(image)) or hasattr(type(image), "__array__"):
        return _from_array(image)
    remedy = "use plot= for it" if hasattr(type(image), "savefig") else "use a Pillow image or an array"
    raise WrongTypeError(f"run.log_image: image is {describe(image)}; {remedy}, or path= for a file")


def _png(picture: Any, changed: str | None = None) -> ImageData:
    if picture.width == 0 or picture.height == 0:
        raise WrongValueError(f"run.log_image: the image has {picture.width} by {picture.height} pixels; none to show")
    buffer = io.BytesIO()
    try:
        if picture.mode not in _PNG_MODES:
            changed = f"its mode {picture.mode} is not one of PNG's; it was converted to RGB"
            picture = picture.convert("RGB")
        picture.save(buffer, format="PNG")
    except Exception as error:
        raise WrongValueError(
            f"run.log_image: {describe(picture)} can't be written as PNG ({type(error).__name__}: {error}); "
            "see whether image.load() works"
        ) from error
    return ImageData(buffer.getvalue(), "png", picture.width, picture.height, changed)


def _from_array(image: Any) -> ImageData:
    try:
        import numpy as np
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError(
            f"run.log_image needs numpy and Pillow for {describe(image)} ({error}); "
            "run: pip install 'runlog-ml[images]'"
        ) from error
    array = _as_pixels(image, as_numpy(_CALL, image, np, "image"))
    kept, changed = _as_levels(array, np)
    if kept.ndim == 3 and kept.shape[2] == 1:
        kept = kept[:, :, 0]
    return _png(Image.fromarray(np.ascontiguousarray(kept)), changed)


def _as_pixels(image: Any, array: Any) -> Any:
    """The array with its channels last."""
    shape = shape_of(array)
    if array.dtype.kind not in "buif":
        raise WrongTypeError(f"run.log_image: {describe(image)} holds {array.dtype}; use uint8, float or bool")
    if array.size and array.ndim == 2:
        return array
    if array.size and array.ndim == 3 and array.shape[2] in _CHANNELS:
        return array
    if array.size and array.ndim == 3 and array.shape[0] in _CHANNELS:
        return array.transpose(1, 2, 0)
    remedy = "pass one picture, as in images[0]" if array.ndim == 4 else f"use {_SHAPES}"
    raise WrongValueError(f"run.log_image: {describe(image)} of shape {shape} is no picture; {remedy}")


def _as_levels(array: Any, np: Any) -> tuple[Any, str | None]:
    """The array in the levels of a PNG, and what was lost by it."""
    kind = array.dtype.kind
    if kind == "b":
        return array.astype(np.uint8) * np.uint8(255), None
    if array.dtype == np.uint8:
        return array, None
    if kind == "u" and array.itemsize == 2:
        if array.ndim == 2:
            return array.astype(np.uint16), None
        return (array >> 8).astype(np.uint8), "of its 16-bit colours the upper 8 bits were kept"
    if kind == "f":
        within = np.nan_to_num(array, nan=0.0, posinf=1.0, neginf=0.0).clip(0, 1)
        lost = not np.array_equal(within, array)
        reason = "values outside of 0 to 1 were clipped; divide by 255 if they run to 255"
        return np.rint(within.astype(np.float64) * 255).astype(np.uint8), reason if lost else None
    within = array.clip(0, min(255, int(np.iinfo(array.dtype).max))).astype(np.uint8)
    reason = "values outside of 0 to 255 were clipped"
    return within, None if np.array_equal(within, array) else reason
