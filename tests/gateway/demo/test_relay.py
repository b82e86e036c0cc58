"""The link of the demo, against an echo on loopback."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from gateway.demo.relay import Relay

PATIENCE_S = 5.0


@pytest.fixture
def echo() -> Iterator[int]:
    """Port of a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                end, _ = listener.accept()
                threading.Thread(target=answer, args=(end,), daemon=True).start()

    def answer(end: socket.socket) -> None:
        with end, suppress(OSError):
            while piece := end.recv(4096):
                end.sendall(piece)

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def relay(echo: int) -> Iterator[Relay]:
    relay = Relay(echo)
    yield relay
    relay.close()


def reach(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=PATIENCE_S)


def ask(end: socket.socket, words: bytes) -> bytes:
    end.sendall(words)
    heard = b""
    while len(heard) < len(words) and (piece := end.recv(65536)):
        heard += piece
    return heard


def test_bytes_go_both_ways_and_are_counted_one_way(relay: Relay) -> None:
    words = bytes(range(256)) * 1000

    with reach(relay) as end:
        heard = ask(end, words)

    assert heard == words
    assert relay.bytes_up == len(words)


def test_cutting_ends_the_connections_that_stand(relay: Relay) -> None:
    with reach(relay) as end:
        ask(end, b"before")
        relay.cut()

        assert end.recv(1) == b""


def test_while_cut_a_new_connection_is_closed_at_once(relay: Relay) -> None:
    relay.cut()

    with reach(relay) as end, suppress(ConnectionResetError):
        assert end.recv(1) == b""


def test_after_mending_a_new_connection_goes_through(relay: Relay) -> None:
    relay.cut()
    relay.mend()

    with reach(relay) as end:
        assert ask(end, b"again") == b"again"


def test_a_broker_that_is_not_there_looks_like_a_cut_link() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    relay = Relay(port)

    with reach(relay) as end, suppress(ConnectionResetError):
        assert end.recv(1) == b""
    relay.close()


def test_closing_gives_the_port_back(echo: int) -> None:
    relay = Relay(echo)

    relay.close()

    with socket.create_server(("127.0.0.1", relay.port)) as again:
        assert again.getsockname()[1] == relay.port
