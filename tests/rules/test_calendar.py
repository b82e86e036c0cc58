"""The season calendar of the province, on days that people can look up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import calendar
from rules.calendar import BY_ID, SEASONS, season_on, sowing_faults
from rules.plot import Plot
from rules.stages import CROPS, stage_on

DONG_XUAN, HE_THU = BY_ID["dong-xuan"], BY_ID["he-thu"]
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("crop", "day", "place", "season"),
    [
        ("rice", date(2026, 12, 14), "", None),
        ("rice", date(2026, 12, 15), "", "dong-xuan"),
        ("rice", date(2027, 1, 1), "", "dong-xuan"),
        ("rice", date(2027, 4, 15), "", "dong-xuan"),
        ("rice", date(2027, 4, 16), "", None),
        ("rice", date(2027, 5, 15), "", "he-thu"),
        ("rice", date(2027, 8, 31), "", "he-thu"),
        ("rice", date(2027, 10, 20), "", None),
        ("garlic", date(2026, 10, 1), "ly-son", "garlic-ly-son"),
        ("garlic", date(2027, 3, 31), "ly-son", "garlic-ly-son"),
        ("garlic", date(2026, 10, 1), "", None),
        ("onion", date(2027, 6, 1), "ly-son", "onion-ly-son"),
        ("maize", date(2027, 6, 1), "", None),
    ],
)
def test_a_day_is_of_a_season_or_of_none(crop, day, place, season):
    found = season_on(crop, day, place)

    assert (found and found.id) == season


def test_the_middle_of_sowing_and_heading_stand_in_for_dates_that_nobody_told():
    day = date(2027, 2, 1)

    assert calendar.sown_of(DONG_XUAN, day) == date(2026, 12, 23)
    assert calendar.heading_of(DONG_XUAN, day) == date(2027, 3, 8)
    assert calendar.duration_days(DONG_XUAN, day) == 113
    assert calendar.sown_of(DONG_XUAN, date(2027, 10, 1)) is None
    assert calendar.heading_of(BY_ID["garlic-ly-son"], date(2026, 10, 1)) is None


def test_by_these_dates_rice_heads_in_the_calendars_window():
    day = date(2027, 3, 8)
    plot = Plot(
        id="p",
        name="p",
        crop="rice",
        sown=calendar.sown_of(DONG_XUAN, day),
        heading=calendar.heading_of(DONG_XUAN, day),
        duration_days=calendar.duration_days(DONG_XUAN, day),
    )

    assert stage_on(plot, day) == "heading"


def test_a_plots_own_season_goes_before_its_crops():
    garlic = Plot(id="p", name="p", crop="garlic", season="garlic-ly-son")
    rice = Plot(id="p", name="p", crop="rice")

    assert calendar.season_of(garlic, date(2026, 10, 1)) == BY_ID["garlic-ly-son"]
    assert calendar.season_of(garlic, date(2026, 5, 1)) is None
    assert calendar.season_of(rice, date(2027, 6, 1)) == HE_THU


@pytest.mark.parametrize(
    ("season", "sown", "says"),
    [
        (DONG_XUAN, date(2026, 12, 15), ""),
        (DONG_XUAN, date(2027, 1, 10), ""),
        (DONG_XUAN, date(2027, 1, 11), "not within 2026-12-15 to 2027-01-10"),
        (DONG_XUAN, date(2026, 12, 1), "not within 2026-12-15 to 2027-01-10"),
        (HE_THU, date(2027, 5, 31), ""),
        (HE_THU, date(2027, 6, 1), "not within 2027-05-15 to 2027-05-31"),
    ],
)
def test_sowing_outside_of_the_window_is_told(season, sown, says):
    told = list(sowing_faults(season, sown))

    assert (says in told[0]) if says else not told


@given(day=days)
def test_a_run_contains_its_day_its_sowing_and_its_heading(day):
    for season in SEASONS:
        run = season.run(day)
        sown = calendar.sown_of(season, day)
        if run is None or sown is None:
            assert run is sown is None
            continue
        heading = calendar.heading_of(season, day) or sown
        assert run[0] <= day <= run[1]
        assert run[0] <= sown <= heading <= run[1]
        assert run[1] - run[0] < timedelta(days=366)


def test_the_29th_of_february_is_the_28th_in_a_common_year():
    leap = calendar.MonthDay(2, 29)

    assert (leap.on(2027), leap.on(2028)) == (date(2027, 2, 28), date(2028, 2, 29))


def test_every_season_is_of_a_known_crop_with_source_and_year():
    for season in SEASONS:
        assert season.crop in CROPS
        assert season.source
        assert season.year >= 2026
