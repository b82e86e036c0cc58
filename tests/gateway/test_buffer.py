import sqlite3

import pytest

from gateway import schema
from gateway.buffer import Buffer
from gateway.reader import Reader
from gateway.records import (
    Batch,
    BufferFault,
    BufferRefused,
    Change,
    Counter,
    Entry,
)
from gateway.recovery import open_buffer
from gateway.schema import PAGE_BYTES
from gateway.segments import Segment
from telemetry.topics import Identity

HERE = Identity("htx-moduc", "g1")
HEAD = "soil_moisture,coop=htx-moduc,gw=g1,plot=p17,sensor=soil-a1,z=-10"


def opened(path, coop="htx-moduc", boot="boot-1") -> Buffer:
    return Buffer(path / "buffer.db", coop, "g1", boot)


def entries(first: int, last: int) -> list[Entry]:
    return [Entry(seq, HEAD, seq * 1000, seq / 10, 1) for seq in range(first, last + 1)]


def test_the_file_waits_for_the_card_at_each_commit(tmp_path):
    buffer = opened(tmp_path)

    mode, synchronous = (
        buffer._db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous")
    )

    assert (mode, synchronous) == ("wal", 2)
    buffer.close()


def test_what_was_written_is_there_after_the_process_dies(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 3)))
    buffer.abandon()

    again = opened(tmp_path)

    assert again.ledger().next == 4
    again.close()


def test_writing_a_change_twice_is_the_same_as_once(tmp_path):
    buffer = opened(tmp_path)
    change = Change(
        rows=entries(1, 3),
        cut=[Batch(1, 3, 0, 1, "aa")],
        held=[(1, 2)],
        quarantined={3: "why"},
        segments=[Segment(1, 1, 0, 5, "hello", 1)],
        alerts={"a": b"{}"},
    )

    buffer.write(change)
    once = Reader(buffer.path)
    before = once.ledger(), once.rows(1, 9), once.segments(), once.outbox()
    buffer.write(change)
    after = once.ledger(), once.rows(1, 9), once.segments(), once.outbox()

    assert before == after
    once.close()
    buffer.close()


def test_a_change_is_written_whole_or_not_at_all(tmp_path):
    buffer = opened(tmp_path)
    bad = Change(rows=[*entries(1, 2), Entry(3, HEAD, 0, 1.0, None)])

    with pytest.raises(BufferFault, match="NOT NULL"):
        buffer.write(bad)

    assert buffer.ledger().next == 1
    buffer.close()


def test_a_number_is_never_given_again_though_its_row_is_gone(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 5), held=[(1, 5)]))
    buffer.delete_held(6, at_most=100)
    buffer.close()

    again = opened(tmp_path)

    assert again.ledger().next == 6
    again.close()


def test_held_ranges_grow_together_and_what_lacks_is_taken_out(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 20), held=[(1, 5), (11, 20)]))

    buffer.write(Change(held=[(6, 10)]))
    whole = buffer.ledger().held
    buffer.write(Change(lacking=[(3, 4)]))

    assert whole == [(1, 20)]
    assert buffer.ledger().held == [(1, 2), (5, 20)]
    assert buffer.ledger().uncut == [(3, 4)]
    buffer.close()


def test_only_held_rows_age_out_and_only_so_many_at_a_time(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(
        Change(
            rows=entries(1, 100),
            held=[(1, 40), (61, 80)],
            segments=[Segment(1, 1, 0, 0, "hello", 1)],
        )
    )
    limit = buffer.first_younger(field_ms=100_000, keep_ms=30_000)

    gone = [buffer.delete_held(limit, 25) for _ in range(3)]

    reader = Reader(buffer.path)
    left = [row.seq for row in reader.rows(1, 100)]
    assert limit == 70
    assert gone == [25, 24, 0]
    assert left == [*range(41, 61), *range(70, 101)]
    reader.close()
    buffer.close()


def test_rows_whose_time_is_unknown_do_not_age(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 9), held=[(1, 9)]))

    assert buffer.first_younger(10**9, 1) == 0
    buffer.close()


def test_a_new_epoch_moves_what_is_not_held_to_new_numbers(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(
        Change(
            rows=entries(1, 10),
            held=[(1, 4), (7, 7)],
            cut=[Batch(5, 6, 0, 1, "aa")],
            quarantined={10: "why"},
            segments=[Segment(1, 1, 0, 0, "hello", 1)],
        )
    )
    before = buffer.ledger()

    after = buffer.begin_epoch()

    reader = Reader(buffer.path)
    moved = [row.ms // 1000 for row in reader.rows(after.epoch_from, after.next - 1)]
    assert after.epoch != before.epoch
    assert (after.epoch_from, after.next) == (11, 16)
    assert moved == [5, 6, 8, 9, 10]
    assert (after.held, after.open, after.quarantined) == ([], [], [])
    assert buffer.delete_held(100, at_most=100) == 5  # held in the old epoch
    reader.close()
    buffer.close()


def test_a_changed_identity_is_refused_while_rows_are_on_their_way(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 2)))
    buffer.close()

    with pytest.raises(BufferRefused, match="2 rows of htx-moduc/g1"):
        opened(tmp_path, coop="htx-other")


def test_a_changed_identity_begins_an_epoch_when_all_is_held(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 2), held=[(1, 2)]))
    before = buffer.ledger()
    buffer.close()

    after = opened(tmp_path, coop="htx-other")

    assert after.ledger().epoch != before.epoch
    assert after.ledger().uncut == []
    after.close()


def test_a_file_of_a_newer_version_is_refused_by_name(tmp_path):
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "buffer.db") as db:
        db.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    db.close()

    with pytest.raises(BufferRefused, match="newer canhdong"):
        opened(tmp_path)


@pytest.mark.parametrize("garbage", [b"no database" * 400, b"SQLite format 3\0" * 300])
def test_a_damaged_file_is_kept_aside_and_a_new_one_begun(tmp_path, garbage):
    path = tmp_path / "buffer.db"
    path.write_bytes(garbage)

    opened_anew = open_buffer(path, HERE, "boot-1")
    buffer = opened_anew.buffer

    assert "buffer.corrupt-1.db" in opened_anew.damage
    assert (tmp_path / "buffer.corrupt-1.db").read_bytes() == garbage
    assert buffer.ledger().next == 1
    buffer.close()


def test_a_file_that_cannot_be_reached_is_weather_and_stays_where_it_is(tmp_path):
    (tmp_path / "buffer.db").mkdir()

    with pytest.raises(BufferFault, match="unable to open"):
        open_buffer(tmp_path / "buffer.db", HERE, "boot-1")


def test_a_reader_cannot_change_the_file(tmp_path):
    buffer = opened(tmp_path)
    reader = Reader(buffer.path)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._db.execute("DELETE FROM reading")

    reader.close()
    buffer.close()


def test_a_run_ends_where_a_number_is_missing_or_a_boot_begins(tmp_path):
    first = opened(tmp_path)
    first.write(Change(rows=[*entries(1, 3), *entries(5, 6)], held=[(1, 6)]))
    first.close()
    second = opened(tmp_path, boot="boot-2")
    second.write(Change(rows=entries(7, 9)))
    reader = Reader(second.path)

    runs = [reader.run(1, 9), reader.run(4, 9), reader.run(7, 9), reader.run(10, 12)]

    spans = [(r.first, r.boot, len(r.rows)) if r else None for r in runs]
    assert spans == [(1, 1, 3), (5, 1, 2), (7, 2, 3), None]
    reader.close()
    second.close()


@pytest.mark.slow
def test_a_damaged_page_is_found_at_the_start_wherever_it_is(tmp_path):
    buffer = opened(tmp_path)
    for first in range(1, 20_001, 1000):
        buffer.write(Change(rows=entries(first, first + 999)))
    buffer.close()
    path = tmp_path / "buffer.db"
    blob = bytearray(path.read_bytes())
    page = len(blob) // PAGE_BYTES // 3 * PAGE_BYTES
    blob[page : page + PAGE_BYTES] = b"\xa5" * PAGE_BYTES
    path.write_bytes(blob)

    anew = open_buffer(path, HERE, "boot-1")

    assert "malformed" in anew.damage
    assert anew.ledger.next == 1
    anew.buffer.close()


def test_a_file_that_lost_its_name_takes_no_more_readings(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 1)))
    buffer.path.unlink()

    with pytest.raises(BufferFault, match="removed or replaced"):
        buffer.write(Change(rows=entries(2, 2)))

    buffer.abandon()


def test_a_counter_long_silent_is_still_known(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(counters={"trap": Counter(65536.0, 65546.0)}))
    buffer.write(Change(rows=entries(1, 2)))

    known = buffer.counters()

    assert known["trap"] == Counter(65536.0, 65546.0)
    assert known[HEAD] == Counter(0.0, 0.2)
    buffer.close()


def test_a_number_that_begins_another_batch_at_once_keeps_its_record(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(
        Change(
            rows=entries(1, 5),
            cut=[Batch(1, 5, 0, 1, "aa")],
            segments=[Segment(1, 1, 0, 0, "hello", 1)],
        )
    )

    buffer.write(Change(closed=[1], cut=[Batch(1, 1, 0, 1, "bb")]))

    assert buffer.ledger().open == [Batch(1, 1, 0, 1, "bb")]
    buffer.close()


@pytest.mark.slow
def test_a_question_that_takes_too_long_is_given_up(tmp_path):
    buffer = opened(tmp_path)
    buffer.write(Change(rows=entries(1, 50_000)))
    reader = Reader(buffer.path, most_s=0.0)

    with pytest.raises(BufferFault, match="interrupted"):
        reader.rows(1, 50_000)

    assert len(reader.rows(1, 10)) == 10
    reader.close()
    buffer.close()


def test_a_boot_without_a_row_is_named_to_the_province_all_the_same(tmp_path):
    for boot in ("boot-1", "boot-2", "boot-3"):
        buffer = opened(tmp_path, boot=boot)
        if boot == "boot-1":
            buffer.write(Change(rows=entries(1, 5)))
        buffer.abandon()

    reader = Reader(tmp_path / "buffer.db")
    assert reader.begun() == [("boot-3", 6), ("boot-2", 6), ("boot-1", 1)]
    reader.close()
