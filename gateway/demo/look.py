"""Looking at the chain from outside: the files of its processes, never written."""

import json
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from gateway.demo.chain import Chain
from gateway.demo.count import Readings, episodes, tally
from gateway.demo.screen import Snapshot
from gateway.demo.series import Sample, nights
from telemetry import messages
from telemetry.clock import machine_s
from telemetry.messages import Alert

RATE_OVER_S: Final = 5.0  # answers a second are a mean over so long
COUNTING: Final = "probe-1"  # the device that numbers its answers


class Look:
    """What can be seen of ``chain``; what is not there yet counts nothing."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._answers = deque([(machine_s(), 0)])

    def now(self) -> Snapshot:
        """Return the whole chain at this instant."""
        chain, site = self._chain, self._chain.site
        devices = _json(site.stats).get("devices", {})
        answers = sum(device["answered"] for device in devices.values())
        with reading(site.buffer) as buffer:
            water = self._samples(buffer, "water_level")
            soil = self._samples(buffer, "soil_moisture,%sensor=soil-b1")
            trap = self._samples(buffer, "trap_beam_breaks")
            stored, confirmed = ask(buffer, _STORED_ROWS), ask(buffer, _HELD)
        with reading(site.store) as store:
            points = ask(store, "SELECT count(*) FROM point")
        return Snapshot(
            day=chain.day,
            devices=len(devices),
            answers_per_s=self._rate(machine_s(), answers),
            water=water,
            soil=soil,
            nights=nights(trap),
            stored=stored or 0,
            confirmed=confirmed or 0,
            link_is_up=chain.link.is_up,
            bytes_sent=chain.link.bytes_up,
            points=points or 0,
            episodes=episodes(alerts(site.ledger)),
        )

    def _samples(self, buffer: sqlite3.Connection, head: str) -> Sequence[Sample]:
        return [
            Sample(self._chain.day_at(ms), value)
            for ms, value in rows(buffer, _SAMPLES, (f"{head},%",))
        ]

    def _rate(self, now_s: float, answers: int) -> float:
        self._answers.append((now_s, answers))
        while now_s - self._answers[0][0] > RATE_OVER_S:
            self._answers.popleft()
        first_s, first = self._answers[0]
        return max(0, answers - first) / max(now_s - first_s, 1.0)


def count(chain: Chain, cut_off: int = 0) -> Readings:
    """Count the probe's numbers along the path; the field has stopped.

    ``cut_off`` of its answers were lost with a gateway that was killed.
    """
    with reading(chain.site.buffer) as buffer:
        committed = [value for (value,) in rows(buffer, _COMMITTED)]
        missing, missing_counted = (rows(buffer, _MISSING) or [(0, 0)])[0]
    with reading(chain.site.store) as store:
        stored = rows(store, _STORED)
    return tally(
        answered=answered(chain),
        committed=committed,
        stored=stored,
        missing_flagged=missing,
        missing_counted=missing_counted or 0,
        cut_off=cut_off,
    )


def answered(chain: Chain) -> int:
    """How often the counting probe has answered."""
    devices = _json(chain.site.stats).get("devices", {})
    return int(devices.get(COUNTING, {}).get("answered", 0))


def committed(chain: Chain) -> int:
    """How many of its answers are in the buffer."""
    with reading(chain.site.buffer) as buffer:
        return len(rows(buffer, _COMMITTED))


def alerts(ledger: Path) -> list[tuple[int, Alert]]:
    """Every step of every alert that has reached the province, and when. [UTC ms]"""
    with reading(ledger) as db:
        found = rows(db, "SELECT at_ms, body FROM alert ORDER BY at_ms, id")
    return [(at_ms, messages.decode(bytes(body), Alert)) for at_ms, body in found]


# All words are our own.  What lies below ``epoch_from`` is the past that the demo
# was given: it is not counted.
_OURS: Final = "seq >= (SELECT value FROM meta WHERE key = 'epoch_from')"
_STORED_ROWS: Final = (  # numbers are contiguous
    "SELECT max(seq) + 1 - (SELECT value FROM meta WHERE key = 'epoch_from')"  # noqa: S608
    f" FROM reading WHERE {_OURS}"
)
_HELD: Final = "SELECT sum(last - first + 1) FROM held"
_SAMPLES: Final = (
    "SELECT ms, value FROM reading JOIN series ON reading.series = series.id"  # noqa: S608
    f" WHERE head LIKE ? AND {_OURS} ORDER BY seq"
)
_COMMITTED: Final = (
    "SELECT value FROM reading JOIN series ON reading.series = series.id"  # noqa: S608
    f" WHERE head LIKE 'poll_count,%' AND value IS NOT NULL AND {_OURS}"
)
_MISSING: Final = (
    "SELECT count(*), sum(head LIKE 'poll_count,%') FROM reading"  # noqa: S608
    f" JOIN series ON reading.series = series.id WHERE flag = 9 AND {_OURS}"
)
_STORED: Final = (
    "SELECT stamp_ns, value FROM point JOIN series ON point.series = series.id"
    " WHERE quantity = 'poll_count' AND value IS NOT NULL"
)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that another process writes; an empty one if it is not there."""
    where = f"{path.as_uri()}?mode=ro" if path.exists() else ":memory:"
    with closing(sqlite3.connect(where, uri=True)) as db:
        yield db


def rows(
    db: sqlite3.Connection, question: str, names: Sequence[object] = ()
) -> list[Any]:
    """Return the answer; nothing while a table is not there."""
    try:
        return db.execute(question, names).fetchall()
    except sqlite3.OperationalError:
        return []


def ask(db: sqlite3.Connection, question: str) -> Any:
    """Return one value; ``None`` where there is none."""
    found = rows(db, question)
    return found[0][0] if found else None


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
