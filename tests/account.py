"""What was answered on the wire, committed by the gateway and stored at the province.

The simulated probe counts its own answers, and the count is one of its readings:
so each answer has a name, and is found again or is missing at every place.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from gateway.reader import Reader
from tests import parts

Poll = tuple[str, float]
"""Sensor and poll counter: the name of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Counts of one run; ``unkept`` answers reached no commit."""

    answered: int
    committed: int
    stored: int
    unkept: int
    lost: int  # committed and not stored
    unknown: int  # stored and not committed
    doubled: int  # polls at two stamps, in the buffer or in the store
    values: int  # readings with a value in the buffer
    points: int  # the same in the store

    @property
    def is_exact(self) -> bool:
        """Whether the store holds what was committed, once, and nothing else."""
        return (
            not (self.lost or self.unknown or self.doubled)
            and self.values == self.points
        )


def account(folder: Path, field: Path, port: int, database: str) -> Account:
    """Count a run whose chain has drained; ``field`` is the simulator's folder."""
    committed, values = in_buffer(folder)
    stored = in_influx(port, database)
    answered = json.loads((field / "sim.json").read_text())["devices"].values()
    total = sum(device["answered"] for device in answered)
    doubled = [
        poll for found in (committed, stored) for poll, n in found.items() if n > 1
    ]
    return Account(
        answered=total,
        committed=len(committed),
        stored=len(stored),
        unkept=total - len(committed),
        lost=len(committed.keys() - stored.keys()),
        unknown=len(stored.keys() - committed.keys()),
        doubled=len(doubled),
        values=values,
        points=sum(
            row["count"]
            for row in parts.query(port, "SELECT count(value) FROM /.*/", database)
        ),
    )


def in_buffer(folder: Path, last: int = 10**9) -> tuple[Counter[Poll], int]:
    """Polls in the gateway's file, and how many readings of it have a value."""
    reader = Reader(folder / "data" / "buffer.db")
    heads, rows = reader.heads(), reader.rows(1, last)
    reader.close()
    found = [(heads[row.series], row.value) for row in rows if row.value is not None]
    polls = [(sensor_of(h), v) for h, v in found if h.startswith("poll_count,")]
    return Counter(polls), len(found)


def in_influx(port: int, database: str) -> Counter[Poll]:
    """Polls in InfluxDB."""
    rows = parts.query(port, "SELECT value FROM poll_count GROUP BY sensor", database)
    return Counter((row["sensor"], row["value"]) for row in rows)


def sensor_of(head: str) -> str:
    """The sensor's name in a measurement with its tags.

    >>> sensor_of("poll_count,coop=c,gw=g1,plot=p1,sensor=d1-pc,z=0")
    'd1-pc'
    """
    return head.partition("sensor=")[2].partition(",")[0]
