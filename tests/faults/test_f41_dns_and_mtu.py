"""Names that nobody answers for, IPv6 alone, and a way that swallows large packets."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests import parts
from tests.faults.network.radio import Radio
from tests.faults.network.rig import FAST, Rig, rig

NAME = "broker.canhdong.test"
DEAD = "nameserver 10.255.255.1\noptions timeout:10 attempts:3\n"  # 30 s for one name


@contextmanager
def at_sea(folder, radio: Radio, *, outside: str, more: str = "") -> Iterator[Rig]:
    with (
        rig(
            folder,
            mosquitto="allow_anonymous true\n",
            uplink=f'{FAST}\nhost = "{NAME}"\n{more}',
            behind=("ip", "netns", "exec", radio.name),
            listen=outside,
        ) as it,
        it.ingest,
    ):
        yield it


def test_a_dead_name_server_holds_nothing_up_and_the_last_address_is_used(
    tmp_path, record_property
):
    began_s = time.monotonic()
    with (
        Radio(etc={"resolv.conf": DEAD, "hosts": ""}) as radio,
        at_sea(tmp_path, radio, outside=radio.outside) as it,
        it.gateway,
    ):
        parts.wait_until(lambda: it.status.get("link_error"), 40)
        told_s = time.monotonic() - began_s
        why = it.status["link_error"]
        radio.etc("hosts", f"{radio.outside} {NAME}\n")
        it.flows(90)
        radio.etc("hosts", "")
        it.broker.stop()
        it.broker.start()
        it.flows(90)
        kept = it.settled()

    assert "no name server answers" in why
    assert "hangs" not in it.gateway.text
    assert kept.is_whole
    record_property("figure", f"told after {told_s:.0f} s, kept address used: {kept}")


def test_a_broker_that_has_only_ipv6_is_reached(tmp_path, record_property):
    radio = Radio(etc={"resolv.conf": DEAD, "hosts": ""})
    with (
        radio,
        at_sea(tmp_path, radio, outside=radio.outside6) as it,
    ):
        radio.etc("hosts", f"{radio.outside6} {NAME}\n")
        with it.gateway:
            it.flows()
            kept = it.settled()

    assert kept.is_whole
    record_property("figure", str(kept))


def test_large_packets_that_vanish_do_not_stop_the_rows(tmp_path, record_property):
    """The kernel finds out by itself where ``net.ipv4.tcp_mtu_probing`` is 1."""
    with Radio() as radio:
        radio.etc("hosts", f"{radio.outside} {NAME}\n")
        radio.set("net/ipv4/tcp_mtu_probing", "1")
        big = "send_every_s = 2\nresend_after_s = 2"
        with at_sea(tmp_path, radio, outside=radio.outside) as it:
            config = tmp_path / "gateway.toml"
            config.write_text(config.read_text().replace(FAST, big))
            radio.weather.largest = 1280
            it.ingest.kill()
            with it.gateway:
                it.grows(600, 60)
                it.ingest.start()
                it.flows(60)
                kept = it.settled(60)
    lost = len(re.findall("trying again", it.gateway.text))

    assert kept.is_whole
    record_property("figure", f"{lost} connections lost: {kept}")
