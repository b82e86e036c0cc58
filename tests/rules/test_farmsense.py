"""The test for a rise on 20 electronic traps, against sticky traps beside them."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.replay import data_folder
from tests.rules.recorded_pests import (
    TRAPS,
    TRAPS_NOTE,
    captures,
    intervals,
    text,
    trap_table,
)

Row = tuple[str, ...]


@pytest.fixture(scope="module")
def table() -> Sequence[Row]:
    if not (data_folder() / TRAPS).is_dir():
        pytest.skip(f"recording {TRAPS} is not in {data_folder()}")
    found = trap_table(data_folder())
    print(f"\n{text(found)}\n{TRAPS_NOTE}")
    return found


def test_three_of_four_rises_of_pheromone_traps_are_found(
    table: Sequence[Row],
) -> None:
    row = dict(zip(table[0], table[1], strict=True))

    assert row["lure"] == "Phero"
    assert int(row["sticky rises"]) >= 3
    assert int(row["found"]) >= 0.75 * int(row["sticky rises"])


def test_at_most_one_visit_in_five_is_told_in_vain(table: Sequence[Row]) -> None:
    named = [dict(zip(table[0], row, strict=True)) for row in table[1:]]

    false = sum(int(row["false"]) for row in named)
    without = sum(int(row["visits judged"]) - int(row["sticky rises"]) for row in named)

    assert false <= 0.2 * without


def test_three_weeks_without_traps_are_missing_and_not_zero(
    table: Sequence[Row],
) -> None:
    found = captures(data_folder() / TRAPS)

    assert {int(np.isnan(counts).sum()) for counts in found.values()} == {21}
    assert sum(float(np.nansum(counts)) for counts in found.values()) == sum(
        int(row[1]) for row in table[1:]
    )


def test_each_visit_has_seven_sticky_traps_of_a_lure(table: Sequence[Row]) -> None:
    assert table
    for lure in ("Phero", "PPO", "Peterson"):
        visits = intervals(data_folder() / TRAPS, lure)
        assert len(visits) == 15
        assert all(v.trap_nights == 7 * (v.end - v.begin).days for v in visits)
