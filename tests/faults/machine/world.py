"""The world of a search: gateways, broker, province and the time that is turned."""

import atexit
import contextlib
import functools
import logging
import shutil
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final
from unittest.mock import patch

import gateway.outflow
import province.ingest
import province.ledger
from province.ledger import Ledger
from tests.faults.machine.broker import FakeBroker, Weather
from tests.faults.machine.centre import Centre
from tests.faults.machine.clock import CentreClock, Instant, StationClock
from tests.faults.machine.station import (
    EVERY_S,
    SENSORS,
    Card,
    Station,
    Taken,
    requeue,
)

WALL_ERRORS_MS: Final = (0, 1500, -40_000, 400_000, 94_608_000_000, None)
DRAIN_STEPS: Final = 2_000
SMALL: Final = {"MAX_ROWS": 12, "LIVE_ROWS": 6}
"""Batches of a dozen rows: windows fill and close within a short run."""


class World:
    """Everything, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = Instant()
        self.dice = Random(1)
        self.broker = FakeBroker(self.now, self.dice)
        self.centre_clock = CentreClock(self.now)
        (folder / "centre").mkdir(parents=True)
        shutil.copyfile(empty_ledger(), folder / "centre" / "ledger.db")
        self.centre = Centre(
            folder / "centre", self.broker, self.centre_clock, self.dice
        )
        self.stations: list[Station] = []
        self.saved: Card | None = None
        self.gone: list[Card] = []  # cards that no gateway runs on any more
        self.damaged: list[Card] = []  # as they were when their file was spoilt
        self.taken = 0
        self.done: dict[str, int] = {}  # actions that found something to act on
        self.was_skewed = False  # the province's clock was once wrong
        self.was_restored = False  # its database once forgot
        self.keep_days = 30.0
        self.max_bytes = 512 * 2**20  # of the next start; the default of the config
        self.drift_ppm = 0  # of the next boot
        self.wrong: dict[str, bool] = {}
        self._boots = 0
        self.alerts = 0
        self._folders = 0
        self.start(Card(self.new_folder()), wall=0)

    # --- time --------------------------------------------------------------------

    def tick(self, dt_ms: int, *, polls: bool = True) -> None:
        """Turn time on and let everybody do one step, in any order."""
        self.now.ms += dt_ms
        parts = [self._one_centre]
        for station in self.stations:
            if polls:
                parts.append(lambda s=station: self._poll_if_due(s))
            parts += [station.record, station.speak]
        self.dice.shuffle(parts)
        for part in parts:
            part()

    def _one_centre(self) -> None:
        self.centre.step()

    def _poll_if_due(self, station: Station) -> None:
        at_ms = station.clock.field_ms() - station.lag_ms
        if station.polled_ms < 0 or at_ms - station.polled_ms >= EVERY_S * 1000:
            self.poll(station, gap=self.dice.random() < 0.05)

    def poll(self, station: Station, *, gap: bool) -> None:
        if station.clock.field_ms() - station.lag_ms < station.began_ms:
            return  # nothing is taken before the daemon runs
        some = []
        true_ms = self.now.ms - station.lag_ms
        for sensor in SENSORS:
            self.taken += 1
            some.append(Taken(self.taken, sensor, station.clock.boot, true_ms, gap))
        station.poll(some)

    # --- the end --------------------------------------------------------------------

    def drain(self) -> bool:
        """Stop every fault and turn time on until nothing waits; whether it came."""
        self.broker.is_up, self.broker.weather = True, Weather()
        self.centre.store.is_down, self.centre.store.refuses = False, None
        for station in list(self.stations):
            self.stations.remove(station)
            station.stop()
            requeue(station.card)
            self.start(station.card, wall=0)
        for at in range(DRAIN_STEPS):
            self.tick(1_000 if at < 300 else 30_000, polls=at < 20)
            if at > 30 and at % 10 == 0 and all(s.is_idle for s in self.stations):
                return True
        return False

    def end(self) -> None:
        """Stop everything."""
        for station in self.stations:
            station.wire.close()
            station.recorder._buffer.abandon()
            station.uplink._reader.close()
        self.centre.end()

    # --- inside ------------------------------------------------------------------

    def station(self, which: int) -> Station:
        return self.stations[which % len(self.stations)]

    def new_folder(self) -> Path:
        self._folders += 1
        folder = self.folder / f"card{self._folders}"
        if self._folders == 1:
            folder.mkdir()
        return folder

    def start(self, card: Card, wall: int) -> None:
        self._boots += 1
        uptime_ms = 20_000 + self.dice.randrange(5_000)  # till the daemon runs
        self.now.ms += uptime_ms
        clock = StationClock(
            self.now,
            f"{self._boots:032x}",
            uptime_ms=uptime_ms,
            wall_error_ms=WALL_ERRORS_MS[wall % len(WALL_ERRORS_MS)],
            drift_ppm=self.drift_ppm,
        )
        station = Station(
            card,
            self.broker,
            clock,
            max_bytes=self.max_bytes,
            keep_days=self.keep_days,
            lag_ms=self._boots % 97 * 137,  # below the uptime, so boots stay in order
        )
        self.stations.append(station)


@functools.cache
def empty_ledger() -> Path:
    """A ledger that the migrations have made, once for all worlds."""
    folder = Path(tempfile.mkdtemp(prefix="canhdong-ledger-"))
    atexit.register(shutil.rmtree, folder)
    Ledger(folder / "ledger.db").close()
    return folder / "ledger.db"


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Small batches, an ingest that sleeps in no real time, ledgers as they are."""
    empty_ledger()
    still = types.SimpleNamespace(sleep=lambda _s: None)
    with (
        patch.multiple(gateway.outflow, **SMALL),
        patch.object(province.ingest, "time", still),
        patch.object(province.ledger, "upgrade", lambda *_, **__: None),
    ):
        logging.disable(logging.CRITICAL)  # each fault is told, thousands of times
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
