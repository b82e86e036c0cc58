"""Gateways that are measured beside each other: each with its field and its far end."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry import topics
from tests import parts, programs
from tests.peer import thingsboard
from tests.peer.receiver import Platform
from tests.tap import Tap

DEVICES: Final = 16
BAUDRATE: Final = 9600
VALUES: Final = len(programs.PROBE)  # of one answer
DATABASE: Final = "field"
OURS: Final = {"g1": 10.0, "g2": 1.0}
"""Gateways of ours, and when they commit. [s]  10 is as shipped."""

Counts = tuple[int, int]
"""Different readings at the far end, and how many of them came twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One gateway with its field and its far end."""

    name: str
    folder: Path
    simulator: programs.Program
    gateway: programs.Program
    counts: Callable[[], Counts]
    sent_bytes: Callable[[], int]  # PUBLISH packets of readings

    @property
    def answers(self) -> int:
        """Answers with all eight values that the devices have given."""
        told = json.loads((self.folder / "sim.json").read_text())["devices"]
        return sum(int(device["answered"]) for device in told.values())


@contextmanager
def sides(folder: Path) -> Iterator[tuple[parts.Part, list[Side]]]:
    """Run everything in ``folder``; the broker and the sides."""
    python = thingsboard.install(print)
    with ExitStack() as stack:
        enter = stack.enter_context
        broker, influx = enter(parts.mosquitto(folder)), enter(parts.influxdb(folder))
        parts.create_database(influx.port, DATABASE)
        store = programs.influx_store(influx.port, DATABASE)
        programs.province_config(folder, broker.port, store)
        enter(programs.ingest(folder)).says("connected")
        made = [
            _ours(enter, folder / name, name, broker.port, influx.port) for name in OURS
        ]
        made.append(_peer(enter, folder / "peer", broker.port, python))
        for side in made:
            enter(side.gateway)
        yield broker, made


Enter = Callable[..., object]


def _ours(enter: Enter, folder: Path, name: str, broker: int, influx: int) -> Side:
    folder.mkdir()
    programs.gateway_config(
        folder, broker, devices=DEVICES, commit_s=OURS[name], baudrate=BAUDRATE,
        name=name,
    )  # fmt: skip
    tap = Tap(broker, f"htx-moduc/{name}")
    enter(tap)
    return Side(
        name=f"canhdong, commit_s = {OURS[name]:.0f}",
        folder=folder,
        simulator=_field(enter, folder),
        gateway=programs.gateway(folder),
        counts=lambda: stored(influx, name),
        sent_bytes=lambda: tap.packet_bytes[topics.UP_READINGS],
    )


def _peer(enter: Enter, folder: Path, broker: int, python: Path) -> Side:
    folder.mkdir()
    programs.gateway_config(folder, broker, devices=DEVICES, baudrate=BAUDRATE)
    platform = Platform(broker)
    enter(platform)
    return Side(
        name=thingsboard.PACKAGES[0],
        folder=folder,
        simulator=_field(enter, folder),
        gateway=thingsboard.gateway(folder / "own", python, broker, folder / "tty0"),
        counts=lambda: platform.counts,
        sent_bytes=lambda: platform.packet_bytes,
    )


def _field(enter: Enter, folder: Path) -> programs.Program:
    simulator = programs.simulator(folder, "--unplugged", folder / "unplugged")
    enter(simulator)
    simulator.says("serving")
    return simulator


def stored(port: int, gateway: str) -> Counts:
    """What InfluxDB has of one of our gateways."""
    where = f"WHERE gw = '{gateway}'"
    all_of_it = f"SELECT count(value) FROM /.*/ {where}"  # noqa: S608 - own names
    polls_of_it = f"SELECT value FROM poll_count {where} GROUP BY sensor"  # noqa: S608
    found = parts.query(port, all_of_it, DATABASE)
    total = sum(int(row["count"]) for row in found)
    polls = Counter(
        (row["sensor"], row["value"])
        for row in parts.query(port, polls_of_it, DATABASE)
    )
    doubled = (polls.total() - len(polls)) * VALUES
    return total - doubled, doubled
