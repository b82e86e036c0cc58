"""The sun by the printed examples of FAO-56, and where it cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models import sun

DAYS = st.floats(1.0, 366.0)
INHABITED = st.floats(-60.0, 60.0)


def test_example_8_brazil_on_3_september() -> None:
    assert sun.relative_distance(246.0) == pytest.approx(0.985, abs=0.001)
    assert sun.declination(246.0) == pytest.approx(0.120, abs=0.001)
    assert sun.sunset_hour_angle(-20.0, 246.0) == pytest.approx(1.527, abs=0.001)
    assert sun.extraterrestrial(-20.0, 246.0) == pytest.approx(32.2, abs=0.05)


@given(INHABITED, DAYS)
def test_both_halves_of_the_earth_share_out_the_day(
    latitude: float, day: float
) -> None:
    here = sun.daylight_hours(latitude, day)
    there = sun.daylight_hours(-latitude, day)

    assert here + there == pytest.approx(24.0)


@given(INHABITED, DAYS)
def test_the_hours_of_a_day_add_up_to_the_day(latitude: float, day: float) -> None:
    middles = (np.arange(24) + 0.5 - 12) * np.pi / 12
    days = np.full(24, day)

    hours = sun.extraterrestrial_of_hour(latitude, days, middles)

    assert hours.sum() == pytest.approx(sun.extraterrestrial(latitude, day), abs=1e-9)
    assert (hours >= 0).all()


@given(st.floats(-90.0, 90.0), DAYS)
def test_no_day_gets_more_than_a_polar_summer(latitude: float, day: float) -> None:
    assert 0 <= sun.extraterrestrial(latitude, day) <= 49


def test_polar_nights_get_nothing_and_polar_days_go_round() -> None:
    assert sun.daylight_hours(80.0, 355.0) == 0
    assert sun.extraterrestrial(80.0, 355.0) == 0
    assert sun.daylight_hours(80.0, 172.0) == 24


def test_noon_by_the_sun_is_before_noon_by_the_clock_in_quang_ngai() -> None:
    angle = sun.hour_angle(106.0, 12.0, 108.8, 7.0)  # 16 April, when Sc is about 0

    assert angle * 12 / np.pi == pytest.approx(0.253, abs=0.01)


def test_the_longitude_of_the_book_is_turned_to_east() -> None:
    west = sun.hour_angle(274.0, 14.5, -16.25, -1.0)

    assert west == pytest.approx(0.682, abs=0.001)
    assert sun.hour_angle(274.0, 2.5, -16.25, -1.0) == pytest.approx(-2.460, abs=0.001)


@given(st.floats(0.0, 24.0), st.floats(-180.0, 180.0), st.floats(-12.0, 14.0))
def test_an_hour_angle_is_within_half_a_turn(
    clock: float, longitude: float, offset: float
) -> None:
    assert -np.pi <= sun.hour_angle(100.0, clock, longitude, offset) <= np.pi


def test_arrays_of_days_keep_their_shape() -> None:
    days = np.arange(1.0, 7.0).reshape(2, 3)

    assert sun.extraterrestrial(15.12, days).shape == (2, 3)
    assert isinstance(sun.extraterrestrial(15.12, 1.0), float)


@pytest.mark.parametrize("day", [0.0, 367.0, float("nan")])
def test_a_year_has_days_from_1_to_366(day: float) -> None:
    with pytest.raises(ValueError, match="day of the year is"):
        sun.extraterrestrial(15.0, day)


def test_a_latitude_that_is_missing_or_too_far_is_told() -> None:
    for latitude in (float("nan"), 108.8):
        with pytest.raises(ValueError, match=r"latitude \[°\] is"):
            sun.extraterrestrial(latitude, 100.0)
