"""The rows of a round, and what is read of them from a card that damages."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.prove import rows
from gateway.prove.rows import Rows, body, found
from gateway.records import BufferFault

KEY = "k"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.db"
    written = Rows(path, KEY)
    for count in (7, 50, 43):
        written.commit(count)
    written.close()
    return path


def change(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(sql)


def test_a_commit_is_told_with_its_last_number(tmp_path):
    written = Rows(tmp_path / "rows.db", KEY)

    assert [written.commit(3), written.commit(4)] == [3, 7]
    assert found(tmp_path / "rows.db", KEY).intact == [(1, 7)]
    written.close()


def test_rows_are_committed_under_the_promise_of_the_buffer(tmp_path):
    written = Rows(tmp_path / "rows.db", KEY)

    assert written._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert written._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    written.close()


def test_what_was_written_is_found_whole(file):
    what = found(file, KEY)

    assert (what.last, what.intact, what.damaged) == (100, [(1, 100)], [])
    assert what.broken is None


def test_the_file_stays_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(rows, "KEEP", 60)
    written = Rows(tmp_path / "rows.db", KEY)
    for _ in range(5):
        written.commit(50)
    written.close()

    assert found(tmp_path / "rows.db", KEY).intact == [(191, 250)]


def test_gaps_and_changed_rows_are_named(file):
    change(file, "DELETE FROM row WHERE n BETWEEN 20 AND 25")
    change(file, "UPDATE row SET body = zeroblob(32) WHERE n = 31")

    what = found(file, KEY)

    assert what.intact == [(1, 19), (26, 30), (32, 100)]
    assert what.damaged == [(31, 31)]


def test_rows_of_another_round_are_no_rows_of_this(file):
    what = found(file, "another")

    assert (what.last, what.damaged) == (0, [(1, 100)])


def test_a_torn_page_leaves_what_lies_before_and_behind_it(tmp_path):
    path = tmp_path / "rows.db"
    written = Rows(path, KEY)
    for _ in range(40):
        written.commit(50)
    written.close()
    page = 4096
    data = bytearray(path.read_bytes())
    data[10 * page : 11 * page] = bytes(page)
    path.write_bytes(data)

    what = found(path, KEY)

    assert what.broken is not None
    assert (what.intact[0][0], what.intact[-1][1]) == (1, 2000)
    assert 1 < 2000 - sum(b - a + 1 for a, b in what.intact) < 200


@pytest.mark.parametrize("damage", [b"", b"\0" * 4096, b"SQLite format 3\0" * 300])
def test_a_file_that_is_no_database_holds_nothing(file, damage):
    file.write_bytes(damage)

    what = found(file, KEY)

    assert (what.last, what.intact) == (0, [])
    assert what.broken is not None


def test_a_file_that_is_gone_holds_nothing(tmp_path):
    assert found(tmp_path / "rows.db", KEY).broken == "the file is gone"


def test_what_is_not_the_card_s_fault_is_weather(tmp_path):
    (tmp_path / "rows.db").mkdir()

    with pytest.raises(BufferFault, match=r"rows\.db: unable to open"):
        found(tmp_path / "rows.db", KEY)


def test_a_body_follows_from_round_and_number():
    assert body("a", 1) == body("a", 1)
    assert len({body("a", 1), body("a", 2), body("b", 1)}) == 3
