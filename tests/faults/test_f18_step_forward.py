"""F18: this machine's clock is stepped three years ahead while the gateway runs."""

import time
from pathlib import Path

from gateway.reader import Reader
from tests import parts, programs
from tests.clockwork import DAY, HOUR, Field
from tests.wall_clock import WallClock

YEARS_S = 3 * 365 * 86_400


def test_a_step_of_three_years_moves_no_stamp_and_is_told_once_a_day(
    tmp_path, record_property
):
    field = Field(tmp_path)
    field.ntp_off_ms = 0
    for hour in range(30):
        if hour == 6:
            field.ntp_off_ms = field.clock.wall_off_ms = YEARS_S * 1000
        field.hello()
        field.send()
        field.poll(HOUR)

    clocks = {s.clock for s in field.sent.values()}
    assert field.faults() == []
    assert clocks == {"ntp", "disputed"}
    assert len(field.alerts) == 2  # of the first and of the second day
    assert max(abs(s.off_ms) for s in field.sent.values()) < 1_000
    assert len(field.time.segments) < 2 * DAY // HOUR
    record_property("figure", f"{len(field.sent)} rows, {len(field.alerts)} alerts")
    field.close()


def test_the_daemon_keeps_polling_sending_and_its_connection(
    tmp_path: Path, broker, influx, record_property
):
    wall = WallClock(tmp_path)
    parts.create_database(influx.port, "f18")
    programs.gateway_config(
        tmp_path, broker.port, every_s=0.5, uplink="send_every_s = 0.5"
    )
    programs.province_config(
        tmp_path, broker.port, programs.influx_store(influx.port, "f18")
    )
    begin_ns = time.time_ns()
    with programs.ingest(tmp_path), programs.simulator(tmp_path) as simulator:
        simulator.says("serving")
        with wall.worn():
            gateway = programs.gateway(tmp_path).start()
        try:
            parts.wait_until(lambda: programs.status(tmp_path).get("acknowledged"))
            before = programs.status(tmp_path)
            wall.set(YEARS_S)
            parts.wait_until(
                lambda: (
                    programs.status(tmp_path)["acknowledged"]
                    > before["acknowledged"] + 64
                )
            )
            last = programs.drained(tmp_path)
            after = programs.status(tmp_path)
            gateway.stop()
        finally:
            gateway.kill()

    rows = parts.query(influx.port, "SELECT value FROM poll_count", "f18")
    reader = Reader(tmp_path / "data" / "buffer.db")
    kept = len(reader.rows(1, last))
    reader.close()
    assert all(begin_ns < row["time"] < time.time_ns() for row in rows)
    assert kept == last
    assert gateway.text.count("connected to") == 1
    assert after["alerts"] == before["alerts"]
    ahead_ms = after["utc_ms"] - before["utc_ms"]
    assert ahead_ms == after["field_ms"] - before["field_ms"]
    record_property("figure", f"{last} rows kept, one connection, no alert")
