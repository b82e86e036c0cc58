"""Drain a backlog into InfluxDB 1.6.7 with acknowledgements; read all of it back.

``python tests/bench_drain.py [--rows N]``.  Real Mosquitto, real InfluxDB, the
programs as they are.  Exit code 1 below the goal or if a reading is missing.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from gateway.buffer import Buffer
from gateway.reader import Reader
from gateway.records import Change, Entry
from telemetry import ranges
from tests import parts, programs
from tests.host import stolen

GOAL_PER_S: Final = 100_000
SERIES: Final = [
    f"{quantity},coop=htx-moduc,gw=g1,plot=p{n},sensor=d{n}-{short},z={z}"
    for n in range(1, 17)
    for quantity, short, z in programs.PROBE
]
CYCLE_MS: Final = 1000


def fill(folder: Path, rows: int) -> None:
    """Put a backlog of 16 devices × 8 quantities, a cycle a second, on disk."""
    (folder / "data").mkdir()
    buffer = Buffer(folder / "data" / "buffer.db", "htx-moduc", "g1", "backlog")
    for start in range(0, rows, 5000):
        buffer.write(
            Change(
                rows=[
                    Entry(
                        n + 1,
                        SERIES[n % len(SERIES)],
                        n // len(SERIES) * CYCLE_MS,
                        round(20 + (n * 7919 % 200) / 10, 1),
                        1,
                    )
                    for n in range(start, min(rows, start + 5000))
                ]
            )
        )
    buffer.close()


def stored(port: int) -> int:
    """Values that InfluxDB gives back."""
    return sum(
        int(row["count"])
        for row in parts.query(port, "SELECT count(value) FROM /.*/", "field")
    )


def main() -> int:
    """Fill, drain, read back, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, rows)
        with parts.mosquitto(folder) as broker, parts.influxdb(folder) as influx:
            parts.create_database(influx.port, "field")
            programs.gateway_config(
                folder, broker.port, devices=1, every_s=3600, commit_s=0.1
            )
            programs.province_config(
                folder, broker.port, programs.influx_store(influx.port, "field")
            )
            with programs.ingest(folder) as ingest, programs.gateway(folder) as gateway:
                ingest.says("connected")
                gateway.says("wait for the province")
                with stolen():
                    took_s = drain_s(folder, rows)
                cpu = gateway.cpu_s(), ingest.cpu_s()
                memory = gateway.memory_mib(), ingest.memory_mib()
                gateway.stop()
            found = stored(influx.port)
    rate = rows / took_s
    met = "met" if rate >= GOAL_PER_S else "MISSED"
    print(f"drained      {rows:,} readings in {took_s:.1f} s: {rate:,.0f} readings/s")
    print(f"goal         {GOAL_PER_S:,} readings/s: {met}")
    for what, used_s, mib in zip(("gateway", "ingest"), cpu, memory, strict=True):
        each_us = used_s / rows * 1e6
        print(f"{what:<12} {each_us:.2f} µs of processor a reading, {mib:.0f} MiB")
    print(f"read back    {found:,} of {rows:,}")
    return 0 if rate >= GOAL_PER_S and found >= rows else 1


def drain_s(folder: Path, rows: int) -> float:
    """Time until the gateway has every acknowledgement on disk. [s]"""
    began = time.monotonic()
    reader = Reader(folder / "data" / "buffer.db")
    parts.wait_until(lambda: ranges.total(reader.ledger().held) >= rows, 300)
    reader.close()
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
