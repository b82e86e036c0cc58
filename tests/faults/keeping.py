"""A recorder that is fed and looked after as the daemon does, without its waits."""

import os
from contextlib import closing
from pathlib import Path

from gateway import peek
from gateway.inbox import Committed, Request
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Change
from telemetry import messages, ranges
from telemetry.messages import Alert
from telemetry.ranges import Range
from telemetry.reading import Flag, Reading
from tests.gateway.test_recorder import HandClock, made, stepped

MINUTE_MS = 60_000
ROWS = ("reading", "summary")  # tables with one number in a row


def lets_go() -> None:
    """Close what was kept open after a look, so that a card can be unmounted.

    No connection may be open meanwhile (``gateway.peek``): a recorder that fails has
    closed its own.
    """
    for _, descriptor in peek._kept.values():
        os.close(descriptor)
    peek._kept.clear()


class Keeper:
    """One recorder on ``folder`` whose ``n``-th reading has the value ``n / 100``."""

    def __init__(self, folder: Path, *, max_bytes: int = 2**26) -> None:
        self.path = folder / "buffer.db"
        self.clock = HandClock()
        self.fed = 0
        self.faults: list[str] = []
        self.alerts: list[Alert] = []  # as the uplink heard of them
        self.recorder: Recorder = made(folder, self.clock, max_bytes=max_bytes)

    def feed(self, rows: int, every_ms: int = MINUTE_MS) -> bool:
        """So many readings, one after another; whether they were committed."""
        readings = []
        for _ in range(rows):
            value = self.fed % 10_000 / 100
            at_ms = 100_000 + self.fed * every_ms
            readings.append(Reading("a", "soil_moisture", at_ms, value, Flag.UNCHECKED))
            self.fed += 1
        self.clock.now_s = (100_000 + self.fed * every_ms) / 1000
        return self.step(readings, Request(Change(), at_once=True))

    def step(self, *given: object) -> bool:
        """One step of the worker; whether it met no fault."""
        self.clock.now_s += 1
        try:
            stepped(self.recorder, *given)
        except OSError as fault:
            self.faults.append(str(fault))
        self.hear()
        return self.recorder.failing is None

    def hear(self) -> None:
        """Take what the uplink would be told."""
        while not self.recorder.news.empty():
            news = self.recorder.news.get()
            if isinstance(news, Committed):
                self.alerts += [
                    messages.decode(body, Alert) for body in news.alerts.values()
                ]

    def told(self, rule: str) -> int:
        """How many alerts of this rule went out."""
        return sum(alert.rule == rule for alert in self.alerts)

    def close(self) -> None:
        """The program ends."""
        self.recorder.close()
        self.hear()

    def numbers(self, table: str) -> list[Range]:
        """Numbers in a table of the file, as ranges."""
        columns = "seq, seq" if table in ROWS else "first, last"
        with closing(Reader(self.path)) as reader:
            found = reader._db.execute(f"SELECT {columns} FROM {table}")  # noqa: S608 - own names
            return ranges.union(found)

    def rows(self) -> list[Range]:
        """Numbers that have a row, raw or merged."""
        return ranges.union([*self.numbers("reading"), *self.numbers("summary")])
