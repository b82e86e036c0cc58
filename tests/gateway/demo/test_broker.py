"""The embedded broker speaks to the same link as Mosquitto does."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.demo.chain import free_port
from gateway.demo.child import Child, ChildFailed
from telemetry.mqtt import Broker, Link

LOOKS = 100  # of 50 ms


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    broker = Child("broker", tmp_path, "gateway.demo.broker", str(port))
    broker.wait_until_it_says("serving", 20)
    yield port
    broker.stop()


def link(port: int, name: str, subscribe: str) -> Link:
    broker = Broker(host="127.0.0.1", port=port, protocol="3.1.1")
    return Link(broker, client_id=name, subscribe=subscribe)


@pytest.mark.slow
def test_a_message_goes_through_whole(port: int) -> None:
    near, far = link(port, "near", "down/+"), link(port, "far", "up/+")
    near.connect()
    far.connect()
    body = bytes(range(256)) * 500

    near.publish("up/z", body)
    for _ in range(LOOKS):
        near.step(0.0)
        far.step(0.05)
        if far.arrived:
            break

    assert [message.payload for message in far.arrived] == [body]
    near.close()
    far.close()


@pytest.mark.slow
def test_a_process_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    child = Child("broker", tmp_path, "gateway.demo.broker", "no-port")

    with pytest.raises(ChildFailed, match="invalid literal"):
        child.wait_until_it_says("serving", 20)
    child.stop()


@pytest.mark.slow
def test_a_stopped_broker_is_gone(tmp_path: Path) -> None:
    before = threading.active_count()
    child = Child("broker", tmp_path, "gateway.demo.broker", str(free_port()))
    child.wait_until_it_says("serving", 20)

    child.stop()

    assert child.wait(0)
    assert threading.active_count() == before
