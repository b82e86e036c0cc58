"""What the gateway writes to its card: bytes a reading, and a month on disk.

``python tests/bench_storage.py [--cycles N] [--days N]``.  A gateway that is handed
its readings by a field whose time steps; rules, clock, batches, acknowledgements and
retention are as in service, and so are Mosquitto, ingest and InfluxDB 1.6.7.  It
waits at each step until the province has answered, so all that is due happens.

The goal counts what the process hands to the kernel for its files, the log of the
database and its checkpoints among them (``wchar`` of proc(5); what goes into sockets
is not in it).  Beside it stands what that makes in whole pages of 4 KiB
(``write_bytes``): a commit of one frame dirties two.  Exit code 1 beyond a goal.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
from itertools import islice
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from gateway import wiring
from gateway.history import Past
from gateway.reader import Reader
from gateway.recorder import Recorder
from gateway.watch import Watch
from telemetry import ranges
from telemetry.topics import Identity
from tests import parts, programs
from tests.bench_drain import said
from tests.host import stolen
from tests.stepped import START_MS, Load, Steps, config_of, cycles, serve

CYCLES: Final = 1080  # three hours, or eighteen: deleting goes by whole ones
GOALS: Final = (Load(50, 60, 250), Load(8, 10, 800))

MOST_MONTH_MB: Final = 70.0
MONTH_SENSORS: Final = 50
MONTH_EVERY_S: Final = 60
KEEP_CYCLES: Final = 60  # so that as much is deleted as written …
MONTH_DAYS: Final = 30.0
MONTH_STEP: Final = 20  # cycles between two commits of the month, to save time


# --- bytes written ---------------------------------------------------------------


def costs(folder: Path, load: Load, number: int) -> bool:
    """Run the gateway as a process among real servers; whether it keeps the goal."""
    with parts.mosquitto(folder) as broker, parts.influxdb(folder) as influx:
        parts.create_database(influx.port, "field")
        keep_days = KEEP_CYCLES * load.every_s / 86_400
        config_of(folder, load, broker.port, keep_days)
        programs.province_config(
            folder, broker.port, programs.influx_store(influx.port, "field"),
            'field_time = "simulated"',
        )  # fmt: skip
        Steps.create(folder / "clock", START_MS).close()
        with programs.ingest(folder, "--field-clock", folder / "clock") as ingest:
            ingest.says("connected")
            words = ["--serve", folder, load.sensors, load.every_s, number]
            told = subprocess.run(
                [sys.executable, sys.argv[0], *map(str, words)],
                stdout=subprocess.PIPE,
                check=True,
            ).stdout
    found = json.loads(told)
    reader = Reader(folder / "data" / "buffer.db")
    ledger = reader.ledger()
    held, left = ranges.total(ledger.held), len(reader.rows(1, ledger.next))
    reader.close()
    print(
        f"{load.sensors} sensors every {load.every_s} s: {held:,} rows of"
        f" {ledger.next - 1:,} confirmed, {ledger.next - 1 - left:,} deleted by age,"
        f" {found['rules']} rules with something to say"
    )
    text = (
        f"{found['bytes']:.0f} bytes a reading over {number:,} commits of"
        f" {load.sensors} rows (at most {load.most:.0f}); in pages {found['pages']:.0f}"
    )
    return said("written", text, is_met=found["bytes"] <= load.most)


# --- a month on disk ---------------------------------------------------------------


def month(folder: Path, days: float) -> bool:
    """Record ``days`` without deleting anything; whether a month fits."""
    load = Load(MONTH_SENSORS, MONTH_EVERY_S, MOST_MONTH_MB)
    config = config_of(folder, load, 1, 3660)
    Steps.create(folder / "clock", START_MS).close()
    clock = Steps(folder / "clock")
    channels = wiring.channels(config)
    heads = {key: channel.head for key, channel in channels.items()}
    past = Past(wiring.places(config), heads, clock, full_scale={})
    recorder = Recorder(
        config.buffer_path,
        Identity(config.coop, config.gateway),
        channels,
        clock,
        Watch(config, {}, past, clock.boot),
        commit_s=MONTH_STEP * MONTH_EVERY_S,
        keep_days=3660,
        max_bytes=config.storage.max_mib * 2**20,
    )
    hurry = threading.Event()
    hurry.set()
    number = round(days * 86_400 / MONTH_EVERY_S)
    for readings in islice(cycles(config, load), number):
        recorder.inbox.put(readings)
        clock.step(MONTH_EVERY_S)
        recorder.step(hurry)
    recorder.close()
    size = sum(path.stat().st_size for path in config.data_dir.glob("buffer.db*"))
    size_mb = size / 1e6 * MONTH_DAYS / days
    text = (
        f"{size_mb:.1f} MB with its hours, {size / recorder.stored:.1f} bytes a row"
        f" (at most {MOST_MONTH_MB:.0f} MB)"
    )
    print(
        f"{MONTH_SENSORS} sensors every {MONTH_EVERY_S} s, {days:g} days, no deletion"
    )
    return said("month", text, is_met=size_mb <= MOST_MONTH_MB)


def main() -> int:
    """All of it, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cycles", type=int, default=CYCLES, help="of measuring")
    parser.add_argument("--days", type=float, default=MONTH_DAYS)
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        folder, sensors, every_s, number = args.serve
        serve(Path(folder), Load(int(sensors), int(every_s), 0), int(number))
        return 0
    results = []
    with stolen():
        for load in GOALS:
            with tempfile.TemporaryDirectory(prefix="canhdong-bench-") as name:
                results.append(costs(Path(name), load, args.cycles))
        with tempfile.TemporaryDirectory(prefix="canhdong-bench-") as name:
            results.append(month(Path(name), args.days))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
