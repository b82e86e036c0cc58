"""A TCP proxy between the gateways and the broker that can be made bad.

Each gateway has a port of its own.  A *cut* resets its connections; a *hush* passes
nothing on, as a half-open connection does, and keeps new ones waiting; a *lag* holds
each piece back.
"""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Final, Self

PIECE: Final = 65536  # bytes
LOOK_S: Final = 0.2
RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: RST instead of FIN


class Proxy:
    """One listener before the broker."""

    def __init__(self, behind: int) -> None:
        self.lag_s = 0.0
        self._behind = behind
        self._hushed_until_s = 0.0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(LOOK_S)
        self.port: int = self._server.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.cut()
        self._server.close()

    def cut(self) -> None:
        """Reset every connection."""
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                one.shutdown(socket.SHUT_RDWR)

    def hush(self, for_s: float) -> None:
        """Pass nothing on, and say nothing of it."""
        self._hushed_until_s = time.monotonic() + for_s

    def calm(self) -> None:
        """Be a good wire again."""
        self._hushed_until_s = self.lag_s = 0.0

    def _accept(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(OSError):
                client, _ = self._server.accept()
                self._spawn(self._serve, client)

    def _spawn(self, what: Callable[..., None], *given: socket.socket) -> None:
        threading.Thread(target=what, args=given, daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            broker = socket.create_connection(("127.0.0.1", self._behind), timeout=5)
        except OSError:
            client.close()
            return
        for one in (client, broker):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client, broker, contextlib.suppress(OSError):
            pair = {client, broker}
            self._open |= pair
            try:
                self._carry(client, broker)
            finally:
                self._open -= pair

    def _carry(self, client: socket.socket, broker: socket.socket) -> None:
        other = {client: broker, broker: client}
        while not self._stop.is_set():
            left_s = self._hushed_until_s - time.monotonic()
            if left_s > 0:
                time.sleep(min(LOOK_S, left_s))
                continue
            ready, _, _ = select.select([client, broker], [], [], LOOK_S)
            if ready and self.lag_s:
                time.sleep(self.lag_s)
            for one in ready:
                piece = one.recv(PIECE)
                if not piece:
                    return
                other[one].sendall(piece)
