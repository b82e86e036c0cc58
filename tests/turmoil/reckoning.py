"""When everything has drained: what was answered, committed, stored, by gateway.

The simulated probe counts its own answers and the count is one of its readings, so
each answer has a name that is looked for at every place.
"""

import contextlib
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.reader import Reader
from telemetry import ranges
from tests import parts
from tests.turmoil.site import COMMIT_S, DATABASE, Gateway, Site

A_KILL: Final = 4  # polls that die with a process: of COMMIT_S, a handful and a cycle
assert COMMIT_S < A_KILL  # one poll a second of machine time

Polls = Counter[float]
"""How often each poll, by the probe's own count, is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """One gateway's account."""

    name: str
    answered: int
    committed: int  # polls on the card that is in use
    stored: int
    lost: int  # committed on that card, and not stored
    unknown: int  # stored, and on no card that there ever was
    doubled: int  # polls at two stamps
    values: int  # readings with a value on the card in use …
    short: int  # … that the store lacks
    waiting: int  # numbers that are still unconfirmed
    alerts: int  # events that are still unconfirmed
    told_lost: int  # numbers that the gateway has given up and counted
    unkept: int  # answers that reached no card
    allowed: int  # so many may die with processes

    @property
    def wrong(self) -> Iterator[str]:
        """What must not be, in words."""
        for what in ("lost", "unknown", "doubled", "short", "waiting", "alerts"):
            if count := getattr(self, what):
                yield f"{self.name}: {count} {what}"
        if self.unkept > self.allowed:
            yield f"{self.name}: {self.unkept} answers unkept, allowed {self.allowed}"


class Goal:
    """What a gateway has still to deliver, as it was when the faults stopped.

    Polling goes on, so that newer rows wait at any instant.
    """

    def __init__(self, one: Gateway) -> None:
        self._path = one.data / "buffer.db"
        self._epoch, self._next, self._events = self._look()

    def _look(self) -> tuple[str, int, set[str]]:
        with contextlib.closing(Reader(self._path)) as reader:
            ledger = reader.ledger()
            return ledger.epoch, ledger.next, set(reader.outbox())

    @property
    def left(self) -> tuple[int, int]:
        """Numbers and events that are not confirmed."""
        with contextlib.closing(Reader(self._path)) as reader:
            ledger, outbox = reader.ledger(), reader.outbox()
        if ledger.epoch != self._epoch:  # all that waits has got new numbers
            self._epoch, self._next, _ = self._look()
        undone = [*ledger.uncut, *((b.first, b.last) for b in ledger.open)]
        below = ranges.intersect(undone, [(1, self._next - 1)])
        return ranges.total(below), len(self._events & outbox.keys())


def reckon(site: Site, goals: Mapping[str, Goal]) -> list[Reckoning]:
    """The account of every gateway of a site that has drained."""
    answered = json.loads((site.folder / "sim.json").read_text())["devices"]
    stored, points = in_influx(site)
    return [
        _of(
            one,
            answered[f"d{one.name[1:]}"]["answered"],
            stored[one.name],
            points,
            goals[one.name],
        )
        for one in site.gateways
    ]


def _of(
    one: Gateway,
    answered: int,
    stored: Polls,
    points: Counter[tuple[str, str]],
    goal: Goal,
) -> Reckoning:
    number = one.name[1:]
    here = one.data / "buffer.db"
    committed, values = on_card(here, number)
    ever = Polls(committed)
    for card in one.laid_aside:
        ever |= on_card(card / "buffer.db", number)[0]
    twice = [n for found in (committed, stored) for n in found.values() if n > 1]
    (waiting, alerts), told_lost = goal.left, given_up(here)
    shorts = {q: max(0, n - points[one.name, q]) for q, n in values.items()}
    return Reckoning(
        name=one.name,
        answered=answered,
        committed=len(committed),
        stored=len(stored),
        lost=len(committed.keys() - stored.keys()),
        unknown=len(stored.keys() - ever.keys()) if not told_lost else 0,
        doubled=len(twice),
        values=values.total(),
        short=sum(shorts.values()),
        waiting=waiting,
        alerts=alerts,
        told_lost=told_lost,
        unkept=answered - len(ever.keys() | stored.keys()),
        allowed=A_KILL * (one.kills + 1) + told_lost,
    )


def on_card(path: Path, number: str) -> tuple[Polls, Counter[str]]:
    """Polls in a buffer, and how many values there are of each quantity."""
    reader = Reader(path)
    heads, rows = reader.heads(), reader.rows(1, 10**9)
    reader.close()
    polls, values = Polls(), Counter[str]()
    for row in rows:
        if row.value is not None:
            quantity = heads[row.series].partition(",")[0]
            values[quantity] += 1
            if quantity == "poll_count" and f"sensor=d{number}-" in heads[row.series]:
                polls[row.value] += 1
    return polls, values


def given_up(path: Path) -> int:
    """Numbers that a buffer counts as lost."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        asked = "SELECT coalesce(max(value), 0) FROM meta WHERE key = 'lost'"
        return int(db.execute(asked).fetchone()[0])


def in_influx(site: Site) -> tuple[dict[str, Polls], Counter[tuple[str, str]]]:
    """Polls of each gateway in InfluxDB, and values of each quantity."""
    port = site.influx.port
    polls: defaultdict[str, Polls] = defaultdict(Polls)
    for row in parts.query(port, "SELECT value FROM poll_count GROUP BY gw", DATABASE):
        polls[row["gw"]][row["value"]] += 1
    points = Counter(
        {
            (row["gw"], row["_name"]): row["count"]
            for row in parts.query(
                port, "SELECT count(value) FROM /.*/ GROUP BY gw", DATABASE
            )
        }
    )
    return polls, points


def table(found: list[Reckoning]) -> Iterator[str]:
    """One line for each gateway."""
    columns = ("name", "answered", "committed", "stored", "values", "unkept",
               "told_lost", "lost", "unknown", "doubled", "short")  # fmt: skip
    yield "".join(f"{column:>11}" for column in columns)
    for one in found:
        yield "".join(f"{getattr(one, column):>11}" for column in columns)
    total = [sum(getattr(one, c) for one in found) for c in columns[1:]]
    yield f"{'all':>11}" + "".join(f"{n:>11}" for n in total)
