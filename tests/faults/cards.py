"""A gateway's card with readings on it that no bus has to give: filled and copied.

The gateway that runs on one has a bus without a port, so that nothing is added but
what a test puts there.
"""

import contextlib
import itertools
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

from gateway.buffer import Buffer
from gateway.reader import Reader
from gateway.records import Change, Entry
from telemetry import ranges
from tests import parts, programs

CYCLE_MS: Final = 1000
CHUNK: Final = 5000  # rows of one transaction
WITHIN_S: Final = 60.0  # a drain, on a busy machine
DATABASES: Final = (f"cards{number}" for number in itertools.count())


def config(folder: Path, broker_port: int, uplink: str = "send_every_s = 0.3") -> None:
    """Write ``gateway.toml`` of a gateway whose bus has no port."""
    folder.mkdir(exist_ok=True)
    programs.gateway_config(
        folder, broker_port, devices=1, every_s=3600, commit_s=0.1, uplink=uplink
    )


def fill(
    folder: Path,
    rows: int,
    *,
    sensor: str = "soil-a1",
    quantity: str = "soil_moisture",
    boot: str = "past",
) -> int:
    """Put readings behind those that are there, a second apart; the last number."""
    (folder / "data").mkdir(exist_ok=True)
    buffer = Buffer(folder / "data" / "buffer.db", "htx-moduc", "g1", boot)
    head = f"{quantity},coop=htx-moduc,gw=g1,plot=p1,sensor={sensor},z=-10"
    first = buffer.ledger().next
    for start in range(first, first + rows, CHUNK):
        end = min(first + rows, start + CHUNK)
        entries = [
            Entry(n, head, n * CYCLE_MS, 20 + n % 200 / 10, 1)
            for n in range(start, end)
        ]
        buffer.write(Change(rows=entries))
    buffer.close()
    return first + rows - 1


def copy(folder: Path, other: Path, broker_port: int) -> None:
    """Copy the card of a gateway that stands still, for another machine."""
    config(other, broker_port)
    shutil.copytree(folder / "data", other / "data", dirs_exist_ok=True)


def confirmed(folder: Path) -> int:
    """How many numbers the card's present epoch takes for confirmed."""
    reader = Reader(folder / "data" / "buffer.db")
    held = ranges.total(reader.ledger().held)
    reader.close()
    return held


def epoch(folder: Path) -> str:
    """The card's epoch."""
    reader = Reader(folder / "data" / "buffer.db")
    name = reader.ledger().epoch
    reader.close()
    return name


class Site:
    """A broker, a database and ingest, before which gateways come and go."""

    def __init__(self, folder: Path, broker: parts.Part, influx: parts.Part) -> None:
        self.folder, self.broker, self.influx = folder, broker, influx
        self.database = next(DATABASES)
        parts.create_database(influx.port, self.database)
        store = programs.influx_store(influx.port, self.database)
        programs.province_config(folder, broker.port, store)
        self.ingest = programs.ingest(folder)

    @property
    def stored(self) -> dict[str, int]:
        """Soil moistures that InfluxDB gives back, by sensor."""
        rows = parts.query(
            self.influx.port,
            'SELECT count(value) FROM "soil_moisture" GROUP BY sensor',
            self.database,
        )
        return {str(row["sensor"]): int(str(row["count"])) for row in rows}

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """Rows of the ledger."""
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as db:
            return db.execute(question).fetchall()

    @property
    def alarms(self) -> dict[object, object]:
        """Kinds of alarms, and how often each came."""
        rows = self.rows("SELECT kind, sum(times) FROM alarm GROUP BY kind")
        return {row[0]: row[1] for row in rows}

    def command(self, *arguments: str) -> str:
        """What ``canhdong-province`` prints."""
        config = str(self.folder / "province.toml")
        program = (sys.executable, "-m", "province.main")
        return subprocess.run(
            [*program, arguments[0], "-c", config, *arguments[1:]],
            capture_output=True,
            text=True,
            check=True,
            cwd=programs.HOUSE,
        ).stdout

    def send(self, folder: Path, **want: int) -> None:
        """Let the gateway of a card run until all of it is confirmed.

        A card that begins a new epoch must be waited for by what is stored, by sensor.
        """
        with programs.gateway(folder) as gateway:
            parts.wait_until(lambda: want.items() <= self.stored.items(), WITHIN_S)
            programs.drained(folder, WITHIN_S)
            gateway.stop()
