from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.history import Hour
from rules.models.degree_days import (
    Development,
    aquacrop,
    average,
    hatching,
    hourly,
    triangle,
)
from rules.models.species import NAME_OF, SPECIES
from tests.rules.models.hourly import DAY, levels, ms

EGG = Development(threshold_c=12.0, constant_dd=30.0, source="test")
SLOW = Development(threshold_c=12.0, constant_dd=40.0, source="test")
WEEK = timedelta(days=7)


def warm(days: int, celsius: float = 22.0) -> list[Hour]:
    """Hours at one temperature over ``days`` up to the begin of ``DAY``."""
    return levels([celsius] * 24 * days, 0, DAY - timedelta(days=days))


def test_eggs_at_a_steady_temperature_hatch_on_the_day_of_the_quotient() -> None:
    hatch = hatching(warm(7), ms(0), ms(0), [EGG, SLOW])

    assert hatch is not None
    assert (hatch.earliest_ms, hatch.latest_ms) == (ms(72), ms(96))
    assert (hatch.earliest, hatch.latest) == (date(2026, 11, 23), date(2026, 11, 24))
    assert (hatch.measured, hatch.is_sure) == (1.0, True)


def test_what_was_measured_counts_as_measured() -> None:
    """Two warm days since the catch, then the week's mean: 2 of 7 days at 27 °C."""
    hours = [*warm(7, 22.0), *levels([27.0] * 48)]

    hatch = hatching(hours, ms(0), ms(48), [SLOW])

    assert hatch is not None
    assert hatch.latest_ms == ms(48 + 21)  # (40 − 2 × 15) / (164 / 7 − 12) days more


def test_the_days_ahead_have_the_course_of_the_week_behind() -> None:
    course = [16.0] * 12 + [28.0] * 12  # the nights give 4, the days 16 a half-day
    hours = levels(course * 7, 0, DAY - WEEK)

    hatch = hatching(hours, ms(0), ms(0), [EGG])

    assert hatch is not None
    # 3 days give 30; the last of it falls into the third afternoon
    assert hatch.earliest_ms == ms(72)


def test_missing_hours_are_filled_and_told() -> None:
    hours = [*warm(7), *levels([22.0] * 20 + [None] * 28)]

    hatch = hatching(hours, ms(0), ms(48), [EGG])

    assert hatch is not None
    assert hatch.earliest_ms == ms(72)
    assert hatch.measured == pytest.approx(20 / 48)
    assert not hatch.is_sure


def test_a_date_that_is_past_stays_what_it_was() -> None:
    hours = warm(30)

    hatch = hatching(hours, ms(0) - 20 * 86_400_000, ms(0), [EGG, SLOW])

    assert hatch is not None
    assert hatch.earliest == DAY - timedelta(days=17)


def test_without_a_weeks_course_there_is_no_date() -> None:
    only_days = levels([22.0] * 12, 6, DAY - timedelta(days=1))

    assert hatching([], ms(0), ms(0), [EGG]) is None
    assert hatching(only_days, ms(0), ms(0), [EGG]) is None


def test_eggs_that_stay_too_cold_have_no_date() -> None:
    assert hatching(warm(7, 11.0), ms(0), ms(0), [EGG]) is None


def test_beet_armyworm_eggs_have_one_sourced_set_and_proposed_ones() -> None:
    eggs = SPECIES[NAME_OF["LAPHEG"]]["egg"]

    days = [egg.days_at(25.0) for egg in eggs]

    assert [egg.state for egg in eggs] == ["sourced", *["proposed"] * 3]
    assert days[0] == pytest.approx(3.17, abs=0.01)
    assert all(3.7 < other < 4.7 for other in days[1:])


@pytest.mark.parametrize("species", SPECIES)
def test_every_set_has_a_source_and_possible_numbers(species: str) -> None:
    sets = [one for stage in SPECIES[species].values() for one in stage]

    assert sets
    assert all(one.source for one in sets)
    assert all(5 < one.threshold_c < 16 and one.constant_dd > 30 for one in sets)


temperatures = st.floats(0, 45)


@given(temperatures, temperatures, st.floats(5, 15), st.floats(25, 40))
def test_day_degrees_lie_between_none_and_the_span_of_the_thresholds(
    a: float, b: float, low: float, high: float
) -> None:
    tmax, tmin = max(a, b), min(a, b)

    found = [
        average(tmax, tmin, low, high),
        triangle(tmax, tmin, low, high),
        *(aquacrop(tmax, tmin, low, high, method) for method in (1, 2, 3)),
    ]

    assert all(-1e-9 <= dd <= high - low + 1e-9 for dd in found)


@pytest.mark.slow
@given(st.floats(20, 24), st.floats(0, 3))
def test_all_methods_agree_between_the_thresholds(mean: float, half: float) -> None:
    tmax, tmin = mean + half, mean - half
    course = [tmax] * 12 + [tmin] * 12

    found = [
        average(tmax, tmin, 12, 35),
        triangle(tmax, tmin, 12, 35),
        aquacrop(tmax, tmin, 12, 35, 1),
        hourly(course, 12, 35),
    ]

    assert found == pytest.approx([mean - 12] * 4)


@pytest.mark.slow
@given(st.lists(temperatures, min_size=24, max_size=24), st.floats(0, 5))
def test_a_warmer_week_hatches_no_later(course: list[float], more: float) -> None:
    week = levels(course * 7, 0, DAY - WEEK)
    warmer = levels([t + more for t in course] * 7, 0, DAY - WEEK)

    plain, sooner = (hatching(h, ms(0), ms(0), [EGG]) for h in (week, warmer))

    if plain is not None:
        assert sooner is not None
        assert sooner.earliest_ms <= plain.earliest_ms
