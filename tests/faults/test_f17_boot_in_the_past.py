"""F17: a boot in 1970 or 2019, days without a link, then the province's time."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.reader import Reader
from tests import parts, programs
from tests.clockwork import DAY, START, Field
from tests.wall_clock import WallClock

SOME = {
    1970: datetime(1970, 1, 1, 0, 1, tzinfo=UTC),
    2019: datetime(2019, 6, 1, tzinfo=UTC),
}


@pytest.mark.parametrize("year", SOME)
@pytest.mark.parametrize("ppm", [0.0, 100.0, -100.0])
def test_three_days_in_the_past_are_stamped_right_by_the_first_hello(
    tmp_path, year, ppm, record_property
):
    field = Field(tmp_path)
    field.clock.ppm = ppm
    field.clock.wall_off_ms = round(SOME[year].timestamp() * 1000) - START
    field.poll(3 * DAY)
    field.send()  # nothing stands yet, so nothing goes

    assert field.sent == {}
    field.hello()
    field.send()
    worst = max(abs(s.off_ms) for s in field.sent.values())
    assert len(field.sent) == len(field.truth)
    assert field.faults() == []
    record_property("figure", f"{len(field.sent)} rows, worst {worst / 1000:.1f} s off")
    field.close()


def test_the_daemon_stores_under_a_clock_of_1970_and_sends_true_stamps(
    tmp_path: Path, broker, influx, record_property
):
    wall = WallClock(tmp_path)
    wall.set(86_400 - int(time.time()))
    parts.create_database(influx.port, "f17")
    programs.gateway_config(
        tmp_path, broker.port, every_s=0.5, uplink="send_every_s = 0.5"
    )
    programs.province_config(
        tmp_path, broker.port, programs.influx_store(influx.port, "f17")
    )
    begin_ns = time.time_ns()
    with wall.worn():
        gateway = programs.gateway(tmp_path)
        gateway.start()
    try:
        with programs.simulator(tmp_path) as simulator:
            simulator.says("serving")
            parts.wait_until(lambda: programs.status(tmp_path).get("next", 0) > 64)
            clock = programs.status(tmp_path)["clock"]
            assert (clock["source"], clock["utc_ms"]) == (None, None)
            with programs.ingest(tmp_path):
                last = programs.drained(tmp_path)
                parts.wait_until(
                    lambda: programs.status(tmp_path)["clock"]["source"] == "hello"
                )
                gateway.stop()
    finally:
        gateway.kill()

    rows = parts.query(influx.port, "SELECT value FROM poll_count", "f17")
    assert all(begin_ns < row["time"] < time.time_ns() for row in rows)
    reader = Reader(tmp_path / "data" / "buffer.db")
    kept = len(reader.rows(1, last))
    reader.close()
    assert kept == last  # none was deleted for its age
    record_property("figure", f"{last} rows of 1970 stored now, {len(rows)} polls")
