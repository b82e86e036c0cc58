"""The province of the search: the real ingest, ledger and SQLite store."""

import shutil
from pathlib import Path
from random import Random
from typing import Final

from province.ingest import Ingest
from province.ledger import Ledger, LedgerFault
from province.stores.base import Rejected, StoreDown
from province.stores.bounded import Meanwhile, nothing
from province.stores.sqlite import SqliteStore
from telemetry import topics
from tests.faults.machine.broker import FakeBroker, Wire
from tests.faults.machine.clock import CentreClock
from tests.faults.machine.station import G1

ALL_NS: Final = (0, 9 * 10**18)


class WeatherStore(SqliteStore):
    """A store that can be down, and that may refuse the lines of a sensor."""

    is_down = False
    refuses: str | None = None  # a sensor

    def write(self, body: bytes, meanwhile: Meanwhile = nothing) -> list[Rejected]:
        while not meanwhile():
            pass
        if self.is_down:
            msg = "gone"
            raise StoreDown(msg)
        if self.refuses is None:
            return super().write(body)
        mark = f",sensor={self.refuses},".encode()
        lines = body.splitlines(keepends=True)
        super().write(b"".join(line for line in lines if mark not in line))
        return [
            Rejected(at, "type conflict")
            for at, line in enumerate(lines)
            if mark in line
        ]


class Centre:
    """Ingest on its files."""

    def __init__(
        self, folder: Path, broker: FakeBroker, clock: CentreClock, dice: Random
    ) -> None:
        self.folder = folder
        self.clock = clock
        self._broker = broker
        self._dice = dice
        self.start()

    def start(self) -> None:
        """Start ingest as its service does."""
        self.store = WeatherStore(self.folder / "readings.db")
        self.ledger = Ledger(self.folder / "ledger.db")
        self.wire = Wire(self._broker, "ingest", topics.ALL_UP, keeps=True)
        self.ingest = Ingest(
            link=self.wire,  # type: ignore[arg-type]
            store=self.store,
            ledger=self.ledger,
            clock=self.clock,
        )
        self.ingest._draw = self._dice.random

    def step(self) -> None:
        """One step; where the ledger fails ingest ends and is started again."""
        try:
            self.ingest.step()
        except LedgerFault:
            self.restart()

    def end(self) -> None:
        """End it where it stands."""
        self.wire.close()
        self.store.close()
        self.ledger.close()

    def restart(self) -> None:
        """A crash of ingest, between two steps, and its next start."""
        down, refuses = self.store.is_down, self.store.refuses
        self.end()
        self.start()
        self.store.is_down, self.store.refuses = down, refuses

    def save(self, name: str) -> None:
        """Back up one of the two files."""
        self.restart()  # closes it, so that the file is whole
        self.end()
        shutil.copyfile(self.folder / name, self.folder / f"{name}.saved")
        self.start()

    def restore(self, name: str) -> bool:
        """Put a file back as it was saved; whether there was one."""
        saved = self.folder / f"{name}.saved"
        if not saved.exists():
            return False
        self.end()
        for suffix in ("-wal", "-shm"):
            (self.folder / f"{name}{suffix}").unlink(missing_ok=True)
        shutil.copyfile(saved, self.folder / name)
        self.start()
        return True

    def refill(self) -> None:
        """``canhdong-province refill`` of all there ever was."""
        self.ledger.take_out(G1, *ALL_NS)
