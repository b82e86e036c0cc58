"""Everything that runs: one field, many gateways, proxies, broker, ingest, database."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from telemetry.topics import Identity
from tests import parts, programs
from tests.turmoil.proxy import Proxy

COOP: Final = "htx-moduc"
DATABASE: Final = "field"
SPEED: Final = 60  # a field minute a second: an hour is two and a half days
EVERY_S: Final = 60.0  # of field time
COMMIT_S: Final = 0.5
UPLINK: Final = "send_every_s = 1\nresend_after_s = 3"
DISK_MIB: Final = 48  # of a small disk: room for buffer, log and ballast
FREE_FOR_ALL: Final = "topic readwrite #\n"

AWAY_S: Final = (1.0, 12.0)  # how long something stays away
PROVINCE: Final = 'field_time = "simulated"'


@dataclass(slots=True, kw_only=True)
class Gateway:
    """One gateway: its program, its folder, its wire to the broker."""

    name: str
    folder: Path
    program: programs.Program
    proxy: Proxy
    has_disk: bool  # a small one of its own
    saved: Path | None = None  # a copy of its card
    laid_aside: list[Path] = field(default_factory=list)  # cards that were replaced
    kills: int = 0

    @property
    def identity(self) -> Identity:
        return Identity(COOP, self.name)

    @property
    def data(self) -> Path:
        """What is on its card."""
        return self.folder / "data"

    def boot(self, *more: object, is_new: bool = True) -> None:
        """Start it, in a new boot if nothing else is said."""
        if is_new:
            boot = {"BOOT_ID": secrets.token_hex(16)}
            self.program.environment = os.environ | boot
        self.program.start(*more)

    def copy_card(self, to: Path) -> Path:
        """Copy what is on the card of a stopped gateway."""
        to.mkdir(parents=True)
        for file in self.data.glob("buffer.db*"):
            if not file.name.endswith("-shm"):
                shutil.copyfile(file, to / file.name)
        return to

    def put_card(self, card: Path) -> None:
        """Put another card's contents in."""
        for file in self.data.glob("buffer.db*"):
            file.unlink()
        for file in card.iterdir():
            shutil.copyfile(file, self.data / file.name)


@dataclass(slots=True, kw_only=True)
class Site:
    """Every part, running."""

    folder: Path
    gateways: Sequence[Gateway]
    simulator: programs.Program
    ingest: programs.Program
    broker: parts.Part
    influx: parts.Part
    saved_ledger: Path | None = None
    saved_store: Path | None = None

    @property
    def store(self) -> Path:
        """The database's folder."""
        return self.folder / f"influxdb-{self.influx.port}"

    @property
    def rights(self) -> Path:
        """The broker's access rules."""
        return self.folder / "rights"

    def set_rights(self, text: str) -> None:
        """Let the broker read other access rules."""
        self.rights.write_text(text)
        self.rights.chmod(0o644)
        subprocess.run(["kill", "-HUP", str(self.broker.pid)], check=True)


@contextmanager
def site(folder: Path, count: int, *, small_disks: int) -> Iterator[Site]:
    """Run everything in ``folder``; some gateways have a small disk, as root."""
    with ExitStack() as stack:
        enter = stack.enter_context
        influx = enter(parts.influxdb(folder))
        parts.create_database(influx.port, DATABASE)
        rights = folder / "rights"
        rights.write_text(FREE_FOR_ALL)
        broker = enter(
            parts.mosquitto(
                folder,
                config="allow_anonymous true\nset_tcp_nodelay true\n"
                f"acl_file {rights}\n",
            )
        )
        store = programs.influx_store(influx.port, DATABASE)
        programs.province_config(folder, broker.port, store, PROVINCE)
        _field_config(folder, count)
        simulator = enter(programs.simulator(folder, "--speed", SPEED))
        simulator.says("serving")
        ingest = enter(programs.ingest(folder, "--speed", SPEED))
        gateways = []
        for number in range(1, count + 1):
            proxy = enter(Proxy(broker.port))
            has_disk = number <= small_disks
            home = folder / f"g{number}"
            home.mkdir()
            if has_disk:
                enter(_small_disk(home))
            program = _gateway(folder, home, number, proxy.port)
            one = Gateway(
                name=f"g{number}", folder=home, program=program, proxy=proxy,
                has_disk=has_disk,
            )  # fmt: skip
            stack.callback(program.kill)
            one.boot()
            gateways.append(one)
        yield Site(
            folder=folder, gateways=gateways, simulator=simulator, ingest=ingest,
            broker=broker, influx=influx,
        )  # fmt: skip


@contextmanager
def _small_disk(home: Path) -> Iterator[None]:
    """Mount an ext4 of its own at ``home/data``."""
    image, data = home / "disk.img", home / "data"
    data.mkdir()
    with image.open("wb") as file:
        file.truncate(DISK_MIB * 2**20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(data)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


def _gateway(folder: Path, home: Path, number: int, port: int) -> programs.Program:
    (home / "gateway.toml").write_text(
        f'version = 1\ncoop = "{COOP}"\ngateway = "g{number}"\n'
        f'data_dir = "{home}/data"\n[uplink]\nport = {port}\n{UPLINK}\n'
        f"[storage]\ncommit_s = {COMMIT_S}\n" + _plot() + _device(folder, number)
    )
    return programs.gateway(home, "--speed", SPEED)


def _field_config(folder: Path, count: int) -> None:
    """One simulator serves the buses of all gateways."""
    (folder / "gateway.toml").write_text(
        f'version = 1\ncoop = "{COOP}"\ngateway = "field"\ndata_dir = "{folder}"\n'
        + _plot()
        + "".join(_device(folder, number) for number in range(1, count + 1))
    )


def _plot() -> str:
    return '[plots.p1]\nname = "thửa 1"\ncrop = "rice"\n'


def _device(folder: Path, number: int) -> str:
    return (
        f'[buses.b{number}]\nport = "{folder}/tty{number}"\nbaudrate = 115200\n'
        f'[devices.d{number}]\ndriver = "sim-probe"\nbus = "b{number}"\n'
        f"address = {number}\nevery_s = {EVERY_S}\n"
        + "".join(
            f'[sensors.d{number}-{short}]\ndevice = "d{number}"\nplot = "p1"\n'
            f'quantity = "{quantity}"\nz = {z}\n'
            for quantity, short, z in programs.PROBE
        )
    )


def pause(program: programs.Program | parts.Part) -> None:
    """SIGSTOP."""
    subprocess.run(["kill", f"-{signal.SIGSTOP}", str(program.pid)], check=False)


def go_on(program: programs.Program | parts.Part) -> None:
    """SIGCONT."""
    subprocess.run(["kill", f"-{signal.SIGCONT}", str(program.pid)], check=False)


def one_of(site: Site, dice: Random) -> Gateway:
    """A gateway, drawn."""
    return dice.choice(list(site.gateways))
