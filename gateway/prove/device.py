"""Which card a folder lies on, as far as the kernel tells it."""

import os
from pathlib import Path
from typing import Final

SYS: Final = Path("/sys")
MARKS: Final = ("vendor", "manfid", "oemid", "model", "name", "fwrev", "serial", "date")
"""Files of a block device's ``device/``: MMC and SD cards, SCSI and USB, NVMe."""


def device_of(folder: Path, sys: Path = SYS) -> str | None:
    """Name and marks of the device below ``folder``; ``None`` where nothing tells.

    A partition's marks are its disk's; a mapped device's are of what lies below it.
    """
    at = folder.stat().st_dev
    where = sys / "dev" / "block" / f"{os.major(at)}:{os.minor(at)}"
    if not where.exists():
        return None
    disk = where.resolve()
    if (disk / "partition").exists():
        disk = disk.parent
    below = sorted((disk / "slaves").glob("*"))
    if below:
        disk = below[0].resolve()
        disk = disk.parent if (disk / "partition").exists() else disk
    said = (_read(disk / "device" / mark) for mark in MARKS)
    return " ".join([disk.name, *filter(None, said)])


def _read(path: Path) -> str:
    try:
        return " ".join(path.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return ""
