"""F12: a reader stands on an old state of the file for long."""

import sqlite3
from contextlib import closing

import pytest

from gateway.reader import Reader
from gateway.schema import WAL_LIMIT_BYTES
from gateway.upkeep import LOG_MOST
from tests.faults.keeping import Keeper

CAP = 32 * 2**20
ROWS = 400_000  # some 40 MB of log if nothing were done


def asked(reader: Reader) -> None:
    """Everything that uplink, page and ``status`` ask."""
    ledger = reader.ledger()
    reader.run(1, ledger.next - 1)
    reader.rows(1, ledger.next)
    reader.oldest(ledger)
    reader.boots_without_segment(1)
    for ask in ("heads", "segments", "hints", "boot_spans", "outbox", "rules"):
        getattr(reader, ask)()
    list(reader.hours({"soil_moisture"}, 100))
    reader.episodes()


def test_our_own_readers_hold_nothing_back(tmp_path, record_property):
    keeper = Keeper(tmp_path)
    with closing(Reader(keeper.path)) as reader:
        keeper.feed(1000)
        asked(reader)
        keeper.feed(1000)

        busy, frames, back = keeper.recorder._buffer._db.execute(
            "PRAGMA wal_checkpoint(TRUNCATE)"
        ).fetchone()

        keeper.close()
    record_property("figure", f"busy {busy}, log emptied")
    assert (busy, frames, back) == (0, 0, 0)


@pytest.mark.timeout(120)
def test_a_foreign_reader_that_stays_is_told_and_its_log_ends_with_it(
    tmp_path, record_property
):
    keeper = Keeper(tmp_path, max_bytes=CAP)
    keeper.feed(1000)
    foreign = sqlite3.connect(keeper.path, isolation_level=None)
    foreign.execute("BEGIN")
    foreign.execute("SELECT count(*) FROM reading").fetchone()
    log = keeper.path.with_name("buffer.db-wal")
    grown = told_at = 0

    for _ in range(ROWS // 200):
        keeper.feed(200, every_ms=1000)
        grown = log.stat().st_size
        if not told_at and keeper.told("buffer-held-open"):
            told_at = grown
    foreign.close()
    for _ in range(20):
        keeper.feed(200, every_ms=1000)
    left = log.stat().st_size
    keeper.close()

    record_property(
        "figure",
        f"told at {told_at / 2**20:.1f} MiB of log, which grew to"
        f" {grown / 2**20:.1f} and ended at {left / 2**20:.1f};"
        f" {len(keeper.faults)} faults",
    )
    assert 0 < told_at <= 2 * LOG_MOST
    assert left <= WAL_LIMIT_BYTES
    assert keeper.faults == []
