"""One gateway of the search: the real recorder and uplink on a card in a folder."""

import contextlib
import queue
import shutil
import threading
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from gateway.buffer import Buffer
from gateway.config import Config
from gateway.hints import Board
from gateway.history import Past
from gateway.inbox import Request
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.records import Change, Channel, Hint
from gateway.segments import Word
from gateway.uplink import Uplink
from gateway.watch import Watch
from telemetry import wire
from telemetry.messages import Alert, encode
from telemetry.quantity import QUANTITIES
from telemetry.reading import Flag, Reading
from telemetry.series import Series
from telemetry.topics import Identity
from tests.faults.machine.broker import FakeBroker, Wire
from tests.faults.machine.clock import StationClock

G1: Final = Identity("htx-moduc", "g1")
EVERY_S: Final = 10.0  # poll period
SENSORS: Final = {"a": "co2", "b": "illuminance", "c": "co2"}
"""Quantities whose span lets a number be its own name, up to 100,000."""

STOPPING: Final = threading.Event()  # a set one: nobody waits
STOPPING.set()


@dataclass(frozen=True, slots=True)
class Taken:
    """One reading as the field gave it; ``id`` is its value, or names a gap."""

    id: int
    sensor: str
    boot: str
    true_ms: int
    is_gap: bool


@dataclass(slots=True)
class Card:
    """A memory card: its folder, and what was committed on it."""

    folder: Path
    rows: list[Taken] = field(default_factory=list)
    alerts: set[str] = field(default_factory=set)

    def copy(self, folder: Path) -> "Card":
        """Copy as it stands, without the index that a crash would lose."""
        folder.mkdir(parents=True)
        for file in self.folder.iterdir():
            if file.is_file() and not file.name.endswith("-shm"):
                shutil.copyfile(file, folder / file.name)
        return Card(folder, list(self.rows), set(self.alerts))

    @property
    def path(self) -> Path:
        return self.folder / "buffer.db"


class EagerQueue(queue.Queue[Any]):
    """A queue whose reader does not wait for what nobody will bring meanwhile."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        return super().get(block=False)


class Station:
    """A running gateway."""

    def __init__(
        self,
        card: Card,
        broker: FakeBroker,
        clock: StationClock,
        *,
        max_bytes: int,
        keep_days: float,
        lag_ms: int = 0,
    ) -> None:
        """``lag_ms`` ago it took what it polls now: two cards never ask at once."""
        self.lag_ms = lag_ms
        self.began_ms = clock.field_ms()
        self.card = card
        self.clock = clock
        self.wire = Wire(broker, f"canhdong-{G1.coop}-{G1.gateway}", G1.all_down)
        self.polled_ms = -1
        self._waiting: deque[Taken] = deque()
        self._counted = 0
        past = Past((), {}, clock, full_scale={})
        config = Config(
            version=1, coop=G1.coop, gateway=G1.gateway, data_dir=card.folder
        )
        self.recorder = Recorder(
            card.path, G1, channels(), clock, Watch(config, {}, past, clock.boot),
            commit_s=10, keep_days=keep_days, max_bytes=max_bytes,
        )  # fmt: skip
        self.recorder.inbox = EagerQueue(1000)
        self._board = Board()
        self.uplink = Uplink(
            self.wire,  # type: ignore[arg-type]
            G1,
            self.recorder,
            card.path,
            clock,
            send_every_s=60,
            resend_after_s=30,
            back_ms=round(EVERY_S * 1000 / 2),
            plain=False,
            meta=b"{}",
            state=lambda: b"{}",
            ntp_offset_ms=clock.ntp_offset_ms,
            versions={},
            board=self._board,
        )

    # --- what happens to it --------------------------------------------------

    def poll(self, some: list[Taken]) -> None:
        """Hand one cycle of readings over."""
        at_ms = self.clock.field_ms() - self.lag_ms
        self.polled_ms = at_ms
        self._waiting += some
        self.recorder.inbox.put(
            [
                Reading(
                    one.sensor,
                    SENSORS[one.sensor],
                    at_ms,
                    None if one.is_gap else float(one.id),
                    Flag.MISSING if one.is_gap else Flag.UNCHECKED,
                )
                for one in some
            ]
        )

    def alert(self, event: str) -> None:
        """Have an alert committed."""
        alert = Alert(
            id=event, rule="r", severity="notice", state="firing", subject="s",
            vi="", en="", boot=self.clock.boot, since_ms=self.clock.field_ms(),
        )  # fmt: skip
        change = Change(alerts={event: encode(alert)})
        done = partial(self.card.alerts.add, event)
        self.recorder.inbox.put(Request(change, at_once=True, done=done))

    def hear(self, source: str, error_ms: int, said_err_ms: int) -> None:
        """A source of time says what it believes."""
        clock = self.clock
        word = Word(clock.field_ms(), clock.true_offset_ms + error_ms, said_err_ms)
        self._board.hear(source, word)
        hint = Hint(self.recorder._buffer.boot, source, *word)
        self.recorder.inbox.put(Request(Change(hints=[hint])))

    def record(self) -> None:
        """One step of the recorder's thread."""
        with contextlib.suppress(OSError):  # weather: the worker waits and goes on
            self.recorder.step(STOPPING)
        self._count()

    def speak(self) -> None:
        """One step of the uplink's thread."""
        with contextlib.suppress(OSError):  # weather
            self.uplink.step(STOPPING)

    def stop(self) -> None:
        """End as at SIGTERM, without the three seconds."""
        self.record()
        self.wire.close()
        self.uplink.close()
        self.recorder.close()
        self._count()

    def crash(self, folder: Path) -> Card:
        """Lose what is in memory; the card is found in ``folder``."""
        found = self.card.copy(folder)
        self.wire.close()
        self.recorder._buffer.abandon()
        self.uplink._reader.close()
        return found

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be committed or confirmed."""
        return not (
            self._waiting
            or self.uplink.waiting
            or self.uplink.alerts_waiting
            or not self.recorder.inbox.empty()
        )

    def _count(self) -> None:
        """Note what the recorder says it has committed."""
        new = self.recorder.stored - self._counted
        self._counted += new
        self.card.rows += [self._waiting.popleft() for _ in range(new)]


def channels() -> dict[tuple[str, str], Channel]:
    """What the recorder must know of each sensor."""
    return {
        (sensor, quantity): Channel(head_of(sensor), QUANTITIES[quantity])
        for sensor, quantity in SENSORS.items()
    }


def head_of(sensor: str) -> str:
    """Measurement and tags of a sensor's lines."""
    about = Series(
        quantity=SENSORS[sensor], coop=G1.coop, gateway=G1.gateway, plot="p1",
        sensor=sensor, z=100,
    )  # fmt: skip
    return wire.head(about)


def requeue(card: Card) -> None:
    """``canhdong requeue`` on a card that no gateway runs on."""
    buffer = Buffer(card.path, G1.coop, G1.gateway, "requeue")
    buffer.release_quarantine()
    buffer.close()


def numbers_left(card: Card) -> set[int]:
    """Values of the readings whose rows are still on the card."""
    reader = Reader(card.path)
    rows = reader.rows(1, 10**9)
    reader.close()
    return {int(row.value) for row in rows if row.value is not None}
