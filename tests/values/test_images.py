"""The pictures that `run.log_image` takes, and the bytes it keeps."""

from __future__ import annotations

import io
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from runlog.errors import MissingExtraError, WrongTypeError, WrongValueError
from runlog.image_formats import Recognised, recognise
from runlog.images import load_image

WRITTEN = {"png": "PNG", "jpeg": "JPEG", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF", "webp": "WEBP"}


def encoded(format_, size=(7, 5), **options):
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 60)).save(buffer, format=WRITTEN[format_], **options)
    return buffer.getvalue()


def pixels(kept):
    return np.asarray(Image.open(io.BytesIO(kept.data)))


@pytest.fixture
def pyplot():
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


@pytest.mark.parametrize("format_", WRITTEN)
@pytest.mark.parametrize("as_text", [True, False])
def test_a_file_is_kept_unchanged_with_its_format_and_size(own_folder, format_, as_text):
    path = own_folder / "picture.anything"
    path.write_bytes(encoded(format_))
    kept = load_image(path=str(path) if as_text else path)
    assert kept == (encoded(format_), format_, 7, 5, None)


@pytest.mark.parametrize("size", [(1, 1), (300, 2), (16_000, 3)])
@pytest.mark.parametrize("format_", WRITTEN)
def test_the_size_of_a_file_is_read(format_, size):
    assert recognise(encoded(format_, size)) == (format_, *size)


@pytest.mark.parametrize(
    ("format_", "options"),
    [
        ("jpeg", {"progressive": True}),
        ("jpeg", {"exif": Image.Exif().tobytes(), "comment": b"with a comment"}),
        ("webp", {"lossless": True}),
        ("webp", {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"}),
        ("tiff", {"compression": "tiff_deflate"}),
        ("tiff", {"big_tiff": False}),
    ],
)
def test_the_variants_of_a_format_are_read(format_, options):
    assert recognise(encoded(format_, (300, 200), **options)) == (format_, 300, 200)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"%s><rect width="1" height="1"/></svg>'


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (SVG % b' width="40" height="30px"', (40, 30)),
        (SVG % b" width = '40.4' height='29.6'", (40, 30)),
        (SVG % b' viewBox="0 0 80 60"', (80, 60)),
        (SVG % b' width="100%" height="100%" viewBox="-4,-3,8,6"', (8, 6)),
        (SVG % b' viewBox="none"', (None, None)),
        (SVG % b"", (None, None)),
        (b"<svg></svg>", (None, None)),
        (
            b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a > b -->\n<!DOCTYPE svg>\n' + SVG % b' width="4" height="3"',
            (4, 3),
        ),
        (b'<!DOCTYPE svg [<!ENTITY a "b"> <!ENTITY c "d">]>' + SVG % b' width="4" height="3"', (4, 3)),
    ],
)
def test_a_drawing_is_recognised_behind_what_xml_allows_before_it(data, size):
    assert recognise(data) == ("svg", *size)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"BM and then text",
        b"RIFF\0\0\0\0WAVE",
        b"<svgx>",
        b"<html><svg></svg></html>",
        b"<!-- <svg> ",
        b"\x89PNG",
    ],
)
def test_what_is_no_picture_is_not_recognised(data):
    assert recognise(data) is None


@given(st.sampled_from(sorted(WRITTEN)), st.data())
def test_a_torn_or_damaged_picture_never_raises(format_, data):
    whole = bytearray(encoded(format_))
    for place in data.draw(st.lists(st.integers(12, len(whole) - 1), max_size=8)):
        whole[place] = data.draw(st.integers(0, 255))
    found = recognise(bytes(whole[: data.draw(st.integers(12, len(whole)))]))
    assert found is None or isinstance(found, Recognised)


@pytest.mark.parametrize(
    "part", [b"<!---->", b"<!>", b" ", b"<svg ", b'<svg viewBox="', b"<svg width=" + b" " * 9, b"<svg 1"]
)
def test_a_long_text_that_looks_like_a_drawing_is_read_in_one_pass(part):
    # The time of a backtracking match would double with each repetition.
    recognise(part * 20_000)
    recognise(part + b" " * 60_000 + b"1" * 60_000)


def test_a_file_that_is_no_picture_is_a_wrong_value_that_shows_its_beginning(own_folder):
    path = own_folder / "notes.png"
    path.write_text("just some notes")
    with pytest.raises(WrongValueError, match=r"notes\.png' is no picture, it begins with b'just some no'"):
        load_image(path=path)


def test_an_empty_file_is_a_wrong_value(own_folder):
    (own_folder / "empty.png").touch()
    with pytest.raises(WrongValueError, match="is empty"):
        load_image(path="empty.png")


@pytest.mark.parametrize("path", ["missing.png", ".", "", "nul\0byte"])
def test_a_file_that_cant_be_read_is_a_wrong_value(path):
    with pytest.raises(WrongValueError, match="can't be read"):
        load_image(path=path)


def test_a_path_that_is_none_is_a_wrong_type():
    with pytest.raises(WrongTypeError, match="path is an? "):
        load_image(path=np.zeros((2, 2)))


@pytest.mark.parametrize(
    "arguments", [{}, {"path": "a", "plot": 1}, {"plot": 1, "image": 1}, {"path": "a", "plot": 1, "image": 1}], ids=str
)
def test_exactly_one_source_is_given(arguments):
    with pytest.raises(WrongValueError, match="one of path, plot and image"):
        load_image(**arguments)


def test_a_figure_is_drawn_and_stays_open(pyplot):
    figure = pyplot.figure(figsize=(2, 1), dpi=50)
    kept = load_image(plot=figure)
    assert (kept.format, kept.width, kept.height) == ("png", 100, 50)
    assert pixels(kept).shape == (50, 100, 4)
    assert pyplot.get_fignums() == [figure.number]


def test_pyplot_is_its_current_figure(pyplot):
    pyplot.figure(figsize=(1, 1), dpi=30)
    pyplot.figure(figsize=(2, 1), dpi=30)
    pyplot.plot([1, 2])
    assert load_image(plot=pyplot).width == 60


def test_pyplot_without_a_figure_is_a_wrong_value_and_draws_none(pyplot):
    with pytest.raises(WrongValueError, match="no open figure"):
        load_image(plot=pyplot)
    assert pyplot.get_fignums() == []


def test_axes_are_drawn_with_their_whole_figure(pyplot):
    figure, (left, _) = pyplot.subplots(1, 2, figsize=(2, 1), dpi=50)
    assert load_image(plot=left).width == 100
    inner = figure.add_subfigure(figure.add_gridspec(1, 1)[0]).add_subplot()
    assert load_image(plot=inner).width == 100


def test_a_plot_that_cant_be_drawn_is_a_wrong_value_with_its_cause(pyplot):
    figure = pyplot.figure()
    figure.suptitle("$\\no_such_command$")
    with pytest.raises(WrongValueError, match="can't be drawn") as caught:
        load_image(plot=figure)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("plot", [5, "plot.png", np.zeros((2, 2)), types], ids=lambda plot: type(plot).__name__)
def test_what_is_no_plot_is_a_wrong_type(plot):
    with pytest.raises(WrongTypeError, match="plot is "):
        load_image(plot=plot)


def test_a_figure_as_image_is_refused_with_the_argument_to_use(pyplot):
    with pytest.raises(WrongTypeError, match="use plot= for it"):
        load_image(image=pyplot.figure())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_pillow_image_keeps_its_mode(mode):
    kept = load_image(image=Image.new(mode, (3, 2)))
    assert (kept.format, kept.width, kept.height, kept.changed) == ("png", 3, 2, None)
    assert Image.open(io.BytesIO(kept.data)).mode == mode


@pytest.mark.parametrize("mode", ["CMYK", "YCbCr", "HSV", "F"])
def test_a_pillow_image_in_a_mode_png_has_not_becomes_rgb_and_this_is_told(mode):
    kept = load_image(image=Image.new(mode, (3, 2)))
    assert Image.open(io.BytesIO(kept.data)).mode == "RGB"
    assert mode in kept.changed


def test_a_torn_pillow_image_is_a_wrong_value(own_folder):
    path = own_folder / "torn.png"
    path.write_bytes(encoded("png", (200, 200))[:-200])
    with Image.open(path) as torn, pytest.raises(WrongValueError, match="can't be written as PNG"):
        load_image(image=torn)


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3), (4, 5, 4)])
def test_an_array_of_bytes_keeps_every_pixel(shape):
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    kept = load_image(image=array)
    assert (kept.format, kept.width, kept.height, kept.changed) == ("png", 5, 4, None)
    np.testing.assert_array_equal(pixels(kept), array)


def test_one_channel_is_grey():
    array = np.arange(20, dtype=np.uint8).reshape(4, 5, 1)
    np.testing.assert_array_equal(pixels(load_image(image=array)), array[:, :, 0])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_may_come_first(channels):
    array = np.random.default_rng(0).integers(0, 256, (channels, 6, 5), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(load_image(image=array)), array.transpose(1, 2, 0).squeeze())


def test_a_shape_that_could_be_both_has_its_channels_last():
    array = np.random.default_rng(0).integers(0, 256, (3, 5, 4), dtype=np.uint8)
    np.testing.assert_array_equal(pixels(load_image(image=array)), array)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
def test_floats_run_from_0_to_1(dtype):
    kept = load_image(image=np.array([[0, 0.5, 1]], dtype=dtype))
    assert pixels(kept).tolist() == [[0, 128, 255]]
    assert kept.changed is None


def test_floats_outside_are_clipped_and_this_is_told():
    kept = load_image(image=np.array([[-1, 0.2, 7, np.nan, np.inf, -np.inf]]))
    assert pixels(kept).tolist() == [[0, 51, 255, 0, 255, 0]]
    assert "clipped" in kept.changed


@pytest.mark.parametrize("dtype", ["int16", "int32", "int64", "uint32", "uint64"])
def test_integers_run_from_0_to_255(dtype):
    kept = load_image(image=np.array([[0, 7, 255]], dtype=dtype))
    assert pixels(kept).tolist() == [[0, 7, 255]]
    assert kept.changed is None
    assert pixels(over := load_image(image=np.array([[0, 300]], dtype=dtype))).tolist() == [[0, 255]]
    assert "clipped" in over.changed


def test_small_and_negative_integers_are_clipped():
    assert pixels(load_image(image=np.array([[-5, 127]], dtype=np.int8))).tolist() == [[0, 127]]


def test_bools_are_black_and_white():
    assert pixels(load_image(image=np.array([[True, False]]))).tolist() == [[255, 0]]


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
def test_grey_in_16_bits_is_kept_in_16_bits(dtype):
    array = np.array([[0, 258, 65_535]], dtype=dtype)
    kept = load_image(image=array)
    assert pixels(kept).tolist() == array.tolist()
    assert kept.changed is None


def test_colours_in_16_bits_keep_their_upper_8_bits_and_this_is_told():
    kept = load_image(image=np.full((2, 2, 3), 0x1234, dtype=np.uint16))
    assert (pixels(kept) == 0x12).all()
    assert "upper 8 bits" in kept.changed


def test_a_view_with_strides_is_kept():
    array = np.arange(60, dtype=np.uint8).reshape(6, 10)[::2, ::-3]
    np.testing.assert_array_equal(pixels(load_image(image=array)), array)


class DeviceTensor:
    """The documented way of a tensor off its graph and device: detach, cpu, numpy."""

    dtype = "float32"

    def __init__(self, array, on="graph"):
        self.array = array
        self.on = on

    @property
    def shape(self):
        return self.array.shape

    def detach(self):
        assert self.on == "graph"
        return DeviceTensor(self.array, "device")

    def cpu(self):
        assert self.on == "device"
        return DeviceTensor(self.array, "host")

    def numpy(self):
        if self.on != "host":
            raise TypeError("can't convert: still on the device")
        if self.array.dtype == object:
            raise TypeError("unsupported ScalarType BFloat16")
        return self.array


def test_a_tensor_is_taken_off_its_graph_and_device():
    kept = load_image(image=DeviceTensor(np.zeros((3, 4, 5), dtype=np.float32)))
    assert (kept.width, kept.height) == (5, 4)


def test_a_tensor_numpy_has_no_type_for_is_a_wrong_type_with_what_to_do():
    with pytest.raises(WrongTypeError, match=r"image\.float\(\)") as caught:
        load_image(image=DeviceTensor(np.zeros((4, 5), dtype=object)))
    assert isinstance(caught.value.__cause__, TypeError)


def test_a_torch_tensor_has_its_channels_first():
    torch = pytest.importorskip("torch")
    kept = load_image(image=torch.rand(3, 4, 5, requires_grad=True))
    assert (kept.width, kept.height) == (5, 4)


@pytest.mark.parametrize("shape", [(), (5,), (5, 5, 2), (2, 4, 5), (0, 5), (4, 0, 3), (1, 3, 4, 5)], ids=str)
def test_a_shape_that_is_no_pictures_is_a_wrong_value(shape):
    with pytest.raises(WrongValueError, match=r"is no picture; (use \(height|pass one picture)"):
        load_image(image=np.zeros(shape))


@pytest.mark.parametrize(
    "array", [np.zeros((2, 2), complex), np.full((2, 2), "x"), np.full((2, 2), None)], ids=lambda a: str(a.dtype)
)
def test_an_array_of_no_numbers_is_a_wrong_type(array):
    with pytest.raises(WrongTypeError, match="use uint8, float or bool"):
        load_image(image=array)


@pytest.mark.parametrize(
    "image", [5, "picture.png", b"\x89PNG", [[1, 2]], object()], ids=lambda image: type(image).__name__
)
def test_what_is_no_image_is_a_wrong_type(image):
    with pytest.raises(WrongTypeError, match="image is "):
        load_image(image=image)


def test_without_pillow_an_array_names_the_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'runlog-ml\[images\]'"):
        load_image(image=np.zeros((2, 2)))


def test_without_pillow_a_file_and_a_figure_of_ones_own_are_still_taken(monkeypatch, own_folder):
    class Drawing:
        def savefig(self, target, format):  # noqa: A002 - matplotlib's name
            target.write(encoded_png)

    encoded_png = encoded("png")
    (own_folder / "a.gif").write_bytes(encoded("gif"))
    monkeypatch.setitem(sys.modules, "PIL", None)
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    assert load_image(path="a.gif").format == "gif"
    assert load_image(plot=Drawing()).data == encoded_png
