"""Masks and boxes of `run.log_image`."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from runlog.errors import WrongTypeError, WrongValueError
from runlog.media.overlays import load_overlays

PICTURE = np.zeros((4, 5, 3), dtype=np.uint8)
BOX = {"position": (0, 1, 2.5, 3), "domain": "pixel"}


def levels(ref):
    return np.asarray(Image.open(io.BytesIO(ref.read_bytes())))


def test_masks_and_boxes_come_back_with_their_picture(run):
    truth = np.arange(20).reshape(4, 5)
    boxes = [
        {**BOX, "class": "car", "score": np.float32(0.5), "label": "red"},
        {**BOX, "domain": "relative", "class": 3},
    ]
    run.log_image(
        "street", image=PICTURE, masks={"truth": truth, "predicted": truth > 3}, boxes=boxes, classes={3: "dog"}
    )
    (ref,) = run.get_metrics()["street"]
    assert (ref.width, ref.height, ref.classes) == (5, 4, {3: "dog"})
    np.testing.assert_array_equal(levels(ref.masks["truth"]), truth)
    np.testing.assert_array_equal(levels(ref.masks["predicted"]), truth > 3)
    assert ref.boxes == [
        {"position": [0, 1, 2.5, 3], "domain": "pixel", "class": "car", "score": 0.5, "label": "red"},
        {"position": [0, 1, 2.5, 3], "domain": "relative", "class": 3},
    ]


def test_a_picture_without_masks_and_boxes_has_none(run):
    run.log_image("street", image=PICTURE)
    (ref,) = run.get_metrics()["street"]
    assert (ref.masks, ref.boxes, ref.classes) == ({}, [], {})


def test_no_boxes_found_is_not_the_same_as_none_given():
    assert load_overlays(boxes=[]).boxes == b"[]"
    assert load_overlays().boxes is None


@pytest.mark.parametrize("shape", [(1, 4, 5), (4, 5, 1)])
def test_a_mask_may_have_one_channel(run, shape):
    run.log_image("street", image=PICTURE, masks={"truth": np.ones(shape, dtype=int)})
    assert levels(run.get_metrics()["street"][0].masks["truth"]).shape == (4, 5)


def test_class_numbers_up_to_65535_are_kept_exactly(run):
    run.log_image("street", image=PICTURE, masks={"ids": [[0, 256], [65_535, 3]]})
    assert levels(run.get_metrics()["street"][0].masks["ids"]).tolist() == [[0, 256], [65_535, 3]]


@pytest.mark.parametrize(
    ("mask", "kept"), [([[-1, 3]], [[255, 3]]), ([[-1, 300]], [[65_535, 300]]), ([[0, 70_000]], [[0, 65_535]])]
)
def test_a_class_number_without_a_level_becomes_the_last_one_and_this_is_told(run, heard, mask, kept):
    run.log_image("street", image=PICTURE, masks={str(mask): mask})
    assert levels(run.get_metrics()["street"][0].masks[str(mask)]).tolist() == kept
    assert any("class numbers outside" in message for message in heard.messages)


@pytest.mark.parametrize(
    "arguments",
    [
        {"masks": [[1]]},
        {"masks": {"truth": "mask.png"}},
        {"masks": {"truth": np.zeros((4, 5))}},
        {"masks": {3: np.zeros((4, 5), dtype=int)}},
        {"classes": ["a"]},
        {"classes": {"a": 1}},
        {"classes": {True: "a"}},
        {"boxes": BOX},
        {"boxes": [(0, 0, 1, 1)]},
        {"boxes": [{**BOX, "position": "0011"}]},
        {"boxes": [{**BOX, "position": [0, 0, 1, True]}]},
        {"boxes": [{**BOX, "class": 1.5}]},
        {"boxes": [{**BOX, "score": "high"}]},
        {"boxes": [{**BOX, "label": 3}]},
    ],
    ids=str,
)
def test_what_has_a_wrong_type_raises_at_once(arguments):
    with pytest.raises(WrongTypeError):
        load_overlays(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"masks": {"truth": np.zeros((2, 4, 5), dtype=int)}}, "use \\(height, width\\)"),
        ({"masks": {"truth": np.zeros((0, 5), dtype=int)}}, "use \\(height, width\\)"),
        ({"boxes": [{"position": (0, 0, 1, 1)}]}, "box 0 has domain=None; say 'pixel', or 'relative'"),
        ({"boxes": [BOX, {"domain": "pixel"}]}, "box 1 has no position"),
        ({"boxes": [{**BOX, "position": (0, 0, 1)}]}, "3 numbers"),
        ({"boxes": [{**BOX, "clas": 1}]}, "the field 'clas'"),
    ],
)
def test_what_cannot_be_used_is_a_wrong_value(arguments, message):
    with pytest.raises(WrongValueError, match=message):
        load_overlays(**arguments)


def test_positions_that_are_not_finite_are_gaps():
    assert b"[null,0,1,1]" in load_overlays(boxes=[{**BOX, "position": (float("nan"), 0, 1, 1)}]).boxes


def test_an_image_whose_mask_is_wrong_is_not_kept(run):
    with pytest.raises(WrongTypeError):
        run.log_image("street", image=PICTURE, masks={"truth": "x"})
    assert run.get_metrics() == {}
