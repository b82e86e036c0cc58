"""The demo's processes, from field to province, and how they start and stop."""

import socket
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from gateway.demo.child import Child
from gateway.demo.relay import Relay

START_S: Final = 30.0  # a laptop that has just installed us compiles every import
EVERY_S: Final = 1  # the poll period, short so that something moves
NEVER_S: Final = 86_400  # the poll period where nothing more is to be read


class Chain:
    """Everything between a simulated probe and the province's database.

    The province stands at the broker itself; only the gateway's way to it leads
    over ``link``, which can be cut.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        broker = free_port()
        self.link = Relay(broker)
        names = {"folder": folder, "link": self.link.port, "broker": broker}
        (folder / "gateway").mkdir()
        self._write("province", "province", names)
        self._write("gateway", "gateway", names | {"every_s": EVERY_S})
        self._write("closing", "gateway", names | {"every_s": NEVER_S})
        self._broker_port = broker
        self._children: list[Child] = []

    @property
    def buffer(self) -> Path:
        """The gateway's buffer."""
        return self.folder / "gateway" / "buffer.db"

    @property
    def ledger(self) -> Path:
        """What the province has acknowledged, and the alerts that reached it."""
        return self.folder / "ledger.db"

    @property
    def store(self) -> Path:
        """The province's database."""
        return self.folder / "store.db"

    @property
    def stats(self) -> Path:
        """What the simulated devices have answered."""
        return self.folder / "field.json"

    def start(self) -> None:
        """Start all of it, each when what it leans on is there."""
        self._start("broker", "gateway.demo.broker", str(self._broker_port))
        self._children[-1].wait_until_it_says("serving", START_S)
        self._start("province", "province.main", "ingest", "-c", self._at("province"))
        self._children[-1].wait_until_it_says("connected", START_S)
        field = ("sim", "-c", self._at("gateway"), "--stats", str(self.stats))
        self._start("field", "gateway.main", *field)
        self._children[-1].wait_until_it_says("serving", START_S)
        self._start("gateway", "gateway.main", "run", "-c", self._at("gateway"))

    def check(self) -> None:
        """Raise ``ChildFailed`` if a process has ended by itself."""
        for child in self._children:
            child.check()

    def stop_gateway(self) -> None:
        """Stop reading the field; what is committed stays in the buffer."""
        self._children.pop().stop()

    def start_gateway_to_drain(self) -> None:
        """Start it again: it reads each device once, and then only sends."""
        self._start("draining", "gateway.main", "run", "-c", self._at("closing"))

    def stop_field(self) -> None:
        """Stop the simulated devices, which then tell their last numbers."""
        self._children.pop().stop()

    def stop(self) -> None:
        """Stop what still runs, against the path."""
        while self._children:
            self._children.pop().stop()
        self.link.close()

    def _start(self, name: str, module: str, *args: str) -> None:
        self._children.append(Child(name, self.folder, module, *args))

    def _write(self, name: str, template: str, names: Mapping[str, object]) -> None:
        text = files("gateway.demo").joinpath(f"{template}.toml").read_text("utf-8")
        filled = Template(text).substitute(names)
        Path(self._at(name)).write_text(filled, encoding="utf-8")

    def _at(self, config: str) -> str:
        return str(self.folder / f"{config}.toml")


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        port: int = end.getsockname()[1]
        return port
