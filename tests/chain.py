"""The whole chain as processes, with both its outer wires in hand.

Field, serial gate, gateway, broker with a tap, ingest, HTTP gate, database.  Commits
and batches come every 0.3 s, so that a kill meets much of them in a short time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from tests import parts, programs
from tests.gates import HttpGate, SerialGate
from tests.tap import Tap

BrokerKind = Literal["mosquitto", "amqtt"]

DEVICES: Final = 16
EVERY_S: Final = 1.0
COMMIT_S: Final = 0.3  # with the bus's turn of some 0.2 s less than a cycle
UPLINK: Final = "send_every_s = 0.3\nresend_after_s = 2"
WITHIN_S: Final = 120.0  # gateway and ingest may each wait 30 s for a dead broker


class Fallen(RuntimeError):
    """A program has ended by itself, or badly."""


class Server(Protocol):
    """What can be killed and come back."""

    def start(self) -> object:
        """Start."""

    def kill(self) -> None:
        """SIGKILL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Every part, running."""

    folder: Path
    broker: Server
    gateway: programs.Program
    ingest: programs.Program
    simulator: programs.Program
    wire: SerialGate
    store: HttpGate
    tap: Tap

    @property
    def field(self) -> Path:
        """The simulator's own folder."""
        return self.folder / "field"

    def wait(self, holds: Callable[[], object], within_s: float = WITHIN_S) -> None:
        """Wait until ``holds``, or raise ``Fallen`` if a program ends meanwhile."""

        def look() -> object:
            for program in (self.gateway, self.ingest):
                if program.exit_code is not None:
                    msg = f"ended with {program.exit_code}:\n{program.text[-2000:]}"
                    raise Fallen(msg)
            return holds()

        parts.wait_until(look, within_s)

    def flows(self) -> None:
        """Wait until a batch that crosses from now on is acknowledged."""
        self.wait(lambda: self.tap.is_up)
        since_s = time.monotonic()
        self.wait(
            lambda: any(
                batch.at_s > since_s and digest in self.tap.acked
                for digest, batch in list(self.tap.batches.items())
            )
        )

    def next(self) -> int:
        """The number that the gateway will give next, once it says so."""
        self.wait(lambda: programs.status(self.folder))
        number: int = programs.status(self.folder)["next"]
        return number

    def settle(self) -> None:
        """Stop reading, let all that is committed arrive, and stop."""
        _end(self.gateway)  # the count of answers is exact between two runs of it
        self.simulator.stop()
        self.gateway.start()
        self.wait(lambda: programs.status(self.folder).get("link") == "up")
        programs.drained(self.folder)
        _end(self.gateway)
        _end(self.ingest)

    def faults(self) -> list[str]:
        """What the run has shown that must not be."""
        return self.tap.faults + [
            f"{program.log.name} holds a traceback"
            for program in (self.gateway, self.ingest)
            if "Traceback" in program.text
        ]


@contextmanager
def chain(folder: Path, kind: BrokerKind, store: str, behind: int) -> Iterator[Chain]:
    """Run the chain in ``folder``.

    ``store`` is the body of the province's ``[store]`` with ``{url}`` for the gate
    that stands before the database's port ``behind``.
    """
    field = folder / "field"
    field.mkdir()
    port = parts.free_port()
    programs.gateway_config(field, port, devices=DEVICES, every_s=EVERY_S)
    programs.gateway_config(
        folder, port, devices=DEVICES, every_s=EVERY_S, commit_s=COMMIT_S,
        uplink=UPLINK, port=folder / "wire",
    )  # fmt: skip
    with ExitStack() as stack:
        enter = stack.enter_context
        broker = (
            enter(parts.mosquitto(folder, port=port))
            if kind == "mosquitto"
            else enter(programs.embedded_broker(folder, port))
        )
        gate = enter(HttpGate(behind))
        programs.province_config(folder, port, store.format(url=gate.url))
        tap = enter(Tap(port))
        simulator = enter(programs.simulator(field))
        simulator.says("serving")
        made = Chain(
            folder=folder,
            broker=broker,
            gateway=programs.gateway(folder),
            ingest=enter(programs.ingest(folder)),
            simulator=simulator,
            wire=enter(SerialGate(folder / "wire", field / "tty0")),
            store=gate,
            tap=tap,
        )
        parts.wait_until(lambda: tap.is_up)
        enter(made.gateway)
        made.flows()
        yield made


def _end(program: programs.Program) -> None:
    if code := program.stop():
        msg = f"{program.log.name}: stopped with {code}:\n{program.text[-2000:]}"
        raise Fallen(msg)
