"""What a new buffer takes over at once from the damaged one that was put aside.

All of it is small, is needed before the first reading is judged or sent, and goes
in within one transaction: boots, series, clock segments and hints, counters, rule
states, episodes, alerts that wait, hours.  In a buffer that is still empty they
keep their ids, so that rows that follow later (``gateway.salvage``) find theirs.

A boot that finds another in its place, or whose name is lost, is put *apart*: under
an id below all others, in the order of files and boots, so that clock segments of
one never stamp rows of the other.
"""

import sqlite3
import time
from itertools import islice
from pathlib import Path
from typing import Any, Final

from gateway import hour_table, walog
from gateway.aside import Aside, Row
from gateway.aside_names import number
from gateway.records import as_fault, transaction
from gateway.schema import prepare
from gateway.segments import PEOPLE
from gateway.tables import TABLES
from telemetry import messages, wire
from telemetry.messages import Alert, MessageError
from telemetry.quantity import QUANTITIES, Kind
from telemetry.topics import Identity

INHERIT_S: Final = 10.0  # of the 30 s within which a start must be polling
BUNCH: Final = 5_000  # hours written at a time
DONE: Final = "done"
MARK: Final = "salvage "  # in meta, before the name of a file that was put aside
TAIL_MOST: Final = (
    100_000  # newest rows that counters and hours lack; six hours are less
)
_APART: Final = -(10**9)
_APART_STEP: Final = 10**6  # boots of one file


def inherit(aside: Path, path: Path, identity: Identity) -> None:
    """Take over what is small of ``aside`` into the buffer at ``path``."""
    walog.mend(aside)
    with as_fault(aside):
        old = Aside(aside, time.monotonic() + INHERIT_S)
    try:
        with as_fault(path):
            db = sqlite3.connect(path, isolation_level=None)
            try:
                prepare(db, path)
                with transaction(db):
                    _Heir(old, db, identity).take()
            finally:
                db.close()
    finally:
        old.close()


def marks(db: sqlite3.Connection) -> dict[str, str]:
    """How far each file that was put aside has been salvaged, by its name."""
    found = db.execute(
        "SELECT key, value FROM meta WHERE key LIKE ? || '%'", (MARK,)
    ).fetchall()
    return {key.removeprefix(MARK): value for key, value in found}


def mark(db: sqlite3.Connection, aside: Path, standing: str) -> None:
    """Put on record how far ``aside`` has been salvaged."""
    db.execute(
        "INSERT OR REPLACE INTO meta VALUES (?, ?)", (MARK + aside.name, standing)
    )


def apart(aside: Path, boot: int) -> int:
    """The id of a boot that could not keep its own."""
    return _APART + number(aside) * _APART_STEP + boot


def heads(aside: Aside, identity: Identity) -> dict[int, str]:
    """Series by id, where table and index leave one head that can be sent."""
    told = {
        series: [head for head in names if _is_head(head, identity)]
        for series, names in aside.names("series", "head").items()
    }
    return {series: good[0] for series, good in told.items() if len(good) == 1}


def _is_head(head: str, identity: Identity) -> bool:
    line = f"{head} flag=9i {10**18}\n".encode("ascii", "replace")
    return not wire.faults(line, identity)


class _Heir:
    """Copies from one file to another, within a transaction."""

    def __init__(self, old: Aside, db: sqlite3.Connection, identity: Identity) -> None:
        self._old = old
        self._db = db
        self._is_empty = not db.execute("SELECT 1 FROM boot").fetchone()
        self._meta = old.meta()
        names = {
            boot: next(iter(told))
            for boot, told in old.names("boot", "name").items()
            if len(told) == 1
        }
        self._boots = names if self._is_empty else {}
        self._heads = heads(old, identity)

    def take(self) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO boot (id, name) VALUES (?, ?)", self._boots.items()
        )
        self._take_series()
        self._take_clock()
        self._put("taken", [(None, *rest) for _, *rest in self._rows("taken")])
        self._put("outbox", [row for row in self._rows("outbox") if _is_alert(row[1])])
        if self._is_empty:
            self._take_standing()
        self._take_hours()
        kept = "kept" if self._is_empty else "apart"
        mark(self._db, self._old.path, f"{kept} 0")

    def _rows(self, name: str) -> list[Row]:
        return self._old.table(name)[0]

    def _put(self, name: str, rows: list[Row]) -> None:
        columns = TABLES[name].columns
        places = ", ".join("?" for _ in columns)
        self._db.executemany(
            f"INSERT OR IGNORE INTO {name} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608 - own names
            rows,
        )

    def _boot(self, boot: int) -> int:
        is_same = boot == PEOPLE or boot in self._boots
        return boot if is_same else apart(self._old.path, boot)

    def _take_series(self) -> None:
        """Series keep their ids where these are free; the same head is one series."""
        self._put("series", list(self._heads.items()))
        self._db.executemany(
            "INSERT OR IGNORE INTO series (head) VALUES (?)",
            [(head,) for head in self._heads.values()],
        )
        ids = dict(self._db.execute("SELECT head, id FROM series"))
        self._series = {old: ids[head] for old, head in self._heads.items()}

    def _take_clock(self) -> None:
        top = self._db.execute("SELECT coalesce(max(id), 0) FROM segment").fetchone()[0]
        there = set(self._db.execute("SELECT boot, from_ms FROM segment"))
        segments = [
            (top + key, self._boot(boot), *rest)
            for key, boot, *rest in self._rows("segment")
            if (self._boot(boot), rest[0]) not in there
        ]
        self._put("segment", segments)
        hints = [(self._boot(boot), *rest) for boot, *rest in self._rows("hint")]
        self._put("hint", hints)
        # Rows that are confirmed stay behind, and bound when other boots can have run.
        spans = [(self._boot(boot), *rest) for boot, *rest in self._rows("span")]
        self._put("span", spans)

    def _take_standing(self) -> None:
        """What the rules have found, and how counters stand."""
        self._put("rule", self._rows("rule"))
        self._put("episode", self._rows("episode"))
        counters = [
            (self._series[series], *rest)
            for series, *rest in self._rows("counter")
            if series in self._series
        ]
        self._put("counter", counters)
        _, is_whole = self._old.table("boot")
        if is_whole:  # else files put aside earlier would find other boots here
            kept = {k: v for k, v in self._meta.items() if k.startswith(MARK)}
            self._db.executemany(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)", kept.items()
            )

    def _take_hours(self) -> None:
        hours = (
            (self._boot(boot), hour, self._series[series], *rest)
            for boot, hour, series, *rest in self._old.newest_first("hour")
            if series in self._series
        )
        while bunch := list(islice(hours, BUNCH)):
            self._put("hour", bunch)
        seen = self._meta.get("hours_to")
        if self._is_empty and isinstance(seen, int):
            self._fold(seen)

    def _fold(self, seen: int) -> None:
        """Fold the rows that no hour has seen yet, and let counters follow them.

        Without ``hours_to`` nobody can tell which these are: the last hours of the
        past then stay as they were written last.
        """
        top = self._old.highest("reading") or seen
        rows, _ = self._old.rows("reading", (max(seen + 1, top - TAIL_MOST), top))
        known = [
            (seq, self._boot(boot), self._series[series], ms, value, flag)
            for seq, series, boot, ms, value, flag in rows
            if series in self._series
        ]
        hour_table.put(self._db, hour_table.tallied(self._db, known), 0)
        totals = {row[2]: row[4] for row in known if row[4] is not None}
        counting = {self._series[old] for old in self._series if self._counts(old)}
        self._db.executemany(
            "INSERT INTO counter VALUES (?1, 0.0, ?2)"
            " ON CONFLICT (series) DO UPDATE SET total = ?2",
            [each for each in totals.items() if each[0] in counting],
        )

    def _counts(self, series: int) -> bool:
        quantity = self._heads[series].partition(",")[0]
        return QUANTITIES[quantity].kind is Kind.COUNTER


def _is_alert(body: Any) -> bool:
    try:
        messages.decode(body, Alert)
    except MessageError:
        return False
    return True


def standing(text: str) -> tuple[bool, int] | None:
    """Whether boots kept their ids, and the number reached; ``None`` once done."""
    kind, _, at = text.partition(" ")
    return (kind == "kept", int(at)) if at.isdigit() else None
