"""Signals of the daemon: what ends it, and what has it read its rules again.

A handler only sets a flag: whatever else is not safe in a signal handler.
"""

import os
import signal
import threading


class Signals:
    """SIGTERM and SIGINT end; SIGHUP asks for a reload, as systemd sends it.

    A terminal that closes sends SIGHUP too, and what runs in it ends with it.
    """

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._hung_up = threading.Event()
        self._has_terminal = _has_terminal()

    def catch(self) -> None:
        """Take the signals of this process."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        signal.signal(signal.SIGHUP, lambda *_: self._hung_up.set())

    def wants_reload(self) -> bool:
        """Whether somebody has asked since the last time."""
        if not self._hung_up.is_set():
            return False
        self._hung_up.clear()
        if self._has_terminal and not _has_terminal():
            self.stop.set()
        return not self.stop.is_set()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK))
    except OSError:  # none, or it is closed
        return False
    return True
