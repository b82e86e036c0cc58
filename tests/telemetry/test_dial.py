import socket
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from telemetry import dial
from telemetry.dial import Dialer, Tls, Unreachable, host_fault, traffic


def never() -> bool:
    return False


@pytest.fixture
def server():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server


def port_of(server: socket.socket) -> int:
    return server.getsockname()[1]


@pytest.fixture
def deaf(mocker):
    """A resolver that does not answer until it is let go."""
    gone = threading.Event()
    real = socket.getaddrinfo

    def asked(host, port, *given, flags=0, **more):
        if flags == socket.AI_NUMERICHOST:
            return real(host, port, *given, flags=flags, **more)
        calls.append(host)
        gone.wait(10)
        return real("127.0.0.1", port, *given, **more)

    calls: list[str] = []
    mocker.patch("socket.getaddrinfo", side_effect=asked)
    yield calls
    gone.set()


@pytest.mark.slow
def test_a_resolver_that_is_silent_holds_nobody_up_and_is_asked_once(deaf, server):
    dialer = Dialer("broker.example", port_of(server))
    began_s = time.monotonic()

    for _ in range(2):
        with pytest.raises(Unreachable, match="no name server answers for broker"):
            dialer.dial(None, never, within_s=0.4)

    assert time.monotonic() - began_s < 2
    assert deaf == ["broker.example"]


@pytest.mark.slow
def test_a_silent_resolver_s_last_answer_is_used_again(deaf, server):
    dialer = Dialer("broker.example", port_of(server))
    dialer._known = [(socket.AF_INET, ("127.0.0.1", port_of(server)))]

    sock = dialer.dial(None, never, within_s=0.6)

    assert sock.getpeername()[1] == port_of(server)
    sock.close()


def test_an_unknown_name_is_no_way_and_no_hang():
    with pytest.raises(Unreachable, match=r"no\.such\.host\.invalid"):
        Dialer("no.such.host.invalid", 1).dial(None, never)


def test_no_route_is_told_apart_from_a_broker_that_is_down(mocker):
    mocker.patch("socket.socket.connect_ex", return_value=101)  # ENETUNREACH

    with pytest.raises(Unreachable, match="Network is unreachable"):
        Dialer("127.0.0.1", 1).dial(None, never)

    mocker.stopall()
    with pytest.raises(ConnectionRefusedError):
        Dialer("127.0.0.1", 1).dial(None, never)


def test_the_next_address_is_tried_where_one_fails(server):
    dialer = Dialer("localhost", port_of(server))
    dialer._known = [
        (socket.AF_INET, ("127.0.0.1", 1)),
        (socket.AF_INET, ("127.0.0.1", port_of(server))),
    ]

    sock = dial._connected(dialer._known, dial._Wait(dial.machine_s() + 5, never))

    assert sock.getpeername()[1] == port_of(server)
    sock.close()


def test_whoever_stops_does_not_wait_for_a_connection(deaf):
    began_s = time.monotonic()

    with pytest.raises(OSError):
        Dialer("broker.example", 1).dial(None, lambda: True)

    assert time.monotonic() - began_s < 1


def test_traffic_counts_both_ways_with_headers(server):
    sock = Dialer("127.0.0.1", port_of(server)).dial(None, never)
    other, _ = server.accept()
    begun = traffic(sock)

    sock.sendall(b"x" * 1000)
    other.recv(2000)
    other.sendall(b"y" * 10)
    sock.recv(10)

    assert begun == 3 * dial.HEADERS  # SYN, SYN-ACK, ACK
    assert 1010 + 2 * dial.HEADERS <= traffic(sock) - begun <= 1010 + 5 * dial.HEADERS
    sock.close()
    other.close()


@pytest.mark.parametrize("path", ["a\0b", "/etc", "/etc/passwd", "/nowhere"])
def test_tls_files_that_are_none_are_an_error_of_the_system(path):
    for files in (Tls(ca=Path(path)), Tls(certificate=Path(path), key=Path(path))):
        with pytest.raises(OSError):
            dial.tls_context(files)


@pytest.mark.parametrize(
    "host", ["", " ", "mqtt..vn", f"{'a' * 64}.vn", "mqtt://x", "a\0b", ".", "x y"]
)
def test_what_can_be_no_host_is_said_so(host):
    assert host_fault(host) is not None


@pytest.mark.parametrize("host", ["mqtt..vn", f"{'a' * 64}.vn", "a\0b"])
def test_an_impossible_name_is_no_way_and_no_crash(host):
    with pytest.raises(Unreachable):
        Dialer(host, 1).dial(None, never)


@pytest.mark.parametrize(
    "host", ["mqtt.example.vn", "mqtt.vn.", f"{'a' * 63}.vn", "::1", "10.0.0.1", "đồng"]
)
def test_names_and_addresses_are_hosts(host):
    assert host_fault(host) is None
