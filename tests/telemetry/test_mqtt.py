import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from telemetry import mqtt
from telemetry.mqtt import Broker, Link, LinkDown, Tls
from tests import parts


def link_to(port: int, **given) -> Link:
    return Link(
        Broker(host="127.0.0.1", port=port, **given), client_id="me", subscribe="down/+"
    )


def is_up(link: Link) -> bool:
    with suppress(LinkDown):
        link.connect()
    return link.is_up


@pytest.fixture
def silent() -> Iterator[int]:
    """A server that accepts and then says nothing, until the client goes."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        server.settimeout(10)
        taken = []

        def serve() -> None:
            try:
                while True:
                    taken.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        for end in taken:
            end.close()


@pytest.mark.slow
def test_a_broker_that_says_nothing_is_given_up(monkeypatch, silent):
    monkeypatch.setattr(mqtt, "CONNECT_S", 0.4)

    with pytest.raises(LinkDown, match="did not answer within"):
        link_to(silent).connect()


def test_no_broker_is_one_clear_reason():
    with pytest.raises(LinkDown, match=r"127\.0\.0\.1:\d+: Connection refused"):
        link_to(parts.free_port()).connect()


def test_an_unknown_host_is_one_clear_reason():
    link = Link(Broker(host="no.such.host.invalid"), client_id="me", subscribe="x")

    with pytest.raises(LinkDown, match=r"no\.such\.host"):
        link.connect()


def test_nothing_is_published_without_a_connection():
    with pytest.raises(LinkDown, match="not connected"):
        link_to(1).publish("up/z", b"")


@pytest.mark.real
def test_a_broker_of_3_1_1_is_spoken_to_in_3_1_1():
    port = parts.free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.demo.broker", str(port)]
    ) as it:
        try:
            link = link_to(port)
            parts.wait_until(lambda: is_up(link))
            mid = link.publish("up/z", b"hello")
            parts.wait_until(lambda: link.step(0.05) or link.confirmed)
            link.close()
        finally:
            it.terminate()

    assert list(link.confirmed) == [(mid, None)]


@pytest.mark.real
def test_a_wrong_password_is_told_as_such(tmp_path: Path):
    (tmp_path / "users").write_text("")
    config = f"allow_anonymous false\npassword_file {tmp_path}/users\n"
    refused = pytest.raises(LinkDown, match="refused the connection: Not authorized")
    with parts.mosquitto(tmp_path, config=config) as broker, refused:
        link_to(broker.port, username="a", password="b").connect()  # noqa: S106


@pytest.mark.real
def test_a_broker_that_goes_is_noticed_and_found_again(broker):
    link = link_to(broker.port)
    link.connect()
    broker.kill()

    with pytest.raises(LinkDown, match="connection lost"):
        parts.wait_until(lambda: link.step(0.1))
    broker.start()
    link.connect()

    assert link.is_up
    link.close()
    assert not link.is_up


@pytest.mark.real
def test_a_denied_publish_is_confirmed_with_its_reason(tmp_path: Path):
    (tmp_path / "acl").write_text("topic read down/+\n")
    config = f"allow_anonymous true\nacl_file {tmp_path}/acl\n"
    with parts.mosquitto(tmp_path, config=config) as broker:
        link = link_to(broker.port)
        link.connect()
        mid = link.publish("up/z", b"")
        parts.wait_until(lambda: link.step(0.05) or link.confirmed)
        link.close()

    assert list(link.confirmed) == [(mid, "Not authorized")]


def authority(folder: Path, name: str) -> Path:
    """A certificate for 127.0.0.1 that signs itself; its key lies beside it."""
    folder.mkdir()
    subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    make += ["ec_paramgen_curve:P-256", "-nodes", "-days", "2", *subject]
    make += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "ca.pem")]
    subprocess.run(make, check=True, capture_output=True)
    return folder


# paho leaves it to the garbage collector to close a socket whose handshake failed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.real
def test_tls_goes_through_with_the_right_authority_and_not_with_another(tmp_path):
    ours, other = authority(tmp_path / "a", "a"), authority(tmp_path / "b", "b")
    config = f"allow_anonymous true\ncertfile {ours}/ca.pem\nkeyfile {ours}/key.pem\n"
    with parts.mosquitto(tmp_path, config=config) as broker:
        good = link_to(broker.port, tls=Tls(ours / "ca.pem"))
        good.connect()
        with pytest.raises(LinkDown, match="CERTIFICATE_VERIFY_FAILED"):
            link_to(broker.port, tls=Tls(other / "ca.pem")).connect()
        with pytest.raises(LinkDown, match="No such file"):
            link_to(broker.port, tls=Tls(tmp_path / "none.pem")).connect()

        assert good.is_up
        good.close()
