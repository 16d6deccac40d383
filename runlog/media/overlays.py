"""Masks and boxes over a picture of ``run.log_image``."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from runlog.errors import MissingExtraError, WrongTypeError, WrongValueError
from runlog.introspection import describe, is_array, shape_of
from runlog.media.arrays import as_numpy, numpy_for
from runlog.names import normalise
from runlog.values import convert_cell, convert_items

CALL = "run.log_image"
DOMAINS = ("pixel", "relative")
_BOX_FIELDS = ("position", "domain", "class", "score", "label")
_POSITION = "(left, top, right, bottom)"


class Overlays(NamedTuple):
    """What lies over a picture.

    Attributes:
        masks: by name, PNGs of one channel whose levels are class numbers.
        boxes: as JSON; None where there are none.
        classes: names of class numbers.
        changes: what could not be kept as it was given, for the caller to say once.
    """

    masks: dict[str, bytes]
    boxes: bytes | None
    classes: dict[int, str]
    changes: list[str]


def load_overlays(masks: Any = None, boxes: Any = None, classes: Any = None) -> Overlays:
    """Look at masks and boxes.

    Args:
        masks: a mapping of names to arrays of class numbers, of shape (height, width). Numbers from 0 to 65535 are
            kept; a smaller or larger one becomes the largest that the picture has room for.
        boxes: a list of mappings, each with ``position``: (left, top, right, bottom), and ``domain``: "pixel", or
            "relative" where positions run from 0 to 1; and, if wanted, ``class`` (a number or a text), ``score`` (a
            number) and ``label`` (a text).
        classes: a mapping of class numbers to names, for the masks and the boxes.

    Raises:
        WrongTypeError: one of them has another type.
        WrongValueError: a mask's shape, or a box's position, domain or field is none of these.
        MissingExtraError: masks need numpy and Pillow, which are not installed.
    """
    changes: list[str] = []
    named = _mapping(masks, "masks", "names to arrays")
    kept = {normalise(name, "mask name").name: _mask(name, mask, changes) for name, mask in named.items()}
    return Overlays(kept, _boxes(boxes), _classes(classes), changes)


def _mapping(given: Any, what: str, of: str) -> Mapping[Any, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise WrongTypeError(f"{CALL}: {what} is a mapping of {of}, not {describe(given)}")
    return given


def _classes(classes: Any) -> dict[int, str]:
    named = _mapping(classes, "classes", "class numbers to names")
    for number, name in named.items():
        if isinstance(number, bool) or not hasattr(type(number), "__index__") or not isinstance(name, str):
            raise WrongTypeError(
                f"{CALL}: classes has {describe(number)} for {describe(name)}; use whole numbers for texts"
            )
    return {int(number.__index__()): str(name) for number, name in named.items()}


def _mask(name: Any, mask: Any, changes: list[str]) -> bytes:
    if not is_array(type(mask)) and not isinstance(mask, list | tuple):
        raise WrongTypeError(f"{CALL}: the mask {name!r} is {describe(mask)}; use an array of class numbers")
    np = numpy_for(CALL, mask)
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError(
            f"{CALL} needs Pillow for masks ({error}); run: pip install 'runlog-ml[images]'"
        ) from error
    array = as_numpy(CALL, mask, np, "mask")
    if array.dtype.kind not in "bui":
        raise WrongTypeError(
            f"{CALL}: the mask {name!r} holds {array.dtype}; use whole numbers, as in mask.argmax(0) or "
            "mask.astype(int)"
        )
    if array.ndim == 3 and 1 in (array.shape[0], array.shape[2]):
        array = array.squeeze(0 if array.shape[0] == 1 else 2)
    if array.ndim != 2 or not array.size:
        raise WrongValueError(f"{CALL}: the mask {name!r} has shape {shape_of(mask)}; use (height, width)")
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(_as_levels(name, array, np, changes))).save(buffer, format="PNG")
    return buffer.getvalue()


def _as_levels(name: Any, array: Any, np: Any, changes: list[str]) -> Any:
    low, high = int(array.min()), int(array.max())
    type_ = np.uint8 if high <= 255 else np.uint16
    most = int(np.iinfo(type_).max)
    if low < 0 or high > most:
        changes.append(f"in the mask {name!r}, class numbers outside of 0 to {most} became {most}")
        array = np.where((array < 0) | (array > most), most, array)
    return array.astype(type_)


def _boxes(boxes: Any) -> bytes | None:
    if boxes is None:
        return None
    if not isinstance(boxes, list | tuple):
        raise WrongTypeError(f"{CALL}: boxes is a list of mappings, not {describe(boxes)}")
    return msgspec.json.encode([_box(f"{CALL}: box {place}", box) for place, box in enumerate(boxes)])


def _box(where: str, box: Any) -> dict[str, Any]:
    if not isinstance(box, Mapping):
        raise WrongTypeError(f"{where} is {describe(box)}; use a mapping with 'position' and 'domain'")
    for field in box:
        if field not in _BOX_FIELDS:
            raise WrongValueError(f"{where} has the field {field!r}; known are {', '.join(map(repr, _BOX_FIELDS))}")
    if box.get("domain") not in DOMAINS:
        raise WrongValueError(
            f"{where} has domain={box.get('domain')!r}; say 'pixel', or 'relative' where positions run from 0 to 1"
        )
    kept = {"position": _position(where, box.get("position")), "domain": box["domain"]}
    for field, types in (("class", int | str), ("score", int | float), ("label", str)):
        cell = None if box.get(field) is None else convert_cell(f"{where}, {field!r}", box[field])
        if cell is None:
            continue
        if isinstance(cell, bool) or not isinstance(cell, types):
            raise WrongTypeError(f"{where}: {field!r} is {describe(box[field])}; {_FIELD_REMEDIES[field]}")
        kept[field] = cell
    return kept


def _position(where: str, position: Any) -> list[Any]:
    if position is None:
        raise WrongValueError(f"{where} has no position; give {_POSITION}")
    numbers = convert_items(f"{where}: position", position)
    if any(isinstance(one, bool | str | dict) for one in numbers):
        raise WrongTypeError(f"{where}: position is {describe(position)}; use four numbers, {_POSITION}")
    if len(numbers) != 4:
        raise WrongValueError(f"{where}: position has {len(numbers)} numbers; give {_POSITION}")
    return numbers


_FIELD_REMEDIES = {
    "class": "use a class number or a name",
    "score": "use a number",
    "label": "use a text",
}
