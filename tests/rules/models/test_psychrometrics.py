"""Air and its vapour, by the printed examples of FAO-56 and by what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models import humidity, psychrometrics
from rules.models.kinds import Floats

WARMTH = st.floats(-40.0, 55.0)
MOISTURE = st.floats(1.0, 100.0)


@pytest.mark.parametrize(("elevation", "kpa"), [(0, 101.3), (1800, 81.8), (8, 101.2)])
def test_air_pressure_is_that_of_examples_2_and_19(
    elevation: float, kpa: float
) -> None:
    assert psychrometrics.pressure(elevation) == pytest.approx(kpa, abs=0.05)


@pytest.mark.parametrize(("celsius", "kpa"), [(1, 0.657), (20, 2.338), (40, 7.376)])
def test_saturation_is_that_of_table_2_3(celsius: float, kpa: float) -> None:
    found = psychrometrics.saturation_vapour_pressure(celsius)

    assert found == pytest.approx(kpa, abs=0.001)


def test_humidity_of_example_5_differs_by_what_was_measured() -> None:
    both = humidity.from_extreme_humidities(25.0, 18.0, 82.0, 54.0)
    greatest = humidity.from_greatest_humidity(18.0, 82.0)
    mean = humidity.from_mean_humidity(25.0, 18.0, 68.0)

    assert [round(kpa, 2) for kpa in (both, greatest, mean)] == [1.7, 1.69, 1.78]


def test_a_wet_bulb_as_warm_as_the_dry_one_is_saturated_air() -> None:
    found = humidity.from_wet_bulb(22.0, 22.0, 101.3)

    assert found == psychrometrics.saturation_vapour_pressure(22.0)


@given(WARMTH, st.floats(0.01, 4.0))
def test_warmer_air_holds_more_and_ever_more_so(celsius: float, more: float) -> None:
    e, slope = psychrometrics.saturation_vapour_pressure, psychrometrics.slope

    assert e(celsius + more) > e(celsius)
    assert slope(celsius + more) > slope(celsius)


@given(WARMTH)
def test_the_slope_is_that_of_the_curve(celsius: float) -> None:
    e = psychrometrics.saturation_vapour_pressure
    rise = (e(celsius + 0.01) - e(celsius - 0.01)) / 0.02

    assert psychrometrics.slope(celsius) == pytest.approx(rise, rel=2e-4)


@given(st.floats(-30.0, 38.0), st.floats(0.0, 20.0), MOISTURE, MOISTURE)
def test_no_air_holds_more_than_its_warmest_hour_can(
    tmin: float, span: float, one: float, other: float
) -> None:
    tmax, high, low = tmin + span, max(one, other), min(one, other)

    held = humidity.from_extreme_humidities(tmax, tmin, high, low)

    most = psychrometrics.saturation_vapour_pressure(tmax)
    assert 0 < held <= most * (1 + 1e-12)


@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3), (0,)])
def test_a_shape_is_kept_and_a_number_stays_a_float(shape: tuple[int, ...]) -> None:
    air: Floats = np.full(shape, 25.0)

    found = humidity.from_humidity(air, np.full(shape, 80.0))

    assert np.shape(found) == shape
    assert isinstance(humidity.from_humidity(25.0, 80.0), float)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -81.0, 61.0])
def test_no_air_has_such_a_temperature(bad: float) -> None:
    with pytest.raises(ValueError, match=r"air temperature \[°C\] is"):
        psychrometrics.saturation_vapour_pressure(bad)


def test_gaps_in_a_series_are_counted_and_named() -> None:
    series = np.array([20.0, np.nan, 21.0, np.nan])

    with pytest.raises(ValueError, match=r"2 of 4 values .*\[1\] nan, \[3\] nan"):
        psychrometrics.slope(series)


def test_hectopascals_are_no_kilopascals() -> None:
    with pytest.raises(ValueError, match=r"air pressure \[kPa\] is 1010"):
        psychrometrics.psychrometric_constant(1010.0)


def test_a_share_is_no_percentage_of_air_above_saturation() -> None:
    with pytest.raises(ValueError, match=r"relative humidity \[%\] is 101"):
        humidity.from_humidity(20.0, 101.0)


def test_a_wet_bulb_is_never_the_warmer_one() -> None:
    with pytest.raises(ValueError, match="dry bulb minus wet bulb"):
        humidity.from_wet_bulb(20.0, 21.0, 101.3)


def test_bulbs_too_far_apart_leave_no_vapour_and_are_refused() -> None:
    with pytest.raises(ValueError, match="vapour pressure by the two bulbs"):
        humidity.from_wet_bulb(45.0, 5.0, 101.3)


def test_the_least_humidity_is_not_above_the_greatest() -> None:
    with pytest.raises(ValueError, match="greatest minus least humidity"):
        humidity.from_extreme_humidities(25.0, 18.0, 54.0, 82.0)


def test_a_missing_elevation_is_told() -> None:
    with pytest.raises(ValueError, match=r"elevation \[m\] is nan"):
        psychrometrics.pressure(float("nan"))
