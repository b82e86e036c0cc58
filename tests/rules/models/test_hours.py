from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.history import HOUR_MS, Hour
from rules.models.hours import (
    amounts,
    by_clock,
    first_of,
    night_of,
    night_over,
)
from tests.rules.models.hourly import DAY, level, levels, ms, totals


def test_an_hour_belongs_to_the_clock_hour_of_its_middle() -> None:
    early, late = level(ms(7.4), 1.0), level(ms(7.6), 2.0)

    assert list(by_clock([early])) == [first_of(DAY, 7)]
    assert list(by_clock([late])) == [first_of(DAY, 8)]


def test_two_parts_of_a_clock_hour_are_joined() -> None:
    before = Hour(ms(6.6), 1, 10.0, 10.0, 10.0, 3.0, 4.0, 1, 0)
    after = Hour(ms(7.1), 3, 14.0, 13.0, 15.0, 5.0, 9.0, 0, 2)

    (joined,) = by_clock([after, before]).values()

    assert joined == Hour(ms(6.6), 4, 13.0, 10.0, 15.0, 3.0, 9.0, 1, 2)


def test_an_hour_without_values_is_no_hour() -> None:
    assert by_clock([Hour(ms(7), 0, 0, 0, 0, 0, 0, 0, 60)]) == {}


def test_a_gap_in_which_a_counter_stood_still_is_known_to_be_zero() -> None:
    first = first_of(DAY, 0)

    gained = amounts(by_clock(totals([2.0, None, None, 0.0, 1.0])))

    assert gained == {
        first: 2.0,
        first + 1: 0,
        first + 2: 0,
        first + 3: 0,
        first + 4: 1.0,
    }


def test_a_gap_in_which_a_counter_rose_is_unknown() -> None:
    first = first_of(DAY, 0)
    rain = totals([2.0, 3.0, 4.0, 1.0])

    assert amounts(by_clock([rain[0], *rain[2:]])) == {first: 2.0, first + 3: 1.0}


def test_a_counter_that_fell_says_nothing_of_that_hour() -> None:
    hours = [Hour(ms(h), 1, 0, t, t, t, t) for h, t in enumerate([5.0, 2.0, 3.0])]

    assert list(amounts(by_clock(hours)).values()) == [1.0]


def test_a_night_has_the_date_of_its_evening() -> None:
    noon = first_of(DAY, 12)

    assert night_of(noon) == DAY
    assert night_of(first_of(DAY, 11)) == date(2026, 11, 19)
    assert {night_of(number) for number in range(noon, noon + 24)} == {DAY}
    assert night_over(ms(36)) == DAY
    assert night_over(ms(35.9)) == date(2026, 11, 19)


@pytest.mark.slow
@given(st.lists(st.none() | st.floats(-20, 40), max_size=40))
def test_whole_clock_hours_come_back_as_they_are(values: list[float | None]) -> None:
    hours = levels(values)

    assert list(by_clock(hours).values()) == hours
    assert [number * HOUR_MS for number in by_clock(hours)] == [
        h.begin_ms for h in hours
    ]
