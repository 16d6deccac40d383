"""What the documents of `run.log_confusion_matrix` and its kin must be, and what is kept of them."""

from __future__ import annotations

import copy
import json
import math
from decimal import Decimal

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlog.documents import SCHEMA_TYPES
from runlog.documents.schemas import convert_document
from runlog.errors import WrongTypeError, WrongValueError
from support.schema_documents import ACCURACY, PREDICTIONS, RESIDUALS

CONFUSION = {
    "schema_type": "confusion_matrix",
    "schema_version": "1.0.0",
    "data": {"class_labels": ["0", "1", "2"], "matrix": [[3, 0, 1], [0, 4, 0], [1, 0, 2]]},
}
GOOD = [CONFUSION, ACCURACY, RESIDUALS, PREDICTIONS]


def kept(document, name="m"):
    return convert_document(document["schema_type"] if isinstance(document, dict) else "residuals", name, document)


def changed(document, path, value):
    """The document with another value in one place: `changed(d, ("data", "matrix", 2, 1), "x")`."""
    whole = copy.deepcopy(document)
    place = whole
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return whole


MISSING = object()


@pytest.mark.parametrize("document", GOOD, ids=lambda one: one["schema_type"])
def test_a_document_that_fits_its_schema_is_kept_as_it_is(document):
    assert kept(document) == document
    assert list(kept(document)["data"]) == list(document["data"])


@pytest.mark.parametrize("document", GOOD, ids=lambda one: one["schema_type"])
def test_json_text_is_the_same_as_the_mapping(document):
    assert convert_document(document["schema_type"], "m", json.dumps(document)) == document


def test_there_are_the_four_kinds_of_azure_ml():
    assert set(SCHEMA_TYPES) == {one["schema_type"] for one in GOOD}


@pytest.mark.parametrize(
    ("document", "path", "value", "error", "told"),
    [
        (CONFUSION, ("schema_type",), MISSING, WrongValueError, "schema_type: this field is missing"),
        (CONFUSION, ("schema_version",), MISSING, WrongValueError, "schema_version: this field is missing"),
        (CONFUSION, ("data",), MISSING, WrongValueError, "data: this field is missing"),
        (CONFUSION, ("data",), [1], WrongTypeError, r"data: the list \[1\] is no JSON object"),
        (CONFUSION, ("schema_version",), 1, WrongTypeError, "schema_version: the int 1 is no text"),
        (CONFUSION, ("schema_version",), "2.0.0", WrongValueError, "schema_version: '2.0.0' is none of the known"),
        (CONFUSION, ("data", "class_labels"), MISSING, WrongValueError, r"data\.class_labels: .* missing"),
        (CONFUSION, ("data", "class_labels"), "012", WrongTypeError, r"data\.class_labels: the str '012' is no list"),
        (CONFUSION, ("data", "class_labels", 1), None, WrongTypeError, r"data\.class_labels\[1\]: None is no label"),
        (CONFUSION, ("data", "class_labels", 1), [1], WrongTypeError, r"data\.class_labels\[1\] is "),
        (CONFUSION, ("data", "matrix", 2, 1), "x", WrongTypeError, r"data\.matrix\[2\]\[1\]: the str 'x' is no number"),
        (CONFUSION, ("data", "matrix", 2, 1), True, WrongTypeError, r"data\.matrix\[2\]\[1\]: the bool True"),
        (CONFUSION, ("data", "matrix", 2, 1), [1], WrongTypeError, r"data\.matrix\[2\]\[1\] is "),
        (CONFUSION, ("data", "matrix", 2), [1, 2], WrongValueError, r"data\.matrix\[2\]: 2 elements, but 3 are needed"),
        (CONFUSION, ("data", "matrix", 2), 7, WrongTypeError, r"data\.matrix\[2\]: the int 7 is no list"),
        (CONFUSION, ("data", "matrix"), [[1]], WrongValueError, r"data\.matrix: 1 elements, but 3 are needed"),
        (ACCURACY, ("data", "probability_tables", 1, 0), [6, 4, 0], WrongValueError, r"tables\[1\]\[0\]: 3 elements"),
        (ACCURACY, ("data", "probability_tables", 1), [], WrongValueError, r"one for each of data\.probability_thres"),
        (ACCURACY, ("data", "percentile_thresholds"), 0.5, WrongTypeError, r"data\.percentile_thresholds: the float"),
        (
            ACCURACY,
            ("data", "probability_tables", 1, 1),
            [2, 1, 3, 5],
            WrongValueError,
            r"data\.probability_tables\[1\]\[1\]: TP\+FP\+TN\+FN is 11, but 10 in data\.probability_tables\[0\]\[0\]",
        ),
        (
            ACCURACY,
            ("data", "probability_tables", 0, 1),
            [2, 1, 6, 1],
            WrongValueError,
            r"data\.probability_tables\[0\]\[1\]: TP\+FN is 3, but 4 in data\.probability_tables\[0\]\[0\]",
        ),
        (
            ACCURACY,
            ("data", "percentile_tables", 1, 0),
            [5, 0, 5, 0],
            WrongValueError,
            r"data\.percentile_tables\[1\]\[0\]: TP\+FN is 5, but 6",
        ),
        (RESIDUALS, ("data", "bin_edges"), [0, 1], WrongValueError, r"data\.bin_edges: 2 elements, but 3 .* one more"),
        (
            RESIDUALS,
            ("data", "bin_edges", 1),
            1e9,
            WrongValueError,
            r"data\.bin_edges\[2\]: .* is below the edge before it",
        ),
        (PREDICTIONS, ("data", "bin_counts", 1), -1, WrongValueError, r"data\.bin_counts\[1\]: -1 is no count"),
        (PREDICTIONS, ("data", "bin_errors"), [0.1], WrongValueError, r"data\.bin_errors: 1 elements, but 2 .* as in"),
        (PREDICTIONS, ("data", "bin_edges"), [0, 1], WrongValueError, r"data\.bin_edges: 2 elements, but 3"),
    ],
)
def test_a_wrong_field_is_told_by_its_place(document, path, value, error, told):
    with pytest.raises(error, match=told) as caught:
        convert_document(document["schema_type"], "m", changed(document, path, value))
    assert str(caught.value).startswith(f"run.log_{document['schema_type']}('m')")


def test_a_document_of_another_kind_is_refused_with_the_call_that_takes_it():
    with pytest.raises(WrongValueError, match=r"schema_type: 'residuals' is not 'predictions'; use run\.log_residuals"):
        convert_document("predictions", "m", RESIDUALS)


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "[" * 100_000], ids=["empty", "open", "Python", "deep"])
def test_text_that_is_no_json_is_refused(text):
    with pytest.raises(WrongValueError, match="is no JSON"):
        convert_document("residuals", "m", text)


@pytest.mark.parametrize("value", [None, 3, [1], b"{}", "3", "[]", {1: 2}], ids=repr)
def test_what_is_no_json_object_is_refused(value):
    with pytest.raises(WrongTypeError, match="JSON object"):
        convert_document("residuals", "m", value)


def test_arrays_and_numbers_of_numpy_are_taken():
    document = {
        "schema_type": "confusion_matrix",
        "schema_version": "1.0.0",
        "data": {"class_labels": np.array([0, 1]), "matrix": np.array([[3, 1], [0, 4]], dtype=np.int64)},
    }
    data = kept(document)["data"]
    assert data == {"class_labels": [0, 1], "matrix": [[3, 1], [0, 4]]}
    assert type(data["matrix"][0][0]) is int
    rows = changed(document, ("data", "matrix"), [np.array([3, 1]), [np.float32(0), np.int16(4)]])
    assert kept(rows)["data"]["matrix"] == [[3, 1], [0, 4]]
    series = changed(RESIDUALS, ("data", "bin_counts"), pd.Series([12, 0.88]))
    assert kept(series) == RESIDUALS


def test_what_numpys_histogram_gives_is_taken():
    counts, edges = np.histogram([1.0, 2.0, 2.5, 7.0], bins=4)
    document = changed(RESIDUALS, ("data",), {"bin_edges": edges, "bin_counts": counts})
    assert kept(document)["data"]["bin_counts"] == [2, 1, 0, 1]


def test_gaps_are_kept_and_left_out_of_the_sums():
    gaps = changed(ACCURACY, ("data", "probability_tables", 0, 1), [math.nan, 1, 5, 1])
    assert math.isnan(kept(gaps)["data"]["probability_tables"][0][1][0])
    none = changed(PREDICTIONS, ("data", "bin_averages", 1), None)
    assert kept(none)["data"]["bin_averages"] == [0.25, None]
    text = json.dumps(changed(PREDICTIONS, ("data", "bin_averages", 1), math.inf))
    assert convert_document("predictions", "m", text)["data"]["bin_averages"] == [0.25, math.inf]


def test_weights_that_do_not_add_up_to_the_last_digit_are_the_same_sum():
    third = np.float32(1) / 3
    table = [[[third, third, third, 0], [0.3333333, 0.33333334, 0.3333334, 0]]]
    data = {
        "probability_tables": table,
        "percentile_tables": [[[third, 0, 2 * third, 0]]],
        "probability_thresholds": [0, 1],
        "percentile_thresholds": [0],
        "class_labels": ["a"],
    }
    assert kept(changed(ACCURACY, ("data",), data))


@pytest.mark.parametrize(
    "number", [2**70, Decimal("1e30"), np.longdouble(2), 10**400], ids=["int", "decimal", "long", "huge"]
)
def test_a_number_beyond_64_bits_becomes_the_nearest_float(number):
    (count, _) = kept(changed(RESIDUALS, ("data", "bin_counts", 0), number))["data"]["bin_counts"]
    assert type(count) is float
    assert count == (math.inf if number == 10**400 else float(number))


def test_fields_beyond_the_schema_are_kept():
    document = {**changed(CONFUSION, ("data", "note"), {"seen": [1, None, "x"]}), "author": np.str_("me")}
    assert kept(document) == {**document, "author": "me"}


def test_a_document_that_contains_itself_is_refused():
    loop: dict = {}
    loop["loop"] = loop
    with pytest.raises(WrongValueError, match="contains itself"):
        kept({**CONFUSION, "more": loop})


def test_an_object_that_would_be_read_back_as_something_else_is_refused():
    with pytest.raises(WrongValueError, match="stands for an exact number"):
        kept({**CONFUSION, "more": {"$": "int", "v": "3"}})


def test_an_array_that_can_not_be_read_is_a_wrong_type():
    class Broken:
        dtype, shape, item = "float", (3,), None

        def tolist(self):
            raise RuntimeError("on another device")

    with pytest.raises(WrongTypeError, match=r"data\.bin_counts: .*can't be read as a list .*on another device"):
        kept(changed(RESIDUALS, ("data", "bin_counts"), Broken()))


NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
LABELS = st.lists(st.text(max_size=5) | st.integers(-5, 5), max_size=4)
EXTRA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def confusion_matrices(draw):
    labels = draw(LABELS)
    row = st.lists(NUMBERS, min_size=len(labels), max_size=len(labels))
    matrix = draw(st.lists(row, min_size=len(labels), max_size=len(labels)))
    more = draw(st.dictionaries(st.text("xyz", min_size=1, max_size=3), EXTRA, max_size=2))
    data = {**more, "matrix": matrix, "class_labels": labels}
    return {"data": data, "schema_type": "confusion_matrix", "schema_version": "1.2.3"}


@given(confusion_matrices())
def test_whatever_fits_is_kept_in_every_detail(document):
    encoded = msgspec.msgpack.encode(kept(document))
    assert repr(msgspec.msgpack.decode(encoded)) == repr(document)


def test_lone_surrogates_become_escapes_that_can_be_read():
    document = kept({**CONFUSION, "by\udc80": "me\udc80"})
    assert document["by\\udc80"] == "me\\udc80"
    assert msgspec.msgpack.encode(document)


@given(st.recursive(EXTRA, lambda inner: st.dictionaries(st.sampled_from(["data", "schema_type", "matrix"]), inner)))
def test_whatever_does_not_fit_is_refused_in_our_own_words(value):
    with pytest.raises((WrongTypeError, WrongValueError)):
        convert_document("confusion_matrix", "m", value)
