"""The witness's page: one address, read by a phone beside the machine.

It shows the highest number that a commit has confirmed.  When the machine is dead
the phone still shows the last one, and gives it back once the machine answers
again.  The number is taken with the key of the round, so another round's counts
for nothing; the page is of this one network and knows no password.
"""

import json
import queue
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from types import TracebackType
from typing import Any, Final, Literal, Self

from gateway.demo.words import Words
from telemetry.settings import ConfigError

PATIENCE_S: Final = 10.0  # for one request: whoever dallies is let go
VERDICT_S: Final = 60.0  # half a million rows are read in some seconds on a Pi
BODY_MOST: Final = 1024  # bytes of what a phone sends: a key and a number
CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(slots=True)
class Seen:
    """What the phone saw last; the verdict goes back the same way."""

    number: int
    answer: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)

    def reply(self, says: str, lines: list[Words]) -> None:
        """Tell the phone."""
        said = {"says": says, "vi": [w.vi for w in lines], "en": [w.en for w in lines]}
        self.answer.put(said)


@dataclass(slots=True)
class Board:
    """What the page shows; written by the command alone."""

    gateway: str
    boot: str
    key: str
    settled: Sequence[str]  # keys of rounds that have had their verdict
    mode: Literal["writing", "asking"]
    confirmed: int = 0
    seen: queue.SimpleQueue[Seen] = field(default_factory=queue.SimpleQueue)

    def state(self) -> dict[str, Any]:
        """The board as the page reads it."""
        return {
            "v": 1,
            "gateway": self.gateway,
            "boot": self.boot,
            "key": self.key,
            "settled": self.settled,
            "mode": self.mode,
            "confirmed": self.confirmed,
        }


class Phone:
    """The listening socket and its threads, as long as the context lasts."""

    def __init__(self, host: str, port: int, board: Board) -> None:
        self._board = board
        try:
            self._server = _Server((host, port), partial(_Page, board))
        except OSError as fault:
            why = fault.strerror or fault
            msg = f"--http {host}:{port}: {why}; give an address of this machine"
            raise ConfigError([f"{msg} and a port that is free"]) from None
        self.port = self._server.server_port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        while not self._board.seen.empty():
            self._board.seen.get().answer.put({})
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    """Waits at its end for answers under way, so that a verdict still arrives."""

    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a phone that went away; the screen belongs to the number."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Page(BaseHTTPRequestHandler):
    """One request."""

    timeout = PATIENCE_S
    server_version = "canhdong"
    sys_version = ""

    def __init__(self, board: Board, *given: Any) -> None:
        self._board = board
        super().__init__(*given)

    def do_GET(self) -> None:
        if self.path == "/":
            page = files(__package__).joinpath("page.html").read_bytes()
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", page)
        elif self.path == "/state":
            self._answer(HTTPStatus.OK, self._board.state())
        else:
            self._answer(HTTPStatus.NOT_FOUND, {})

    def do_POST(self) -> None:
        given = self._given() if self.path == "/seen" else None
        if given is None:
            self._answer(HTTPStatus.BAD_REQUEST, {})
            return
        key, number = given
        if key != self._board.key or self._board.mode != "asking":
            self._answer(HTTPStatus.CONFLICT, {})
            return
        seen = Seen(number)
        self._board.seen.put(seen)
        try:
            self._answer(HTTPStatus.OK, seen.answer.get(timeout=VERDICT_S))
        except queue.Empty:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {})

    def _given(self) -> tuple[str, int] | None:
        """Key and number, if that is what was sent, and by the page itself."""
        length = self.headers.get("Content-Length", "")
        # A page of another site cannot send this type without being asked first.
        is_ours = self.headers.get("Content-Type") == "application/json"
        if not is_ours or not length.isdecimal() or int(length) > BODY_MOST:
            return None
        try:
            said = json.loads(self.rfile.read(int(length)))
            key, number = said["key"], said["number"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        is_good = isinstance(key, str) and type(number) is int and 0 < number < 2**53
        return (key, number) if is_good else None

    def _answer(self, status: HTTPStatus, said: dict[str, Any]) -> None:
        body = json.dumps(said, ensure_ascii=False).encode()
        self._send(status, "application/json", body)

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", CONTENT_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: the screen belongs to the number."""
