"""A process of the demo: started apart from the terminal, stopped by name.

It has a session of its own, so that Ctrl-C reaches the demo alone, which then
stops its processes in the order of the path.
"""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from telemetry.clock import machine_s

STOP_S: Final = 15.0  # a gateway may take 10 s to stop in order
LOOK_S: Final = 0.05
TAIL_LINES: Final = 15


class ChildFailed(OSError):
    """A process of the demo did not start or has ended, with its last words."""


class Child:
    """``python -m module args``, with what it says in ``<folder>/<name>.log``."""

    def __init__(
        self,
        name: str,
        folder: Path,
        module: str,
        *args: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        self._log.touch()
        self._begin = self._log.stat().st_size  # behind what an earlier one has said
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own modules
                [sys.executable, "-m", module, *args],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment or {}),
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise ``ChildFailed`` if it has ended."""
        if self._process.poll() is not None:
            raise self._failed(f"ended with {self._process.returncode}")

    def wait_until_it_says(self, word: str, within_s: float) -> None:
        """Return when its log holds ``word``."""
        deadline = machine_s() + within_s
        while word not in self.said():
            self.check()
            if machine_s() > deadline:
                msg = f"{self.name} was not ready within {within_s:.0f} s"
                raise ChildFailed(msg)
            self.wait(LOOK_S)

    def finish(self, within_s: float) -> str:
        """Wait for its good end, and return what it has said."""
        if not self.wait(within_s):
            self.kill()
            raise self._failed(f"did not end within {within_s:.0f} s")
        if self._process.returncode:
            raise self._failed(f"ended with {self._process.returncode}")
        return self.said()

    def wait(self, at_most_s: float) -> bool:
        """Wait for its end; return whether it has ended."""
        try:
            self._process.wait(at_most_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """Ask it to end and wait; kill it if it will not."""
        self._process.terminate()
        if not self.wait(STOP_S):
            self.kill()

    def kill(self) -> None:
        """Take it away at once, as a power cut does."""
        self._process.kill()
        self._process.wait()

    def limit_files(self, most_bytes: int) -> None:
        """Let the kernel refuse it every write behind ``most_bytes`` of a file."""
        hard = resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (most_bytes, hard))

    def said(self) -> str:
        """What it has written so far."""
        text = self._log.read_bytes()[self._begin :]
        return text.decode("utf-8", errors="replace")

    def _failed(self, how: str) -> ChildFailed:
        words = self.said().splitlines()[-TAIL_LINES:]
        return ChildFailed("\n  ".join([f"{self.name} {how}", *words]))


def programs() -> str:
    """What to write before the name of a program: nothing if the shell finds it."""
    if shutil.which("canhdong-province") is not None:
        return ""
    return os.path.relpath(Path(sys.executable).parent) + os.sep
