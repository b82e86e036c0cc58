"""F23: a false NTP server, an hour off or ten years ahead."""

import json

import pytest

from gateway.records import Change
from tests.clockwork import HOUR, Field

YEARS = 10 * 31_556_952_000


@pytest.mark.parametrize("off_ms", [HOUR, -HOUR, YEARS])
def test_the_province_decides_and_one_alert_tells_it(tmp_path, off_ms, record_property):
    field = Field(tmp_path)
    field.ntp_off_ms = off_ms
    for _ in range(20):
        field.hello()
        field.send()
        field.poll(HOUR)

    assert {s.clock for s in field.sent.values()} == {"disputed"}
    assert field.faults() == []
    assert len(field.alerts) == 1
    told = json.loads(field.reader.outbox().popitem()[1])
    assert told["rule"] == "clock-disputed"
    assert "NTP" in told["vi"]
    worst = max(abs(s.off_ms) for s in field.sent.values())
    assert worst < 1_000
    record_property("figure", f"{len(field.sent)} rows, worst {worst} ms off, 1 alert")
    field.close()


def test_when_the_server_is_right_again_the_dispute_ends(tmp_path):
    field = Field(tmp_path)
    for off_ms in (HOUR, HOUR, 0, 0):
        field.ntp_off_ms = off_ms
        field.hello()
        field.send()
        field.poll(HOUR)
    field.hello()
    field.send()

    clocks = [field.sent[seq].clock for seq in sorted(field.sent)]
    assert clocks[0] == "disputed"
    assert clocks[-1] == "ntp"
    assert field.faults() == []
    field.close()


def test_a_restart_tells_nothing_twice(tmp_path):
    field = Field(tmp_path)
    field.ntp_off_ms = HOUR
    for _ in range(5):
        field.hello()
        field.restart()

    assert len(field.alerts) == 1
    field.buffer.write(Change(delivered=list(field.alerts)))
    field.close()
