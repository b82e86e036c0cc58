"""Looking at the chain from outside: the files of its processes, never written."""

import json
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from gateway.demo.chain import Chain
from gateway.demo.count import Readings, tally
from gateway.demo.screen import Snapshot, Words
from telemetry.clock import machine_s

RATE_OVER_S: Final = 5.0  # answers a second are a mean over so long
COUNTING: Final = "probe-1"  # the device that numbers its answers


class Look:
    """What can be seen of ``chain``; what is not there yet counts nothing."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._since_s = machine_s()
        self._answers = deque([(self._since_s, 0)])

    def now(self) -> Snapshot:
        """Return the whole chain at this instant."""
        chain, now_s = self._chain, machine_s()
        devices = _json(chain.stats).get("devices", {})
        answers = sum(device["answered"] for device in devices.values())
        with _reading(chain.buffer) as buffer:
            water = _ask(buffer, _NEWEST_WATER)
            stored, confirmed = _ask(buffer, _NEXT), _ask(buffer, _HELD)
        with _reading(chain.store) as store:
            points = _ask(store, "SELECT count(*) FROM point")
        with _reading(chain.ledger) as ledger:
            alert = _alert(_ask(ledger, _NEWEST_ALERT))
        return Snapshot(
            at_s=now_s - self._since_s,
            devices=len(devices),
            answers_per_s=self._rate(now_s, answers),
            water_cm=water,
            stored=stored or 0,
            confirmed=confirmed or 0,
            link_is_up=chain.link.is_up,
            bytes_sent=chain.link.bytes_up,
            points=points or 0,
            alert=alert,
        )

    def _rate(self, now_s: float, answers: int) -> float:
        self._answers.append((now_s, answers))
        while now_s - self._answers[0][0] > RATE_OVER_S:
            self._answers.popleft()
        first_s, first = self._answers[0]
        return (answers - first) / max(now_s - first_s, 1.0)


def count(chain: Chain) -> Readings:
    """Count the probe's numbers along the path; the field has stopped."""
    answered = _json(chain.stats)["devices"][COUNTING]["answered"]
    with _reading(chain.buffer) as buffer:
        committed = [value for (value,) in _rows(buffer, _COMMITTED)]
        missing = _ask(buffer, "SELECT count(*) FROM reading WHERE flag = 9")
    with _reading(chain.store) as store:
        stored = _rows(store, _STORED)
    return tally(
        answered=answered,
        committed=committed,
        stored=stored,
        missing_flagged=missing or 0,
    )


_NEXT: Final = "SELECT max(seq) FROM reading"  # numbers are contiguous from 1
_HELD: Final = "SELECT sum(last - first + 1) FROM held"
_NEWEST_WATER: Final = (
    "SELECT value FROM reading WHERE series ="
    " (SELECT id FROM series WHERE head LIKE 'water_level,%')"
    " ORDER BY seq DESC LIMIT 1"
)
_NEWEST_ALERT: Final = "SELECT body FROM alert ORDER BY at_ms DESC LIMIT 1"
_COMMITTED: Final = (
    "SELECT value FROM reading JOIN series ON reading.series = series.id"
    " WHERE head LIKE 'poll_count,%' AND value IS NOT NULL"
)
_STORED: Final = (
    "SELECT stamp_ns, value FROM point JOIN series ON point.series = series.id"
    " WHERE quantity = 'poll_count' AND value IS NOT NULL"
)


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that another process writes; an empty one if it is not there."""
    where = f"{path.as_uri()}?mode=ro" if path.exists() else ":memory:"
    with closing(sqlite3.connect(where, uri=True)) as db:
        yield db


def _rows(db: sqlite3.Connection, question: str) -> list[Any]:
    """Return the answer; nothing while a table is not there."""
    try:
        return db.execute(question).fetchall()
    except sqlite3.OperationalError:
        return []


def _ask(db: sqlite3.Connection, question: str) -> Any:
    """Return one value; ``None`` where there is none."""
    rows = _rows(db, question)
    return rows[0][0] if rows else None


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


def _alert(body: bytes | None) -> Words | None:
    if body is None:
        return None
    alert = json.loads(body)
    return Words(alert["vi"], alert["en"])
