"""A TCP or TLS connection within a bound, whatever resolver and network do.

``getaddrinfo`` may block for half a minute and cannot be interrupted, so it runs in
a thread of its own, at most one at a time; when it stays silent, the addresses of
its last answer are tried.  Nothing is sent before the other end has proved its name.
"""

import contextlib
import errno
import os
import queue
import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from telemetry.clock import machine_s

DIAL_S: Final = 15.0  # name, TCP and TLS together; five round trips at 800 ms are 4 s
USER_TIMEOUT_MS: Final = 30_000  # half-open TCP is then seen after 30 s, not 92 s
VERDICT_S: Final = 2.0  # two round trips at 800 ms, and some
LOOK_S: Final = 0.2  # how soon a wait notices that it is to end
NO_WAY: Final = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
)
HEADERS: Final = 52  # bytes of a TCP segment beside its data: IPv4 20, TCP 20 + 12
_TCP_INFO: Final = struct.Struct("=104x16xQQII")  # linux/tcp.h: bytes_acked … segs_in
_BYTES_SENT: Final = struct.Struct("=200xQ")  # … and bytes_sent, resends among them

Address = tuple[int, Any]  # family, and what the socket calls an address


class Unreachable(OSError):
    """There is no way to the host from here: no name service or no route."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a TLS connection; all of them PEM."""

    ca: Path | None = None  # None: the system's authorities
    certificate: Path | None = None
    key: Path | None = None


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Read the files; ``OSError`` if one is missing or not what it should be."""
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key)
    except ValueError as fault:  # a path with a NUL
        raise OSError(errno.EINVAL, str(fault)) from None
    return context


def host_fault(host: str) -> str | None:
    """Why ``host`` can be no host's name or address, ``None`` if it can."""
    remedy = "write a name such as mqtt.example.vn, or an address"
    if not host or any(letter.isspace() or letter in "\0/" for letter in host):
        return f"{host!r} is no host: {remedy}"
    try:
        host.encode("idna")  # as the resolver will
    except UnicodeError:
        return f"{host!r} has an empty part, or one of more than 63 letters: {remedy}"
    return None


class Dialer:
    """Ways to one host and port.  ``gives_up`` says that nobody waits any more."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._known: list[Address] = []  # the resolver's last answer
        self._answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()
        self._is_asking = False

    def dial(
        self, tls: Tls | None, gives_up: Callable[[], bool], within_s: float = DIAL_S
    ) -> socket.socket:
        """Connect, or raise ``OSError`` within ``within_s``."""
        wait = _Wait(machine_s() + within_s, gives_up)
        context = None if tls is None else tls_context(tls)
        addresses = self._addresses(wait)
        sock = _connected(addresses, wait)
        if context is None:
            return sock
        try:
            secure = _secured(sock, context, self._host, wait)
            if tls is not None and tls.certificate is not None:
                _let_in(secure, wait)
            return secure
        except BaseException:
            sock.close()
            raise

    def _addresses(self, wait: "_Wait") -> list[Address]:
        try:
            return _look_up(self._host, self._port, socket.AI_NUMERICHOST)
        except (socket.gaierror, ValueError):
            pass  # a name, perhaps an impossible one
        if not self._is_asking:
            self._is_asking = True
            threading.Thread(target=self._ask, name="resolver", daemon=True).start()
        name_wait = _Wait(machine_s() + wait.left_s() / 2, wait.gives_up)
        answer: list[Address] | OSError = Unreachable(
            f"no name server answers for {self._host}: is there a network?"
        )
        while name_wait.goes_on():
            try:
                answer = self._answers.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            self._is_asking = False
            break
        if isinstance(answer, list):
            self._known = answer
        elif not self._known:
            raise answer
        return self._known

    def _ask(self) -> None:
        try:
            self._answers.put(_look_up(self._host, self._port, 0))
        except (OSError, ValueError) as fault:
            why = getattr(fault, "strerror", None) or str(fault)
            self._answers.put(Unreachable(f"{self._host}: {why}"))


def traffic(sock: socket.socket) -> int:
    """Bytes that a connection has cost so far, both ways, with headers and resends."""
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    if len(told) < _TCP_INFO.size:
        return 0
    sent, received, segments_out, segments_in = _TCP_INFO.unpack_from(told)
    if len(told) >= _BYTES_SENT.size:
        (sent,) = _BYTES_SENT.unpack_from(told)
    return int(sent + received + HEADERS * (segments_out + segments_in))


@dataclass(frozen=True, slots=True)
class _Wait:
    until_s: float
    gives_up: Callable[[], bool]

    def left_s(self) -> float:
        return max(0.0, self.until_s - machine_s())

    def goes_on(self) -> bool:
        return self.left_s() > 0 and not self.gives_up()

    def part(self, parts: int) -> "_Wait":
        return _Wait(machine_s() + self.left_s() / parts, self.gives_up)

    def ready(self, sock: socket.socket, *, to_write: bool) -> None:
        """Wait until ``sock`` is ready, or raise ``TimeoutError``."""
        reads, writes = ([], [sock]) if to_write else ([sock], [])
        while self.goes_on():
            ready = select.select(reads, writes, [], min(LOOK_S, self.left_s()))
            if ready[0] or ready[1]:
                return
        msg = "no answer; is the address right, and does a firewall let it through?"
        raise TimeoutError(msg)


def _look_up(host: str, port: int, flags: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in found]


def _connected(addresses: list[Address], wait: _Wait) -> socket.socket:
    """The first address that answers; each may use its share of what time is left."""
    faults: list[OSError] = []
    for at, (family, address) in enumerate(addresses):
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MS
            )
            sock.setblocking(False)
            code = sock.connect_ex(address)
            if code == errno.EINPROGRESS:
                wait.part(len(addresses) - at).ready(sock, to_write=True)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code))
        except OSError as fault:
            sock.close()
            faults.append(fault)
        else:
            return sock
    if all(fault.errno in NO_WAY for fault in faults):
        raise Unreachable(faults[0].strerror or str(faults[0]))
    raise next(fault for fault in faults if fault.errno not in NO_WAY)


def _secured(
    sock: socket.socket, context: ssl.SSLContext, host: str, wait: _Wait
) -> ssl.SSLSocket:
    """TLS over ``sock``, with the other end's name proved."""
    secure = context.wrap_socket(
        sock, server_hostname=host, do_handshake_on_connect=False
    )
    try:
        while True:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                wait.ready(secure, to_write=False)
            except ssl.SSLWantWriteError:
                wait.ready(secure, to_write=True)
            else:
                return secure
    except BaseException:
        secure.close()
        raise


def _let_in(secure: ssl.SSLSocket, wait: _Wait) -> None:
    """Hear what the server says of our certificate, or raise its alert.

    In TLS 1.3 it judges after our handshake is over, and an alert that comes while
    we write is lost with the connection.  A server that agrees sends a ticket, and
    nothing of MQTT before we speak; one that says nothing is taken to agree.
    """
    soon = _Wait(machine_s() + min(VERDICT_S, wait.left_s()), wait.gives_up)
    with contextlib.suppress(TimeoutError, ssl.SSLWantReadError):
        soon.ready(secure, to_write=False)
        if not secure.recv(1):
            msg = "the server has closed the connection behind our certificate"
            raise ConnectionError(msg)
