"""Dew point, wet bulb and heat index, by MetPy's figures and by what must hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models import comfort
from rules.models.psychrometrics import saturation_vapour_pressure

WARMTH = st.floats(-20.0, 48.0)
MOISTURE = st.floats(5.0, 100.0)
PRESSURE = st.floats(800.0, 1050.0)


@pytest.mark.parametrize(
    ("air", "dew", "wet", "felt"),
    [
        ((30.0, 70.0, 1010.0), 23.894, 25.393, 35.038),
        ((38.0, 45.0, 1010.0), 23.944, 27.219, 45.860),
    ],
)
def test_moist_heat_is_what_metpy_says(
    air: tuple[float, float, float], dew: float, wet: float, felt: float
) -> None:
    assert comfort.dew_point(*air[:2]) == pytest.approx(dew, abs=0.05)
    assert comfort.wet_bulb(*air) == pytest.approx(wet, abs=0.02)
    assert comfort.heat_index(*air[:2]) == pytest.approx(felt, abs=0.01)


def test_a_wet_bulb_of_metpys_manual() -> None:
    dew = saturation_vapour_pressure(15.0) / saturation_vapour_pressure(32.0) * 100

    assert comfort.wet_bulb(32.0, dew, 993.0) == pytest.approx(20.39, abs=0.03)


@pytest.mark.parametrize(
    ("fahrenheit", "humidity", "felt"),
    [(90.0, 50.0, 95.0), (100.0, 60.0, 129.0), (86.0, 90.0, 105.0)],
)
def test_heat_indices_of_the_weather_services_chart(
    fahrenheit: float, humidity: float, felt: float
) -> None:
    found = comfort.heat_index((fahrenheit - 32) * 5 / 9, humidity)

    assert found * 9 / 5 + 32 == pytest.approx(felt, abs=1.0)


@given(WARMTH, MOISTURE)
def test_a_dew_point_gives_the_vapour_back(celsius: float, share: float) -> None:
    dew = comfort.dew_point(celsius, share)

    vapour = saturation_vapour_pressure(celsius) * share / 100
    assert dew <= celsius + 1e-9
    assert saturation_vapour_pressure(dew) == pytest.approx(vapour)


@given(WARMTH, MOISTURE, PRESSURE)
def test_a_wet_bulb_lies_between_dew_point_and_air(
    celsius: float, share: float, hpa: float
) -> None:
    wet = comfort.wet_bulb(celsius, share, hpa)

    assert comfort.dew_point(celsius, share) - 1e-9 <= wet <= celsius


@given(st.floats(-10.0, 45.0), st.floats(10.0, 95.0), st.floats(0.5, 5.0), PRESSURE)
def test_moister_air_has_a_warmer_wet_bulb(
    celsius: float, share: float, more: float, hpa: float
) -> None:
    low = comfort.wet_bulb(celsius, share, hpa)

    assert low < comfort.wet_bulb(celsius, share + more, hpa)


def test_cool_air_feels_about_as_it_is() -> None:
    assert comfort.heat_index(20.0, 50.0) == pytest.approx(20.0, abs=1.0)


def test_very_dry_heat_feels_less_hot() -> None:
    found = comfort.heat_index(np.array([38.0, 38.0]), np.array([12.9, 5.0]))

    assert found[1] < found[0] < 38.0


def test_shapes_are_kept_and_numbers_stay_floats() -> None:
    air, share, hpa = np.full((2, 2), 30.0), np.full((2, 2), 70.0), np.full((2, 2), 1e3)

    assert comfort.dew_point(air, share).shape == (2, 2)
    assert comfort.wet_bulb(air, share, hpa).shape == (2, 2)
    assert comfort.heat_index(air, share).shape == (2, 2)
    assert type(comfort.wet_bulb(30.0, 70.0, 1010.0)) is float
    assert type(comfort.heat_index(30.0, 70.0)) is float


@pytest.mark.parametrize("share", [0.0, 101.0, float("nan")])
def test_a_humidity_that_cannot_be_is_refused(share: float) -> None:
    for model in (comfort.dew_point, comfort.heat_index):
        with pytest.raises(ValueError, match="relative humidity"):
            model(30.0, share)


def test_kilopascals_are_refused_where_a_station_has_hectopascals() -> None:
    with pytest.raises(ValueError, match=r"air pressure \[hPa\] is 101"):
        comfort.wet_bulb(30.0, 70.0, 101.0)
