"""F07: another program fills the card; the newest rows are stored all the same."""

import time

import pytest

from telemetry import ranges
from tests.faults.card import card, fill, free_bytes
from tests.faults.keeping import Keeper

BEFORE = 60_000  # rows that the card holds before it is filled; 2 MB
AFTER = 45_000  # more than the ballast holds; less than a day: told once
EVERY_MS = 1000
HOUR = 3600  # rows, which stay as they are
MIB = 48  # of the card: the ballast is set aside only where 16 MiB are free


@pytest.mark.timeout(120)
def test_on_a_card_that_others_have_filled_the_newest_rows_are_stored(
    tmp_path, record_property
):
    with card(tmp_path, MIB) as where:
        keeper = Keeper(where)
        for _ in range(BEFORE // 1000):
            assert keeper.feed(1000, EVERY_MS)
        had_ballast = (where / "ballast").exists()

        fill(where / "other")
        began_s, worst_s = time.monotonic(), 0.0
        for _ in range(AFTER // 100):
            since_s = time.monotonic()
            keeper.feed(100, EVERY_MS)
            while keeper.recorder.failing and time.monotonic() < since_s + 30:
                keeper.step()
            worst_s = max(worst_s, time.monotonic() - since_s)
        took_s = time.monotonic() - began_s
        is_spent = not (where / "ballast").exists()
        left, told = free_bytes(where), keeper.told("buffer-thinned")

        (where / "other").unlink()
        for _ in range(20):
            keeper.feed(10, EVERY_MS)
        has_ballast = (where / "ballast").exists()
        keeper.close()
        there = keeper.rows()
        merged, lost = keeper.numbers("merged"), keeper.numbers("lost")

    every = [(1, keeper.fed)]
    gone = ranges.total(ranges.subtract(every, [*there, *merged, *lost]))
    record_property(
        "figure",
        f"{AFTER} rows stored on a full card ({left} bytes free) in {took_s:.1f} s,"
        f" worst {worst_s:.1f} s; merged {ranges.total(merged)}, lost"
        f" {ranges.total(lost)}, unaccounted {gone}",
    )
    assert had_ballast
    assert is_spent
    assert has_ballast
    assert gone == 0
    assert ranges.total(lost) == 0
    assert ranges.subtract([(keeper.fed - HOUR, keeper.fed)], there) == []
    assert told == 1
    assert keeper.recorder.lost == 0


@pytest.mark.timeout(120)
def test_a_gateway_that_boots_on_a_full_card_polls_and_stores(
    tmp_path, record_property
):
    with card(tmp_path, MIB) as where:
        keeper = Keeper(where)
        assert keeper.feed(1000)
        keeper.close()  # its log and index are gone, and need room again
        fill(where / "other")

        again = Keeper(where)
        for _ in range(20):
            again.feed(10)
        again.close()
        there, merged = again.rows(), again.numbers("merged")
        lost = again.numbers("lost")

    record_property("figure", f"{again.fed} of {again.fed} rows stored after the boot")
    assert ranges.union([*there, *merged, *lost]) == [(1, 1000 + again.fed)]
    assert ranges.subtract([(1141, 1000 + again.fed)], there) == []  # the newest hour
    assert again.recorder.lost == 0
