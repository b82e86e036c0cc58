"""An HTTP server that answers writes as a database of some family would.

It is a database's far end only: ``Answer`` says what goes over the wire, whole or
cut off, at once or late.
"""

import contextlib
import http.server
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``cut`` bytes of its text go out before the connection ends."""

    status: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    delay_s: float = 0.0


Script = Callable[[list[bytes]], Answer | None]
"""From the lines of a write to its answer, ``None`` for a connection closed."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    script: Script

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = type(self).script(body.splitlines(keepends=True))
        if answer is None:
            self.close_connection = True
            return
        time.sleep(answer.delay_s)
        text = answer.text.encode()
        with contextlib.suppress(ConnectionError):  # a client may not wait
            self.send_response(answer.status)
            for key, value in answer.headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text[: answer.cut])
        self.close_connection = answer.cut is not None

    def date_time_string(self, timestamp: float | None = None) -> str:
        """A clock of its own, far from ours."""
        return "Sat, 21 Nov 2026 08:00:00 GMT"

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@contextlib.contextmanager
def answering(script: Script) -> Iterator[str]:
    """Serve ``script`` on a free port of the loopback; yields the URL."""
    handler = type("Handler", (_Handler,), {"script": staticmethod(script)})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def saying(raw: bytes) -> Iterator[str]:
    """Answer every request with ``raw`` bytes, whatever they are; yields the URL."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(raw)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def dripping(
    every_s: float, head: bytes = b"HTTP/1.1 200 OK\r\nX-A: "
) -> Iterator[str]:
    """Answer a request with ``head``, then a byte each ``every_s``; yields the URL."""
    ends = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(head)
            with contextlib.suppress(OSError):
                while not ends.wait(every_s):
                    self.request.sendall(b"x")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            ends.set()
            server.shutdown()
            thread.join()
