"""A migration that is cut off leaves the old file or the new one; no way back down."""

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from gateway import schema
from gateway.aside_names import SIDE_FILES
from gateway.main import EXIT_MISTAKE
from gateway.reader import Reader
from gateway.recovery import open_buffer
from gateway.schema import STEPS, VERSION
from tests.gateway.buffers import HEADS, HERE
from tests.programs import HOUSE, gateway_config

ROWS = 400
HELD = [(1, 100)]


def made(path: Path, version: int) -> None:
    """A buffer as an older version left it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        for step in STEPS[:version]:
            db.executescript(step)
        db.execute("INSERT INTO boot VALUES (1, 'boot-1')")
        db.execute("INSERT INTO series VALUES (1, ?)", (HEADS[0],))
        db.execute("INSERT INTO segment VALUES (1, 1, 0, 5, 'hello', 1)")
        db.executemany("INSERT INTO held VALUES (?, ?)", HELD)
        db.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)",
            [("epoch", "abcdef01"), ("coop", HERE.coop), ("gateway", HERE.gateway)],
        )
        db.executemany(
            "INSERT INTO reading VALUES (?, 1, 1, ?, 1.0, 1)",
            [(seq, seq * 1000) for seq in range(1, ROWS + 1)],
        )
        db.execute(f"PRAGMA user_version={version}")


def copied(path: Path, folder: Path) -> Path:
    folder.mkdir()
    for suffix in SIDE_FILES:
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}{suffix}", folder / f"buffer.db{suffix}")
    return folder / "buffer.db"


def shape(path: Path) -> tuple[int, set[str]]:
    with closing(sqlite3.connect(path)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        return version, {name for (name,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        )}  # fmt: skip


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_kill_after_any_statement_leaves_the_old_or_the_new_whole(
    tmp_path, version, record_property
):
    path = tmp_path / "buffer.db"
    made(path, version)
    old = shape(path)
    cuts: list[Path] = []
    db = sqlite3.connect(path, isolation_level=None)
    # Called as each statement begins: the file is what the one before has left.
    db.set_trace_callback(
        lambda _: cuts.append(copied(path, tmp_path / f"cut-{len(cuts)}"))
    )
    schema.prepare(db, path)
    db.set_trace_callback(None)
    cuts.append(copied(path, tmp_path / "cut-last"))
    db.close()
    new = shape(path)

    shapes = [shape(copied(cut, cut.parent / "look")) for cut in cuts]
    opened = [open_buffer(cut, HERE, "boot-2") for cut in cuts]
    ledgers = [each.ledger for each in opened]
    for each in opened:
        each.buffer.close()

    assert all(each in (old, new) for each in shapes)
    assert (old[0], new[0]) == (version, VERSION)
    assert {shapes[0][0], shapes[-1][0]} == {version, VERSION}
    assert all(each.damage is None for each in opened)
    assert {(lg.epoch, lg.next, tuple(lg.held)) for lg in ledgers} == {
        ("abcdef01", ROWS + 1, tuple(HELD))
    }
    record_property("figure", f"{len(cuts)} of {len(cuts)} cuts whole, no row lost")


def test_a_newer_file_is_refused_by_name_and_not_touched(tmp_path, record_property):
    gateway_config(tmp_path, 1)
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "buffer.db"
    made(path, VERSION)
    db = sqlite3.connect(path, isolation_level=None)  # left open: a log stays
    db.execute(f"PRAGMA user_version={VERSION + 1}")
    killed = copied(path, tmp_path / "killed")
    db.close()
    for suffix in SIDE_FILES:
        shutil.copyfile(f"{killed}{suffix}", f"{path}{suffix}")
    before = digests(path)

    done = subprocess.run(
        [sys.executable, "-m", "gateway.main", "run", "-c", tmp_path / "gateway.toml"],
        cwd=HOUSE, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip

    assert done.returncode == EXIT_MISTAKE
    assert f"newer canhdong (buffer version {VERSION + 1}" in done.stderr
    assert "Traceback" not in done.stderr
    assert digests(path) == before
    record_property("figure", f"exit {done.returncode}, file and log unchanged")


def digests(path: Path) -> list[str]:
    return [
        hashlib.sha256(Path(f"{path}{suffix}").read_bytes()).hexdigest()
        for suffix in ("", "-wal")
    ]


MOVE_UP = """
import sys
from pathlib import Path
from gateway.recovery import open_buffer
from tests.gateway.buffers import HERE
print(flush=True)
open_buffer(Path(sys.argv[1]), HERE, "boot-2").buffer.close()
"""


def test_a_kill_at_a_random_moment_leaves_the_old_or_the_new_whole(
    tmp_path, record_property
):
    made(tmp_path / "buffer.db", 1)
    seen: list[int] = []
    for round_ in range(12):
        path = copied(tmp_path / "buffer.db", tmp_path / f"{round_}")
        child = subprocess.Popen(
            [sys.executable, "-c", MOVE_UP, path], cwd=HOUSE, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            child.wait(round_ * 0.002)  # the whole move takes some 10 ms
        child.kill()
        child.communicate()
        seen.append(shape(copied(path, path.parent / "look"))[0])
        opened = open_buffer(path, HERE, "boot-2")
        opened.buffer.close()
        with closing(Reader(path)) as reader:
            assert len(reader.rows(1, ROWS)) == ROWS
        assert opened.damage is None
        assert opened.ledger.epoch == "abcdef01"

    assert set(seen) <= {1, VERSION}
    record_property(
        "figure", f"{seen.count(1)} times old, {seen.count(VERSION)} times new, whole"
    )
