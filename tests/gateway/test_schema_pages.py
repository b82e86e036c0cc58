import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway import schema_pages, walog
from gateway.buffer import Buffer
from gateway.recovery import open_buffer
from gateway.schema import PAGE_BYTES
from tests.faults.crash.story import old_file
from tests.gateway.buffers import HERE, WAITING, filled, held_in, lose_page

NAMED = sorted(schema_pages.fresh(PAGE_BYTES))


def pages_of(path: Path) -> dict[int, bytes]:
    raw = path.read_bytes()
    return {n: raw[(n - 1) * PAGE_BYTES : n * PAGE_BYTES] for n in NAMED}


def written_back(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def test_a_buffer_just_made_has_the_pages_that_are_foretold(tmp_path):
    Buffer(tmp_path / "buffer.db", HERE.coop, HERE.gateway, "boot-1").close()

    there = pages_of(tmp_path / "buffer.db")
    new = schema_pages.fresh(PAGE_BYTES)

    assert len(NAMED) > 1
    assert {n: there[n] for n in NAMED[1:]} == {n: new[n] for n in NAMED[1:]}
    assert there[1][100:] == new[1][100:]
    kept = [*range(24), *range(40, 92)]
    assert bytes(there[1][n] for n in kept) == bytes(new[1][n] for n in kept)


def test_a_file_of_an_older_version_keeps_its_own(tmp_path):
    old_file(tmp_path)
    path = tmp_path / "buffer.db"
    Buffer(path, "htx-moduc", "g1", "boot-1").close()
    before = path.read_bytes()

    walog.mend(path)

    assert path.read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("page", NAMED)
def test_a_file_that_has_lost_a_page_of_names_still_gives_its_rows(tmp_path, page):
    path = written_back(filled(tmp_path))
    lose_page(path, page)

    opened = open_buffer(path, HERE, "boot-4")
    at = opened.ledger.next
    while not opened.salvage.is_done:
        at += opened.salvage.step(opened.buffer, at)
    opened.buffer.close()

    assert len(held_in(path)) == len(WAITING)
