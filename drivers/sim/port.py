"""A pseudo-terminal that stands where a config expects a serial port."""

import os
import tty
from contextlib import suppress
from pathlib import Path
from typing import Final

from telemetry.settings import ConfigError

PSEUDO: Final = Path("/dev/pts")
READ_SIZE: Final = 4096  # bytes; what a pseudo-terminal holds


class PseudoPort:
    """The far end of a serial line; ``path`` is a symlink to its near end.

    The near end stays open here too, so that a reader may close and reopen it
    without this end seeing EIO.
    """

    def __init__(self, path: Path) -> None:
        if path.exists() and not _is_left_over(path):
            fact = f"{path}: is there and is no symlink to a pseudo-terminal"
            raise ConfigError([f"{fact}; name another port or move it"])
        self.path = path
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        os.set_blocking(self._far, False)
        self._target = os.ttyname(self._near)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            part.symlink_to(self._target)
            part.replace(path)
        except OSError as fault:
            self._close_ends()
            msg = f"{path}: no symlink can be made here: {fault.strerror}"
            raise ConfigError([msg]) from None

    def fileno(self) -> int:
        """The far end, for ``select``."""
        return self._far

    def read(self) -> bytes:
        """What has come, or nothing."""
        with suppress(BlockingIOError):
            return os.read(self._far, READ_SIZE)
        return b""

    def write(self, piece: bytes) -> None:
        """Send; like a wire, it forgets what nobody takes."""
        with suppress(BlockingIOError):
            os.write(self._far, piece)

    def close(self) -> None:
        """Close both ends and take the symlink away if it is still ours."""
        with suppress(OSError):
            if str(self.path.readlink()) == self._target:
                self.path.unlink()
        self._close_ends()

    def _close_ends(self) -> None:
        os.close(self._far)
        os.close(self._near)


def _is_left_over(path: Path) -> bool:
    """Whether it is of our making, and no name that udev gave a real port."""
    return path.is_symlink() and path.resolve().is_relative_to(PSEUDO)
