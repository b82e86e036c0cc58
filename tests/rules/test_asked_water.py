"""ET0, the root zone and salt, as rules ask for them."""

from dataclasses import replace
from datetime import date
from math import cos, pi

import pytest

from rules.models import daily_evapotranspiration, practical_salinity
from rules.models.evapotranspiration import Site
from rules.plot import Plot
from rules.text import Measure
from tests.rules.asked import say, scope
from tests.rules.field import Field, place

AIR = place("air", "air_temperature")
HUMID = place("air", "relative_humidity")
SUN = place("sun", "solar_radiation")
WIND = place("vane", "wind_speed", z=1000)
SOIL = place("soil", "soil_moisture", z=-10)
DEEP = place("deep", "soil_moisture", z=-60)
INTAKE = place("intake", "water_conductivity")

ONION = Plot(
    id="p17",
    name="thửa 3",
    crop="onion",
    sown=date(2025, 11, 1),
    duration_days=90,
    soil="sand",
    elevation_m=5.0,
)


def course(low: float, high: float, hours: int = 48) -> list[float]:
    """A course of days between two ends, the low one at 5, the high one at 17."""
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle - half * cos(2 * pi * (hour - 5) / 24) for hour in range(hours)]


@pytest.fixture
def station() -> Field:
    """All that the equation needs, for two days."""
    field = Field()
    field.put(AIR, course(20.0, 30.0))
    field.put(HUMID, course(60.0, 95.0))
    field.put(SUN, [max(0.0, 600 * -cos(2 * pi * hour / 24)) for hour in range(48)])
    field.put(WIND, [2.5] * 48)
    field.put(SOIL, [7.5] * 48)
    return field


def names(where) -> list[str]:
    return [step.en for step in where.steps]


def test_et0_of_a_whole_station_is_the_models(station):
    where = scope(station, 30.5, plot=ONION, steps=True)
    sun = station.hours(SUN, 0, 2**62)[:24]
    wanted = daily_evapotranspiration.et0(
        daily_evapotranspiration.DayWeather(
            day=1.0,
            tmax=30.0,
            tmin=20.0,
            humidity_max=95.0,
            humidity_min=60.0,
            solar=sum(hour.mean for hour in sun) / 24 * 0.0864,
            wind=2.5,
        ),
        Site(latitude=15.1, elevation=5.0, wind_height=10.0),
    )

    assert say("et0()", where) == pytest.approx(wanted.et0_mm)
    assert not where.is_doubtful
    assert names(where) == ["ET0 of yesterday"]


def test_each_estimate_is_a_step_and_makes_et0_doubtful():
    field = Field()
    field.put(AIR, course(20.0, 30.0))
    where = scope(field, 30.5, plot=replace(ONION, elevation_m=None), steps=True)

    wanted = daily_evapotranspiration.et0(
        daily_evapotranspiration.DayWeather(day=1.0, tmax=30.0, tmin=20.0),
        Site(latitude=15.1, elevation=10.0, is_coastal=True),
    )
    assert say("et0()", where) == pytest.approx(wanted.et0_mm)
    assert where.is_doubtful
    assert names(where) == [
        "No humidity: the dew point is taken as Tmin",
        "No radiation: estimated by the span of temperature, on a coast",
        "No wind: taken as 2 m/s",
        "No elevation: taken as 10 m",
        "ET0 of yesterday",
    ]


def test_weather_that_cannot_be_gives_no_et0_and_says_why(station):
    station.series[SUN].clear()
    station.put(SUN, [900.0] * 48)
    where = scope(station, 30.5, plot=ONION)

    assert say("et0()", where) is None
    assert "the top of the air has" in where.lacks[0]


def test_on_an_island_no_radiation_is_made_up(station):
    island = replace(ONION, crop="garlic", season="garlic-ly-son")
    measured = say("et0()", scope(station, 30.5, plot=island))
    station.series[SUN].clear()
    without = scope(station, 30.5, plot=island)

    assert measured > 0
    assert say("et0()", without) is None
    assert "measure radiation" in without.lacks[0]


def test_the_crop_takes_its_share_by_its_stage(station):
    where = scope(station, 30.5, plot=ONION, steps=True)
    et0 = say("et0()", where)

    mid = say("crop_et()", where)

    # Day 62 of 90: FAO's 15/25/70/40 scaled to 90 d put it in the middle stage.
    assert mid == pytest.approx(1.05 * et0)
    assert "Kc of today" in names(where)


@pytest.mark.parametrize(
    ("given", "kc"),
    [
        ({"crop": "garlic"}, 1.0),
        ({"sown": None}, 1.05),
        ({"duration_days": None}, 1.05),
    ],
)
def test_where_no_stage_is_known_the_greatest_coefficient_is_taken(station, given, kc):
    where = scope(station, 30.5, plot=replace(ONION, **given), steps=True)

    share = say("crop_et()", where) / say("et0()", where)

    assert share == pytest.approx(kc)
    assert where.is_doubtful
    assert "Stage unknown: Kc of mid-season, the greatest, is taken" in names(where)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"crop": "vegetables"}, "FAO-56 has no row for vegetables"),
        ({"crop": "bean"}, "no crop coefficient is known of bean"),
        ({"duration_days": 60}, "today is outside the 60 d of the season"),
    ],
)
def test_what_no_table_knows_is_told(station, given, says):
    where = scope(station, 30.5, plot=replace(ONION, **given))

    assert say("crop_et()", where) is None
    assert says in where.lacks


def test_the_root_zone_of_onion_on_sand(station):
    where = scope(station, 30.5, plot=ONION, steps=True)

    taw, etc = say("taw()", where), say("crop_et()", where)
    share = 0.3 + 0.04 * (5 - etc)

    # Middle of table 19's sand: FC 0.12, WP 0.045; 0.3 m of roots.
    assert taw == pytest.approx(22.5)
    assert say("raw()", where) == pytest.approx(share * 22.5)
    assert say("raw_days()", where) == pytest.approx(share * 22.5 / etc)
    assert where.is_doubtful


def test_depletion_by_a_probe_gives_the_depth_and_the_water_of_a_sao(station):
    where = scope(station, 47.5, plot=ONION, steps=True)

    lack = say("depletion()", where)

    assert lack == pytest.approx(1000 * (0.12 - 0.075) * 0.3)
    assert where.facts["depth"] == Measure(pytest.approx(13.5), "mm")
    assert where.facts["per_sao"] == Measure(pytest.approx(6.75), "m³")


def test_soil_beyond_field_capacity_lacks_less_than_nothing_and_needs_no_water():
    field = Field()
    field.put(SOIL, [30.0])
    where = scope(field, 0.5, plot=ONION)

    assert say("depletion()", where) < 0
    assert where.facts["depth"] == Measure(0.0, "mm")


def test_probes_below_the_roots_are_left_out(station):
    station.put(DEEP, [20.0] * 48)
    shallow = scope(station, 47.5, plot=ONION)
    maize = scope(station, 47.5, plot=replace(ONION, crop="maize"))

    assert say("depletion()", shallow) == pytest.approx(13.5)
    assert say("depletion()", maize) == pytest.approx(1000 * (0.12 - 0.1375) * 1.0)


def test_a_silent_probe_of_several_leaves_depletion_unknown(station):
    station.put(place("soil-2", "soil_moisture", z=-20), [8.0] * 20)
    where = scope(station, 47.5, plot=ONION)

    assert say("depletion()", where) is None


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"crop": "rice"}, "FAO-56 gives no root zone for rice"),
        ({"crop": "onion-green"}, "FAO-56 gives no root zone for onion-green"),
        ({"soil": ""}, "[plots.p17] has no soil of the table; give one of sand, loamy"),
    ],
)
def test_a_root_zone_that_is_not_known_is_told(station, given, says):
    where = scope(station, 47.5, plot=replace(ONION, **given))

    assert say("depletion()", where) is None
    assert says in where.lacks[0]


def test_without_et0_raw_is_by_the_tables_share():
    field = Field()
    field.put(SOIL, [7.5])
    where = scope(field, 0.5, plot=ONION)

    assert say("raw()", where) == pytest.approx(0.3 * 22.5)
    assert say("raw_days()", where) is None
    assert where.is_doubtful


def test_salinity_is_by_the_practical_scale():
    field = Field()
    field.put(INTAKE, [7.28, 99.0])

    brackish, wrong = (scope(field, hour + 0.01) for hour in (0, 1))

    wanted = practical_salinity.practical_salinity(7.28)
    field.put(INTAKE, [7.28])
    assert say("salinity(water_conductivity)", brackish) == pytest.approx(wanted)
    field.put(INTAKE, [99.0], 1)
    assert say("salinity(water_conductivity)", wrong) is None
    assert "beyond the scale" in wrong.lacks[0]
