"""A radio link: a network namespace whose only way out passes through our hands.

IP packets cross between two TUN devices, one in the namespace and one outside.  So
TCP meets what it meets in the field: delay, loss, a narrow way, a way that swallows
large packets, and one that is gone for seconds without a word.
"""

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import pytest

TUNSETIFF: Final = 0x400454CA  # linux/if_tun.h
IFF_TUN_NO_PI: Final = 0x1001
CLONE_NEWNET: Final = 0x40000000  # linux/sched.h
MTU: Final = 1500
LOOK_S: Final = 0.2
QUEUE_S: Final = 4.0  # of waiting at the narrow way; more is dropped


@dataclass(slots=True)
class Weather:
    """How the radio is; may be changed at any time."""

    loss: float = 0.0  # share of packets
    delay_s: float = 0.0  # one way
    bytes_s: float | None = None  # each way
    up_s: float = 0.0  # with ``down_s``: on and off in turn
    down_s: float = 0.0
    largest: int = MTU  # bytes of a packet; larger ones vanish without a word
    is_off: bool = False

    def is_down(self, at_s: float) -> bool:
        """Whether nothing passes now."""
        turn = self.up_s + self.down_s
        return self.is_off or (turn > 0 and at_s % turn >= self.up_s)


@dataclass(slots=True)
class _Way:
    """One direction."""

    source: int
    sink: int
    free_s: float = 0.0  # when the narrow way is free again
    waiting: list[tuple[float, int, bytes]] = field(default_factory=list)
    count: int = 0
    bytes: int = 0


class Radio:
    """The namespace ``name``; ``outside`` and ``inside`` are the two ends' addresses.

    Files given as ``etc`` stand in its own ``/etc``, such as ``hosts``.
    """

    def __init__(self, etc: dict[str, str] | None = None, seed: int = 1) -> None:
        self.name = f"radio{os.getpid() % 10000}"
        net = f"10.{77 + os.getpid() % 100}.9"
        self.outside, self.inside = f"{net}.1", f"{net}.2"
        net6 = f"fd77:{os.getpid() % 10000}::"
        self.outside6, self.inside6 = f"{net6}1", f"{net6}2"
        self.weather = Weather()
        self._etc = Path("/etc/netns") / self.name
        self._files = etc or {}
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="radio", daemon=True)

    @property
    def bytes(self) -> int:
        """What has crossed or was lost on the way, both ways."""
        return sum(way.bytes for way in self._ways)

    def etc(self, file: str, text: str) -> None:
        """Write a file of the namespace's own ``/etc``, under a running program too."""
        (self._etc / file).write_text(text)

    def ip(self, *words: str) -> None:
        """Run ``ip`` in the namespace."""
        _run("ip", "-n", self.name, *words)

    def set(self, key: str, value: str) -> None:
        """Set a key of ``/proc/sys`` in the namespace."""
        words = f"echo {value} > /proc/sys/{key}"
        _run("ip", "netns", "exec", self.name, "sh", "-c", words)

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
            pytest.skip("needs root and /dev/net/tun")
        _run("ip", "netns", "add", self.name)
        self._etc.mkdir(parents=True)
        for file, text in self._files.items():
            self.etc(file, text)
        far = self._open_inside()
        near = _tun(self.name)
        _run("ip", "addr", "add", f"{self.outside}/24", "dev", self.name)
        _run(
            "ip", "-6", "addr", "add", f"{self.outside6}/64", "dev", self.name, "nodad"
        )
        _run("ip", "link", "set", self.name, "up", "mtu", str(MTU))
        self.ip("addr", "add", f"{self.inside}/24", "dev", "radio")
        self.ip("-6", "addr", "add", f"{self.inside6}/64", "dev", "radio", "nodad")
        self.ip("link", "set", "radio", "up", "mtu", str(MTU))
        self.ip("link", "set", "lo", "up")
        self.ip("route", "add", "default", "via", self.outside)
        self._ways = (_Way(near, far), _Way(far, near))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for way in self._ways:
            os.close(way.source)
        _run("ip", "netns", "del", self.name)
        for file in self._etc.iterdir():
            file.unlink()
        self._etc.rmdir()

    def _open_inside(self) -> int:
        """Open the far TUN from a thread that has gone into the namespace."""
        opened: list[int] = []

        def enter() -> None:
            libc = ctypes.CDLL(None, use_errno=True)
            with Path(f"/run/netns/{self.name}").open() as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
                opened.append(_tun("radio"))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return opened[0]

    def _run(self) -> None:
        by_source = {way.source: way for way in self._ways}
        while not self._stop.is_set():
            now_s = time.monotonic()
            due = [way.waiting[0][0] for way in self._ways if way.waiting]
            wait_s = min([LOOK_S, *(max(0.0, at_s - now_s) for at_s in due)])
            ready, _, _ = select.select(list(by_source), [], [], wait_s)
            now_s = time.monotonic()
            for source in ready:
                with contextlib.suppress(OSError):  # a device that is down
                    self._take(by_source[source], os.read(source, 65536), now_s)
            for way in self._ways:
                while way.waiting and way.waiting[0][0] <= now_s:
                    os.write(way.sink, heapq.heappop(way.waiting)[2])

    def _take(self, way: _Way, packet: bytes, at_s: float) -> None:
        weather = self.weather
        if weather.is_down(at_s) or len(packet) > weather.largest:
            return
        way.bytes += len(packet)
        if self._random.random() < weather.loss:
            return
        free_s = max(way.free_s, at_s)
        if weather.bytes_s is not None:
            if free_s - at_s > QUEUE_S:
                return
            free_s += len(packet) / weather.bytes_s
        way.free_s = free_s
        way.count += 1
        heapq.heappush(way.waiting, (free_s + weather.delay_s, way.count, packet))


def _tun(name: str) -> int:
    number = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(number, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN_NO_PI))
    return number


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
