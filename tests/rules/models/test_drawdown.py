import pytest

from rules.models.drawdown import last_stretch
from tests.rules.models.hourly import level, levels, ms, totals

NOW = ms(48)  # the second midnight


def fall(begin: float, hours: int, per_hour: float = 0.1) -> list[float]:
    return [begin - per_hour * hour for hour in range(hours)]


def test_a_dry_fall_of_two_days_is_taken_whole() -> None:
    stretch = last_stretch(levels(fall(5.0, 48)), totals([0.0] * 49, -1), NOW)

    assert len(stretch.levels_cm) == 48
    assert (stretch.times_h[0], stretch.times_h[-1]) == (-47.5, -0.5)
    assert not stretch.is_doubtful


def test_no_more_than_two_days_are_taken() -> None:
    stretch = last_stretch(levels(fall(15.0, 96), -48), None, NOW)

    assert stretch.times_h[0] == -47.5


def test_the_stretch_begins_after_a_refill() -> None:
    values = [*fall(-8.0, 18), *fall(5.0, 30)]

    stretch = last_stretch(levels(values), None, NOW)

    assert stretch.levels_cm == tuple(values[18:])


def test_a_slow_refill_is_a_refill_too() -> None:
    rising = [-8.0 + 0.3 * hour for hour in range(18)]
    values = [*rising, *fall(rising[-1], 30)]

    stretch = last_stretch(levels(values), None, NOW)

    assert 30 <= len(stretch.levels_cm) <= 34  # what rises by less than the deadband
    assert stretch.levels_cm[-30:] == tuple(values[18:])


def test_the_stretch_begins_after_the_rain() -> None:
    rain = [0.0] * 49
    rain[20] = 6.0  # the gauge's record begins an hour before the level's

    stretch = last_stretch(levels(fall(5.0, 48)), totals(rain, -1), NOW)

    assert stretch.times_h[0] == -27.5


def test_a_drizzle_counts_by_its_sum() -> None:
    stretch = last_stretch(levels(fall(5.0, 48)), totals([0.06] * 49, -1), NOW)

    assert len(stretch.levels_cm) == 16  # 16 hours of 0.06 mm stay below 1 mm


def test_rain_within_a_gap_of_the_gauge_ends_the_stretch_after_the_gap() -> None:
    gauge = totals([0.0] * 10 + [6.0] + [0.0] * 38, -1)
    holed = gauge[:8] + gauge[14:]

    stretch = last_stretch(levels(fall(5.0, 48)), holed, NOW)

    assert stretch.times_h[0] == pytest.approx(-34.5 + 1)


def test_one_hour_that_jumps_is_no_refill() -> None:
    values = fall(5.0, 48)
    values[30] += 8.0

    stretch = last_stretch(levels(values), None, NOW)

    assert len(stretch.levels_cm) == 48


def test_hours_at_the_bottom_of_the_tube_are_left_out() -> None:
    values = [max(value, -15.0) for value in fall(-10.0, 48, 0.2)]

    stretch = last_stretch(levels(values), None, NOW, bottom_cm=-15.0)

    assert min(stretch.levels_cm) > -14.5
    assert len(stretch.levels_cm) == 23


def test_a_gap_is_no_end_and_a_suspect_hour_is_told() -> None:
    values: list[float | None] = [*fall(5.0, 48)]
    values[20:24] = [None] * 4
    hours = [*levels(values)[:-1], level(ms(47), 0.3, doubtful=1)]

    stretch = last_stretch(hours, None, NOW)

    assert len(stretch.levels_cm) == 44
    assert stretch.is_doubtful


def test_nothing_measured_is_an_empty_stretch() -> None:
    assert last_stretch([], totals([0.0] * 10), NOW).times_h == ()
