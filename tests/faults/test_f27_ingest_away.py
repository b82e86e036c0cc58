"""The broker is there, and nobody behind it."""

from gateway.outflow import WINDOW
from telemetry import messages, topics
from telemetry.messages import HelloAnswer
from telemetry.mqtt import Broker, Link
from tests import parts, programs
from tests.faults.network.rig import HERE, rig
from tests.tap import Tap

MANY = "send_every_s = 0.2\nresend_after_s = 1"


def test_a_gateway_whose_province_is_silent_keeps_a_window_and_no_more(
    tmp_path, record_property
):
    """An ingest that answers hello and then goes: batches open and stay open."""
    with (
        rig(tmp_path, uplink=MANY, every_s=0.25) as it,
        Tap(it.broker.port) as tap,
        it.gateway,
    ):
        _answer_hello(it.broker.port)
        parts.wait_until(lambda: len(tap.batches) >= WINDOW, 40)
        it.grows(200)
        most = len(tap.batches)
        sent = tap.payload_bytes[topics.UP_READINGS]
        it.ingest.start()
        it.flows()
        kept = it.settled()

    assert most == WINDOW
    assert kept.is_whole
    record_property("figure", f"{most} batches, {sent} bytes with resends: {kept}")


def test_where_nobody_answers_hello_the_broker_is_given_no_reading(
    tmp_path, record_property
):
    """So its queue is as small after three days as after a minute."""
    with rig(tmp_path) as it, Tap(it.broker.port) as tap, it.gateway:
        it.grows(200)
        waiting = it.status["waiting"]
        batches = len(tap.batches)
        it.ingest.start()
        it.flows()
        kept = it.settled()

    assert (batches, waiting >= 200) == (0, True)
    assert kept.is_whole
    record_property("figure", f"nothing sent while {waiting} rows waited: {kept}")


def _answer_hello(port: int) -> None:
    """Say once that the ledger is empty, and hang up."""
    link = Link(
        Broker(host="127.0.0.1", port=port),
        client_id="half-an-ingest",
        subscribe=HERE.topic(topics.UP_HELLO),
    )
    link.connect()
    parts.wait_until(lambda: link.step(0.05) or link.arrived)
    hello = messages.decode(link.arrived.popleft().payload, messages.Hello)
    answer = HelloAnswer(
        epoch=hello.epoch, mono_ms=hello.mono_ms, held=[],
        utc_ms=programs.FIRST_STAMP_MS,
    )  # fmt: skip
    link.publish(HERE.topic(topics.DOWN_HELLO), messages.encode(answer))
    parts.wait_until(lambda: link.step(0.05) or link.confirmed)
    link.close()
