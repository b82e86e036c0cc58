"""F19: a clock is stepped back by a day: this machine's, or the province's own."""

import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests import parts, programs
from tests.clockwork import DAY, HOUR, Field
from tests.wall_clock import WallClock


def test_a_step_back_of_this_machine_moves_no_stamp(tmp_path, record_property):
    field = Field(tmp_path)
    field.ntp_off_ms = 0
    for hour in range(24):
        if hour == 6:
            field.ntp_off_ms = field.clock.wall_off_ms = -DAY
        field.hello()
        field.send()
        field.poll(HOUR)

    assert field.faults() == []
    record_property("figure", f"{len(field.sent)} rows in order, none moved")
    field.close()


@pytest.mark.parametrize("step_ms", [-DAY, -10_000])
def test_where_the_province_steps_back_stamps_still_move_forward(
    tmp_path, step_ms, record_property
):
    field = Field(tmp_path)
    for hour in range(72):
        field.hello(off_ms=0 if hour < 24 else step_ms)
        field.send()
        field.poll(HOUR)
    field.hello(off_ms=step_ms)
    field.send()

    stamps = [field.sent[seq].stamp_ms for seq in sorted(field.sent)]
    assert all(a < b for a, b in pairwise(stamps))  # nothing can be overwritten
    late = [s for s in field.sent.values() if s.seq > len(field.truth) - 6]
    assert all(abs(s.off_ms - step_ms) <= s.err_ms for s in late)
    record_property("figure", f"{len(stamps)} stamps, all forward")
    field.close()


def test_no_point_of_the_daemon_is_overwritten(
    tmp_path: Path, broker, influx, record_property
):
    wall = WallClock(tmp_path)
    parts.create_database(influx.port, "f19")
    programs.gateway_config(
        tmp_path, broker.port, every_s=0.5, uplink="send_every_s = 0.5"
    )
    programs.province_config(
        tmp_path, broker.port, programs.influx_store(influx.port, "f19")
    )
    begin_ns = time.time_ns()
    with programs.ingest(tmp_path), programs.simulator(tmp_path) as simulator:
        simulator.says("serving")
        with wall.worn():
            gateway = programs.gateway(tmp_path).start()
        try:
            parts.wait_until(lambda: programs.status(tmp_path).get("acknowledged"))
            wall.set(-86_400)
            now = programs.status(tmp_path)["next"]
            parts.wait_until(lambda: programs.status(tmp_path)["next"] > now + 32)
            gateway.kill()  # starts again under the clock of yesterday
            with wall.worn():
                gateway.start()
            parts.wait_until(lambda: programs.status(tmp_path).get("link") == "up")
            programs.drained(tmp_path)
            gateway.stop()
        finally:
            gateway.kill()

    rows = parts.query(
        influx.port, "SELECT value FROM poll_count GROUP BY sensor", "f19"
    )
    assert all(begin_ns < row["time"] < time.time_ns() for row in rows)
    for sensor in {row["sensor"] for row in rows}:
        counts = [row["value"] for row in rows if row["sensor"] == sensor]
        assert counts == sorted(counts)  # order of stamps is order of polls
        assert len(counts) == len(set(counts))
    record_property("figure", f"{len(rows)} points, each once and in order")
