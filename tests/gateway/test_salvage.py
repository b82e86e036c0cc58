"""What a damaged buffer still holds comes into the new one, once and unchanged."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from gateway.reader import Reader
from gateway.records import Change, Counter
from gateway.recovery import Opened, begin_anew, open_buffer
from gateway.schema import STEPS
from telemetry import ranges
from tests.gateway.buffers import (
    ALERTS,
    BOOTS,
    EPISODES,
    HEADS,
    HERE,
    HINTS,
    LAST,
    OFFSETS,
    PER_BOOT,
    RAIN,
    RULES,
    WAITING,
    copied,
    entry,
    expected,
    filled,
    flip,
    held_in,
    lose,
    lose_page,
    salvaged,
    stamps,
    written_back,
)

UNSURE = {*range(801, 851), *range(901, 1201)}
"""Unconfirmed numbers up to the highest that was ever in a batch."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return copied(sound, tmp_path / "data")


def reopened(path: Path, boot: str = "boot-4") -> Opened:
    return open_buffer(path, HERE, boot)


def tried_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return ranges.total(db.execute("SELECT first, last FROM tried").fetchall())


def ids_in(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(
            "SELECT id, name FROM boot UNION ALL SELECT id, head FROM series"
            " UNION ALL SELECT id, boot || source FROM segment"
        ).fetchall()


def test_what_is_not_confirmed_comes_over_in_its_order_and_nothing_else(path):
    opened = begin_anew(path, HERE, "boot-4", "by hand")

    told = salvaged(opened)
    opened.buffer.close()

    assert held_in(path) == expected(sorted(WAITING))
    assert told == (
        f"{len(WAITING)} unconfirmed readings of buffer.corrupt-1.db were saved;"
        " none was left behind"
    )


def test_a_row_keeps_its_boot_and_its_stamp(path):
    opened = begin_anew(path, HERE, "boot-4", "by hand")

    salvaged(opened)
    opened.buffer.close()

    assert stamps(path) == {
        entry(seq).value: entry(seq).ms + OFFSETS[boot] if boot in OFFSETS else None
        for seq in WAITING
        for boot in [(seq - 1) // PER_BOOT + 1]
    }


def test_ids_of_boots_series_and_segments_are_kept(path):
    before = ids_in(path)

    opened = begin_anew(path, HERE, "boot-3", "by hand")

    assert ids_in(path) == before
    assert opened.buffer.boot == len(BOOTS)
    opened.buffer.close()


def test_what_may_have_been_sent_is_never_thinned(path):
    opened = begin_anew(path, HERE, "boot-4", "by hand")

    salvaged(opened)
    opened.buffer.close()

    assert tried_in(path) == len(UNSURE)


def test_alerts_episodes_rules_counters_and_hints_outlive_a_damaged_start(path):
    flip(path, 3)

    opened = reopened(path)

    with closing(Reader(path)) as reader:
        assert reader.outbox() == ALERTS
        assert [e.id for e in reader.episodes()] == [e.id for e in EPISODES]
        assert {e.state for e in reader.episodes()} == {"firing"}
        assert reader.rules() == RULES
        assert reader.hints() == HINTS
    newest_rain = max(seq for seq in range(1, LAST + 1) if entry(seq).head == RAIN)
    total = entry(newest_rain).value
    assert opened.counters[RAIN] == Counter(65536.0, total)
    opened.buffer.close()


def test_hours_of_the_past_are_there_with_what_was_not_folded_yet(path):
    with closing(sqlite3.connect(path)) as db:
        (folded,) = db.execute("SELECT sum(n) FROM hour").fetchone()
    opened = begin_anew(path, HERE, "boot-4", "by hand")

    salvaged(opened)
    opened.buffer.close()

    with closing(Reader(path)) as reader:
        hours = list(reader.hours({*HEADS, RAIN}, 1000))
    assert folded < LAST
    assert sum(hour.tally.n for _, hour in hours) == LAST


@pytest.mark.slow
@pytest.mark.parametrize(
    "table",
    [
        "meta", "boot", "series", "batch", "tried", "quarantine", "counter", "hour",
        "outbox", "rule", "episode", "summary", "merged", "lost", "hint",
    ],
)  # fmt: skip
def test_a_lost_table_costs_no_row(path, table):
    lose(path, table)
    opened = reopened(path)

    told = salvaged(opened)
    opened.buffer.close()

    assert sorted(held_in(path)) == sorted(expected(WAITING))
    assert "none was left behind" in told
    assert opened.damage is not None
    is_known = table not in ("batch", "tried", "quarantine")
    assert tried_in(path) == len(UNSURE if is_known else WAITING)


def test_where_nobody_knows_what_is_confirmed_all_rows_come_again(path):
    lose(path, "held")
    opened = reopened(path)

    salvaged(opened)
    opened.buffer.close()

    assert held_in(path) == expected(range(1, LAST + 1))
    assert stamps(path)[entry(7).value] == entry(7).ms + OFFSETS[1]


def test_confirmed_ranges_that_contradict_each_other_prove_nothing(path):
    with closing(written_back(path)) as db:
        db.execute("UPDATE held SET last = 870 WHERE first = 1")
    opened = reopened(path)

    salvaged(opened)
    opened.buffer.close()

    assert len(held_in(path)) == LAST


@pytest.mark.slow
@pytest.mark.parametrize("bit", [0, 9, 33, 60])
@pytest.mark.parametrize("key", ["next", "epoch_from"])
def test_a_flipped_bit_in_what_meta_counts_leaves_out_no_row(path, key, bit):
    with closing(written_back(path)) as db:
        db.execute("UPDATE meta SET value = value | 1 << ? WHERE key = ?", (bit, key))
    opened = begin_anew(path, HERE, "boot-4", "by hand")

    steps = range(50)  # of 500 numbers each; there are 2,100
    at, brought = opened.ledger.next, []
    for _ in steps:
        brought.append(opened.salvage.step(opened.buffer, at))
        at += brought[-1]
        if opened.salvage.is_done:
            break
    opened.buffer.close()

    assert opened.salvage.is_done
    assert held_in(path) == expected(sorted(WAITING))


@pytest.mark.slow
def test_a_flipped_bit_in_meta_and_an_unreadable_end_are_no_endless_search(path):
    with closing(written_back(path)) as db:
        db.execute("UPDATE meta SET value = value | 1 << 60 WHERE key = 'next'")
        (page, rows), *_ = db.execute(
            "SELECT pageno, ncell FROM dbstat WHERE name = 'reading'"
            " AND pagetype = 'leaf' ORDER BY path DESC"
        ).fetchall()
    lose_page(path, page)
    opened = begin_anew(path, HERE, "boot-4", "by hand")
    began_s = time.monotonic()

    salvaged(opened)
    opened.buffer.close()

    assert time.monotonic() - began_s < 60  # a quarter million numbers, each unread
    assert held_in(path) == expected(sorted(WAITING)[:-rows])


def test_without_clock_segments_nothing_that_may_have_been_sent_is_sent_again(path):
    lose(path, "segment")
    opened = reopened(path)

    told = salvaged(opened)
    opened.buffer.close()

    assert held_in(path) == expected(sorted(WAITING - UNSURE))
    assert f"{len(UNSURE)} may have been sent and have lost their clock" in told


def test_the_rows_beyond_a_lost_page_come_over(path):
    with closing(written_back(path)) as db:
        pages = db.execute(
            "SELECT pageno, ncell FROM dbstat WHERE name = 'reading'"
            " AND pagetype = 'leaf' ORDER BY path"
        ).fetchall()
    page, rows = pages[len(pages) * 2 // 3]
    lose_page(path, page)
    opened = begin_anew(path, HERE, "boot-4", "by hand")

    told = salvaged(opened)
    opened.buffer.close()

    assert len(held_in(path)) == len(WAITING) - rows
    assert f"; {rows} could not be read" in told


def test_without_the_root_of_the_rows_nothing_is_claimed(path):
    lose(path, "reading")
    opened = reopened(path)

    told = salvaged(opened)
    opened.buffer.close()

    assert held_in(path) == []
    assert "could not be read" in told


def test_a_flipped_bit_in_the_log_costs_no_commit_after_it(path):
    flip(path.with_name("buffer.db-wal"), 32 + 9 * 4120 + 24 + 2000)
    opened = reopened(path)

    salvaged(opened)
    opened.buffer.close()

    assert len(held_in(path)) >= len(WAITING) - 1


def test_what_nobody_wrote_is_left_and_counted(path):
    with closing(written_back(path)) as db:
        for back, wrong in enumerate(
            ("ms = -5", "flag = 6", "value = 9e999", "value = 'x'")
        ):
            text = f"UPDATE reading SET {wrong} WHERE seq = ?"  # noqa: S608 - own
            db.execute(text, (LAST - back,))
    opened = reopened(path)

    told = salvaged(opened)
    opened.buffer.close()

    assert held_in(path) == expected(sorted(WAITING)[:-4])
    assert "4 held what nobody wrote" in told


def test_thinned_rows_come_over_as_they_are(path):
    with closing(written_back(path)) as db:
        db.execute("INSERT INTO summary VALUES (4000, 1, 3, 999000, 1.5, 1, 2, 15)")
    opened = begin_anew(path, HERE, "boot-4", "by hand")

    salvaged(opened)

    rows = opened.buffer._db.execute("SELECT * FROM summary").fetchall()
    assert rows == [(len(WAITING) + 1, 1, 3, 999000, 1.5, 1.0, 2.0, 15)]
    opened.buffer.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_damaged_file_of_an_older_version_is_salvaged_too(tmp_path, version):
    path = tmp_path / "buffer.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for step in STEPS[:version]:
            db.executescript(step)
        db.executescript(
            "INSERT INTO meta VALUES ('epoch', 'abcdef01'), ('coop', 'htx-moduc'),"
            " ('gateway', 'g1'); INSERT INTO boot VALUES (1, 'boot-1');"
            "INSERT INTO segment VALUES (1, 1, 0, 5, 'hello', 1);"
            "INSERT INTO held VALUES (1, 2);"
            "PRAGMA journal_mode=WAL"
        )
        db.execute(f"PRAGMA user_version={version}")
        db.execute("INSERT INTO series VALUES (1, ?)", (HEADS[0],))
        db.executemany(
            "INSERT INTO reading VALUES (?, 1, 1, ?, 1.0, 1)",
            [(seq, seq * 1000) for seq in range(1, 6)],
        )
    lose(path, "counter")
    opened = reopened(path)

    salvaged(opened)
    opened.buffer.close()

    assert [row[1] for row in held_in(path)] == [3000, 4000, 5000]


# --- crashes, and damage upon damage -----------------------------------------


def test_a_crash_in_between_neither_repeats_nor_leaves_out_a_row(path):
    opened = begin_anew(path, HERE, "boot-4", "by hand")
    for _ in range(10):
        next_ = opened.ledger.next
        opened.salvage.step(opened.buffer, next_)
        opened.buffer.abandon()
        opened = reopened(path)
        if opened.salvage is None:
            break
    opened.buffer.close()

    assert opened.salvage is None
    assert held_in(path) == expected(sorted(WAITING))


def test_new_readings_between_the_steps_are_folded_once(path):
    opened = begin_anew(path, HERE, "boot-4", "by hand")
    at, live = 1, 0
    while not opened.salvage.is_done:
        live += 1
        reading = entry(1)._replace(seq=at, ms=live * 1000)
        opened.buffer.write(Change(rows=[reading]))
        at += 1
        at += opened.salvage.step(opened.buffer, at)
    opened.buffer.abandon()
    again = reopened(path, "boot-5")
    again.buffer.close()

    with closing(Reader(path)) as reader:
        boot = reader.boot_id("boot-4")
        hours = [h for b, h in reader.hours({entry(1).head}, 1000) if b == boot]
    assert [hour.tally.n for hour in hours] == [live]


def test_damage_upon_damage_loses_and_doubles_nothing(path):
    first = begin_anew(path, HERE, "boot-4", "once")
    brought = first.salvage.step(first.buffer, 1)
    first.buffer.close()

    second = begin_anew(path, HERE, "boot-5", "twice")
    salvaged(second)
    second.buffer.close()

    assert 0 < brought < len(WAITING)
    assert sorted(held_in(path)) == sorted(expected(WAITING))


def test_damage_upon_damage_never_gives_a_sent_row_another_stamp(path):
    first = begin_anew(path, HERE, "boot-4", "once")
    first.salvage.step(first.buffer, 1)
    first.buffer.close()
    lose(path, "meta")
    lose(path, "boot")

    second = reopened(path)
    salvaged(second)
    second.buffer.close()

    stamped = {value: stamp for value, stamp in stamps(path).items() if stamp}
    assert stamped == {
        entry(seq).value: entry(seq).ms + OFFSETS[2]
        for seq in WAITING
        if seq <= 2 * PER_BOOT
    } | {
        entry(seq).value: entry(seq).ms + OFFSETS[1]
        for seq in WAITING
        if seq <= PER_BOOT
    }


@pytest.mark.slow
def test_two_files_that_are_done_are_kept_and_none_that_is_not(path):
    for _ in range(4):
        opened = begin_anew(path, HERE, "boot-4", "again")
        salvaged(opened)
        opened.buffer.close()
    for _ in range(2):
        begin_anew(path, HERE, "boot-4", "and again").buffer.close()

    names = sorted(p.name for p in path.parent.glob("*.corrupt-*.db"))

    assert names == [f"buffer.corrupt-{n}.db" for n in (3, 4, 5, 6)]


def test_spans_of_boots_come_over_though_their_confirmed_rows_do_not(tmp_path):
    path = filled(tmp_path)
    with closing(Reader(path)) as reader:
        before = reader.boot_spans()
    lose(path, "hour")

    opened = open_buffer(path, HERE, "boot-4")
    salvaged(opened)
    opened.buffer.close()

    with closing(Reader(path)) as reader:
        assert reader.boot_spans() == before
