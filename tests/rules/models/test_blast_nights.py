from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.blast_nights import Night, Weather, at_least, nights
from rules.models.blastam import REQUIRED_H, Favour, classify, required_wet_hours
from tests.rules.models.hourly import DAY, levels, totals

EVENING = 18  # o'clock; when the test's leaves become wet
BEFORE = 6 * 24  # hours of the record before DAY
TWO_DAYS = 48

Values = list[float | None]


def record(values: Sequence[float | None]) -> Values:
    """Hours of six dry days and then ``values``, to the end of the second day."""
    return [*[values[0]] * BEFORE, *values, *[values[0]] * (TWO_DAYS - len(values))]


def wet(begin: int, hours: int) -> Values:
    """Wetness of DAY and the next: ``hours`` from ``begin`` o'clock on."""
    return record([0.0] * begin + [100.0] * hours)


def judged(
    wetness: Values,
    celsius: Values | float = 22.0,
    rain: Values | None = None,
    wind: Values | None = None,
) -> Night:
    """The night of DAY."""
    day = DAY - timedelta(days=6)
    course = record([celsius]) if isinstance(celsius, float) else celsius
    weather = Weather(
        wetness=levels(wetness, 0, day),
        method="sensor",
        temperature=levels(course, 0, day),
        rain=None if rain is None else totals(rain, 0, day),
        wind=None if wind is None else levels(wind, 0, day),
    )
    (night,) = nights(weather, DAY, 1)
    return night


def test_a_long_wet_mild_night_is_favourable() -> None:
    night = judged(wet(EVENING, 12))

    assert night.favour is Favour.FAVOURABLE
    assert (night.wet_hours, night.mean_wet_c, night.five_days_c) == (12, 22.0, 22.0)


@pytest.mark.parametrize(
    ("hours", "celsius", "favour"),
    [
        (9, 22.0, Favour.SHORT),
        (10, 22.0, Favour.FAVOURABLE),
        (12, 19.0, Favour.COOL),
        (11, 19.0, Favour.SHORT),
        (12, 26.0, Favour.OUT_OF_RANGE),
        (9, 26.0, Favour.NONE),
        (0, 22.0, Favour.NONE),
    ],
)
def test_hours_and_warmth_decide_the_class(
    hours: int, celsius: float, favour: Favour
) -> None:
    assert judged(wet(EVENING, hours), celsius).favour is favour


def test_a_cool_wet_night_after_hot_days_is_near_favourable() -> None:
    course = record([28.0] * EVENING + [24.0] * 12)

    assert judged(wet(EVENING, 12), course).favour is Favour.HOT


def test_an_hour_half_wet_is_wet_and_a_humid_one_counts_by_its_own_method() -> None:
    half = record([0.0] * EVENING + [50.0] * 10)
    less = record([0.0] * EVENING + [49.0] * 10)
    humid = Weather(
        wetness=levels(
            record([70.0] * EVENING + [90.0] * 10), 0, DAY - timedelta(days=6)
        ),
        method="rh90",
        temperature=levels(record([22.0]), 0, DAY - timedelta(days=6)),
    )

    assert judged(half).favour is Favour.FAVOURABLE
    assert judged(less).favour is Favour.NONE
    assert nights(humid, DAY, 1)[0].favour is Favour.FAVOURABLE


@pytest.mark.parametrize(
    ("rain", "wet_hours"),
    [
        ([3.9], 12),  # one heavy hour alone
        ([4.0], 6),  # a downpour: five hours before, six after
        ([3.0, 3.0], 5),  # two heavy hours
        ([3.0, 2.9, 3.0], 12),
    ],
)
def test_rain_that_washes_the_spores_off_ends_a_wet_period(
    rain: Values, wet_hours: int
) -> None:
    gauge = record([0.0] * (EVENING + 5) + rain)

    assert judged(wet(EVENING, 12), rain=gauge).wet_hours == wet_hours


def test_wind_that_dries_the_leaf_ends_a_wet_period() -> None:
    breeze = record([1.0] * (EVENING + 5) + [3.0])
    wind = record([1.0] * (EVENING + 5) + [3.1])

    assert judged(wet(EVENING, 12), wind=breeze).wet_hours == 12
    assert judged(wet(EVENING, 12), wind=wind).wet_hours == 6


def test_a_missing_hour_that_may_hide_a_long_period_leaves_the_night_unknown() -> None:
    holed = wet(EVENING, 12)
    holed[BEFORE + EVENING + 6] = None

    night = judged(holed)

    assert night.favour is None
    assert night.wet_hours == 6


def test_a_missing_hour_that_can_hide_nothing_leaves_the_class() -> None:
    dry, long = wet(EVENING, 3), wet(EVENING, 14)
    dry[BEFORE + 14] = None
    long[BEFORE + EVENING + 12] = None

    assert judged(dry).favour is Favour.SHORT
    assert judged(long).favour is Favour.FAVOURABLE


def test_a_missing_rain_hour_counts_only_where_the_leaf_was_wet() -> None:
    rain = record([0.0] * (EVENING + 5) + [1.0, None, 2.0])

    assert judged(wet(EVENING, 12), rain=rain).favour is None
    assert judged(wet(EVENING, 3), rain=rain).favour is Favour.SHORT


def test_without_warmth_or_wetness_a_night_is_unknown() -> None:
    cold_day = record([22.0])
    cold_day[BEFORE - 40 : BEFORE - 36] = [None] * 4

    assert judged(wet(EVENING, 12), cold_day).favour is None
    assert judged(wet(EVENING, 12), record([None])).favour is None
    assert judged(record([None])).favour is None
    assert judged([0.0] * (BEFORE - 24)).favour is None  # the sensor died two days ago


def test_a_wet_period_counts_for_the_night_in_which_it_began_only() -> None:
    day = DAY - timedelta(days=6)
    weather = Weather(
        wetness=levels(wet(24, 16), 0, day),  # from midnight to 16:00
        method="sensor",
        temperature=levels(record([22.0]), 0, day),
    )

    found = [night.wet_hours for night in nights(weather, DAY + timedelta(days=1), 2)]

    assert found == [16, 0]


def test_a_rain_of_days_begins_anew_every_day() -> None:
    day = DAY - timedelta(days=6)
    weather = Weather(
        wetness=levels([0.0] * EVENING + [100.0] * 60 + [0.0] * 60, 0, day),
        method="sensor",
        temperature=levels([22.0] * 240, 0, day - timedelta(days=4)),
    )

    found = nights(weather, day + timedelta(days=3), 4)

    assert [night.wet_hours for night in found] == [24, 24, 12, 0]


def test_two_in_five_are_known_even_if_other_nights_are_not() -> None:
    def night(favour: Favour | None) -> Night:
        return Night(
            day=DAY, favour=favour, wet_hours=0, mean_wet_c=None, five_days_c=None
        )

    good, bad, unknown = (night(f) for f in (Favour.FAVOURABLE, Favour.NONE, None))

    assert at_least([good, unknown, good, unknown, bad], 2) is True
    assert at_least([good, unknown, bad, bad, bad], 2) is None
    assert at_least([unknown, bad, bad, bad, bad], 2) is False


def test_the_table_ends_at_its_ends() -> None:
    assert [required_wet_hours(t) for t in (14.9, 15.0, 25.0, 25.1)] == [
        None,
        17,
        10,
        None,
    ]
    assert list(REQUIRED_H.values()) == sorted(REQUIRED_H.values(), reverse=True)


@given(st.integers(0, 24), st.floats(0, 40), st.floats(0, 40), st.integers(0, 5))
def test_a_longer_wet_period_is_never_less_favourable(
    hours: int, wet_c: float, five_c: float, more: int
) -> None:
    if classify(hours, wet_c, five_c) is Favour.FAVOURABLE:
        assert classify(hours + more, wet_c, five_c) is Favour.FAVOURABLE


@pytest.mark.slow
@given(st.integers(0, 13), st.lists(st.integers(0, 191), max_size=30))
def test_losing_hours_never_turns_a_class_into_another(
    hours: int, lost: list[int]
) -> None:
    whole, holed = wet(EVENING, hours), wet(EVENING, hours)
    for index in lost:
        holed[index] = None

    before, after = judged(whole).favour, judged(holed).favour

    assert after is None or (after is Favour.FAVOURABLE) == (
        before is Favour.FAVOURABLE
    )


def test_hours_that_begin_at_any_minute_are_laid_on_the_clock() -> None:
    day = DAY - timedelta(days=6)
    weather = Weather(
        wetness=levels(wet(EVENING, 12), 0.3, day),
        method="sensor",
        temperature=levels(record([22.0]), 0.3, day),
    )

    assert nights(weather, DAY, 1)[0].favour is Favour.FAVOURABLE
