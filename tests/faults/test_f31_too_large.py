"""Batches larger than the broker takes, told by it or not."""

import re

import pytest

from tests.faults.network.rig import OPEN_DOOR, rig

LARGEST = 1000  # bytes, of facts/reliability.md F31


@pytest.mark.parametrize(
    ("protocol", "limit"),
    [
        ("5", "max_packet_size"),  # told in CONNACK
        ("5", "message_size_limit"),  # a PUBACK whose code paho cannot read
        ("3.1.1", "max_packet_size"),  # the connection is dropped
        ("3.1.1", "message_size_limit"),  # confirmed and thrown away
    ],
)
def test_a_batch_that_does_not_pass_is_taken_apart(
    tmp_path, record_property, protocol, limit
):
    fast = f'protocol = "{protocol}"\nsend_every_s = 1\nresend_after_s = 0.5'
    small = f"{OPEN_DOOR}{limit} {LARGEST}\n"
    with (
        rig(tmp_path, mosquitto=small, uplink=fast, every_s=0.25, devices=4) as it,
        it.gateway,  # nobody answers hello yet: a backlog comes together
    ):
        it.grows(400)
        it.ingest.start()
        it.flows(120)
        kept = it.settled(120)

    assert kept.is_whole
    assert it.status.get("quarantined", 0) == 0
    lost = len(re.findall("trying again", it.gateway.text))
    apart = len(re.findall("is taken apart", it.gateway.text))
    record_property("figure", f"{apart} taken apart, {lost} connections lost: {kept}")
