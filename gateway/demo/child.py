"""A process of the demo: started apart from the terminal, stopped by name.

It has a session of its own, so that Ctrl-C reaches the demo alone, which then
stops its processes in the order of the path.
"""

import os
import subprocess
import sys
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

    def __init__(self, name: str, folder: Path, module: str, *args: str) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own modules
                [sys.executable, "-m", module, *args],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise ``ChildFailed`` if it has ended."""
        if self._process.poll() is not None:
            words = self._said().splitlines()[-TAIL_LINES:]
            msg = f"{self.name} ended with {self._process.returncode}"
            raise ChildFailed("\n  ".join([msg, *words]))

    def wait_until_it_says(self, word: str, within_s: float) -> None:
        """Return when its log holds ``word``."""
        deadline = machine_s() + within_s
        while word not in self._said():
            self.check()
            if machine_s() > deadline:
                msg = f"{self.name} was not ready within {within_s:.0f} s"
                raise ChildFailed(msg)
            self.wait(LOOK_S)

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
            self._process.kill()
            self._process.wait()

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")
