"""Drain a backlog into InfluxDB 1.6.7 with acknowledgements; read all of it back.

``python tests/bench_drain.py [--rows N] [--no-peer]``.  Real Mosquitto, real
InfluxDB, the programs as they are.  The backlog is of 128 slow sensors asked each
second: a value stays within a digit of a course that creeps.  After it, 48 live
sensors send a batch each five seconds.  Then the peer, see ``tests/peer/beside.py``.
Exit code 1 beyond a goal or if a reading is missing.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from gateway.buffer import Buffer
from gateway.reader import Reader
from gateway.records import Change, Entry
from telemetry import ranges, topics
from tests import parts, programs
from tests.host import stolen
from tests.peer import beside
from tests.tap import Tap

GOAL_PER_S: Final = 100_000
MOST_FRESH_S: Final = 1.0  # from CONNACK until the newest reading is stored
MOST_S: Final = 300.0  # of a drain, then the bench gives up
MOST_GROWN: Final = 0.10  # of memory, from the first tenth of a drain to the last
MOST_SENT: Final = 7.0  # bytes of PUBLISH packets for a reading of a backlog …
MOST_SENT_LIVE: Final = 12.0  # … and of a live batch of 50
SERIES: Final = [
    f"{quantity},coop=htx-moduc,gw=g1,plot=p{n},sensor=d{n}-{short},z={z}"
    for n in range(1, 17)
    for quantity, short, z in programs.PROBE
]
CYCLE_MS: Final = 1000
NEWEST: Final = 99.9  # a value that no other reading of the backlog has
LOOK_S: Final = 0.05  # between two looks for the newest reading
REST_S: Final = 0.2  # between two at memory and ledger, so that they take no part in it
LIVE_DEVICES: Final = 6  # of 8 sensors: the batches of 50 that the goal is about
LIVE_EVERY_S: Final = 5.0
LIVE_BATCHES: Final = 6


def fill(folder: Path, rows: int) -> None:
    """Put a backlog of 16 devices × 8 quantities, a cycle a second, on disk."""
    (folder / "data").mkdir()
    buffer = Buffer(folder / "data" / "buffer.db", "htx-moduc", "g1", "backlog")
    values = course(len(SERIES))
    for start in range(0, rows, 5000):
        entries = [
            Entry(
                n + 1,
                SERIES[n % len(SERIES)],
                n // len(SERIES) * CYCLE_MS,
                next(values) if n < rows - 1 else NEWEST,
                1,
            )
            for n in range(start, min(rows, start + 5000))
        ]
        buffer.write(Change(rows=entries))
    buffer.close()


def course(sensors: int) -> Iterator[float]:
    """Values of so many sensors in turn, without end.

    A third of the readings flicker by one digit, as a quiet probe of 12 bits does;
    every tenth flicker stays, so that the course creeps.
    """
    dice = random.Random(1)
    stand = [round(20 + n * 0.37, 1) for n in range(sensors)]
    while True:
        for n, value in enumerate(stand):
            chance = dice.random()
            shown = value
            if chance < 1 / 3:
                shown = round(value + (0.1 if chance < 1 / 6 else -0.1), 1)
            if chance < 1 / 30:
                stand[n] = shown
            yield shown


def stored(port: int) -> int:
    """Values that InfluxDB gives back."""
    return sum(
        int(row["count"])
        for row in parts.query(port, "SELECT count(value) FROM /.*/", "field")
    )


# --- what is watched while it drains --------------------------------------------


@dataclass(slots=True)
class Watched:
    """What another thread has seen of a drain."""

    memory_mib: dict[str, list[float]] = field(default_factory=dict)
    fresh_at_s: float | None = None  # machine time: the newest reading is stored


@contextmanager
def watching(port: int, who: dict[str, programs.Program]) -> Iterator[Watched]:
    """Look at the memory of ``who``, and for the newest reading in InfluxDB."""
    seen = Watched({name: [] for name in who})
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(port, who, seen, stop), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _watch(
    port: int, who: dict[str, programs.Program], seen: Watched, stop: threading.Event
) -> None:
    newest = SERIES[-1].split(",")[0]
    asked = f"SELECT count(value) FROM {newest} WHERE value = {NEWEST}"  # noqa: S608 - own
    while not stop.wait(LOOK_S if seen.fresh_at_s is None else REST_S):
        if seen.fresh_at_s is None and parts.query(port, asked, "field"):
            seen.fresh_at_s = time.monotonic()
        for name, program in who.items():
            seen.memory_mib[name].append(program.memory_mib())


def grown(memory_mib: Sequence[float]) -> tuple[float, float]:
    """Mean of the first tenth and of the last. [MiB]"""
    tenth = max(1, len(memory_mib) // 10)
    first, last = memory_mib[:tenth], memory_mib[-tenth:]
    return sum(first) / len(first), sum(last) / len(last)


# --- the run ---------------------------------------------------------------------


def drain(folder: Path, rows: int) -> bool:
    """Fill, drain, read back, print; whether every goal is met."""
    fill(folder, rows)
    with parts.mosquitto(folder) as broker, parts.influxdb(folder) as influx:
        parts.create_database(influx.port, "field")
        programs.gateway_config(
            folder, broker.port, devices=1, every_s=3600, commit_s=0.1
        )
        programs.province_config(
            folder, broker.port, programs.influx_store(influx.port, "field")
        )
        with (
            Tap(broker.port, only_sizes=True) as tap,
            programs.ingest(folder) as ingest,
            programs.gateway(folder) as gateway,
        ):
            who = {"gateway": gateway, "ingest": ingest}
            ingest.says("connected")
            parts.wait_until(lambda: topics.UP_HELLO in tap.first_s, 60)
            before = {name: program.cpu_s() for name, program in who.items()}
            with stolen(), watching(influx.port, who) as seen:
                took_s = drain_s(folder, rows, tap.first_s[topics.UP_HELLO])
            cpu_s = {name: who[name].cpu_s() - was for name, was in before.items()}
            gateway.stop()
        found = stored(influx.port)
    each_us = ", ".join(f"{who} {used / rows * 1e6:.2f}" for who, used in cpu_s.items())
    sent = tap.packet_bytes[topics.UP_READINGS] / rows
    rate, fresh_s = rows / took_s, (seen.fresh_at_s or 0) - tap.first_s[topics.UP_HELLO]
    print(
        f"drained      {rows:,} readings in {took_s:.1f} s; µs of processor each:"
        f" {each_us}"
    )
    told = [
        said("rate", f"{rate:,.0f} readings/s (at least {GOAL_PER_S:,})",
             is_met=rate >= GOAL_PER_S),
        said("newest", f"stored {fresh_s:.2f} s after the first hello (at most"
             f" {MOST_FRESH_S:.0f} s)",
             is_met=seen.fresh_at_s is not None and fresh_s <= MOST_FRESH_S),
        said("sent", f"{sent:.2f} bytes a reading (at most {MOST_SENT:.0f})",
             is_met=sent <= MOST_SENT),
        said("read back", f"{found:,} of {rows:,}", is_met=found >= rows),
    ]  # fmt: skip
    for name, memory_mib in seen.memory_mib.items():
        first, last = grown(memory_mib)
        text = f"{first:.1f} MiB in the first tenth, {last:.1f} in the last"
        told.append(said(name, text, is_met=last <= first * (1 + MOST_GROWN)))
    return all(told)


def drain_s(folder: Path, rows: int, began_s: float) -> float:
    """From ``began_s`` until the gateway has every acknowledgement on disk. [s]"""
    reader = Reader(folder / "data" / "buffer.db")
    while ranges.total(reader.ledger().held) < rows:
        if time.monotonic() - began_s > MOST_S:
            msg = f"not drained within {MOST_S:.0f} s"
            raise TimeoutError(msg)
        time.sleep(REST_S)
    reader.close()
    return time.monotonic() - began_s


def live(folder: Path) -> bool:
    """Send small batches as they come, and print what a reading of them costs."""
    with parts.mosquitto(folder) as broker:
        programs.gateway_config(
            folder, broker.port, devices=LIVE_DEVICES, every_s=LIVE_EVERY_S,
            uplink=f"send_every_s = {LIVE_EVERY_S}",
        )  # fmt: skip
        store = f'kind = "sqlite"\npath = "{folder}/store.db"'
        programs.province_config(folder, broker.port, store)
        with Tap(broker.port) as tap, programs.simulator(folder) as simulator:
            simulator.says("serving")
            with programs.ingest(folder) as ingest, programs.gateway(folder) as gateway:
                ingest.says("connected")
                parts.wait_until(lambda: len(tap.batches) > 0, 60)
                first = tap.packet_bytes[topics.UP_READINGS], tap.rows
                parts.wait_until(lambda: len(tap.batches) > LIVE_BATCHES, 120)
                gateway.stop()
    n = tap.rows - first[1]
    sent = (tap.packet_bytes[topics.UP_READINGS] - first[0]) / n
    size = n / (len(tap.batches) - 1)
    text = f"{sent:.2f} bytes a reading in batches of {size:.0f}"
    return said(
        "live", f"{text} (at most {MOST_SENT_LIVE:.0f})", is_met=sent <= MOST_SENT_LIVE
    )


def said(what: str, text: str, *, is_met: bool) -> bool:
    """Print one goal, and pass on whether it is met."""
    print(f"{what:<12} {text}  {'ok' if is_met else 'MISSED'}")
    return is_met


def main() -> int:
    """Everything, one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out")
    args = parser.parse_args()
    results = []
    for part in (lambda folder: drain(folder, args.rows), live):
        with tempfile.TemporaryDirectory(prefix="canhdong-bench-") as name:
            results.append(part(Path(name)))
    if not args.no_peer:
        results.append(beside.main([]) == 0)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
