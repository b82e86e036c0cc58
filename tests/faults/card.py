"""A small card: an ext4 file system of its own on a loop device, as root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

MIB: Final = 2**20
BLOCK: Final = 4096  # bytes of a block of ext4


def run(*command: object) -> None:
    """Run a command that must not fail."""
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


@contextmanager
def card(folder: Path, mib: int) -> Iterator[Path]:
    """Mount ``mib`` MiB of ext4 below ``folder``; skips the test without the rights."""
    if os.geteuid() != 0:
        pytest.skip("a loop device needs root: sudo make faults")
    image, where = folder / "card.img", folder / "card"
    with image.open("wb") as file:
        file.truncate(mib * MIB)
    run("mkfs.ext4", "-q", "-m", "0", image)
    where.mkdir()
    mount(where)
    try:
        yield where
    finally:
        run("umount", "--lazy", where)


def mount(where: Path) -> None:
    """Mount the card's image, as a technician who puts it back."""
    options = "loop,noatime,errors=remount-ro"
    run("mount", "-o", options, where.with_suffix(".img"), where)


def turn_read_only(where: Path) -> None:
    """What ext4 does of itself on an error; files that are open stay open."""
    run("mount", "-o", "remount,abort", where)


def put_back(where: Path) -> None:
    """Unmount and mount again: ext4 writes no more before that."""
    run("umount", where)
    mount(where)


def fill(path: Path) -> None:
    """Write to ``path`` until not a block is free, as another program might."""
    with path.open("ab", buffering=0) as file:
        for size in (MIB, BLOCK, 1):
            with suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
        os.fsync(file.fileno())


def free_bytes(where: Path) -> int:
    """Bytes that are free."""
    found = os.statvfs(where)
    return found.f_bavail * found.f_frsize
