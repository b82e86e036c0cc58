"""A gateway that is handed its readings by a field whose time steps.

It is the daemon with all that it is made of but buses, driven by one thread: at each
step it works until the province has answered all that was due.
"""

import json
import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Final

from gateway import check, uplink, wiring
from gateway.config import Config
from gateway.daemon import Daemon
from telemetry.clock import SteppedClock
from telemetry.quantity import Kind
from telemetry.reading import Flag, Reading
from tests import programs
from tests.bench_drain import course

WARM_UP_S: Final = 7200.0  # of field time: deleting is looked for once an hour
LOOK_S: Final = 0.002  # of the uplink for bytes; in service 0.25
STEP_S: Final = 20.0  # of time at most: less than a resend apart
SETTLE_S: Final = 30.0  # for the province to answer
START_MS: Final = programs.FIRST_STAMP_MS


@dataclass(frozen=True, slots=True)
class Load:
    """So many sensors asked so often, which are the rows of a commit."""

    sensors: int
    every_s: int  # and the commit as is shipped for it
    most: float  # bytes written for each reading


class Steps(SteppedClock):
    """Field time that steps, and machine time with it."""

    def machine_s(self) -> float:
        """Machine time. [s]"""
        return self.field_ms() / 1000

    def step(self, by_s: float) -> None:
        """Let time pass."""
        self.advance(START_MS + self.field_ms() + round(by_s * 1000))


def config_of(folder: Path, load: Load, port: int, keep_days: float) -> Config:
    """A gateway with such a load."""
    (folder / "data").mkdir()
    programs.gateway_config(
        folder, port, devices=-(-load.sensors // len(programs.PROBE)),
        every_s=load.every_s, commit_s=load.every_s,
    )  # fmt: skip
    path = folder / "gateway.toml"
    text = path.read_text().replace("[storage]", f"[storage]\nkeep_days = {keep_days}")
    path.write_text(text)
    return check.load(path)


def cycles(config: Config, load: Load) -> Iterator[list[Reading]]:
    """What the sensors say, one list a cycle, stamped with its start."""
    channels = list(islice(wiring.channels(config).items(), load.sensors))
    values = course(load.sensors)
    for cycle in count():
        yield [
            Reading(
                *key,
                cycle * load.every_s * 1000,
                cycle if channel.quantity.kind is Kind.COUNTER else value,
                Flag.UNCHECKED,
            )
            for (key, channel), value in zip(channels, values, strict=False)
        ]


def serve(folder: Path, load: Load, number: int) -> None:
    """Be the gateway for so many cycles after the warm-up; tell what was written."""
    uplink.IDLE_S = LOOK_S  # type: ignore[misc]  # so that a step of time is short
    config = check.load(folder / "gateway.toml")
    clock = Steps(folder / "clock")
    daemon = Daemon(config, clock)
    warm_up = round(WARM_UP_S / load.every_s)
    steps = math.ceil(load.every_s / STEP_S)
    before = Written(0, 0)
    for cycle, readings in enumerate(islice(cycles(config, load), warm_up + number)):
        if cycle == warm_up:
            before = Written.now()
        daemon.recorder.inbox.put(readings)
        for _ in range(steps):
            clock.step(load.every_s / steps)
            _settle(daemon)
    after, rows = Written.now(), number * load.sensors
    told = {
        "bytes": (after.handed - before.handed) / rows,
        "pages": (after.pages - before.pages) / rows,
        "rules": len(daemon.watch.standing()),
    }
    print(json.dumps(told), flush=True)
    daemon.recorder.close()  # not the uplink: time stands, so it would wait for ever


def _settle(daemon: Daemon) -> None:
    """Work as recorder and as uplink until nothing is due or under way."""
    hurry, patient = threading.Event(), threading.Event()
    hurry.set()  # the recorder waits for nothing that is not there yet
    until_s = time.monotonic() + SETTLE_S
    rest = 0
    while rest < 2:
        daemon.recorder.step(hurry)
        daemon.uplink.step(patient)
        rest = 0 if _is_busy(daemon) else rest + 1
        if time.monotonic() > until_s:
            msg = f"{daemon.uplink.link_state}: {daemon.uplink.error}"
            raise TimeoutError(msg)


def _is_busy(daemon: Daemon) -> bool:
    flow = daemon.uplink._dispatch.flow
    return bool(
        daemon.uplink.link_state != "up"
        or flow.open
        or flow.is_recording
        or daemon.uplink.alerts_waiting
        or not daemon.recorder.inbox.empty()
        or not daemon.recorder.news.empty()
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What this process has written to files. [bytes]"""

    handed: int  # to the kernel
    pages: int  # to the disk, in whole pages

    @classmethod
    def now(cls) -> "Written":
        """Read it; see proc(5)."""
        lines = Path("/proc/self/io").read_text().splitlines()
        told = {key: int(value) for key, value in (line.split(": ") for line in lines)}
        return cls(told["wchar"], told["write_bytes"])
