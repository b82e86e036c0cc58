"""The demo's processes, from field to province, and how they start and stop."""

import resource
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drivers.sim.story import DAY_MS, Scenario, Story
from gateway.demo import past
from gateway.demo.child import Child, ChildFailed
from gateway.demo.pace import Pace, begin_of
from gateway.demo.relay import Relay
from gateway.demo.site import Site
from telemetry.clock import Clock, ScaledClock, SystemClock

START_S: Final = 30.0  # a laptop that has just installed us compiles every import
LEAD_S: Final = 3.0  # that ingest and field take to start; then day 1 begins
WAKE_S: Final = 0.3  # less than a gateway takes from its start to its first question
ASK_S: Final = 60.0  # an answer of canhdong-province; a lot reads a whole season
WRONG_BY_MS: Final = 3 * 365 * DAY_MS  # what a clock without a battery may be off


class Chain:
    """Everything between a simulated probe and the province's database.

    The province stands at the broker itself; only the gateway's way to it leads
    over ``link``, which can be cut.  Without a ``scenario`` the field is the
    simulator's usual one, from now on and without a past.
    """

    def __init__(self, folder: Path, pace: Pace, scenario: Scenario | None) -> None:
        self.site = Site(folder)
        self.pace = pace
        self.scenario = scenario
        self.begin_ms = round(begin_of(datetime.now(UTC)).timestamp() * 1000)
        self.unplugged: frozenset[str] = frozenset()
        self.is_full = False
        self._clock: Clock = SystemClock()
        if pace.speed > 1:
            self._clock = ScaledClock(pace.speed)
        self._origin_ms = self._clock.field_ms()
        self._boot = ""  # of the gateway, where it is not this machine's own
        self._children: dict[str, Child] = {}
        self._broker_port = free_port()
        self.link = Relay(self._broker_port)
        ports = {"link": self.link.port, "broker": self._broker_port}
        self.site.furnish(pace, self.begin_ms, **ports)

    @property
    def day(self) -> float:
        """Days since the begin, by the clock of the field."""
        return self.day_at(self._clock.field_ms())

    def day_at(self, field_ms: int) -> float:
        """Days since the begin at an instant of field time."""
        return (field_ms - self._origin_ms) / DAY_MS

    @property
    def says_how_it_is(self) -> bool:
        """Whether the gateway has written its status."""
        return (self.site.buffer.parent / "status.json").exists()

    # --- from begin to end -------------------------------------------------------

    def start(self) -> None:
        """Start all of it, each when what it leans on is there."""
        self.start_broker()
        if self.scenario is not None:
            source = Story(self.begin_ms, self.scenario).value
            past.write(self.site.config("gateway"), source, self.begin_ms)
        self.ask_province("import", str(self.site.registry))
        lead_ms = round(LEAD_S * 1000 * self.pace.speed)
        self._origin_ms = self._clock.field_ms() + lead_ms
        self._start_ingest()
        self._start("field", "gateway.main", "sim", *self._field_options())
        self._children["province"].wait_until_it_says("connected", START_S)
        self._children["field"].wait_until_it_says("serving", START_S)
        time.sleep(max(0.0, self._clock.machine_s_until(self._origin_ms) - WAKE_S))
        self._start_gateway("gateway")

    def ask_province(self, *question: str) -> str:
        """Return what ``canhdong-province`` answers on its standard output."""
        command = [sys.executable, "-m", "province.main", *question]
        command += ["-c", str(self.site.config("province"))]
        try:
            done = subprocess.run(  # noqa: S603  our own module
                command, capture_output=True, text=True, check=True, timeout=ASK_S
            )
        except subprocess.CalledProcessError as fault:
            words = str(fault.stderr).strip().splitlines()[-1:]
            raise ChildFailed("\n  ".join([f"{question[0]} failed", *words])) from None
        except subprocess.TimeoutExpired:
            msg = f"{question[0]} has not answered within {ASK_S:.0f} s"
            raise ChildFailed(msg) from None
        return done.stdout

    def check(self) -> None:
        """Raise ``ChildFailed`` if a process has ended by itself."""
        for child in self._children.values():
            child.check()

    def stop_gateway(self) -> None:
        """Stop reading the field; what is committed stays in the buffer."""
        self._children.pop("gateway").stop()

    def start_gateway_to_drain(self) -> None:
        """Start it again: it reads each device once, and then only sends."""
        self._start_gateway("closing")

    def stop_field(self) -> None:
        """Stop the simulated devices, which then tell their last numbers."""
        self._children.pop("field").stop()

    def stop(self) -> None:
        """Stop what still runs, against the path."""
        while self._children:
            self._children.popitem()[1].stop()
        self.link.close()

    # --- what may befall it ------------------------------------------------------

    def kill_gateway(self) -> None:
        """End it as a power cut does, but without one."""
        self._children["gateway"].kill()

    def restart_gateway(self) -> None:
        """Start it in the same boot."""
        self._start_gateway("gateway")

    def restart_gateway_in_a_wrong_year(self) -> None:
        """Start it as after a power cut, with its own clock three years ahead."""
        self._boot = secrets.token_hex(16)
        self._start_gateway("gateway")

    def kill_broker(self) -> None:
        """End the broker, which keeps nothing, and start it again."""
        self._children["broker"].kill()
        self.start_broker()

    def kill_ingest(self) -> None:
        """End the province's ingest and start it again."""
        self._children["province"].kill()
        self._start_ingest()

    def unplug(self, device: str) -> None:
        """Let ``device`` fall silent."""
        self._tell_unplugged(self.unplugged | {device})

    def plug(self, device: str) -> None:
        """Let ``device`` answer again."""
        self._tell_unplugged(self.unplugged - {device})

    def fill_disk(self, *, is_full: bool) -> None:
        """Let the kernel refuse, or grant again, every write of the gateway.

        By RLIMIT_FSIZE, which needs neither root nor a disk to be filled.
        """
        self.is_full = is_full
        most = 0 if is_full else resource.RLIM_INFINITY
        self._children["gateway"].limit_files(most)

    # --- inside ------------------------------------------------------------------

    def start_broker(self) -> None:
        """Start the broker and wait for it."""
        self._start("broker", "gateway.demo.broker", str(self._broker_port))
        self._children["broker"].wait_until_it_says("serving", START_S)

    def _start_ingest(self) -> None:
        options = [
            "ingest",
            "-c",
            str(self.site.config("province")),
            *self._clock_options(0),
        ]
        self._start("province", "province.main", *options)

    def _start_gateway(self, config: str) -> None:
        options, environment = self._speed_options(), {}
        if self._boot:
            options = self._clock_options(WRONG_BY_MS)
            environment = {"BOOT_ID": self._boot}
        self._start(
            *("gateway", "gateway.main", "run", "-c", str(self.site.config(config))),
            *options,
            environment=environment,
        )
        if self.is_full:
            self.fill_disk(is_full=True)

    def _start(
        self,
        name: str,
        module: str,
        *args: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._children[name] = Child(
            name, self.site.folder, module, *args, environment=environment
        )

    def _field_options(self) -> list[str]:
        options = [
            "-c",
            str(self.site.config("gateway")),
            "--stats",
            str(self.site.stats),
        ]
        options += ["--unplugged", str(self.site.unplugged)]
        options += self._clock_options(0)
        return [*options, "--story", self.scenario] if self.scenario else options

    def _speed_options(self) -> list[str]:
        return ["--speed", str(self.pace.speed)] if self.pace.speed > 1 else []

    def _clock_options(self, wrong_by_ms: int) -> list[str]:
        """Speed, and UTC of the story where it is one."""
        if not self._speed_options() or self.scenario is None:
            return self._speed_options()
        origin = f"{self._origin_ms}={self.begin_ms + wrong_by_ms}"
        return [*self._speed_options(), "--field-origin", origin]

    def _tell_unplugged(self, devices: frozenset[str]) -> None:
        self.unplugged = devices
        part = self.site.unplugged.with_suffix(".part")
        part.write_text("\n".join(sorted(devices)), encoding="utf-8")
        part.replace(self.site.unplugged)


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        port: int = end.getsockname()[1]
        return port
