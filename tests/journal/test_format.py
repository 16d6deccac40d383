"""What is packed is what is unpacked; and whatever bytes a reader meets, it ends, and raises nothing but its own error."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runlog.errors import JournalError
from runlog.journal import decode
from runlog.journal.damage import Damage
from runlog.journal.decode import OverflowedPoint, PointDecoder, bits_of, first_hole, read_definition, slots_in_use
from runlog.journal.files import parse_segment_name, segment_name
from runlog.journal.follow import EventFollower
from runlog.journal.format import (
    BLOCK_SIZE,
    HEADER_SIZE,
    POINT_INT,
    POINT_SIZE,
    Footer,
    Header,
    Lost,
    Mode,
    PointKind,
    Stream,
    block_crcs,
    check,
    definition_size,
    pack_definition,
    pack_event,
    pack_loss,
    pack_parts,
    unpack_loss,
    unpack_parts,
)
from runlog.journal.image import Image
from runlog.journal.reader import RunJournal
from runlog.journal.recover import seal_dead_writers
from runlog.journal.scan import EventScan, Frame
from support.damage import make_sample

WRITER = "0123456789ab"
EXAMPLES = int(os.environ.get("RUNLOG_TEST_FUZZ", "0"))
U64, U32, U16 = (st.integers(0, (1 << bits) - 1) for bits in (64, 32, 16))
I64 = st.integers(-(1 << 63), (1 << 63) - 1)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=120).map(lambda text: text.encode("utf-8"))
HEADERS = st.builds(
    Header,
    stream=st.sampled_from(Stream),
    segment=U32,
    base=U64,
    writer=st.just(WRITER),
    run_id=st.text("abc123-_", max_size=128),
    mode=st.sampled_from(Mode),
    flags=U16,
    wall_anchor=I64,
    monotonic_anchor=I64,
    pid=U32,
    process_start=U64,
    pid_namespace=U64,
    boot_id=st.sampled_from(["", "01234567-89ab-cdef-0123-456789abcdef"]),
    host=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100),
)
EVENTS = st.lists(st.tuples(st.integers(1, (1 << 16) - 1), U16, st.binary(max_size=200)), max_size=20)
DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=64)), max_size=4)


@given(HEADERS)
def test_a_header_comes_back(header):
    packed = header.pack()
    assert len(packed) == HEADER_SIZE
    cut = header.host.encode()[:64].decode(errors="ignore")
    assert Header.unpack(packed) == msgspec.structs.replace(header, host=cut)
    assert unpack_loss(packed) == (0, 0)


@given(HEADERS, st.integers(0, HEADER_SIZE - 133), st.integers(1, 255))
def test_any_byte_that_changes_in_a_header_is_noticed(header, at, by):
    packed = bytearray(header.pack())
    packed[at % 384] ^= by
    with pytest.raises(JournalError):
        Header.unpack(packed)


@given(st.binary(max_size=2 * HEADER_SIZE))
def test_bytes_that_are_no_header_are_refused(data):
    with pytest.raises(JournalError):
        Header.unpack(data)


@given(st.lists(st.tuples(U64, U64), min_size=1, max_size=5))
def test_the_newest_count_of_losses_is_read_whichever_slot_it_stands_in(counts):
    header = bytearray(HEADER_SIZE)
    for sequence, lost in enumerate(counts, 1):
        at = 384 + 64 * (sequence % 2)
        header[at : at + 64] = pack_loss(sequence, Lost(*lost))
    assert unpack_loss(header) == counts[-1]
    header[384 + 64 * (len(counts) % 2)] ^= 1  # the newest is damaged: the one before it counts
    assert unpack_loss(header) == (counts[-2] if len(counts) > 1 else (0, 0))


@given(NAMES, st.integers(0, (1 << 29) - 1), I64, st.integers(0, 100))
def test_a_definition_comes_back(name, series, time, slot):
    at = HEADER_SIZE + POINT_SIZE * slot
    slots = pack_definition(WRITER, name, series, time, at)
    assert len(slots) == definition_size(name)
    view = memoryview(bytes(at) + slots)
    assert read_definition(WRITER, view, at) == name.decode()
    assert read_definition("another-one-", view, at) is None
    assert read_definition(WRITER, view[:-POINT_SIZE], at) is None


@given(NAMES, st.data())
def test_a_changed_byte_of_a_definitions_name_is_noticed(name, data):
    slots = bytearray(pack_definition(WRITER, name, 1, 1, HEADER_SIZE))
    named = [at for at in range(len(slots)) if at < POINT_SIZE * 1 and (at < 8 or 16 <= at < 16 + len(name[:8]))]
    at = data.draw(st.sampled_from(named))
    slots[at] ^= data.draw(st.integers(1, 255))
    assert read_definition(WRITER, memoryview(bytes(HEADER_SIZE) + slots), HEADER_SIZE) is None


@given(I64, st.integers(0, (1 << 30) - 1), st.integers(0, 1 << 26))
def test_the_check_of_a_point_fits_its_field_and_depends_on_the_place(time, series, position):
    assert 0 <= check(time, series, position) < 1 << 16
    assert check(time, series, position) == (time ^ series ^ position) % 65_521


@given(
    st.one_of(
        st.tuples(st.just(PointKind.FLOAT), st.floats(allow_nan=False)),
        st.tuples(st.just(PointKind.INT), I64),
        st.tuples(st.just(PointKind.UINT), U64),
        st.tuples(st.just(PointKind.BOOL), st.booleans()),
        st.tuples(st.just(PointKind.GAP), st.none()),
    )
)
def test_a_value_comes_back_from_its_bits(kind_and_value):
    kind, value = kind_and_value
    back = decode.value_of(kind, bits_of(kind, value))
    assert (back, type(back)) == (value, type(value))


@given(EVENTS)
def test_events_come_back_in_their_order(events):
    data = bytearray(Header(stream=Stream.EVENTS, segment=0, base=0, writer=WRITER, run_id="run").pack())
    expected = []
    for kind, flags, payload in events:
        expected.append(Frame(kind, flags, payload, len(data)))
        data += pack_event(WRITER, kind, flags, payload, len(data))
    scan = EventScan(Image(bytes(data), Header.unpack(data), None, False, "segment"), damage := Damage())
    assert list(scan) == expected
    assert (scan.reached, scan.must_wait, bool(damage)) == (len(data), False, False)


@given(st.binary(max_size=3 * BLOCK_SIZE // 1000), st.integers(0, 3), st.lists(U32, max_size=5))
def test_a_footer_comes_back_and_any_changed_byte_of_it_is_noticed(data, blocks, offsets):
    header = Header(stream=Stream.EVENTS, segment=0, base=0, writer=WRITER, run_id="run").pack()
    body = (data * 1000)[: blocks * BLOCK_SIZE] + data
    footer = Footer(len(header) + len(body), block_crcs(body), tuple(offsets))
    packed = footer.pack(header)
    assert Footer.unpack(header + body + packed) == footer
    for at in range(len(packed)):
        changed = bytearray(packed)
        changed[at] ^= 1
        with pytest.raises(JournalError):
            Footer.unpack(header + body + changed)


@given(st.lists(st.binary(max_size=100), max_size=4))
def test_a_pack_gives_its_parts_back(images):
    packed = pack_parts(images)
    parts = unpack_parts(packed)
    assert [packed[offset : offset + length] for offset, length in parts] == images
    assert all(offset % 8 == 0 for offset, _ in parts)
    for cut in range(len(packed)):
        try:
            parts = unpack_parts(packed[:cut])
        except JournalError:
            continue
        assert [packed[offset : offset + length] for offset, length in parts] == images  # only padding was cut


@given(st.binary(max_size=300))
def test_bytes_that_are_no_pack_are_refused(data):
    with pytest.raises(JournalError):
        unpack_parts(b"RLJPACK\n\x01\0\0\0" + data)


@given(st.sampled_from([Stream.POINTS, Stream.EVENTS]), st.integers(0, 999_999), st.booleans())
def test_the_name_of_a_segment_comes_back(stream, number, sealed):
    assert parse_segment_name(segment_name(WRITER, stream, number, sealed=sealed)) == (WRITER, stream, number, sealed)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_overflowed_point_are_none(payload):
    point = OverflowedPoint.unpack(payload)
    assert point is None or point.kind in decode.VALUE_KINDS


SLOTS = st.lists(
    st.tuples(I64, st.integers(0, 1 << 62), I64, st.integers(0, 3), st.integers(0, 12), st.booleans()), max_size=40
)


@given(SLOTS)
def test_both_decoders_read_the_same_from_any_slots(slots):
    """NumPy's and the plain one: points, names and what is damaged."""
    header = Header(stream=Stream.POINTS, segment=0, base=0, writer=WRITER, run_id="run").pack()
    data = bytearray(header + pack_definition(WRITER, b"loss", 1, 1, HEADER_SIZE))
    for step, time, raw, series, kind, right in slots:
        place = len(data)
        found = check(time, series, place) if right else 0
        data += POINT_INT.pack(step, time, raw, series, kind, found) if kind else bytes(POINT_SIZE)
    assert read_by(data, plain=False) == read_by(data, plain=True)


def read_by(data, *, plain):
    damage = Damage()
    decoder = PointDecoder(WRITER, damage)
    there = decode.numpy_or_none
    decode.numpy_or_none = (lambda: None) if plain else there
    try:
        decoder.add(bytes(data), "segment", footer=None)
        columns = decoder.columns()
    finally:
        decode.numpy_or_none = there
    parts = (columns.series, columns.times, columns.steps, columns.has_step, columns.kinds, columns.raw)
    return columns.names, [[int(one) for one in part] for part in parts], str(damage)


@given(st.lists(st.sampled_from([0, 1, 5, 6]), max_size=30))
def test_the_slots_in_use_end_with_a_whole_record(kinds):
    data = b"".join(bytes(28) + bytes([kind, 0, 0, 0]) for kind in kinds)
    used = slots_in_use(data)
    assert used <= len(kinds)
    assert all(kind in (0, PointKind.DEFINE_CONTINUED) for kind in kinds[used:])
    assert used == 0 or kinds[used - 1] != 0
    hole = first_hole(data)
    last = max((at for at, kind in enumerate(kinds) if kind), default=-1)
    assert hole == next((at * POINT_SIZE for at, kind in enumerate(kinds[: last + 1]) if not kind), None)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Folders of a run: segments open, sealed, and in a pack."""
    root = tmp_path_factory.mktemp("samples")
    opened = make_sample(root / "open", sealed=False).folder
    sealed = make_sample(root / "sealed", sealed=True).folder
    packed = root / "packed"
    packed.mkdir()
    images = [path.read_bytes() for path in sorted(sealed.iterdir())]
    writer = next(sealed.iterdir()).name[:12]
    (packed / f"{writer}.pack").write_bytes(pack_parts(images))
    return SimpleNamespace(open=opened, sealed=sealed, packed=packed)


def read_all(folder):
    """Everything that can be asked of a journal; its own error is the only one."""
    try:
        journal = RunJournal(folder)
    except JournalError:
        return
    for read in (
        lambda: [columns.values() for columns in journal.points()],
        lambda: list(journal.events()),
        lambda: list(journal.events(state=True)),
        lambda: list(journal.events({1}, contains=b"event 1")),
        lambda: [(writer.lost, writer.guest, writer.late, writer.liveness()) for writer in journal.writers],
        lambda: EventFollower(folder).poll(),
        lambda: seal_dead_writers(folder),
    ):
        try:
            read()
        except JournalError:
            continue
    str(journal.damage)


FILE_NAMES = [
    *(
        f"{WRITER}-{stream}-00000{number}.{suffix}"
        for stream in ("points", "events")
        for number in (0, 1)
        for suffix in ("open", "seal")
    ),
    f"{WRITER}-overflow.open",
    f"{WRITER}.pack",
    f"{WRITER}.lock",
]
STARTS = st.sampled_from(
    [
        b"",
        b"RLJPACK\n\x01\0\0\0",
        *(Header(stream=stream, segment=0, base=0, writer=WRITER, run_id="run").pack() for stream in Stream),
    ]
)
fuzz = settings(
    max_examples=max(60, EXAMPLES // 10),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.fuzz
@fuzz
@given(
    files=st.dictionaries(
        st.sampled_from(FILE_NAMES), st.tuples(STARTS, st.binary(max_size=400), st.integers(1, 50)), max_size=5
    )
)
def test_a_folder_of_random_bytes_raises_nothing_but_the_readers_own_error(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("random")
    for name, (start, data, times) in files.items():
        (folder / name).write_bytes(start + data * times)
    read_all(folder)
    shutil.rmtree(folder)


@pytest.mark.fuzz
@pytest.mark.parametrize("state", ["open", "sealed", "packed"])
@fuzz
@given(cut=st.floats(0, 1), which=st.integers(0, 1), changes=DAMAGE)
def test_a_journal_cut_anywhere_and_overwritten_raises_nothing_but_the_readers_own_error(
    tmp_path_factory, samples, state, cut, which, changes
):
    folder = tmp_path_factory.mktemp("cut") / "run"
    shutil.copytree(getattr(samples, state), folder)
    paths = sorted(folder.iterdir())
    path = paths[which % len(paths)]
    data = bytearray(path.read_bytes())
    for place, change in changes:
        at = int(place * len(data))
        data[at : at + len(change)] = change
    path.write_bytes(data[: int(cut * len(data))])
    read_all(folder)
    shutil.rmtree(folder)
