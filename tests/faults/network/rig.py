"""Field, gateway, broker, ingest and an embedded store, for one fault at a time."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from telemetry.topics import Identity
from tests import parts, programs
from tests.account import Poll, in_buffer

HERE: Final = Identity("htx-moduc", "g1")
FAST: Final = "send_every_s = 0.5\nresend_after_s = 2"
OPEN_DOOR: Final = "allow_anonymous true\nset_tcp_nodelay true\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """All of it; ``gateway`` and ``ingest`` are started by the test."""

    folder: Path
    broker: parts.Part
    gateway: programs.Program
    ingest: programs.Program

    @property
    def status(self) -> dict[str, Any]:
        """What the gateway last said of itself."""
        return programs.status(self.folder)

    def flows(self, within_s: float = 40.0) -> None:
        """Wait until 16 more rows than now are acknowledged."""
        rows = self.status.get("acknowledged", 0) + 16
        parts.wait_until(lambda: self.status.get("acknowledged", 0) >= rows, within_s)

    def grows(self, rows: int, within_s: float = 40.0) -> None:
        """Wait until so many more rows are committed."""
        until = self.status.get("next", 1) + rows
        parts.wait_until(lambda: self.status.get("next", 0) >= until, within_s)

    def settled(self, within_s: float = 60.0) -> "Kept":
        """Let all that is committed arrive, and count it at both ends."""
        last = programs.drained(self.folder, within_s)
        self.gateway.stop()
        return kept(self.folder, last)


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers of the probes, by their own count: what became of them."""

    rows: int  # committed and confirmed
    lost: int  # committed and not stored
    doubled: int  # stored at two stamps

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.lost} lost, {self.doubled} doubled"

    @property
    def is_whole(self) -> bool:
        """Whether everything has one effect."""
        return bool(self.rows) and not self.lost and not self.doubled


@contextmanager
def rig(  # the folder of a test, and what is bad in it
    folder: Path,
    *,
    mosquitto: str = OPEN_DOOR,
    uplink: str = FAST,
    every_s: float = 0.5,
    devices: int = 2,
    behind: Sequence[str] = (),
    port: int | None = None,
    listen: str | None = None,
) -> Iterator[Rig]:
    """Make the chain; ``behind`` are the words before the gateway's command.

    The broker listens at the address ``listen`` too.  ``port`` is where the gateway
    finds it, if that is not its own.
    """
    with ExitStack() as stack:
        enter = stack.enter_context
        own = parts.free_port()
        if listen is not None:
            mosquitto += f"listener {own} {listen}\n{mosquitto}"
        broker = enter(parts.mosquitto(folder, config=mosquitto, port=own))
        programs.gateway_config(
            folder, port or broker.port, devices=devices, every_s=every_s,
            uplink=uplink,
        )  # fmt: skip
        store = f'kind = "sqlite"\npath = "{folder}/readings.db"'
        programs.province_config(folder, broker.port, store)
        field = enter(programs.simulator(folder))
        field.says("serving")
        gateway = programs.gateway(folder).behind(*behind)
        ingest = programs.ingest(folder)
        stack.callback(ingest.kill)
        stack.callback(gateway.kill)
        yield Rig(folder=folder, broker=broker, gateway=gateway, ingest=ingest)


def kept(folder: Path, last: int) -> Kept:
    """Compare the buffer up to number ``last`` with the province's store."""
    committed, _ = in_buffer(folder, last)
    stored = in_store(folder)
    return Kept(
        rows=last,
        lost=len(committed.keys() - stored.keys()),
        doubled=sum(1 for n in stored.values() if n > 1),
    )


def in_store(folder: Path) -> Counter[Poll]:
    """Polls in the province's SQLite store, by how many stamps each has."""
    with closing(sqlite3.connect(folder / "readings.db")) as db:
        found = db.execute(
            "SELECT sensor, value FROM point JOIN series ON series.id = series"
            " WHERE quantity = 'poll_count' AND value IS NOT NULL"
        ).fetchall()
    return Counter((sensor, value) for sensor, value in found)
