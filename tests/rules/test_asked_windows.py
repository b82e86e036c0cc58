"""Windows: what the last hours and yesterday come to, and when they say nothing."""

from datetime import date

import pytest

from rules.functions import FUNCTIONS
from rules.history import Hour
from rules.scope import Now
from tests.rules.asked import say, scope
from tests.rules.field import BEGIN_MS, BOOT, Field, now, place

AIR = place("air", "air_temperature")
HUMID = place("air", "relative_humidity")
RAIN = place("gauge", "rain_total", plot="p1")
TUBE = place("tube", "water_level", zero_on=date(2025, 12, 20))
COUNTS = place("by-farmer-trap", "trap_count", pest="NILALU", stage="adult")


@pytest.fixture
def field() -> Field:
    """Two days of hours, 0 to 47 °C."""
    found = Field()
    found.put(AIR, range(48))
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("last(air_temperature)", 47.0),
        ("mean(air_temperature, short)", 45.5),
        ("min(air_temperature, short)", 44.0),
        ("max(air_temperature, short)", 47.0),
        ("count(air_temperature, short)", 4.0),
        ("trend(air_temperature, day)", 24.0),
        ("hours_where(air_temperature < hot, day)", 6.0),
        ("hours_where(hot <= air_temperature, day)", 18.0),
        ("daily_mean(air_temperature)", 11.5),
        ("daily_min(air_temperature)", 0.0),
        ("daily_max(air_temperature)", 23.0),
    ],
)
def test_a_window_says_what_its_hours_come_to(field, text, value):
    assert say(text, scope(field, 47.5)) == pytest.approx(value)


def test_a_window_of_a_day_has_24_hours_on_the_hour_too(field):
    assert say("count(air_temperature, day)", scope(field, 47)) == 24.0
    assert say("count(air_temperature, day)", scope(field, 47.99)) == 24.0


@pytest.mark.parametrize("hours", [0.0, -3.0, 1e6, 1e300])
@pytest.mark.parametrize(
    "text",
    [
        "mean(air_temperature, none)",
        "count(air_temperature, none)",
        "hours_where(air_temperature < hot, none)",
        "trend(air_temperature, none)",
    ],
)
def test_a_window_that_is_none_is_unknown_and_says_so(field, text, hours):
    where = scope(field, 47.5)

    assert say(text, where, none=hours) is None
    assert "is none; give 1 to 960" in where.lacks[0]


@pytest.mark.parametrize(
    "text",
    [
        "mean(air_temperature, day)",
        "hours_where(air_temperature < hot, day)",
        "trend(air_temperature, day)",
    ],
)
def test_a_window_with_too_many_gaps_is_unknown_and_says_so(text):
    field = Field()
    field.put(AIR, [20.0] * 17)

    where = scope(field, 23.5)

    assert say(text, where) is None
    assert where.lacks == [
        "less than 75% of the last 24 h are known of air_temperature"
    ]


def test_an_hour_that_one_quantity_lacks_counts_as_unknown(field):
    field.put(HUMID, [95.0] * 18, first=24)
    both = "hours_where(air_temperature < hot and relative_humidity > humid, day)"
    either = "hours_where(air_temperature < hot or relative_humidity > humid, day)"

    known = scope(field, 47.5)

    assert say(both, known) == 6.0
    assert say(either, known) == 18.0


def test_a_bare_counter_is_what_it_gained_in_the_hour():
    field = Field()
    field.put(RAIN, [10.0 + 2 * (hour >= 20) + (hour >= 22) for hour in range(24)])

    heavy = say("hours_where(rain_total > some, night)", scope(field, 23.5))
    any_ = say("hours_where(rain_total >= some, night)", scope(field, 23.5))

    assert (heavy, any_) == (1.0, 2.0)


def test_a_sum_is_the_gain_of_a_counter_and_the_total_of_counts():
    field = Field()
    field.put(RAIN, [100.0] * 12 + [130.0] * 12)
    field.put(COUNTS, [5.0, None, 7.0], first=20)

    where = scope(field, 23.5)

    assert say("sum(rain_total, day)", where) == 30.0
    assert say("sum(trap_count, day)", where) == 12.0


@pytest.mark.parametrize(("first", "gain"), [(0, 4.0), (21, 2.0)])
def test_a_sum_begins_where_the_hour_before_its_window_ended(first, gain):
    field = Field()
    field.put(RAIN, [float(hour) for hour in range(first, 24)], first)

    where = scope(field, 23.5)

    assert say("sum(rain_total, short)", where) == gain


def test_a_counter_that_fell_was_replaced_and_says_nothing():
    field = Field()
    field.put(RAIN, [100.0] * 12 + [0.0] * 12)

    assert say("sum(rain_total, day)", scope(field, 23.5)) is None


def test_a_trend_of_a_long_window_takes_every_so_manieth_hour():
    field = Field()
    field.put(AIR, (hour / 24 for hour in range(900)))

    where = scope(field, 899.5)

    assert say("trend(air_temperature, long)", where, long=890.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("gone", "is_known"), [(2, True), (3, False)])
def test_yesterday_needs_nine_tenths_of_its_hours(gone, is_known):
    field = Field()
    field.put(AIR, [None] * gone + [20.0] * (30 - gone))

    assert (say("daily_mean(air_temperature)", scope(field, 29.5)) == 20.0) is is_known


def test_nothing_is_known_without_a_clock(field):
    timeless = scope(field, Now(BOOT, 47 * 3_600_000, None))

    for text in (
        *("mean(air_temperature, day)", "daily_mean(air_temperature)", "daytime()"),
        *("hours_where(air_temperature < hot, day)", "trend(air_temperature, day)"),
        *("count(air_temperature, day)", "et0()", "stage_day()", "wet_night()"),
    ):
        assert say(text, timeless) is None, text


def test_what_a_suspect_value_took_part_in_is_doubtful(field):
    hour = Hour(BEGIN_MS + 48 * 3_600_000, 3, 1.0, 1.0, 1.0, 1.0, 1.0, doubtful=1)
    field.series[AIR].append(hour)

    where = scope(field, 48.5)
    say("mean(air_temperature, day)", where)

    assert where.is_doubtful


def test_what_nothing_measures_is_told(field):
    where = scope(field, 47.5)

    assert say("last(water_level)", where) is None
    assert where.lacks == ["nothing measures water_level"]


def test_of_two_sensors_none_is_taken_until_one_is_chosen(field):
    field.put(place("other", "air_temperature"), range(48))
    unclear = scope(field, 47.5)

    assert say("last(air_temperature)", unclear) is None
    assert "choose one in [plots.p17.sensors]" in unclear.lacks[0]
    chosen = {("p17", "air_temperature"): "other"}
    assert say("last(air_temperature)", scope(field, 47.5, chosen=chosen)) == 47.0


def test_a_reach_of_a_level_names_its_day():
    field = Field()
    field.put(TUBE, (2.0 - 0.1 * hour for hour in range(120)))

    where = scope(field, 119.5)

    assert say("reaches(water_level, cm)", where) is True
    assert "reach_day" in where.facts


@pytest.mark.parametrize(
    ("hour", "is_up"), [(0, False), (5, False), (8, True), (16, True), (19, False)]
)
def test_it_is_day_while_the_sun_is_up(hour, is_up):
    assert say("daytime()", scope(Field(), hour + 0.01)) is is_up


def test_age_counts_from_sowing():
    assert say("stage_day()", scope(Field(), 0.5)) == 31.0


def test_every_function_is_asked_of_something():
    assert {function.per for function in FUNCTIONS.values()} == {
        "plot", "sensor", "gateway",
    }  # fmt: skip
    assert now(0).day == date(2026, 1, 1)
