"""Our own programs as processes, for tests of the whole chain and for benches."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from gateway.reader import Reader
from telemetry import ranges
from tests import parts

HOUSE: Final = Path(__file__).parents[1]
STOP_S: Final = 20.0
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")
FIRST_STAMP_MS: Final = 1_767_225_600_000  # 2026-01-01 UTC


class Program:
    """``canhdong`` or ``canhdong-province`` with its arguments; restartable.

    Another ``python`` runs another house's program, in ``folder``.
    """

    def __init__(
        self,
        module: str,
        *arguments: object,
        log: Path,
        stale: Path | None = None,
        python: Path | str = sys.executable,
        folder: Path = HOUSE,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        self._stale = stale  # a file of the last run that would mislead a test
        self._command = [str(python), "-m", module, *map(str, arguments)]
        self._folder = folder
        self.environment = environment  # None: this process' own
        self._process: subprocess.Popen[bytes] | None = None

    def behind(self, *words: str) -> Self:
        """Run it by another command, such as ``ip netns exec NAME``."""
        self._command[:0] = words
        return self

    @property
    def pid(self) -> int:
        """Process id of the running program."""
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, ``None`` while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def text(self) -> str:
        """All that it has logged, over restarts."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self, *more: object) -> Self:
        """Start, with ``more`` arguments this time; returns at once."""
        if self._stale is not None:
            self._stale.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, *map(str, more)],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=self.environment,
            )
        return self

    def says(self, pattern: str, within_s: float = 20.0) -> None:
        """Wait until the log matches ``pattern``."""
        parts.wait_until(lambda: re.search(pattern, self.text), within_s)

    def stop(self) -> int:
        """SIGTERM, and the exit code; a program that does not end is killed."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        self._process = None
        return code

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def cpu_s(self) -> float:
        """Processor time used so far, user and system. [s]"""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory_mib(self) -> float:
        """Resident memory now. [MiB]"""
        text = Path(f"/proc/{self.pid}/status").read_text()
        match = re.search(r"VmRSS:\s+(\d+) kB", text)
        assert match is not None
        return int(match[1]) / 1024

    def written_bytes(self) -> int:
        """Bytes that the kernel has written to a disk for it, in whole pages."""
        return written_bytes(self.pid)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


def written_bytes(pid: int) -> int:
    """Bytes that the kernel has written to a disk for ``pid``, in whole pages.

    ``write_bytes`` of proc(5): file data, not the file system's own journal.
    """
    match = re.search(r"^write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text(), re.M)
    assert match is not None
    return int(match[1])


def gateway(folder: Path, *more: object, config: Path | None = None) -> Program:
    """``canhdong run``."""
    return Program(
        "gateway.main", "run", "-c", config or folder / "gateway.toml", *more,
        log=folder / "gateway.log", stale=folder / "data" / "status.json",
    )  # fmt: skip


def simulator(folder: Path, *more: object) -> Program:
    """``canhdong sim``."""
    return Program(
        "gateway.main", "sim", "-c", folder / "gateway.toml",
        "--stats", folder / "sim.json", *more, log=folder / "sim.log",
    )  # fmt: skip


def ingest(folder: Path, *more: object) -> Program:
    """``canhdong-province ingest``."""
    return Program(
        "province.main", "ingest", "-c", folder / "province.toml", *more,
        log=folder / "ingest.log",
    )  # fmt: skip


def embedded_broker(folder: Path, port: int) -> Program:
    """The broker of ``canhdong demo``."""
    return Program("gateway.demo.broker", port, log=folder / "broker.log")


def province_config(folder: Path, broker_port: int, store: str, more: str = "") -> None:
    """Write ``province.toml``; ``store`` is the body of its table."""
    (folder / "province.toml").write_text(
        f'version = 1\nledger = "{folder}/ledger.db"\n{more}\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {broker_port}\n[store]\n{store}\n'
    )


def influx_store(port: int, database: str) -> str:
    """``[store]`` of an InfluxDB 1.x."""
    return f'kind = "influx1"\nurl = "http://127.0.0.1:{port}"\ndatabase = "{database}"'


def gateway_config(
    folder: Path,
    broker_port: int,
    *,
    devices: int = 2,
    every_s: float = 1.0,
    uplink: str = "",
    commit_s: float = 0.5,
    port: Path | str | None = None,
    baudrate: int = 115200,
    name: str = "g1",
) -> None:
    """Write ``gateway.toml`` with so many ``sim-probe`` on one bus."""
    tables = "".join(
        f'[devices.d{n}]\ndriver = "sim-probe"\nbus = "b0"\naddress = {n}\n'
        f"every_s = {every_s}\n"
        + "".join(
            f'[sensors.d{n}-{z_of}]\ndevice = "d{n}"\nplot = "p1"\n'
            f'quantity = "{quantity}"\nz = {z}\n'
            for quantity, z_of, z in PROBE
        )
        for n in range(1, devices + 1)
    )
    (folder / "gateway.toml").write_text(
        f'version = 1\ncoop = "htx-moduc"\ngateway = "{name}"\n'
        f'data_dir = "{folder}/data"\n'
        f"[uplink]\nport = {broker_port}\n{uplink}\n[storage]\ncommit_s = {commit_s}\n"
        f'[buses.b0]\nport = "{port or folder / "tty0"}"\nbaudrate = {baudrate}\n'
        f'[plots.p1]\nname = "thửa 1"\ncrop = "rice"\n{tables}'
    )


PROBE: Final = (
    ("soil_moisture", "sm", -10),
    ("soil_temperature", "st", -10),
    ("soil_conductivity", "sc", -10),
    ("air_temperature", "at", 150),
    ("relative_humidity", "rh", 150),
    ("air_pressure", "ap", 150),
    ("illuminance", "il", 150),
    ("poll_count", "pc", 0),
)
"""Quantities of a ``sim-probe``, as sensors with a sensible z."""


def status(folder: Path) -> dict[str, Any]:
    """What the gateway last said of itself."""
    path = folder / "data" / "status.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def drained(folder: Path, within_s: float = 60.0) -> int:
    """Wait until all that is now in the buffer is confirmed; its last number."""
    reader = Reader(folder / "data" / "buffer.db")
    now = reader.ledger()

    def is_confirmed() -> bool:
        ledger = reader.ledger()
        done = [*ledger.held, *ledger.quarantined]
        return not ranges.subtract([(ledger.epoch_from, now.next - 1)], done)

    parts.wait_until(is_confirmed, within_s)
    reader.close()
    return now.next - 1
