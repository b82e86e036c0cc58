"""A start without network, names, broker and bus, and one with the bus alone."""

import shutil
import time

import pytest

from tests import parts
from tests.faults.network.radio import Radio
from tests.faults.network.rig import Rig, rig

LATER_S = 2.0  # design.md 6: all of a start; here what may come on top of a good one


def first_rows_s(it: Rig) -> float:
    """Start with an empty card; time to the first committed rows."""
    shutil.rmtree(it.folder / "data", ignore_errors=True)
    began_s = time.monotonic()
    it.gateway.start()
    parts.wait_until(lambda: it.status.get("stored_rows"), 60)
    return time.monotonic() - began_s


@pytest.mark.parametrize("bus", ["bus", "no bus"])
def test_a_gateway_with_nothing_around_it_measures_and_says_what_is_missing(
    tmp_path, record_property, bus
):
    """As soon as one that has all: the bare start is timed beside it."""
    with (
        Radio(etc={"resolv.conf": "nameserver 10.255.255.1\n", "hosts": ""}) as radio,
        rig(
            tmp_path,
            mosquitto="allow_anonymous true\n",
            uplink='host = "broker.canhdong.test"',
            behind=("ip", "netns", "exec", radio.name),
            listen=radio.outside,
        ) as it,
    ):
        radio.etc("hosts", f"{radio.outside} broker.canhdong.test\n")
        good_s = first_rows_s(it)
        it.gateway.stop()
        radio.etc("hosts", "")
        radio.ip("addr", "flush", "dev", "radio")
        radio.ip("link", "set", "lo", "down")
        if bus == "no bus":
            config = tmp_path / "gateway.toml"
            config.write_text(config.read_text().replace("tty0", "tty-none"))
        bare_s = first_rows_s(it)
        parts.wait_until(lambda: it.status.get("link_error"), 40)
        said = it.status
        it.grows(32)
        code = it.gateway.stop()

    assert code == 0
    assert bare_s < good_s + LATER_S
    assert said["link"] == "down"
    assert "broker.canhdong.test" in said["link_error"]
    assert said["utc_ms"] is None
    states = {device["state"] for device in said["devices"].values()}
    assert (states == {"good"}) is (bus == "bus")
    record_property(
        "figure", f"{bus}: first rows after {bare_s:.1f} s ({good_s:.1f} with all"
        f" there), link {said['link']}, devices {', '.join(sorted(states))}",
    )  # fmt: skip


def test_what_was_measured_in_the_bare_time_arrives_later(tmp_path, record_property):
    with Radio() as radio:
        radio.ip("route", "del", "default")
        radio.weather.is_off = True
        with (
            rig(
                tmp_path,
                mosquitto="allow_anonymous true\n",
                uplink=f'host = "{radio.outside}"\nsend_every_s = 0.5',
                behind=("ip", "netns", "exec", radio.name),
                listen=radio.outside,
            ) as it,
            it.ingest,
            it.gateway,
        ):
            it.grows(100)
            radio.weather.is_off = False
            it.flows(90)
            kept = it.settled()

    assert kept.is_whole
    record_property("figure", str(kept))
