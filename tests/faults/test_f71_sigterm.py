"""SIGTERM: in time, with all that was read committed and the will not fired."""

import sqlite3
import time
from contextlib import closing

import pytest

from tests.faults.network.radio import Radio
from tests.faults.network.rig import FAST, kept, rig

MOST_S = 10.0


def test_a_stop_is_clean_and_the_will_is_not_fired(tmp_path, record_property):
    with rig(tmp_path) as it, it.ingest, it.gateway:
        it.flows()
        began_s = time.monotonic()
        code = it.gateway.stop()
        took_s = time.monotonic() - began_s
        log = it.broker.log.read_text()
        whole = kept(tmp_path, last_of(tmp_path))

    assert code == 0
    assert took_s < MOST_S
    assert "Client canhdong-htx-moduc-g1 disconnected." in log
    assert "did not end by itself" not in it.gateway.text
    assert whole.is_whole
    record_property("figure", f"{took_s:.1f} s, {whole}")


@pytest.mark.parametrize("when", ["connected", "connecting"])
def test_a_stop_with_the_broker_swallowed_by_the_network_is_in_time(
    tmp_path, record_property, when
):
    with Radio() as radio:
        here = f'{FAST}\nhost = "{radio.outside}"'
        listens = "allow_anonymous true\n"
        with rig(
            tmp_path, mosquitto=listens, uplink=here,
            behind=("ip", "netns", "exec", radio.name), listen=radio.outside,
        ) as it, it.ingest:  # fmt: skip
            radio.weather.is_off = when == "connecting"
            with it.gateway:
                if when == "connected":
                    it.flows()
                it.grows(32)
                radio.weather.is_off = True
                it.grows(16)
                before = it.status["next"]
                began_s = time.monotonic()
                code = it.gateway.stop()
                took_s = time.monotonic() - began_s

    assert code == 0
    assert took_s < MOST_S
    assert "did not end by itself" not in it.gateway.text
    assert last_of(tmp_path) >= before - 1
    record_property("figure", f"{when}: {took_s:.1f} s")


def test_nothing_that_was_answered_is_missing_after_a_stop(tmp_path, record_property):
    with rig(tmp_path, every_s=0.25) as it, it.gateway:
        it.grows(100)
        it.gateway.stop()
        seen = [line for line in it.gateway.text.splitlines() if "lost" in line]

    assert seen == []
    record_property("figure", f"{last_of(tmp_path)} rows committed, none given up")


def last_of(folder) -> int:
    with closing(sqlite3.connect(folder / "data" / "buffer.db")) as db:
        last: int = db.execute("SELECT max(seq) FROM reading").fetchone()[0]
    return last
