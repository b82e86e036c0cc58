"""A whole machine whose plug can be pulled: QEMU without hardware acceleration.

A bare Debian with its own kernel is made once and kept in the user's cache; our
program comes on a second disk, and the card is a third, raw file.  The host reads
what the guest says on its serial console, and nothing else: a number that stands
there was told before the cut.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests import parts
from tests.deploy.machine import CACHE, HOUSE, SUITE, mirror

HERE: Final = Path(__file__).parent
PACKAGES: Final = "linux-image-cloud-amd64,e2fsprogs,dmsetup,kmod,python3,udev"
NEEDS: Final = ("numpy", "msgspec", "paho-mqtt", "pyserial", "minimalmodbus")
PYTHON: Final = ("--python-version", "3.11", "--only-binary=:all:")  # bookworm's
CARD_BYTES: Final = 128 * 1024 * 1024
ROOT_MIB: Final = 1200  # the tree takes 500 and is never written
MEMORY_MIB: Final = 512  # as the smallest board has
BOOT_S: Final = 300.0  # of the host; 15 s where it is idle
CLOCK: Final = "shift=1"
"""The guest's time is 2 ns an instruction while it works, as on the smallest boards,
however busy the host is."""
LINE: Final = "console=ttyS0 root=/dev/vda ro quiet panic=-1 init=/init"
STUB: Final = "#!/bin/sh\nmount -o ro /dev/vdc /opt/house\nexec sh /opt/house/init\n"
TOOLS: Final = ("qemu-system-x86_64", "debootstrap", "mke2fs")


class Machine:
    """One boot, from power on to the pulled plug."""

    def __init__(
        self,
        house: Path,
        card: Path,
        do: str,
        *,
        seen: int = 0,
        more: Path | None = None,
    ) -> None:
        self.console = card.with_suffix(".console")
        tree = debian()
        (kernel,) = tree.glob("boot/vmlinuz-*")
        (initrd,) = tree.glob("boot/initrd.img-*")
        wanted = f"do={do}" + (f" seen={seen}" if seen else "")
        disks = [(root_image(tree), "on"), (card, "off"), (house, "on")]
        disks += [(more, "off")] if more else []
        self._command = [
            "qemu-system-x86_64", "-nodefaults", "-display", "none", "-no-reboot",
            "-accel", "tcg", "-icount", CLOCK, "-cpu", "max", "-m", str(MEMORY_MIB),
            "-kernel", str(kernel), "-initrd", str(initrd),
            "-append", f"{LINE} {wanted}",
            "-serial", f"file:{self.console}",
        ]  # fmt: skip
        # The card's file is not flushed by the host: only the guest's power fails.
        for path, is_fixed in disks:
            self._command += [
                "-drive", f"file={path},format=raw,if=virtio,readonly={is_fixed}"
            ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.console.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """Pull the plug."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def text(self) -> str:
        """Whole lines that the guest has said."""
        said = self.console.read_bytes() if self.console.exists() else b""
        return said.decode(errors="replace").replace("\r", "").rpartition("\n")[0]

    def says(self, pattern: str, within_s: float = BOOT_S) -> re.Match[str]:
        """Wait until a line matches."""
        line = re.compile(rf"(?:{pattern})\s*$", re.MULTILINE)
        try:
            parts.wait_until(lambda: line.search(self.text) or self._is_off, within_s)
        except TimeoutError as fault:
            fault.add_note(self.text[-3000:])
            raise
        found = line.search(self.text)
        assert found is not None, self.text[-3000:]
        return found

    @property
    def _is_off(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def newest(self, pattern: str) -> int:
        """The number of the last line that matches, 0 if none does."""
        found = re.findall(pattern, self.text)
        return int(found[-1].replace(",", "")) if found else 0

    @property
    def confirmed(self) -> int:
        """Highest number that prove-storage has told."""
        return self.newest(r"· ([\d,]+) rows confirmed")

    @property
    def stored(self) -> int:
        """Highest number that the daemon has counted as stored."""
        return self.newest(r"STORED (\d+)")


def new_card(path: Path, size: int = CARD_BYTES) -> Path:
    """An empty ext4 on a new card."""
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(size)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", str(path)], check=True)
    return path


def house(folder: Path, *, is_wrong_build: bool = False) -> Path:
    """Our program, as it is installed, on a disk; the wrong one commits unflushed."""
    tree = folder / "house"
    wheel = folder / "wheel"
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "-w", str(wheel), str(HOUSE)],
        check=True, capture_output=True,
    )  # fmt: skip
    (ours,) = wheel.iterdir()
    subprocess.run(
        [*pip, "install", "--no-deps", "--no-compile", "--target", tree, ours],
        check=True, capture_output=True,
    )  # fmt: skip
    if is_wrong_build:
        spoil(tree / "gateway" / "schema.py")
    for part in (HERE / "guest").iterdir():
        shutil.copy2(part, tree)
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(tree)], check=True)
    return image(tree, folder / "house.img", 64)


def spoil(schema: Path) -> None:
    """Make of a good build the wrong one that this rig must find."""
    text = schema.read_text()
    wrong = text.replace("synchronous=FULL", "synchronous=NORMAL")
    wrong = wrong.replace("synchronous != 2", "synchronous != 1")
    assert wrong.count("NORMAL") == 1
    schema.write_text(wrong)


def image(tree: Path, path: Path, size_mib: int) -> Path:
    """A read-only disk that holds ``tree``."""
    part = path.with_suffix(f".{os.getpid()}")
    subprocess.run(
        ["mke2fs", "-q", "-t", "ext4", "-d", str(tree), str(part), f"{size_mib}M"],
        check=True,
        capture_output=True,
    )
    part.replace(path)
    return path


def root_image(tree: Path) -> Path:
    """The bare Debian as a disk; made if it is not there."""
    path = tree.with_suffix(".img")
    return path if path.exists() else image(tree, path, ROOT_MIB)


def debian() -> Path:
    """A bare Debian with a kernel and what our program imports."""
    tree = CACHE / f"{SUITE}-vm"
    if tree.is_dir():
        return tree
    CACHE.mkdir(parents=True, exist_ok=True)
    part = tree.with_suffix(f".{os.getpid()}")
    make = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, part]
    install = [sys.executable, "-m", "pip", "--quiet", "install", *PYTHON]
    try:
        subprocess.run([*make, mirror()], check=True, capture_output=True)
        subprocess.run(
            [*install, "--target", part / "opt" / "site", *NEEDS], check=True
        )
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(part / "var" / "cache" / "apt", ignore_errors=True)
    (part / "opt" / "house").mkdir()
    stub = part / "init"
    stub.write_text(STUB)
    stub.chmod(0o755)
    part.rename(tree)
    return tree
