"""What the daemon costs: 16 devices of 8 registers at 9600 baud, each second.

``python tests/bench_daemon.py [--seconds N]``.  Simulated bus, the gateway with its
default times of commit and sending, real Mosquitto, ingest into InfluxDB 1.6.7.
What is counted is counted from one acknowledged commit to another, after a warm-up.
Exit code 1 beyond a goal or if the province falls behind.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a script

from telemetry import topics
from tests import parts, programs
from tests.host import stolen
from tests.tap import Tap

DEVICES: Final = 16
BAUDRATE: Final = 9600
COMMIT_S: Final = 10.0  # the default where devices are asked each second
READINGS_PER_S: Final = DEVICES * len(programs.PROBE)
WARM_UP: Final = 3 * int(COMMIT_S) * READINGS_PER_S  # readings
MOST_MIB: Final = 50.0
MOST_CPU_S: Final = 0.15  # per 1,000 readings
LEAST_SHARE: Final = 0.95  # of the due readings, acknowledged; a commit may be late


@dataclass(frozen=True, slots=True)
class Mark:
    """Counts of the gateway at one instant."""

    at_s: float
    acknowledged: int
    cpu_s: float
    memory_mib: float
    disk_bytes: int
    sent_bytes: int  # payloads of readings
    other_bytes: int  # payloads of hello, health and the like


@contextmanager
def running(folder: Path) -> Iterator[tuple[programs.Program, Tap]]:
    """Run the whole chain in ``folder``; the gateway and the tap."""
    with ExitStack() as stack:
        enter = stack.enter_context
        broker, influx = enter(parts.mosquitto(folder)), enter(parts.influxdb(folder))
        parts.create_database(influx.port, "field")
        programs.gateway_config(
            folder, broker.port, devices=DEVICES, commit_s=COMMIT_S, baudrate=BAUDRATE
        )
        programs.province_config(
            folder, broker.port, programs.influx_store(influx.port, "field")
        )
        tap = enter(Tap(broker.port))
        enter(programs.simulator(folder)).says("serving")
        enter(programs.ingest(folder)).says("connected")
        gateway = enter(programs.gateway(folder))
        yield gateway, tap
        gateway.stop()


def mark(folder: Path, gateway: programs.Program, tap: Tap, more: int) -> Mark:
    """Wait until ``more`` readings are acknowledged in all, and take the counts."""

    def acknowledged() -> int:
        return int(programs.status(folder).get("acknowledged", 0))

    parts.wait_until(lambda: acknowledged() >= more, 60 + 1.5 * more / READINGS_PER_S)
    up = {leaf: n for leaf, n in tap.payload_bytes.items() if leaf.startswith("up/")}
    sent = up.pop(topics.UP_READINGS, 0)
    return Mark(
        time.monotonic(),
        acknowledged(),
        gateway.cpu_s(),
        gateway.memory_mib(),
        gateway.written_bytes(),
        sent,
        sum(up.values()),
    )


def told(before: Mark, after: Mark) -> bool:
    """Print what a reading costs; whether every goal is met."""
    readings = after.acknowledged - before.acknowledged
    spent_s = after.at_s - before.at_s
    cpu_s = (after.cpu_s - before.cpu_s) / readings * 1000
    memory_mib = max(before.memory_mib, after.memory_mib)
    share = readings / (spent_s * READINGS_PER_S)
    goals = {
        f"memory      {before.memory_mib:.1f} MiB at first, {after.memory_mib:.1f} at"
        f" the end (at most {MOST_MIB:.0f})": memory_mib <= MOST_MIB,
        f"processor   {cpu_s:.3f} s per 1,000 readings (at most {MOST_CPU_S})":
            cpu_s <= MOST_CPU_S,
        f"readings    {readings:,} acknowledged in {spent_s:.0f} s, {share:.1%} of"
        f" what was due (at least {LEAST_SHARE:.0%})": share >= LEAST_SHARE,
    }  # fmt: skip
    for line, is_met in goals.items():
        print(f"{line}  {'ok' if is_met else 'MISSED'}")
    for what, was, now in (
        ("disk       ", before.disk_bytes, after.disk_bytes),
        ("network    ", before.sent_bytes, after.sent_bytes),
        ("and besides", before.other_bytes, after.other_bytes),
    ):
        print(f"{what} {(now - was) / readings:.1f} bytes a reading")
    return all(goals.values())


def main() -> int:
    """Run, warm up, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="of measuring")
    seconds = parser.parse_args().seconds
    with (
        tempfile.TemporaryDirectory(prefix="canhdong-bench-") as name,
        running(Path(name)) as (gateway, tap),
    ):
        before = mark(Path(name), gateway, tap, WARM_UP)
        wanted = before.acknowledged + round(seconds * READINGS_PER_S)
        with stolen():
            after = mark(Path(name), gateway, tap, wanted)
        is_good = told(before, after)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
