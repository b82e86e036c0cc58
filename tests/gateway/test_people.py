"""Rows of another time than their neighbours: what people counted, in the buffer."""

import sqlite3
from contextlib import closing

import pytest

from gateway import hour_table, soundness
from gateway.buffer import Buffer
from gateway.cutting import cut
from gateway.people import head_of, place_of
from gateway.reader import Reader
from gateway.records import Batch, Change, Entry, HourRow
from gateway.recovery import begin_anew
from gateway.retention import begin_of_young
from gateway.segments import PEOPLE, PEOPLE_CLOCK, Segment, covering
from gateway.timeline import Timeline
from gateway.waiting import WAITING_MAX, Waiting
from telemetry import wire
from telemetry.clock import SystemClock
from telemetry.topics import Identity
from tests.clockwork import DAY, Field
from tests.gateway.buffers import salvaged

HERE = Identity("htx-moduc", "g1")
TAGS = "coop=htx-moduc,gw=g1,plot=p17"
MOIST = f"soil_moisture,{TAGS},sensor=soil-a1,z=-10"
SEEN = f"pest_density,{TAGS},sensor=by-farmer-frame,z=0,pest=NILALU,stage=nymph"
MINUTE = 60_000
HOUR = 60 * MINUTE
BEGIN_MS = 1_795_294_053_000
CLOCK = Segment(1, 1, 0, BEGIN_MS, "hello", 40)
SEEN_MS = BEGIN_MS - 3 * DAY  # long before the boot


def opened(folder, boot: str = "boot-1") -> Buffer:
    return Buffer(folder / "buffer.db", "htx-moduc", "g1", boot)


def polls(first: int, last: int) -> list[Entry]:
    return [
        Entry(seq, MOIST, seq * MINUTE, seq / 2, 1) for seq in range(first, last + 1)
    ]


def count(seq: int, value: float = 7.0, ms: int = SEEN_MS) -> Entry:
    return Entry(seq, SEEN, ms, value, 1, PEOPLE)


@pytest.fixture
def mixed(tmp_path):
    """Ten polls, a count of three days ago, ten polls."""
    buffer = opened(tmp_path)
    rows = [*polls(1, 10), count(11), *polls(12, 21)]
    buffer.write(Change(rows=rows, segments=[CLOCK]))
    yield buffer
    buffer.close()


def batches(
    buffer: Buffer, first: int = 1
) -> list[tuple[tuple[int, int], wire.Envelope, list[wire.Point]]]:
    found = []
    with closing(Reader(buffer.path)) as reader:
        at = first
        while (run := reader.run(at, 10**6)) is not None:
            made = cut(run, reader.segments(), reader.heads(), "7f3a9c12")
            assert made.payload is not None
            envelope, body = wire.open_envelope(wire.decompress(made.payload))
            assert wire.faults(body, HERE) == []
            lines = body.decode().splitlines()
            found.append(
                (made.span, envelope, [wire.parse_line(line) for line in lines])
            )
            at = made.batch.last + 1
    return found


def test_a_head_tells_who_has_counted_where():
    place = place_of(SEEN)

    assert place is not None
    assert (place.role, place.method, place.plot) == ("farmer", "frame", "p17")
    assert head_of(place, "htx-moduc", "g1") == SEEN
    assert place_of(MOIST) is None


def test_a_count_of_three_days_ago_is_stamped_with_its_own_time(mixed):
    (before, seen, after) = batches(mixed)

    assert [span for span, _, _ in (before, seen, after)] == [
        (1, 10),
        (11, 11),
        (12, 21),
    ]
    _, envelope, (point,) = seen
    assert (envelope.clock, envelope.err_ms) == ("person", PEOPLE_CLOCK.err_ms)
    assert point.stamp_ns == SEEN_MS * 1_000_000
    assert (point.series.pest, point.series.stage) == ("NILALU", "nymph")
    assert before[1].clock == after[1].clock == "hello"


def test_a_batch_of_counts_renders_to_the_same_bytes_after_a_restart(mixed):
    with closing(Reader(mixed.path)) as reader:
        run = reader.run(11, 11)
        assert run is not None
        made = cut(run, reader.segments(), reader.heads(), "7f3a9c12")
    mixed.write(Change(cut=[made.batch]))
    with closing(Reader(mixed.path)) as reader:
        (known,) = reader.ledger().open

    assert known == Batch(11, 11, 0, PEOPLE_CLOCK.id, made.batch.digest)


def test_the_file_is_sound_and_boots_are_where_they_were(mixed):
    with closing(Reader(mixed.path)) as reader:
        spans = [(one.boot, one.first_ms, one.last_ms) for one in reader.boot_spans()]
        left = reader.boots_without_segment(7)
    mixed.write(Change(hours_to=21))
    with closing(Reader(mixed.path)) as reader:
        later = [(one.boot, one.first_ms, one.last_ms) for one in reader.boot_spans()]

    assert spans == later == [(1, MINUTE, 21 * MINUTE)]
    assert not left
    assert soundness.damage(mixed.path) is None


def test_two_counts_in_one_quarter_of_an_hour_are_never_merged(tmp_path):
    buffer = opened(tmp_path)
    rows = [*polls(1, 30), count(31), count(32, 9.0, SEEN_MS + 1), *polls(33, 60)]
    buffer.write(Change(rows=rows, segments=[CLOCK]))

    while buffer.thin(begin_of_young(10 * HOUR)) is not None:
        pass

    found = batches(buffer)
    seen = [p.value for _, _, points in found for p in points if p.series.pest]
    assert seen == [7.0, 9.0]
    assert sum(p.count or 1 for _, _, points in found for p in points) == 60
    assert buffer.size.thinned > 0
    buffer.close()


def test_a_full_card_gives_counts_up_only_with_the_day_around_them(tmp_path):
    buffer = opened(tmp_path)
    rows = [*polls(1, 10), count(11), *polls(12, 20), count(21)]
    buffer.write(Change(rows=rows, segments=[CLOCK]))

    gone = buffer.drop_oldest(10 * HOUR, 1000)

    with closing(Reader(buffer.path)) as reader:
        left, lost = [row.seq for row in reader.rows(1, 99)], reader.ledger().lost
    assert (gone, left, lost) == (20, [21], [(1, 20)])
    assert buffer.drop_oldest(10 * HOUR, 1000) == 0
    buffer.close()


def test_hours_of_counts_are_of_utc_and_age_as_others_do(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=[*polls(1, 10), count(11)], segments=[CLOCK]))
    buffer.close()
    buffer = opened(tmp_path)  # folds what was left
    with closing(Reader(buffer.path)) as reader:
        hours = list(reader.hours({SEEN, MOIST}, 1))

    mine = [(boot, row.hour, row.tally.last) for boot, row in hours if row.head == SEEN]
    assert mine == [(PEOPLE, SEEN_MS // HOUR, 7.0)]
    assert Timeline().utc_ms(PEOPLE, SEEN_MS) == SEEN_MS
    (cover,) = {covering([], PEOPLE, SEEN_MS)}
    assert cover == PEOPLE_CLOCK
    young = SEEN_MS + (hour_table.KEEP_DAYS - 1) * DAY - BEGIN_MS
    assert buffer.delete_hours(young, 100) == 0
    assert buffer.delete_hours(young + 2 * DAY, 100) == 1
    buffer.close()


def test_hours_of_counts_are_read_however_many_others_there_are(tmp_path):
    buffer = opened(tmp_path)
    tally = hour_table.fold(hour_table.EMPTY, [(0, 1.0, 1)])
    hours = [HourRow(MOIST, hour, tally) for hour in range(50)]
    hours.append(HourRow(SEEN, SEEN_MS // HOUR, tally, PEOPLE))
    buffer.write(Change(hours=hours, hours_to=0))

    with closing(Reader(buffer.path)) as reader:
        found = list(reader.hours({SEEN, MOIST}, 5))

    assert sum(row.head == SEEN for _, row in found) == 1
    assert len(found) < 20
    assert buffer.drop_hours(10) == 0
    buffer.close()


@pytest.mark.parametrize("times", [1, 2])
def test_counts_come_over_from_damaged_files_with_their_stamps(mixed, times):
    mixed.write(Change(taken=["ab" * 16]))
    path = mixed.path
    for boot in range(times):
        opened_ = begin_anew(path, HERE, f"boot-{boot + 2}", "by hand")
        salvaged(opened_)
        assert opened_.buffer.has_taken("ab" * 16)
        assert not opened_.buffer.has_taken("cd" * 16)
        opened_.buffer.close()

    buffer = opened(path.parent, "boot-9")
    seen = [p for _, _, points in batches(buffer) for p in points if p.series.pest]
    assert [(p.value, p.stamp_ns // 10**6) for p in seen] == [(7.0, SEEN_MS)]
    assert soundness.damage(path) is None
    buffer.close()


def test_only_the_newest_files_are_remembered(tmp_path):
    buffer = opened(tmp_path)
    for at in range(3):
        digests = [f"{at:02x}{n:030x}" for n in range(600)]
        buffer.write(Change(taken=digests))
        buffer.write(Change(taken=digests[-1:]))

    with closing(sqlite3.connect(buffer.path)) as db:
        (kept,) = db.execute("SELECT count(*) FROM taken").fetchone()
    assert kept <= 1000
    assert buffer.has_taken(digests[0])
    assert buffer.has_taken(digests[-1])
    buffer.close()


def test_a_new_epoch_renumbers_counts_and_leaves_their_time(mixed):
    mixed.begin_epoch()

    seen = [p for _, _, points in batches(mixed, 22) for p in points if p.series.pest]
    assert [p.stamp_ns // 10**6 for p in seen] == [SEEN_MS]


def test_the_next_boot_does_not_wait_for_a_count_that_was_told_ahead(tmp_path):
    """A count may be five minutes ahead; no stamp of a device comes after it."""
    field = Field(tmp_path)
    field.hello()
    field.poll(HOUR)
    number = len(field.truth) + 1
    field.truth[number] = field.now + 5 * MINUTE
    seen = count(number, float(number), field.truth[number])
    field.buffer.write(Change(rows=[seen]))
    field.power_cut(10_000)
    field.hello()
    field.poll(2 * field.every_ms)
    field.hello()
    field.send()

    assert field.sent[number].stamp_ms == field.truth[number]
    later = [field.sent[seq] for seq in range(number + 1, len(field.truth) + 1)]
    assert [one.clock for one in later] == ["hello", "hello"]
    assert max(abs(one.stamp_ms - field.truth[one.seq]) for one in later) < 1000
    field.close()


def test_a_card_that_fails_for_long_costs_polls_and_no_counts():
    waiting = Waiting(SystemClock())
    rows = [*polls(1, 10), count(11), *polls(12, WAITING_MAX + 15)]
    waiting.change = Change(rows=rows, taken=["digest"])
    waiting.failed()

    left = waiting.change.rows
    assert [row.seq for row in left[:2]] == [11, 17]
    assert len(left) == WAITING_MAX
    assert waiting.change.lost == [(1, 10), (12, 16)]
    assert waiting.lost == 15
