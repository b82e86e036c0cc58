"""A gateway that runs with a field and a broker, while its card is tampered with.

``calls`` attaches strace to the running daemon and lets go again: what a dying or
slow card answers, without a word to the program.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Self

import pytest

from gateway.reader import Reader
from tests import parts, programs
from tests.tap import Tap

DEVICES: Final = 4
EVERY_S: Final = 2.0  # so that a busy machine is not taken for a late poll
FLUSHES: Final = "fdatasync,fsync"
WRITES: Final = f"{FLUSHES},pwrite64"


class Watchdog:
    """Listens as systemd does; ``longest_s`` is the longest it was left hungry."""

    def __init__(self, path: Path) -> None:
        self.longest_s = 0.0
        self.fed = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.2)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        last_s = None
        while not self._stop.is_set():
            try:
                message = self._socket.recv(1024)
            except TimeoutError:
                message = b""
            now_s = time.monotonic()
            if last_s is not None:
                self.longest_s = max(self.longest_s, now_s - last_s)
            if message.startswith((b"READY", b"WATCHDOG")):
                self.fed += 1
                last_s = now_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The parts."""

    folder: Path
    gateway: programs.Program
    tap: Tap
    watchdog: Watchdog

    def polls(self) -> dict[str, list[tuple[int, float]]]:
        """Field time [ms] and poll count of each device's stored answers."""
        found: dict[str, list[tuple[int, float]]] = {}
        with closing(Reader(self.folder / "data" / "buffer.db")) as reader:
            heads = reader.heads()
            for row in reader.rows(1, 10**9):
                head = heads[row.series]
                if head.startswith("poll_count,") and row.value is not None:
                    found.setdefault(head, []).append((row.ms, row.value))
        return found

    def period_errors(self) -> tuple[float, float]:
        """How far periods were from the one asked for: 19 of 20, and the worst.

        As shares of it.
        """
        at = [[ms for ms, _ in polls] for polls in self.polls().values()]
        steps = [b - a for ms in at for a, b in pairwise(ms)]
        off = [abs(step / 1000 - EVERY_S) / EVERY_S for step in steps]
        return statistics.quantiles(off, n=20)[-1], max(off)

    def gaps(self) -> int:
        """Answers of the field that are not stored, between the first and the last."""
        counts = [[count for _, count in polls] for polls in self.polls().values()]
        return sum(round(c[-1] - c[0]) + 1 - len(c) for c in counts)


@contextmanager
def running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """A field, a broker and a gateway that stores."""
    if shutil.which("strace") is None or os.geteuid() != 0:
        pytest.skip("strace on a running program needs root: sudo make faults")
    broker = parts.mosquitto(folder)
    programs.gateway_config(folder, broker.port, devices=DEVICES, every_s=EVERY_S)
    notify = folder / "notify"
    monkeypatch.setenv("NOTIFY_SOCKET", str(notify))
    with ExitStack() as stack:
        enter = stack.enter_context
        enter(broker)
        tap = enter(Tap(broker.port))
        watchdog = enter(Watchdog(notify))
        simulator = enter(programs.simulator(folder))
        simulator.says("serving")
        gateway = enter(programs.gateway(folder))
        parts.wait_until(lambda: programs.status(folder).get("stored_rows"))
        parts.wait_until(lambda: tap.is_up)
        yield Running(folder=folder, gateway=gateway, tap=tap, watchdog=watchdog)


@contextmanager
def calls(pid: int, calls: str, answer: str) -> Iterator[None]:
    """Let every one of these ``calls`` of a program end in ``answer``."""
    inject = ["-e", f"trace={calls}", "-e", f"inject={calls}:{answer}"]
    strace = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", *inject, "-p", str(pid)],
        stderr=subprocess.DEVNULL,
    )
    try:
        parts.wait_until(lambda: _is_traced(pid))
        yield
    finally:
        strace.send_signal(signal.SIGINT)  # it lets go of the program
        strace.wait(20)


def _is_traced(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    return "TracerPid:\t0\n" not in status
