"""EPIRICE's bacterial blight against 364 surveys of fields in Taiwan."""

from collections.abc import Sequence

import pytest

from tests.replay import data_folder
from tests.rules.recorded_pests import BLIGHT, BLIGHT_NOTE, blight_table, text

Row = tuple[str, ...]


@pytest.fixture(scope="module")
def table() -> Sequence[Row]:
    if not (data_folder() / BLIGHT).is_dir():
        pytest.skip(f"recording {BLIGHT} is not in {data_folder()}")
    found = blight_table(data_folder())
    print(f"\n{text(found)}\n{BLIGHT_NOTE}")
    return found


def _auc(row: Row) -> tuple[float, float, float]:
    best, low, _, high = row[-1].replace("(", "").replace(")", "").split()
    return float(best), float(low), float(high)


@pytest.mark.slow
def test_every_survey_has_its_nineteen_days(table: Sequence[Row]) -> None:
    assert table[1][1:4] == ("193", "171", "193")


def test_within_one_season_neither_sum_tells_ill_from_well(
    table: Sequence[Row],
) -> None:
    """No skill was found, and the model's text must not claim any."""
    same_season = [row for row in table if "within" in row[0]]

    for row in same_season[:2]:
        best, low, high = _auc(row)
        assert low < 0.5 < high
        assert best == pytest.approx(0.5, abs=0.05)


def test_over_the_whole_year_the_calendar_alone_tells_more_than_the_weather(
    table: Sequence[Row],
) -> None:
    """So an area below one half is the design's and says nothing of wet days."""
    epirice, wet_days, calendar = (_auc(row) for row in table[1:4])

    assert calendar[1] > 0.5
    assert epirice[2] < 0.5
    assert wet_days[2] < 0.5


@pytest.mark.slow
def test_the_same_seed_gives_the_same_interval(table: Sequence[Row]) -> None:
    assert blight_table(data_folder()) == table
