"""A Debian with systemd as its first process, for the units: ``systemd-nspawn``.

The bare Debian is made once and kept in the user's cache; each machine stands on a
copy of it that costs nothing (overlayfs) and goes with the test.  It has a network of
its own, with nothing in it but the loopback.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests import parts

HOUSE: Final = Path(__file__).parents[2]
CACHE: Final = (
    Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "canhdong"
)
PACKAGES: Final = "systemd-sysv,dbus,python3-venv,mosquitto"
PYTHON: Final = ["--python-version", "3.11", "--only-binary=:all:"]  # bookworm's
SUITE: Final = "bookworm"  # what a gateway runs: systemd 252
MIRROR: Final = "http://deb.debian.org/debian"  # where apt here names no other
BOOT_S: Final = 60.0
STOP_S: Final = 60.0
CLEAN: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


MOUNT: Final = (
    "mount -t overlay overlay -o lowerdir=$0,upperdir=$1,workdir=$2 $3 || exit 77;"
    ' shift 3; exec "$@"'
)
"""Mounts where nobody else sees it, so that it goes with the machine, also by kill."""


class NoRight(RuntimeError):
    """This user may not mount here."""


class Machine:
    """One machine; ``shared`` are folders of ``folder`` and where it sees them."""

    def __init__(self, folder: Path, shared: Mapping[str, str]) -> None:
        self.folder = folder
        self._shared = shared
        self.log = folder / "console.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = ""

    @property
    def root(self) -> Path:
        """The running machine's files; not for what resolves links, as SQLite does."""
        return Path(f"/proc/{self._leader}/root")

    def __enter__(self) -> Self:
        try:
            self._boot()
        except BaseException:
            self._end()
            raise
        (self.root / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def run(self, *words: object, check: bool = True) -> str:
        """Run a command in the machine and return what it prints."""
        inside = ["nsenter", "-t", self._leader, "-m", "-u", "-i", "-n", "-p", "--"]
        done = subprocess.run(
            [*inside, *map(str, words)],
            capture_output=True, text=True, check=False, env=CLEAN,
        )  # fmt: skip
        if check and done.returncode:
            msg = f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
            raise RuntimeError(msg)
        return done.stdout.strip()

    def shows(self, unit: str, key: str) -> str:
        """One property of a unit."""
        return self.run("systemctl", "show", "--property", key, "--value", unit)

    def journal(self, unit: str) -> str:
        """What a unit has logged."""
        return self.run("journalctl", "--no-pager", "-o", "cat", "-u", unit)

    def _boot(self) -> None:
        layers = [self.folder / name for name in ("upper", "work", "root")]
        for layer in layers:
            layer.mkdir()
        for name in self._shared:
            (self.folder / name).mkdir(exist_ok=True)
        seen = [f"--bind={self.folder}/{a}:{b}" for a, b in self._shared.items()]
        # On a host without systemd there is no unit to be moved into.
        stay = [] if Path("/run/systemd/system").is_dir() else ["--keep-unit"]
        command = [
            "unshare", "--mount", "sh", "-c", MOUNT, debian(), *layers,
            "systemd-nspawn", "--boot", f"--directory={layers[-1]}", "--register=no",
            "--machine=canhdong-test", "--console=pipe", "--private-network",
            *stay, *seen,
            # Without bpf() systemd cannot enforce DevicePolicy=, and says nothing.
            "--system-call-filter=bpf",
        ]  # fmt: skip
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            )  # fmt: skip
        parts.wait_until(self._is_running, BOOT_S)

    def _is_running(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            said = self.log.read_text(errors="replace")
            raise (
                NoRight(said) if self._process.returncode == 77 else RuntimeError(said)
            )
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if not children:
            return False
        self._leader = children[0]
        try:
            state = self.run("systemctl", "is-system-running", check=False)
        except OSError:
            return False
        return state in ("running", "degraded")

    def _end(self) -> None:
        if self._process is None:
            return
        if self._leader:
            self.run("systemctl", "poweroff", check=False)
        else:
            self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def debian() -> Path:
    """A bare Debian with what Canhdong stands on; made if it is not there."""
    tree = CACHE / f"{SUITE}-{PACKAGES.replace(',', '-')}"
    if not tree.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = tree.with_suffix(f".{os.getpid()}")
        make = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}"]
        done = subprocess.run(
            [*make, SUITE, part, mirror()], capture_output=True, text=True, check=False
        )
        if done.returncode:
            shutil.rmtree(part, ignore_errors=True)
            msg = f"debootstrap: {done.stdout[-1000:]}{done.stderr[-1000:]}"
            raise RuntimeError(msg)
        part.rename(tree)
    return tree


def mirror() -> str:
    """Where this machine's apt takes the same Debian from."""
    asked = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)"]
    done = subprocess.run(
        [*asked, "Created-By: Packages"], capture_output=True, text=True, check=False
    )
    known = dict(line.split() for line in done.stdout.splitlines())
    return known.get(SUITE, MIRROR)


def wheels(folder: Path) -> None:
    """Put our wheel into ``folder/dist`` and what it needs into ``folder/wheels``."""
    pip = [sys.executable, "-m", "pip", "--quiet"]
    make = ["wheel", "--no-deps", "-w", str(folder / "dist"), str(HOUSE)]
    subprocess.run([*pip, *make], check=True, capture_output=True)
    (own,) = (folder / "dist").iterdir()
    needs = ["download", *PYTHON, "-d", str(folder / "wheels"), f"{own}[province]"]
    subprocess.run([*pip, *needs], check=True, capture_output=True)
