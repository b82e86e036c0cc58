"""Tries what a unit must not; prints the names of what went through.

Runs inside the machine, with the unit's own settings and as its user.
"""

import ctypes
import mmap
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

CLONE_NEWNS: Final = 0x00020000  # sched.h


def unshare(flags: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), "unshare")


TRIES: Final[dict[str, Callable[[], object]]] = {
    "write its own program": lambda: Path("/opt/canhdong/venv/x").touch(),
    "write its config": lambda: Path("/etc/canhdong/x").touch(),
    "write the state of others": lambda: Path("/var/lib/x").touch(),
    "see homes": lambda: list(Path("/root").iterdir()),
    "read the secrets of all": lambda: list(Path("/etc/credstore").iterdir()),
    "open a device that is no serial port": lambda: os.open("/dev/net/tun", os.O_RDWR),
    "run memory that it has written": lambda: mmap.mmap(
        -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    ),
    "talk to the kernel's network": lambda: socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW
    ),
    "see raw packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "make a namespace": lambda: unshare(CLONE_NEWNS),
}


def goes(deed: Callable[[], object]) -> bool:
    try:
        deed()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    for name, deed in TRIES.items():
        if goes(deed):
            print(f"went: {name}", flush=True)
    print("all tried", flush=True)
