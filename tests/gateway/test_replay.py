"""One month of each recording through the whole chain into InfluxDB 1.6.7."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests import replay

MONTHS = {
    "pasoh": (datetime(2016, 9, 1, tzinfo=UTC), datetime(2016, 10, 1, tzinfo=UTC)),
    "owc": (datetime(2022, 7, 1, tzinfo=UTC), datetime(2022, 8, 1, tzinfo=UTC)),
    "owc-w": (datetime(2022, 6, 1, tzinfo=UTC), datetime(2022, 7, 1, tzinfo=UTC)),
}


@pytest.mark.real
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", sorted(MONTHS))
def test_a_recorded_month_is_stored_value_by_value(name: str, tmp_path: Path) -> None:
    data = replay.data_folder()
    reason = replay.missing(name, data)
    if reason is not None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    begin, end = MONTHS[name]

    outcome = replay.replay(replay.SETS[name], data, tmp_path, begin, end)

    assert outcome.faults == 0, replay.table(outcome)
    assert outcome.report["given_up"] == 0
    assert len(outcome.report["unread"]) < outcome.rows / 100
    assert sum(table["value"] for table in outcome.tables.values()) > 10_000
