"""The link between gateway and broker, as something that can be cut.

A relay on loopback: what comes in at ``port`` goes to the broker's port and
back.  While cut, it holds no connection and closes each new one at once, as a
modem without a network does.
"""

import select
import socket
import threading
from contextlib import suppress
from typing import Final

PIECE: Final = 65536  # bytes of one read
BACKLOG: Final = 8  # connections that may wait for ``accept``


class Relay:
    """A link that is up from the start until ``cut`` and after ``mend``."""

    def __init__(self, to_port: int) -> None:
        self._to = ("127.0.0.1", to_port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.port: int = self._listener.getsockname()[1]
        self.is_up = True
        self.bytes_up = 0
        """What the gateway has sent through. [bytes]"""
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="relay", daemon=True).start()

    def cut(self) -> None:
        """Break every connection and let none through."""
        with self._lock:
            self.is_up = False
            for end in self._ends:
                _break(end)

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self.is_up = True

    def close(self) -> None:
        """Cut, and give the port back."""
        self.cut()
        _break(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                far = self._reach() if self.is_up else None
                if far is None:
                    near.close()
                    continue
                self._ends |= {near, far}
            threading.Thread(
                target=self._carry, args=(near, far), name="link", daemon=True
            ).start()

    def _reach(self) -> socket.socket | None:
        try:
            return socket.create_connection(self._to)
        except OSError:
            return None

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        """Carry bytes both ways until either side ends."""
        with near, far, suppress(OSError):
            while self._move(near, far):
                pass
        with self._lock:
            self._ends -= {near, far}

    def _move(self, near: socket.socket, far: socket.socket) -> bool:
        """Wait for bytes and pass them on; whether both sides still stand."""
        ready, _, _ = select.select([near, far], [], [])
        for source, sink in ((near, far), (far, near)):
            if source in ready:
                piece = source.recv(PIECE)
                sink.sendall(piece)
                if source is near:
                    self.bytes_up += len(piece)
                if not piece:
                    return False
        return True


def _break(end: socket.socket) -> None:
    """Wake the thread that waits on ``end``, which then closes it."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
