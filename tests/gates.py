"""Gates on the two wires that the broker does not see: serial line and HTTP.

Each passes everything on, and on demand stops one passage at a named point
until it is told to go on.  So a test kills a program at a point of its own
choosing, and knows that it was there.
"""

import contextlib
import os
import re
import select
import socket
import threading
import tty
from pathlib import Path
from typing import Final, Self

from drivers.sim.port import PseudoPort

HELD_MOST_S: Final = 5.0  # a forgotten hold ends by itself; ingest waits 8 s
READ_BYTES: Final = 65536
LOOK_S: Final = 0.2

REQUEST: Final = "request"
"""The database has not yet seen the write."""
ANSWER: Final = "answer"
"""The database has answered 2xx, and nobody has heard it."""


class Hold:
    """Where the next passage is to stop."""

    def __init__(self) -> None:
        self._point: object = None
        self._caught = threading.Event()
        self._go = threading.Event()

    def arm(self, point: object) -> None:
        """Stop the next passage that reaches ``point``."""
        self._caught.clear()
        self._go.clear()
        self._point = point

    @property
    def point(self) -> object:
        """Where the next passage will be stopped, ``None`` if nowhere."""
        return self._point

    @property
    def has_caught(self) -> bool:
        """Whether a passage stands there now."""
        return self._caught.is_set() and not self._go.is_set()

    def release(self) -> None:
        """Let it go on; nothing is stopped any more."""
        self._point = None
        self._go.set()

    def reached(self, point: object) -> None:
        """Called by the gate: wait here if this is the point."""
        if self._point is not None and self._point == point:
            self._point = None
            self._caught.set()
            self._go.wait(HELD_MOST_S)
            self._go.set()


class SerialGate:
    """Carries bytes between the port that it makes at ``near`` and ``far``.

    A hold's point is how many bytes of an answer have passed.
    """

    def __init__(self, near: Path, far: Path) -> None:
        self.hold = Hold()
        self._near = PseudoPort(near)
        self._far = os.open(far, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._far)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.hold.release()
        self._thread.join()
        self._near.close()
        os.close(self._far)

    def _run(self) -> None:
        passed, near, far = 0, self._near.fileno(), self._far
        while not self._stop.is_set():
            ready, _, _ = select.select([near, far], [], [], LOOK_S)
            try:
                if near in ready:
                    passed = 0
                    os.write(far, self._near.read())
                if far in ready:
                    passed = self._answer(os.read(far, READ_BYTES), passed)
            except OSError:
                return  # the field has gone

    def _answer(self, data: bytes, passed: int) -> int:
        point = self.hold.point
        if isinstance(point, int) and passed <= point < passed + len(data):
            before = point - passed
            self._near.write(data[:before])
            self.hold.reached(point)
            self._near.write(data[before:])
        else:
            self._near.write(data)
        return passed + len(data)


class HttpGate:
    """Stands on ``port`` before the database at ``behind``.

    A hold's points are ``REQUEST`` and ``ANSWER`` of a write.
    """

    def __init__(self, behind: int) -> None:
        self.hold = Hold()
        self.writes: list[bytes] = []  # lines that the database has confirmed
        self.under_way = b""  # lines of the newest write that has come
        self._behind = behind
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(LOOK_S)
        self.port: int = self._server.getsockname()[1]
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port``."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.hold.release()
        for thread in self._threads:
            thread.join()
        self._server.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = self._server.accept()
                thread = threading.Thread(
                    target=self._serve, args=(client,), daemon=True
                )
                thread.start()
                self._threads.append(thread)

    def _serve(self, client: socket.socket) -> None:
        with (
            client,
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._behind)) as database,
        ):
            self._carry(client, database)

    def _carry(self, client: socket.socket, database: socket.socket) -> None:
        asked, lines = b"", b""
        while not self._stop.is_set():
            ready, _, _ = select.select([client, database], [], [], LOOK_S)
            if client in ready:
                more = client.recv(READ_BYTES)
                asked += more
                if not more:
                    return
                if (body := _whole(asked)) is not None:
                    is_write = b"/write" in asked.split(b"\r\n", 1)[0]
                    if is_write:
                        lines = self.under_way = body
                        self.hold.reached(REQUEST)
                    database.sendall(asked)
                    asked = b""
            if database in ready:
                answer = database.recv(READ_BYTES)
                if not answer:
                    return
                if lines and answer.startswith(b"HTTP/1.1 2"):
                    self.writes.append(lines)
                    self.hold.reached(ANSWER)
                lines = b""
                client.sendall(answer)


def _whole(request: bytes) -> bytes | None:
    """Body of a request that has come whole, else ``None``."""
    head, found, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if not found or len(body) < int(length[1] if length else 0):
        return None
    return body
