"""Plots and the season calendar of the province."""

import pytest

from gateway import check, check_plots
from tests.gateway.test_check import GOOD, told

RICE = 'crop = "rice"\n'


def notes(folder, plot: str) -> list[str]:
    path = folder / "gateway.toml"
    path.write_text(GOOD.replace(RICE, plot), encoding="utf-8")
    return list(check_plots.notes(check.load(path)))


@pytest.mark.parametrize(
    ("season", "fault"),
    [
        ("dong-xuan", None),
        ("dong-suan", "plots.p17.season: unknown season 'dong-suan'; did you mean"),
        ("garlic-ly-son", "plots.p17.season: garlic-ly-son is of garlic, not of rice"),
    ],
)
def test_a_season_is_one_of_the_calendar_and_of_the_crop(tmp_path, season, fault):
    found = told(tmp_path, GOOD.replace(RICE, f'{RICE}season = "{season}"\n'))

    assert [line[: len(fault)] for line in found] == [fault] if fault else not found


def test_a_season_stands_in_for_a_day_of_sowing_that_nobody_told(tmp_path):
    (note,) = notes(tmp_path, RICE)

    assert note.endswith("season = … takes them from the calendar")
    assert notes(tmp_path, f'{RICE}season = "dong-xuan"\n') == []


@pytest.mark.parametrize(
    ("sown", "says"),
    [
        ("2026-12-20", None),
        ("2027-01-20", "not within 2026-12-15 to 2027-01-10, the sowing of winter-sp"),
        ("2027-05-01", "not within 2027-05-15 to 2027-05-31, the sowing of summer-au"),
        ("2027-09-01", None),  # of no season of the calendar
    ],
)
def test_rice_that_is_sown_outside_of_the_window_is_told(tmp_path, sown, says):
    found = notes(tmp_path, f'{RICE}sown = "{sown}"\nduration_days = 100\n')

    assert len(found) == bool(says)
    assert says is None or says in found[0]


def test_a_plots_own_season_is_what_its_sowing_is_held_against(tmp_path):
    plot = 'crop = "garlic"\nseason = "garlic-ly-son"\nsown = "2026-11-05"\n'

    soil = 'soil = "sand"\nfield_capacity = 12\n'

    (note,) = notes(tmp_path, f"{plot}duration_days = 120\n{soil}")

    assert "2026-11-05 is not within 2026-09-01 to 2026-09-30" in note
    assert note.endswith("by the calendar of 2026")


@pytest.mark.parametrize(
    ("soil", "says"),
    [
        ("", "no soil: rules of soil water rest there; known: "),
        (
            'soil = "lome"\n',
            "soil 'lome' is no texture: rules of soil water rest there",
        ),
        ('soil = "loam"\n', "no field_capacity: rules of soil water rest there"),
        ('soil = "loam"\nfield_capacity = 26\n', None),
    ],
)
def test_what_rules_of_soil_water_lack_where_a_probe_could_feed_them_is_told(
    tmp_path, soil, says
):
    crop = 'crop = "onion"\nsown = "2026-05-01"\nduration_days = 90\n'

    found = [note for note in notes(tmp_path, crop + soil) if "soil water" in note]

    assert len(found) == bool(says)
    assert says is None or says in found[0]
