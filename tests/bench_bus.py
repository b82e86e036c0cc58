"""Measure the bus against the wire: 16 devices of 8 registers at 9600 baud.

Usage: python tests/bench_bus.py [--seconds N]
Polls back to back through a tap that keeps the wire's time, once with pymodbus's
server as the slave and once with our own.  Fails if the median of the
cycles is over 1.05 wire minima, if any cycle is under 1.00 or if any silence is
under 3.5 characters.  What else the machine does lengthens cycles: run it alone.
"""

import argparse
import contextlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

from drivers.cycle import cycle_s
from drivers.devices.sim_probe import SIM_PROBE
from drivers.modbus import ModbusBus
from drivers.outlet import Outlet
from drivers.poller import Device, Poller
from drivers.sim.devices import device
from drivers.sim.slave import SimulatedBus
from telemetry.clock import SystemClock
from telemetry.reading import Flag
from tests.drivers.foreign_slave import serving
from tests.drivers.wire_tap import SILENCE_CHARS, Tapped, tapping
from tests.host import stolen

BAUDRATE = 9600
ADDRESSES = list(range(1, 17))
MOST_RATIO = 1.05
CPU_GOAL_MS = 0.75


@dataclass(frozen=True)
class Polled:
    """What a run cost and brought."""

    polls: int
    cpu_ms: float  # a poll
    good: int
    missing: int


def devices(period_ms: int) -> list[Device]:
    """Every register of every device, each as a reading."""
    return [
        Device(
            name=f"probe-{address}",
            model=SIM_PROBE,
            address=address,
            period_ms=period_ms,
            outlets=tuple(
                Outlet(sensor=f"s{address}", quantity=channel, channel=channel)
                for channel in SIM_PROBE.channels
            ),
        )
        for address in ADDRESSES
    ]


LEAST_S = cycle_s(devices(1), BAUDRATE)


def poll(port: str, seconds: float) -> Polled:
    """Poll without a pause: the period is what the wire takes at least."""
    wanted = devices(period_ms=round(LEAST_S * 1000))
    poller = Poller(ModbusBus("bench", port, BAUDRATE), wanted, SystemClock())
    stop, polls, good, missing = threading.Event(), 0, 0, 0
    end_s, cpu_s = time.monotonic() + seconds, time.thread_time()
    while time.monotonic() < end_s:
        rows = poller.step(stop)
        polls += 1
        absent = sum(row.flag is Flag.MISSING for row in rows)
        missing += absent
        good += len(rows) - absent
    cpu_ms = 1000 * (time.thread_time() - cpu_s) / polls
    poller.close()
    return Polled(polls, cpu_ms, good, missing)


def ratios(tapped: Tapped) -> list[float]:
    """Each cycle after the first, which holds the probes, in wire minima."""
    begins = [at_s for at_s, _ in tapped.questions[2 * len(ADDRESSES) :]]
    return [
        (after - before) / LEAST_S
        for before, after in pairwise(begins[:: len(ADDRESSES)])
    ]


def verdict(name: str, polled: Polled, tapped: Tapped) -> bool:
    """Print one line; whether it is within the bounds."""
    cycles, gap = ratios(tapped), min(tapped.gaps)
    is_good = (
        median(cycles) <= MOST_RATIO and min(cycles) >= 1.0 and gap >= SILENCE_CHARS
    )
    print(
        f"{name:<9} {polled.polls:5} polls, {polled.good} readings"
        f"  cycle / wire minimum {median(cycles):.3f} (1.00..{MOST_RATIO}),"
        f" mean {mean(cycles):.3f}"
        f"  smallest gap {gap:.2f} characters (3.5)"
        f"  CPU {polled.cpu_ms:.2f} ms a poll ({CPU_GOAL_MS})"
        f"  {'ok' if is_good else 'FAILED'}"
    )
    return is_good


def against_foreign(seconds: float) -> bool:
    """Against pymodbus's server."""
    slaves = dict.fromkeys(ADDRESSES, SIM_PROBE)
    with tapping(BAUDRATE) as tapped, serving(tapped.far, slaves):
        polled = poll(tapped.near, seconds)
    return verdict("pymodbus", polled, tapped)


def against_own(seconds: float) -> bool:
    """Against our simulated bus."""
    with tempfile.TemporaryDirectory() as folder:
        port = Path(folder) / "bus"
        with serving_own(port), tapping(BAUDRATE, str(port)) as tapped:
            polled = poll(tapped.near, seconds)
    return verdict("our own", polled, tapped)


@contextlib.contextmanager
def serving_own(port: Path) -> Iterator[None]:
    """Run our slave in a process of its own, which does the tap's waiting for it."""
    command = [sys.executable, __file__, "--serve", str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as slave:
        assert slave.stdin is not None
        assert slave.stdout is not None
        assert slave.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            slave.stdin.close()


def serve(port: Path) -> None:
    """Answer at ``port`` until standard input closes; the tap keeps the time."""
    values = dict.fromkeys(SIM_PROBE.channels, 20.0)
    slaves = [device(f"probe-{n}", SIM_PROBE, n, lambda: values) for n in ADDRESSES]
    with SimulatedBus(port, slaves):
        print("ready", flush=True)
        sys.stdin.read()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 if all is within the bounds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve:
        serve(given.serve)
        return 0
    with stolen():
        results = [against_foreign(given.seconds), against_own(given.seconds)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
