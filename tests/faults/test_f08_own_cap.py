"""F08: thirty days without a province: at the cap detail goes, then old days."""

import time

import pytest

from telemetry import ranges
from tests.faults.keeping import Keeper

CAP = 40 * 2**20  # bytes, file and log
LEAST_CAP = 16 * 2**20  # the least that a config may say
ROWS = 500_000
FULL_ROWS = 3_000_000
COMMIT_ROWS = 500
SERIES = 50  # rows a minute: what a gateway of 50 sensors stores


@pytest.mark.timeout(1200)
def test_a_buffer_at_its_cap_gives_detail_up_and_counts_every_row(
    tmp_path, is_full, record_property
):
    rows, cap = (FULL_ROWS, CAP) if is_full else (ROWS, LEAST_CAP)
    keeper = Keeper(tmp_path, max_bytes=cap)
    log = keeper.path.with_name("buffer.db-wal")
    began_s, most = time.monotonic(), 0
    for _ in range(rows // COMMIT_ROWS):
        keeper.feed(COMMIT_ROWS, every_ms=60_000 // SERIES)
        most = max(most, keeper.path.stat().st_size + log.stat().st_size)
    took_s = time.monotonic() - began_s
    size, days = keeper.recorder._buffer.size, keeper.clock.field_ms() / 86_400_000
    keeper.close()

    there, merged, lost = (
        keeper.rows(),
        keeper.numbers("merged"),
        keeper.numbers("lost"),
    )
    sizes = [ranges.total(each) for each in (there, merged, lost)]
    record_property(
        "figure",
        f"{rows:,} rows of {days:.0f} days in {took_s:.0f} s, cap"
        f" {cap / 2**20:.0f} MiB, most {most / 2**20:.1f}; kept {sizes[0]:,},"
        f" merged {sizes[1]:,}, lost {sizes[2]:,}",
    )
    assert keeper.faults == []
    assert most <= cap
    assert sum(sizes) == keeper.fed
    assert ranges.union([*there, *merged, *lost]) == [(1, keeper.fed)]
    assert size.thinned > 0
    assert size.lost == sizes[2]
    assert keeper.recorder.lost == 0
