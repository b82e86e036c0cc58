import hashlib
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import wire
from telemetry.quantity import INSECT_COUNTS, QUANTITIES
from telemetry.reading import Flag
from telemetry.series import STAGES, Series
from telemetry.topics import Identity
from telemetry.wire import Point, WireError

HERE = Identity("htx-moduc", "g1")
names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)
values = st.floats(-1e99, 1e99)
stamps = st.integers(10**18, 9 * 10**18 - 1)


@st.composite
def series(draw: st.DrawFn) -> Series:
    quantity = draw(st.sampled_from(sorted(QUANTITIES)))
    is_insects = quantity in INSECT_COUNTS
    return Series(
        quantity=quantity,
        coop=HERE.coop,
        gateway=HERE.gateway,
        plot=draw(names),
        sensor=draw(names),
        z=draw(st.integers(-5000, 5000)),
        pest=draw(st.sampled_from(["LAPHEG", "unsorted"])) if is_insects else None,
        stage=draw(st.sampled_from(STAGES)) if is_insects else None,
    )


@st.composite
def points(draw: st.DrawFn) -> Point:
    if draw(st.booleans()):
        return Point(
            series=draw(series()),
            stamp_ns=draw(stamps),
            value=draw(values),
            flag=None,
            low=draw(values),
            high=draw(values),
            count=draw(st.integers(1, 10**6)),
            span_s=900,
        )
    flag = draw(st.sampled_from(Flag))
    value = None if flag is Flag.MISSING else draw(values)
    return Point(series=draw(series()), stamp_ns=draw(stamps), value=value, flag=flag)


def batch(lines: list[str], **changed: int) -> bytes:
    given = {"first": 1, "last": len(lines), "merged": 0} | changed
    return wire.render_batch(
        lines, epoch="7f3a9c12", clock="hello", err_ms=40, **given
    )[1]


LINE = (
    "soil_moisture,coop=htx-moduc,gw=g1,plot=p17,sensor=soil-a1,z=-10"
    " value=31.2,flag=1i 1795294053000000000\n"
)


@pytest.mark.slow
@given(points())
def test_a_point_reads_back_as_it_was_rendered(point):
    line = wire.render_point(point)

    assert wire.parse_line(line) == point


@pytest.mark.slow
@given(st.lists(points(), max_size=20))
def test_a_batch_reads_back_as_it_was_rendered(given_points):
    lines = [wire.render_point(point) for point in given_points]
    digest, plain = wire.render_batch(
        lines, epoch="7f3a9c12", first=5, last=4 + len(lines), merged=0,
        clock="ntp", err_ms=3,
    )  # fmt: skip

    if not lines:
        with pytest.raises(WireError):
            wire.open_envelope(plain.replace(b"to=4", b"to=5"))
        return
    envelope, body = wire.open_envelope(wire.decompress(wire.compress(plain)))
    assert (envelope.batch, envelope.first, envelope.rows) == (digest, 5, len(lines))
    assert wire.faults(body, HERE) == []
    assert [wire.parse_line(x) for x in body.decode().splitlines()] == given_points


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_read_and_nothing_else_happens(blob):
    for read in (wire.decompress, wire.open_envelope):
        with suppress(WireError):
            read(blob)
    wire.faults(blob + b"\n", HERE)


@given(st.text(max_size=120))
def test_any_text_is_no_line_or_renders_to_itself(text):
    try:
        point = wire.parse_line(text)
    except WireError:
        return
    assert wire.render_point(point).removesuffix("\n") == text.removesuffix("\n")


def test_the_line_of_the_design_is_spelled_to_the_letter():
    soil = Series(
        quantity="soil_moisture", coop="htx-moduc", gateway="g1",
        plot="p17", sensor="soil-a1", z=-10,
    )  # fmt: skip

    assert wire.render_line(wire.head(soil), 31.2, 1, 1795294053000) == LINE
    assert wire.render_line(wire.head(soil), None, 9, 1795294053000) == (
        "soil_moisture,coop=htx-moduc,gw=g1,plot=p17,sensor=soil-a1,z=-10"
        " flag=9i 1795294053000000000\n"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e100])
def test_what_is_no_number_cannot_travel(value):
    with pytest.raises(ValueError, match="cannot travel"):
        wire.number(value)
    with pytest.raises(ValueError, match="cannot travel"):
        wire.render_line("soil_moisture", value, 1, 1795294053000)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (LINE.replace("soil_moisture", "soil_wetness"), "unknown quantity"),
        (LINE.replace("gw=g1", "gw=g2"), "tags are not those of htx-moduc/g1"),
        (LINE.replace("coop=htx-moduc", "coop=other"), "tags are not those of"),
        (LINE.replace("value=31.2", "value=31.2i"), "not of the line grammar"),
        (LINE.replace("value=31.2", "value=NaN"), "not of the line grammar"),
        (LINE.replace("value=31.2,", ""), "not of the line grammar"),
        (LINE.replace("flag=1i", "flag=9i"), "not of the line grammar"),
        (LINE.replace("flag=1i", "flag=7i"), "not of the line grammar"),
        (LINE.replace("z=-10", "z=-0"), "not of the line grammar"),
        (LINE.replace("z=-10", "z=5001"), "not of the line grammar"),
        (LINE.replace("z=-10", "z=-99999"), "not of the line grammar"),
        (LINE.replace("31.2", "1e+999"), "not of the line grammar"),
        (LINE.replace("17952", "97952"), "not of the line grammar"),
        (LINE.replace("z=-10", "z=-10,pest=LAPHEG,stage=adult"), "not of the line"),
        (LINE.replace("p17", 'p"17'), "not of the line grammar"),
        (LINE.replace("p17", "p\\17"), "not of the line grammar"),
        (LINE.replace("p17", "p 17"), "not of the line grammar"),
        (LINE.replace("sensor=soil-a1,z=-10", "z=-10,sensor=soil-a1"), "not of the"),
        (LINE.replace("000000000\n", "\n"), "not of the line grammar"),
        ("# a comment\n", "unknown quantity"),
        ("\n", "unknown quantity"),
    ],
)
def test_a_bad_line_is_named_and_its_neighbours_are_not(line, why):
    body = (LINE + line + LINE).encode()

    assert [(at, reason[: len(why)]) for at, reason in wire.faults(body, HERE)] == [
        (1, why[: len(why)])
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((b"batch=", b"batch=0000"), "does not begin"),
        ((b"value=31.2", b"value=31.3"), "digest"),
        ((b"canhdong/1", b"canhdong/2"), "does not begin"),
        ((b"clock=hello", b"clock=guess"), "does not begin"),
        ((b"rows=2", b"rows=3"), "do not fill"),
        ((b"merged=0", b"merged=1"), "do not fill"),
        ((b"to=2", b"to=3"), "do not fill"),
    ],
)
def test_an_envelope_that_does_not_agree_with_its_lines_is_refused(change, why):
    plain = batch([LINE, LINE]).replace(*change, 1)

    with pytest.raises(WireError, match=why):
        wire.open_envelope(plain)


def test_rows_and_lines_must_agree():
    plain = batch([LINE, LINE[:-1]], last=1)

    with pytest.raises(WireError, match="whole lines"):
        wire.open_envelope(plain)


def test_more_rows_than_a_batch_may_have_are_refused():
    with pytest.raises(WireError, match="above 500"):
        wire.open_envelope(batch([LINE] * 501))


def test_merged_rows_fill_the_range():
    envelope, _ = wire.open_envelope(batch([LINE, LINE], last=10, merged=8))

    assert (envelope.rows, envelope.merged) == (2, 8)


@pytest.mark.slow
def test_what_unpacks_to_too_much_is_refused_before_it_is_made():
    packer = zlib.compressobj(9, zdict=wire.DICTIONARY)
    bomb = packer.compress(bytes(50_000_000)) + packer.flush()

    with pytest.raises(WireError, match="longer than"):
        wire.decompress(bomb)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda blob: blob[:-3], "cut short"),
        (lambda blob: blob + b"x", "behind"),
        (lambda blob: zlib.compress(b"plain zlib")[:-1] + b"", "cut short"),
        (lambda _: b"", "cut short"),
        (lambda _: b"hello", "not zlib"),
    ],
)
def test_spoiled_compression_is_refused(spoil, why):
    with pytest.raises(WireError, match=why):
        wire.decompress(spoil(wire.compress(batch([LINE]))))


def test_the_dictionary_is_that_of_version_1():
    # Gateways in the field have it too: a change needs a new topic.
    assert hashlib.sha256(wire.DICTIONARY).hexdigest()[:16] == "14eca10130f42dfb"
