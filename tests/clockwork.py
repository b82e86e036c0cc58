"""A gateway's time in a field that knows the truth: buffer, timekeeper and batches.

``Field`` holds the true time.  Each boot has a field time of its own that drifts, and
a wall clock that may say anything.  Rows carry their number as value, so that a stamp
can be held against the truth.
"""

import contextlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from gateway.buffer import Buffer
from gateway.cutting import Unstamped, cut
from gateway.hints import Board
from gateway.reader import Reader
from gateway.records import Change, Entry, Hint
from gateway.segments import FIRST_RELEASE_MS, Word, covering
from gateway.timekeeper import Timekeeper
from telemetry import wire

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
START: Final = FIRST_RELEASE_MS + 30 * DAY
HEAD: Final = "soil_moisture,coop=c,gw=g1,plot=p1,sensor=s1,z=-10"


@dataclass(frozen=True, slots=True)
class Sent:
    """One row as the province got it."""

    seq: int
    stamp_ms: int
    clock: str
    err_ms: int
    off_ms: int  # stamp - truth

    @property
    def is_true(self) -> bool:
        """Whether the stated error is."""
        return abs(self.off_ms) <= self.err_ms


class DriftClock:
    """Field time that runs wrong by ``ppm``, and a wall clock that is set at will."""

    is_simulated = False

    def __init__(self, boot: str, true_ms: Callable[[], int]) -> None:
        self.boot = boot
        self.ppm = 0.0
        self._true_ms, self._last_ms = true_ms, true_ms()
        self._field_ms = 1_000.0  # a boot takes a moment to this program's start
        self.wall_off_ms: int | None = None  # wall clock - truth

    def machine_s(self) -> float:
        return self.field_ms() / 1000

    def field_ms(self) -> int:
        now = self._true_ms()
        self._field_ms += (now - self._last_ms) * (1 + self.ppm / 1e6)
        self._last_ms = now
        return int(self._field_ms)

    def wall_ms(self) -> int | None:
        off = self.wall_off_ms
        return None if off is None else self._true_ms() + off

    def machine_s_until(self, field_ms: int) -> float:
        return (field_ms - self.field_ms()) / 1000


class Field:
    """One gateway over its boots."""

    def __init__(self, folder: Path, every_ms: int = 10 * MINUTE) -> None:
        self.now = START
        self.every_ms = every_ms
        self.path = folder / "buffer.db"
        self.truth: dict[int, int] = {}
        self.sent: dict[int, Sent] = {}
        self.alerts: set[str] = set()
        self.ntp_off_ms: int | None = None  # NTP's error; None: it does not answer
        self.boots = 0
        self.boot()

    # --- power -----------------------------------------------------------------

    def boot(self) -> None:
        self.boots += 1
        self.clock = DriftClock(f"boot{self.boots}", lambda: self.now)
        self.buffer = Buffer(self.path, "c", "g1", self.clock.boot)
        self.board = Board()
        self._open()

    def _open(self) -> None:
        self.reader = Reader(self.path)
        self.time = Timekeeper(
            self.reader,
            self.clock,
            back_ms=self.every_ms // 2,
            ntp_offset_ms=self._ntp,
            board=self.board,
        )

    def power_cut(self, off_ms: int) -> None:
        self.reader.close()
        self.buffer.abandon()
        self.now += off_ms
        self.boot()

    def restart(self) -> None:
        """The program alone: the boot goes on."""
        self.reader.close()
        self.board = Board()
        self._open()

    def close(self) -> None:
        self.reader.close()
        self.buffer.close()

    def _ntp(self) -> int | None:
        if self.ntp_off_ms is None:
            return None
        return self.now + self.ntp_off_ms - self.clock.field_ms()

    # --- life ------------------------------------------------------------------

    def poll(self, for_ms: int) -> None:
        """Measure for a while."""
        rows, end = [], self.now + for_ms
        while self.now < end:
            self.now += self.every_ms
            seq = len(self.truth) + 1
            self.truth[seq] = self.now
            rows.append(Entry(seq, HEAD, self.clock.field_ms(), float(seq), 1))
        self.buffer.write(Change(rows=rows))

    def hear(self, source: str, off_ms: int, err_ms: int = 500) -> None:
        """A source says the time, wrong by ``off_ms``."""
        ms = self.clock.field_ms()
        word = Word(ms, self.now + off_ms - ms, err_ms)
        self.board.hear(source, word)
        self.buffer.write(Change(hints=[Hint(self.buffer.boot, source, *word)]))

    def hello(self, there_ms: int = 20, back_ms: int = 20, off_ms: int = 0) -> None:
        """The province answers, wrong by ``off_ms``."""
        asked = self.clock.field_ms()
        self.now += there_ms
        said = self.now + off_ms
        self.now += back_ms
        change = self.time.anchored(asked, self.clock.field_ms(), said)
        self.alerts |= change.alerts.keys()
        self.buffer.write(change)

    def send(self) -> None:
        """Send all that can be sent now."""
        if not self.time.is_sure:
            return
        heads, ledger = self.reader.heads(), self.reader.ledger()
        for first, last in ledger.uncut:
            at = first
            while at <= last and (run := self.reader.run(at, last)):
                at = run.numbers[-1] + 1
                with contextlib.suppress(Unstamped):
                    made = cut(run, self.time.segments, heads, ledger.epoch)
                    at = made.batch.last + 1
                    self._take(made.payload)
                    done = [(made.batch.first, made.batch.last)]
                    self.buffer.write(Change(held=done))

    def _take(self, payload: bytes) -> None:
        envelope, body = wire.open_envelope(wire.decompress(payload))
        for line in body.decode().splitlines():
            point = wire.parse_line(line)
            seq, stamp = int(point.value), point.stamp_ns // 1_000_000
            self.sent[seq] = Sent(
                seq, stamp, envelope.clock, envelope.err_ms, stamp - self.truth[seq]
            )

    # --- what must hold ----------------------------------------------------------

    def faults(self) -> list[str]:
        """What is wrong with the stamps that have been sent."""
        found = [f"states too small an error: {s}" for s in self.sent.values()
                 if not s.is_true]  # fmt: skip
        stamps = [self.sent[seq].stamp_ms for seq in sorted(self.sent)]
        found += [f"runs back: {a} then {b}" for a, b in pairwise(stamps) if a >= b]
        return found + self._restamped()

    def _restamped(self) -> list[str]:
        """Rows that would get another stamp if they were sent once more."""
        found = []
        with closing(Reader(self.path)) as reader:
            segments, rows = reader.segments(), reader.rows(1, len(self.truth))
        for row in rows:
            segment = covering(segments, row.boot, row.ms)
            sent = self.sent.get(row.seq)
            if sent and (
                segment is None or row.ms + segment.offset_ms != sent.stamp_ms
            ):
                found.append(f"would move: {sent}")
        return found
