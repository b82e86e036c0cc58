"""What the gateway runs without numpy says the same as the forms for arrays."""

import math
import subprocess
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules import asked_diseases
from rules.models import (
    crop_coefficients,
    crops,
    daily_evapotranspiration,
    longwave,
    onion_mildew,
    practical_salinity,
    radiation,
    single_day,
    single_water,
    soil_water,
    sun,
)
from rules.models.evapotranspiration import Site


@pytest.mark.slow
def test_rules_and_engine_load_no_numpy():
    code = "import sys, rules.engine, rules.functions; sys.exit('numpy' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0


@given(
    day=st.integers(1, 366),
    tmin=st.floats(5, 40),
    span=st.floats(0, 15),
    humidity=st.none() | st.tuples(st.floats(50, 100), st.floats(5, 50)),
    solar=st.none() | st.floats(0, 240),
    wind=st.none() | st.floats(0, 20),
    height=st.floats(0.5, 20),
)
def test_et0_is_that_of_the_form_for_arrays(
    day, tmin, span, humidity, solar, wind, height
):
    one = single_day.Day(
        day_of_year=day,
        tmax=tmin + span,
        tmin=tmin,
        humidity=humidity,
        solar=solar,
        wind=wind,
        wind_height_m=height,
    )
    many = daily_evapotranspiration.DayWeather(
        day=float(day),
        tmax=tmin + span,
        tmin=tmin,
        humidity_max=humidity and humidity[0],
        humidity_min=humidity and humidity[1],
        solar=None if solar is None else radiation.per_day(solar),
        wind=wind,
    )
    site = Site(latitude=15.1, elevation=10.0, wind_height=height, is_coastal=True)

    found, stood_in = single_day.et0(one, 15.1, 10.0)
    wanted = daily_evapotranspiration.et0(many, site)

    assert found == pytest.approx(wanted.et0_mm, rel=1e-9, abs=1e-9)
    assert stood_in == tuple(each.value for each in wanted.substitutions)


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({"tmax": 20.0, "tmin": 21.0}, "give numbers that rise"),
        ({"tmax": math.nan, "tmin": 21.0}, "give numbers that rise"),
        ({"tmax": 30.0, "tmin": 21.0, "solar": 500.0}, "the top of the air has"),
    ],
)
def test_weather_that_cannot_be_has_no_et0(given_, says):
    with pytest.raises(ValueError, match=says):
        single_day.et0(single_day.Day(day_of_year=1, **given_), 15.1, 10.0)


def test_constants_are_those_of_the_forms_for_arrays():
    assert single_day.SIGMA_DAY == longwave.SIGMA_DAY
    assert single_day.KELVIN == longwave.KELVIN
    assert single_day.CLOUDY == longwave.CLOUDY
    assert single_day.KRS_COAST == radiation.COAST
    assert single_day.ALBEDO == radiation.ALBEDO
    assert single_day.SOLAR == sun.SOLAR
    assert single_day.WIND_M_S == daily_evapotranspiration.WIND_M_S
    assert single_water.P_SPAN == soil_water.P_SPAN


def test_the_bounds_of_mildew_are_those_of_its_model():
    assert onion_mildew.COOL_DAY_C[1] == asked_diseases.COOL_DAY_C
    assert onion_mildew.HUMID == asked_diseases.HUMID


@given(st.integers(1, 366), st.floats(0, 24))
def test_daylight_begins_and_ends_with_the_hour_angle_of_sunset(day, hour):
    b = sun.seasonal_correction(float(day))
    angle = math.pi / 12 * (hour + 108.8 / 15 + b - 12)
    angle = (angle + math.pi) % (2 * math.pi) - math.pi
    ws = sun.sunset_hour_angle(15.1, float(day))
    assume(abs(abs(angle) - ws) > 1e-6)

    found = single_day.is_daylight(15.1, 108.8, day, hour)

    assert found is bool(abs(angle) < ws)


@given(st.sampled_from(sorted(crops.CROPS)), st.floats(0, 1), st.integers(80, 200))
def test_kc_of_a_day_is_that_of_the_curve(name, share, duration):
    row = crops.CROPS[name]
    assume(row.lengths and row.kc is not None)
    lengths = row.lengths[0].scaled_to(duration)
    day = share * lengths.total

    found = single_water.kc_of_day(day, lengths, row.kc)

    wanted = crop_coefficients.stage_curve(day, lengths, row.kc)
    assert found == pytest.approx(wanted, abs=1e-9)


def test_no_kc_is_told_of_a_day_outside_the_season():
    row = crops.CROPS["onion"]

    with pytest.raises(ValueError, match="is not within the 150 days"):
        single_water.kc_of_day(151.0, row.lengths[0], row.kc)


@given(st.floats(0.1, 0.4), st.floats(0.02, 0.09), st.floats(0.1, 2), st.floats(0, 12))
def test_the_root_zone_is_that_of_the_bucket(fc, wp, roots, etc):
    taw = soil_water.total_available(fc, wp, roots)

    assert single_water.total_available(fc, wp, roots) == pytest.approx(taw)
    assert single_water.depletion_fraction(0.3, etc) == pytest.approx(
        soil_water.depletion_fraction(0.3, etc)
    )
    assert single_water.depletion(fc, wp, roots) == pytest.approx(
        soil_water.depletion(fc, wp, roots)
    )


@settings(max_examples=40)
@given(st.floats(0, 60))
def test_salinity_is_that_of_the_scale(conductivity):
    most = practical_salinity.conductivity_of(42.0)
    assume(abs(conductivity - most) > 1e-6)

    found = single_water.practical_salinity(conductivity)

    if conductivity > most:
        assert found is None
    else:
        wanted = practical_salinity.practical_salinity(conductivity)
        assert found == pytest.approx(wanted, abs=1e-9)
