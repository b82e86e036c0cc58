"""Stories of a gateway's recorder on one folder, told aloud; run under strace.

``python -m tests.faults.crash.story NAME FOLDER [SYNCHRONOUS]``.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from gateway.buffer import Buffer
from gateway.records import transaction
from gateway.schema import PAGE_BYTES, STEPS, WAL_LIMIT_BYTES
from gateway.thinning import WINDOW_MS
from tests.faults.crash.site import BEGIN_MS, HOUR_MS, MINUTE_MS, PROBES, Site, say

FULL_PAGES: Final = 52  # of the cap; the empty tables and the rules take some 28
OLD_PAGE: Final = 4096  # bytes; SQLite's default, which version 1 had
OLD_ROWS: Final = 400
OLD_HELD: Final = 150  # the first so many of them are confirmed


def life(site: Site) -> None:
    """Days of an hourly field: alerts, batches, age, restarts, a new epoch."""
    site.start(is_new_boot=True)
    for hour in range(1, 61):
        site.poll(hour * HOUR_MS)
        if hour % 4 == 0:
            site.cut()
        if hour % 6 == 0:
            site.acknowledge()
        if hour in (20, 48):
            site.close()
            site.start(is_new_boot=hour == 48)
        if hour == 35:
            site.begin_epoch()
    site.close()


def full(site: Site) -> None:
    """A cap that is soon reached: confirmed rows go, then detail, then old days."""
    site.max_bytes = WAL_LIMIT_BYTES + FULL_PAGES * PAGE_BYTES
    site.start(is_new_boot=True)
    for quarter in range(1, 71):
        first = quarter * WINDOW_MS
        site.poll(*range(first, first + WINDOW_MS, MINUTE_MS))
        if quarter in (4, 8, 30):
            site.cut()
        if quarter in (12, 40):
            site.acknowledge()
    site.close()


def moved(site: Site) -> None:
    """A file of version 1 becomes one of this version, and goes on."""
    rows = [[seq, head, "boot-1", ms, value, 1] for seq, head, ms, value in old_rows()]
    say(taken=rows)
    say(stored=len(rows) + 1, alerts=[])
    say(acked=["0000aaaa", 1, OLD_HELD], delivered=[])
    site.boots = 1
    site.start(is_new_boot=True)
    for hour in range(101, 107):
        site.poll(hour * HOUR_MS)
    site.close()


def old_rows() -> Iterator[tuple[int, str, int, float]]:
    """Number, head, field time [ms] and value of what an old file holds."""
    head = "illuminance,coop=htx-moduc,gw=g1,plot=p17,sensor=d{},z=150"
    for seq in range(1, OLD_ROWS + 1):
        n, poll = 1 + seq % PROBES, seq // PROBES
        yield seq, head.format(n), poll * HOUR_MS // 4, 10.0 * n + poll


def old_file(folder: Path) -> None:
    """A buffer as version 1 left it."""
    db = sqlite3.connect(folder / "buffer.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    with transaction(db):
        for statement in STEPS[0].split(";"):
            db.execute(statement)
        db.execute("PRAGMA user_version=1")
        db.execute(
            "INSERT INTO meta VALUES ('epoch', '0000aaaa'), ('coop', 'htx-moduc'),"
            " ('gateway', 'g1')"
        )
        db.execute("INSERT INTO boot VALUES (1, 'boot-1')")
        heads = sorted({head for _, head, _, _ in old_rows()})
        db.executemany("INSERT INTO series VALUES (?, ?)", enumerate(heads, 1))
        db.executemany(
            "INSERT INTO reading VALUES (?, ?, 1, ?, ?, 1)",
            [(seq, heads.index(h) + 1, ms, v) for seq, h, ms, v in old_rows()],
        )
        db.execute("INSERT INTO segment VALUES (1, 1, 0, ?, 'hello', 20)", (BEGIN_MS,))
        db.execute("INSERT INTO held VALUES (1, ?)", (OLD_HELD,))
    db.close()


def saved(site: Site) -> None:
    """A damaged file is put aside, a new one begun, and its rows are brought over."""
    rows = [[seq, head, "boot-1", ms, value, 1] for seq, head, ms, value in old_rows()]
    say(anew=True, taken=rows)
    say(stored=len(rows) + 1, alerts=[])
    say(acked=["0000aaaa", 1, OLD_HELD], delivered=[])
    site.boots = 1
    site.start(is_new_boot=True)
    for hour in range(101, 107):
        site.poll(hour * HOUR_MS)
        site.idle(3)
    site.close()


def damaged_file(folder: Path) -> None:
    """A buffer whose hours cannot be read any more; its rows can."""
    path = folder / "buffer.db"
    old_file(folder)
    Buffer(path, "htx-moduc", "g1", "boot-1").close()  # moves it up
    with closing(sqlite3.connect(path)) as db:
        (root,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'hour'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * OLD_PAGE)
        file.write(b"\xff" * 64)


PREPARED: Final = {"moved": old_file, "saved": damaged_file}
"""What is in the folder before a story begins."""

STORIES: Final[dict[str, Callable[[Site], None]]] = {
    "life": life,
    "full": full,
    "moved": moved,
    "saved": saved,
}


def main(arguments: Sequence[str]) -> None:
    """Tell one story."""
    name, folder, *synchronous = arguments
    STORIES[name](Site(Path(folder), *synchronous))


if __name__ == "__main__":
    main(sys.argv[1:])
