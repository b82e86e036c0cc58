"""A look at the buffer's file before it is opened, and while the daemon runs."""

import hashlib
import resource
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from gateway import checkup, schema, walog
from gateway.buffer import Buffer
from gateway.records import BufferRefused, Change, Entry
from gateway.schema import PAGE_BYTES, STEPS
from gateway.soundness import damage
from gateway.tables import TABLES
from tests.gateway.buffers import HEADS, HERE, LAST, copied, filled


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A buffer that was left by a kill; tests work on copies of it."""
    return filled(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return copied(sound, tmp_path / "data")


def ran(path: Path, text: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute(text)


def test_what_a_kill_leaves_is_sound(path):
    assert damage(path) is None


def test_a_look_leaves_file_and_log_as_they_are(path):
    files = [path, path.with_name("buffer.db-wal")]
    before = [hashlib.sha256(part.read_bytes()).digest() for part in files]

    damage(path)

    assert [hashlib.sha256(part.read_bytes()).digest() for part in files] == before


def test_the_tables_are_those_of_the_schema():
    with closing(sqlite3.connect(":memory:")) as db:
        for step in STEPS:
            db.executescript(step)
        made = {
            name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE sql > ''")
            if name != "meta"
        }

    assert {name: [*table.columns] for name, table in TABLES.items()} == made


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("UPDATE segment SET offset_ms = 'x'", "impossible rows in segment"),
        ("UPDATE reading SET flag = 7 WHERE seq = 2099", "1 impossible rows in read"),
        ("UPDATE reading SET ms = -1 WHERE seq = 2099", "1 impossible rows in read"),
        ("UPDATE reading SET value = 9e999 WHERE seq = 5", "1 impossible rows"),
        ("UPDATE held SET last = 870 WHERE first = 1", "contradict each other"),
        ("UPDATE meta SET value = 'x' WHERE key = 'next'", "damaged in meta"),
        ("DELETE FROM meta WHERE key = 'epoch'", "damaged in meta"),
        ("DROP TABLE rule", "no such table"),
        ("UPDATE series SET head = cast(x'ff80' AS TEXT) WHERE id = 1", "UTF-8"),
        ("PRAGMA user_version=900000", "none of ours"),
        ("PRAGMA user_version=0", "none of ours"),
    ],
)
def test_what_nobody_wrote_is_damage(path, wrong, said):
    ran(path, wrong)

    assert said in (damage(path) or "")


def test_a_newer_version_is_refused_by_name_and_not_touched(path):
    ran(path, f"PRAGMA user_version={schema.VERSION + 1}")
    before = path.read_bytes()

    with pytest.raises(BufferRefused, match="newer canhdong"):
        damage(path)

    assert path.read_bytes() == before


# --- the write-ahead log -----------------------------------------------------


def log_of(path: Path) -> Path:
    return path.with_name("buffer.db-wal")


def flip(part: Path, at: int) -> None:
    blob = bytearray(part.read_bytes())
    blob[at] ^= 0x10
    part.write_bytes(blob)


FRAME = 24 + PAGE_BYTES


def frames_of(path: Path) -> int:
    return (log_of(path).stat().st_size - 32) // FRAME


def test_a_flipped_frame_is_found_though_sqlite_passes_over_it(path):
    flip(log_of(path), 32 + 9 * FRAME + 500)

    flushed = walog.flushed_frames(path)
    assert flushed == frames_of(path)
    assert f"the log is damaged after frame 9 of {flushed}" in damage(path)


def test_a_flipped_frame_is_found_without_the_index_too(path):
    path.with_name("buffer.db-shm").unlink()
    flip(log_of(path), 32 + 9 * FRAME + 500)

    assert "the log is damaged before" in damage(path)


def test_a_torn_last_commit_is_what_a_power_cut_leaves(path):
    path.with_name("buffer.db-shm").unlink()
    flip(log_of(path), 32 + (frames_of(path) - 1) * FRAME + 500)

    assert damage(path) is None


def test_a_log_whose_end_is_gone_is_damage(path):
    blob = log_of(path).read_bytes()
    log_of(path).write_bytes(blob[: len(blob) // 2])

    assert "the log is damaged after frame" in damage(path)


def test_a_log_whose_header_is_damaged_is_damage(path):
    flip(log_of(path), 17)

    assert "the log's header" in damage(path)


def test_a_log_without_its_file_is_damage(path):
    path.unlink()

    assert "its log is not" in damage(path)


def test_an_empty_file_is_damage_and_a_missing_one_is_not(tmp_path):
    (tmp_path / "buffer.db").touch()

    assert "empty" in damage(tmp_path / "buffer.db")
    assert damage(tmp_path / "other.db") is None


def test_frames_of_an_earlier_life_of_the_log_are_no_damage(path):
    buffer = Buffer(path, HERE.coop, HERE.gateway, "boot-3")
    buffer._db.execute("PRAGMA wal_checkpoint(RESTART)")
    buffer.write(Change(rows=[Entry(LAST + 1, HEADS[0], 1, 1.0, 1)]))
    found = damage(path)
    buffer.abandon()

    assert found is None
    assert damage(path) is None


def test_a_mended_log_says_the_same_as_before(path):
    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT * FROM reading").fetchall()
        spoilt = copied(path, path.parent / "spoilt")
    flip(log_of(spoilt), 17)

    walog.mend(spoilt)
    once = log_of(spoilt).read_bytes()
    walog.mend(spoilt)

    with closing(sqlite3.connect(spoilt)) as db:
        assert db.execute("SELECT * FROM reading").fetchall() == before
    assert log_of(path).exists() is False  # it was written back at the close
    assert len(once) == 32 + frames_of_bytes(once) * FRAME


def test_mending_that_is_cut_off_loses_nothing(path):
    with closing(sqlite3.connect(path)) as db:
        before = db.execute("SELECT * FROM reading").fetchall()
        spoilt = copied(path, path.parent / "spoilt")
    flip(log_of(spoilt), 17)
    most, ever = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (log_of(spoilt).stat().st_size // 2, ever)
    )
    try:
        with pytest.raises(OSError, match="too large"):
            walog.mend(spoilt)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, ever))

    walog.mend(spoilt)

    with closing(sqlite3.connect(spoilt)) as db:
        assert db.execute("SELECT * FROM reading").fetchall() == before


@pytest.mark.parametrize("page", [PAGE_BYTES, 4096])
def test_a_log_without_header_is_mended_in_the_pages_of_its_file(tmp_path, page):
    made = tmp_path / "buffer.db"
    with closing(sqlite3.connect(made)) as db:
        db.execute(f"PRAGMA page_size={page}")
        db.execute("PRAGMA journal_mode=WAL").fetchall()
        db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(2000)])
        db.commit()
        spoilt = copied(made, tmp_path / "spoilt")
    flip(log_of(spoilt), 17)

    walog.mend(spoilt)

    with closing(sqlite3.connect(spoilt)) as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (2000,)


def frames_of_bytes(log: bytes) -> int:
    return (len(log) - 32) // FRAME


# --- while the daemon runs ---------------------------------------------------


def told(path: Path) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    checkup.check_up(path, lambda *said: found.append(said), threading.Event())
    return found


def test_a_look_at_everything_finds_nothing_in_what_is_sound(path):
    assert told(path) == []


def test_a_page_that_no_start_reads_is_found_later(path):
    ran(path, "UPDATE reading SET flag = 2 WHERE seq = 1")
    with closing(sqlite3.connect(path)) as db:
        (root,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'quarantine'"
        ).fetchone()
        (epoch,) = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    blob = bytearray(path.read_bytes())
    # A cell that overlaps its neighbour: each row reads, the page is not as written.
    blob[(root - 1) * PAGE_BYTES + 7] = 0xFF
    path.write_bytes(blob)

    found = told(path)

    assert [said[1] for said in found] == [epoch]


def test_a_row_that_nobody_wrote_is_found_wherever_it_is(path, monkeypatch):
    monkeypatch.setattr(checkup, "BITE", 100)
    monkeypatch.setattr(checkup, "REST_S", 0.0)
    ran(path, "UPDATE reading SET flag = 77 WHERE seq = 1234")

    assert "1 impossible rows in reading" in told(path)[0][0]


def test_the_look_ends_when_the_daemon_stops(path):
    stop = threading.Event()
    stop.set()

    thread = checkup.in_background(path, lambda *_: None, stop)
    thread.join(5)

    assert not thread.is_alive()
