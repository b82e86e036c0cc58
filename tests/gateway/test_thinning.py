"""Merging of windows: pure, and in a buffer that travels."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.buffer import Buffer
from gateway.cutting import cut
from gateway.reader import Reader
from gateway.records import Batch, Change, Entry, Row, transaction
from gateway.retention import begin_of_young
from gateway.segments import Segment
from gateway.thinning import thin
from telemetry import ranges, wire
from telemetry.quantity import Kind
from telemetry.topics import Identity

TAGS = "coop=htx-moduc,gw=g1,plot=p17,sensor=soil-a1,z=-10"
MOIST, RAIN = f"soil_moisture,{TAGS}", f"rain_total,{TAGS}"
HERE = Identity("htx-moduc", "g1")
CLOCK = Segment(1, 1, 0, 1_795_294_053_000, "hello", 40)
MINUTE = 60_000


def rows(*values: float | None, series: int = 1, flag: int = 1) -> list[Row]:
    return [
        Row(at, series, 1, at * MINUTE, value, flag if value is not None else 9)
        for at, value in enumerate(values, 1)
    ]


def test_a_level_keeps_mean_least_and_most_under_the_last_number():
    thinned = thin(rows(1.0, 2.0, 6.0), {1: Kind.LEVEL})

    (one,) = thinned.summaries
    assert (one.seq, one.ms) == (3, 3 * MINUTE)
    assert (one.value, one.low, one.high, one.n) == (3.0, 1.0, 6.0, 3)
    assert (thinned.gone, thinned.merged) == ([(1, 3)], [(1, 2)])


@pytest.mark.parametrize(
    ("kind", "values", "merged"),
    [
        (Kind.AMOUNT, (1.0, 2.0, 6.0), 9.0),
        (Kind.COUNTER, (1.0, 2.0, 6.0), 6.0),
        (Kind.STATE, (1.0, 0.0), 0.0),
        (Kind.DIRECTION, (350.0, 10.0), 0.0),
        (Kind.DIRECTION, (90.0, 270.0), 270.0),  # no direction: the last one
    ],
)
def test_each_kind_merges_in_its_own_way(kind, values, merged):
    (one,) = thin(rows(*values), {1: kind}).summaries

    assert math.isclose(one.value, merged, abs_tol=1e-6)


def test_a_gap_and_a_failed_value_count_in_no_sum():
    (one,) = thin(rows(4.0, None, 8.0), {1: Kind.LEVEL}).summaries

    assert (one.seq, one.value, one.n) == (3, 6.0, 2)


def test_a_series_of_gaps_keeps_its_last_one():
    thinned = thin(rows(None, None, None), {1: Kind.LEVEL})

    assert thinned.summaries == []
    assert (thinned.gone, thinned.merged) == ([(1, 2)], [(1, 2)])


def test_a_row_alone_stays_as_it_is():
    thinned = thin(rows(5.0), {1: Kind.LEVEL})

    assert (thinned.summaries, thinned.gone) == ([], [])


def opened(folder) -> Buffer:
    return Buffer(folder / "buffer.db", "htx-moduc", "g1", "boot-1")


def minutes(first: int, last: int) -> list[Entry]:
    """Two series a minute: numbers 2n-1 and 2n at minute n."""
    return [
        Entry(seq, (RAIN, MOIST)[seq % 2], (seq + 1) // 2 * MINUTE, seq / 2, 1)
        for seq in range(first, last + 1)
    ]


def thinned_at(buffer: Buffer, minute: int) -> int:
    total = 0
    while (merged := buffer.thin(begin_of_young(minute * MINUTE))) is not None:
        total += merged
    return total


def drained(path) -> list[tuple[int, int, wire.Envelope, bytes]]:
    """Every batch that a gateway would cut of what waits, the oldest first."""
    reader, batches = Reader(path), []
    left = reader.ledger().uncut
    while left:
        run = reader.run(*left[0])
        assert run is not None
        made = cut(run, [CLOCK], reader.heads(), "7f3a9c12")
        assert made.payload is not None
        envelope, body = wire.open_envelope(wire.decompress(made.payload))
        batches.append((made.batch.first, made.batch.last, envelope, body))
        left = ranges.subtract(left, [made.span])
    reader.close()
    return batches


def test_whole_windows_are_merged_and_travel_as_one_batch(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK]))

    merged = thinned_at(buffer, 120)

    (batch,) = drained(buffer.path)
    first, last, envelope, body = batch
    points = [wire.parse_line(line) for line in body.decode().splitlines()]
    assert (first, last) == (1, 240)
    assert envelope.merged == merged == buffer.size.thinned
    assert wire.faults(body, HERE) == []
    assert sum(point.count or 1 for point in points) == 240
    assert {point.span_s for point in points if point.is_summary} == {900}
    buffer.close()


def test_the_newest_hour_is_never_merged(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK]))

    thinned_at(buffer, 120)

    reader = Reader(buffer.path)
    newest = [row.seq for row in reader.rows(119, 240)]
    assert newest == [*range(119, 241)]  # from minute 60 on
    assert len(reader.rows(1, 118)) < 118
    reader.close()
    buffer.close()


def test_young_rows_below_older_ones_are_merged_when_they_have_become_old(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK]))
    salvage(buffer, range(241, 481))
    buffer.write(Change(rows=[e._replace(seq=e.seq + 240) for e in minutes(241, 300)]))

    merged = [thinned_at(buffer, minute) for minute in (60, 75, 76, 120, 240)]
    buffer.close()
    again = opened(tmp_path)

    assert merged == [223, 26, 0, 84, 166]  # at first only what salvage brought
    assert thinned_at(again, 240) == 0
    again.close()


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(
    blocks=st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=12),
    looks=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_whatever_comes_between_no_old_window_stays(tmp_path_factory, blocks, looks):
    buffer = opened(tmp_path_factory.mktemp("thinned"))
    buffer.write(Change(rows=[Entry(1, MOIST, 0, 1.0, 1)], segments=[CLOCK]))
    seq, minute, block_of = 2, 20, {}
    for (rows, is_salvaged), has_look in zip(blocks, looks, strict=False):
        span = range(seq, seq + rows)
        if is_salvaged:
            salvage(buffer, span)
        else:
            live = [(at, (minute + k) * MINUTE) for k, at in enumerate(span)]
            buffer.write(Change(rows=[Entry(s, MOIST, ms, 1, 1) for s, ms in live]))
            minute += rows
            block_of |= dict.fromkeys(span, seq)
        seq = span.stop
        if has_look:
            thinned_at(buffer, minute)

    thinned_at(buffer, minute + 75)  # all of it is old now

    left = buffer.connection.execute("SELECT seq, ms FROM reading WHERE boot = 1")
    windows = [(block_of.get(at), ms // (15 * MINUTE)) for at, ms in left]
    assert len(windows) == len(set(windows))
    buffer.close()


def salvage(buffer: Buffer, numbers: range) -> None:
    """Rows of an earlier boot, under numbers above those of younger ones."""
    with transaction(buffer.connection):
        buffer.connection.executemany(
            "INSERT INTO reading VALUES (?, 1, 9, ?, 1.0, 1)",
            [(seq, seq * MINUTE) for seq in numbers],
        )


def test_what_was_in_a_batch_is_never_merged(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(
        Change(
            rows=minutes(1, 240),
            segments=[CLOCK],
            held=[(1, 10)],
            cut=[Batch(11, 20, 0, 1, "aa"), Batch(21, 30, 0, 1, "bb")],
        )
    )
    buffer.write(Change(closed=[21], lacking=[(5, 6)]))

    thinned_at(buffer, 120)

    reader = Reader(buffer.path)
    assert [row.seq for row in reader.rows(1, 30)] == [*range(1, 31)]
    assert len(reader.rows(31, 60)) < 30
    reader.close()
    buffer.close()


def test_merging_again_changes_nothing(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK]))
    thinned_at(buffer, 120)
    before = drained(buffer.path)
    buffer.close()

    again = opened(tmp_path)
    merged = thinned_at(again, 120)

    assert merged == 0
    assert drained(again.path) == before
    again.close()


def test_a_new_epoch_takes_merged_windows_along(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK], held=[(1, 30)]))
    thinned_at(buffer, 120)
    before = [batch[3] for batch in drained(buffer.path)]

    ledger = buffer.begin_epoch()

    after = drained(buffer.path)
    assert [batch[3] for batch in after] == before
    assert after[0][0] == ledger.epoch_from == 241
    assert after[-1][1] == ledger.next - 1 == 450
    buffer.close()


def test_no_number_is_given_twice_after_the_newest_row_was_merged(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK]))
    buffer.close()
    after_boot = Buffer(tmp_path / "buffer.db", "htx-moduc", "g1", "boot-2")
    thinned_at(after_boot, 1)  # of the boot before nothing is young
    after_boot.close()

    again = Buffer(tmp_path / "buffer.db", "htx-moduc", "g1", "boot-3")
    ledger = again.begin_epoch()

    assert (ledger.epoch_from, ledger.next) == (241, 481)
    assert ledger.uncut == [(241, 480)]
    again.close()


def test_no_number_is_given_twice_after_the_ledger_has_lost_a_deleted_row(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK], held=[(1, 240)]))
    buffer.close()
    after_boot = Buffer(tmp_path / "buffer.db", "htx-moduc", "g1", "boot-2")
    while after_boot.give_up_held(0, 100):
        pass
    after_boot.write(Change(lacking=[(100, 240)]))

    assert after_boot.ledger().next == 241
    after_boot.close()


def test_the_oldest_day_goes_at_last_and_is_counted(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=minutes(1, 240), segments=[CLOCK]))
    thinned_at(buffer, 120)

    lost = 0
    while gone := buffer.drop_oldest(begin_of_young(120 * MINUTE), 2):
        lost += gone

    ledger = buffer.ledger()
    assert lost == buffer.size.lost == 118
    assert ledger.lost == [(1, 118)]
    assert ledger.uncut == [(119, 240)]
    assert ledger.next == 241
    buffer.close()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_was_sent_or_merged_each_row_travels_once(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("thinned")
    buffer = opened(folder)
    total = data.draw(st.integers(150, 500))
    late = data.draw(st.lists(st.integers(2, total - 1), max_size=5))
    entries = [
        e._replace(ms=max(1, e.ms - 2 * MINUTE)) if e.seq in late else e
        for e in minutes(1, total)
    ]
    buffer.write(Change(rows=entries, segments=[CLOCK]))
    sent = data.draw(
        st.lists(st.tuples(st.integers(1, total), st.integers(1, 40)), max_size=5)
    )
    held = ranges.union((a, min(total, a + n)) for a, n in sent)
    buffer.write(Change(held=held))
    thinned_at(buffer, total // 2)

    batches = drained(buffer.path)

    lines = [line for *_, body in batches for line in body.decode().splitlines()]
    points = [wire.parse_line(line) for line in lines]
    spans = [(first, last) for first, last, *_ in batches]
    assert sum(p.count or 1 for p in points) == total - ranges.total(held)
    assert ranges.total(spans) == sum(b - a + 1 for a, b in spans)
    assert ranges.union([*held, *spans]) == [(1, total)]
    assert all(env.rows + env.merged == b - a + 1 for a, b, env, _ in batches)
    buffer.close()
