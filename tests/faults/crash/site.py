"""The recorder that a story is about, and its voice.

Each line of it is a JSON object that is said *after* the fact that makes it true
(``stored``: the commit has returned) or *before* the deed that may change the card
(``acked``: the province has these rows).  Clock and readings are made up, everything
else is as in service.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from gateway import check, wiring
from gateway.cutting import cut
from gateway.history import Past
from gateway.inbox import Committed, NewEpoch, Request, Standing
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Batch, Change
from gateway.rulebook import chosen
from gateway.segments import Segment
from gateway.watch import Watch
from telemetry.reading import Flag, Reading
from telemetry.topics import Identity
from tests.gateway.test_recorder import HandClock, stepped

BEGIN_MS: Final = 1_795_294_053_000  # UTC of field time 0 of the first boot
HOUR_MS: Final = 3_600_000
PROBES: Final = 3
GAP_EVERY: Final = 7  # polls, of the first probe
MINUTE_MS: Final = 60_000
LEVELS_CM: Final = (-15.5, -15.6, -15.7, 4.0, 5.0)  # fires, then is over
BATCH_ROWS: Final = 40
CHECKPOINT_PAGES: Final = 40  # instead of 1,000, so that a short run has many

CONFIG: Final = """
version = 1
coop = "htx-moduc"
gateway = "g1"
data_dir = "{data}"
[buses.b0]
port = "/nowhere"
[devices.tube]
driver = "qdy30a"
bus = "b0"
address = 99
every_s = 3600
[sensors.tube]
device = "tube"
plot = "p17"
zero = {{ value = 28.0, date = "2026-11-10", author = "demo" }}
[plots.p17]
name = "thửa 17"
crop = "rice"
sown = "2026-10-20"
duration_days = 105
"""
PROBE: Final = """
[devices.d{n}]
driver = "sim-probe"
bus = "b0"
address = {n}
every_s = 60
[sensors.d{n}]
device = "d{n}"
plot = "p17"
quantity = "illuminance"
z = 150
"""


def say(**fact: Any) -> None:
    """One line, in one write, so that its place among the calls is known."""
    os.write(sys.stdout.fileno(), (json.dumps(fact) + "\n").encode())


class Site:
    """A recorder on ``folder``, over restarts."""

    def __init__(self, folder: Path, synchronous: str | None = None) -> None:
        toml = folder.parent / f"{folder.name}.toml"
        probes = "".join(PROBE.format(n=n) for n in range(1, PROBES + 1))
        toml.write_text(CONFIG.format(data=folder) + probes, encoding="utf-8")
        self.config = check.load(toml)
        self.clock = HandClock()
        self.clock.now_s = 0.0
        self.boots = 0
        self.polls = 0
        self.batches: list[Batch] = []
        self.max_bytes = 64 * 2**20
        self._synchronous = synchronous

    def start(self, *, is_new_boot: bool = False) -> None:
        """Start the program, perhaps after a start of the machine."""
        if is_new_boot:
            self.boots += 1
            self.clock.boot = f"boot-{self.boots}"
        channels = wiring.channels(self.config)
        heads = {key: channel.head for key, channel in channels.items()}
        scales = {("tube", "water_level"): 100.0}
        past = Past(wiring.places(self.config), heads, self.clock, full_scale=scales)
        watch = Watch(self.config, chosen(self.config), past, self.clock.boot)
        self.recorder = Recorder(
            self.config.buffer_path, Identity("htx-moduc", "g1"), channels,
            self.clock, watch, commit_s=1, keep_days=1, max_bytes=self.max_bytes,
        )  # fmt: skip
        self.tune()
        self.hear()
        segment = Segment(self.boots, self.boots, 0, BEGIN_MS, "hello", 20)
        stepped(self.recorder, Request(Change(segments=[segment])))
        stepped(self.recorder, Standing(hello=True))

    def tune(self) -> None:
        """Shorter runs between checkpoints; the control's weaker promise."""
        db = self.recorder._buffer._db
        db.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        if self._synchronous is not None:
            db.execute(f"PRAGMA synchronous={self._synchronous}")

    def poll(self, *at: int) -> None:
        """Polls at these times [ms], the tube at the full hour; one commit."""
        self.clock.now_s = at[-1] / 1000 + 1
        stepped(self.recorder)  # what waited before goes alone
        self.hear()
        stepped(self.recorder, [one for ms in at for one in self._readings(ms)])
        self.tell_taken()
        self.clock.now_s += 2
        stepped(self.recorder)
        self.hear()

    def idle(self, steps: int) -> None:
        """Nothing comes for a while."""
        for _ in range(steps):
            self.clock.now_s += 2
            stepped(self.recorder)
            self.hear()

    def _readings(self, ms: int) -> Iterator[Reading]:
        self.polls += 1
        for n in range(1, PROBES + 1):
            is_gap = n == 1 and self.polls % GAP_EVERY == 0
            value = None if is_gap else 100.0 * n + self.polls
            yield _reading(f"d{n}", "illuminance", ms + n, value)
        if ms % HOUR_MS == 0:
            level = LEVELS_CM[ms // HOUR_MS % len(LEVELS_CM)]
            yield _reading("tube", "water_level", ms + 9, level)

    def tell_taken(self) -> None:
        """Say what waits to be committed."""
        rows = [
            [entry.seq, entry.head, self.clock.boot, entry.ms, entry.value, entry.flag]
            for entry in self.recorder._change.rows
        ]
        say(taken=rows)

    def hear(self) -> None:
        """Say what the recorder has told the uplink."""
        while not self.recorder.news.empty():
            news = self.recorder.news.get()
            if isinstance(news, Committed):
                say(stored=news.next, alerts=[*news.alerts])

    def cut(self) -> None:
        """Record a batch of the oldest rows that are in none, as the uplink does."""
        with self.reading() as reader:
            ledger = reader.ledger()
            first, last = ledger.uncut[0]
            run = reader.run(first, min(last, first + BATCH_ROWS - 1))
            if run is None:
                return
            made = cut(run, reader.segments(), reader.heads(), ledger.epoch).batch
        self.batches.append(made)
        stepped(self.recorder, Request(Change(cut=[made]), at_once=True))
        self.hear()

    def acknowledge(self) -> None:
        """The province has the oldest open batch, but for one row of every fifth."""
        if not self.batches:
            return
        batch = self.batches.pop(0)
        with self.reading() as reader:
            epoch = reader.ledger().epoch
            waiting = [*reader.outbox()][:1]
        say(acked=[epoch, batch.first, batch.last], delivered=waiting)
        change = Change(
            closed=[batch.first],
            held=[(batch.first, batch.last)],
            delivered=waiting,
        )
        if self.polls % 5 == 0:
            change.quarantined = {batch.last: "beyond retention"}
            change.held = [(batch.first, batch.last - 1)]
        stepped(self.recorder, Request(change, at_once=True))
        self.hear()

    def begin_epoch(self) -> None:
        """The province knows numbers that were never given."""
        self.batches.clear()
        stepped(self.recorder, NewEpoch())
        self.tell_numbers()
        self.hear()

    def tell_numbers(self) -> None:
        """Say which number each row has now."""
        with self.reading() as reader:
            heads, rows = reader.heads(), reader.rows(1, 10**9)
        kept = [
            [row.seq, heads[row.series], f"boot-{row.boot}", row.ms] for row in rows
        ]
        for at in range(0, len(kept), 200):  # a pipe takes 64 KiB at once
            say(numbered=kept[at : at + 200])

    def close(self) -> None:
        """The program ends."""
        self.recorder.close()
        self.hear()

    def reading(self) -> closing[Reader]:
        """A reader, to be closed."""
        return closing(Reader(self.config.buffer_path))


def _reading(sensor: str, quantity: str, ms: int, value: float | None) -> Reading:
    flag = Flag.MISSING if value is None else Flag.UNCHECKED
    return Reading(sensor, quantity, ms, value, flag)
