"""F34: back after two weeks: the newest reading first, all stored, memory flat."""

from pathlib import Path

import pytest

from telemetry import topics
from tests import bench_drain, parts, programs
from tests.tap import Tap

ROWS, ALL_ROWS = 150_000, 1_000_000  # as a rule, and with CANHDONG_FAULTS=full
FRESH_S = 3.0  # the bench's 1 s, on a machine that does other things too
GROWN = 1.25  # of memory; a backlog held in memory would double it


@pytest.mark.timeout(400)
def test_the_newest_reading_is_stored_first_and_memory_stays_flat(
    tmp_path: Path, is_full: bool, record_property
) -> None:
    rows = ALL_ROWS if is_full else ROWS
    bench_drain.fill(tmp_path, rows)
    with parts.mosquitto(tmp_path) as broker, parts.influxdb(tmp_path) as influx:
        parts.create_database(influx.port, "field")
        programs.gateway_config(
            tmp_path, broker.port, devices=1, every_s=3600, commit_s=0.1
        )
        store = programs.influx_store(influx.port, "field")
        programs.province_config(tmp_path, broker.port, store)
        with (
            Tap(broker.port, only_sizes=True) as tap,
            programs.ingest(tmp_path) as ingest,
            programs.gateway(tmp_path) as gateway,
        ):
            ingest.says("connected")
            parts.wait_until(lambda: topics.UP_HELLO in tap.first_s, 60)
            began_s = tap.first_s[topics.UP_HELLO]
            who = {"gateway": gateway, "ingest": ingest}
            with bench_drain.watching(influx.port, who) as seen:
                took_s = bench_drain.drain_s(tmp_path, rows, began_s)
            gateway.stop()
        found = bench_drain.stored(influx.port)

    assert found >= rows
    assert seen.fresh_at_s is not None
    fresh_s = seen.fresh_at_s - began_s
    told = []
    for name, memory_mib in seen.memory_mib.items():
        first, last = bench_drain.grown(memory_mib)
        told.append(f"{name} {first:.0f} → {last:.0f} MiB")
        assert last <= first * GROWN
    record_property(
        "figure",
        f"newest after {fresh_s:.2f} s; {rows:,} in {took_s:.0f} s; {', '.join(told)}",
    )
    assert fresh_s <= FRESH_S
