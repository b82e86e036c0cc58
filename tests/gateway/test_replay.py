"""Recordings through the whole chain into InfluxDB 1.6.7, value by value.

A month of the weather station, and days of the wetland loggers that have what a
field has: probes that go dead, rows without values, stamps that come twice, a
logger that is away for a week.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import replay

SPANS = {
    "pasoh": (datetime(2016, 9, 1, tzinfo=UTC), datetime(2016, 10, 1, tzinfo=UTC)),
    "owc": (datetime(2022, 7, 19, tzinfo=UTC), datetime(2022, 7, 30, tzinfo=UTC)),
    "owc-w": (datetime(2022, 6, 20, tzinfo=UTC), datetime(2022, 6, 25, tzinfo=UTC)),
}


@pytest.mark.real
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(SPANS))
def test_what_was_recorded_is_stored_value_by_value(name: str, tmp_path: Path) -> None:
    data = replay.data_folder()
    reason = replay.missing(name, data)
    if reason is not None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    begin, end = SPANS[name]

    outcome = replay.replay(replay.SETS[name], data, tmp_path, begin, end)

    assert outcome.faults == 0, replay.table(outcome)
    assert outcome.report["given_up"] == 0
    assert len(outcome.report["unread"]) < outcome.rows / 100
    assert sum(table["value"] for table in outcome.tables.values()) > 1000
