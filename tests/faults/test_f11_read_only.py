"""F11: the card turns read-only while it runs, as ext4 does on an error, and back."""

import pytest

from gateway.waiting import WAITING_MAX
from telemetry import ranges
from tests.faults.card import card, put_back, turn_read_only
from tests.faults.keeping import Keeper, lets_go

BEFORE = 1000
WITHIN = 30_000  # rows that come while nothing can be written


@pytest.mark.timeout(60)
def test_a_card_that_turns_read_only_is_outlived_and_used_again(
    tmp_path, record_property
):
    with card(tmp_path, 48) as where:
        keeper = Keeper(where)
        keeper.feed(BEFORE, every_ms=100)
        turn_read_only(where)
        for _ in range(WITHIN // 1000):
            keeper.feed(1000, every_ms=100)
        waiting = len(keeper.recorder._change.rows)
        is_failing = keeper.recorder.failing
        told = keeper.told("storage-failing")

        lets_go()
        put_back(where)
        is_back = keeper.feed(1)
        keeper.close()
        there, lost = keeper.rows(), keeper.numbers("lost")

    record_property(
        "figure",
        f"{waiting} rows kept in memory of {WITHIN}, {ranges.total(lost)} told lost,"
        f" back at the first commit",
    )
    assert is_failing
    assert told == 1
    assert waiting == WAITING_MAX
    assert is_back
    assert lost == [(BEFORE + 1, BEFORE + WITHIN - WAITING_MAX)]
    assert ranges.subtract([(1, keeper.fed)], lost) == there
    assert keeper.recorder.lost == ranges.total(lost)
