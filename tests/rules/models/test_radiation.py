"""Radiation by the printed examples of FAO-56, and what no sky does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models import longwave, radiation

RATIOS = st.floats(0.3, 1.0)


def test_examples_10_to_12_rio_de_janeiro_in_may() -> None:
    solar = radiation.from_sunshine(7.1, 10.9, 25.1)
    clear = radiation.clear_sky(25.1, 0.0)
    ratio = longwave.cloud_ratio(14.5, 18.8)
    outward = longwave.net_longwave(25.1, 19.1, 2.1, ratio)
    net = radiation.net_shortwave(14.5) - outward

    assert solar == pytest.approx(14.5, abs=0.06)
    assert clear == pytest.approx(18.8, abs=0.05)
    assert outward == pytest.approx(3.5, abs=0.05)
    assert net == pytest.approx(7.6, abs=0.06)


def test_example_15_and_20_radiation_by_temperatures() -> None:
    assert radiation.from_temperature(26.6, 14.8, 40.55) == pytest.approx(
        22.29, abs=0.01
    )


def test_an_overcast_day_still_lets_a_quarter_through() -> None:
    assert radiation.from_sunshine(0.0, 12.0, 40.0) == 10.0


def test_watts_become_energy_of_a_day_and_of_an_hour() -> None:
    assert radiation.per_day(250.0) == pytest.approx(21.6)
    assert radiation.per_hour(250.0) == pytest.approx(0.9)


@given(st.floats(-10.0, 40.0), st.floats(0.5, 3.0), RATIOS, RATIOS)
def test_a_clearer_sky_takes_more(warmth: float, ea: float, a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)

    less = longwave.net_longwave(warmth, warmth, ea, low)

    assert 0 < less <= longwave.net_longwave(warmth, warmth, ea, high) + 1e-12


@given(st.floats(0.0, 50.0), st.floats(0.1, 50.0))
def test_a_ratio_stays_within_what_a_sky_can_be(solar: float, clear: float) -> None:
    assert 0.3 <= longwave.cloud_ratio(solar, clear) <= 1.0


def test_the_shape_of_arrays_is_kept() -> None:
    top = np.full((2, 2), 30.0)

    assert radiation.clear_sky(top, 8.0).shape == (2, 2)
    assert radiation.net_shortwave(np.array([10.0])).shape == (1,)


def test_watts_are_refused_where_energy_is_asked() -> None:
    with pytest.raises(ValueError, match=r"solar radiation \[MJ/m²\] is 250"):
        radiation.net_shortwave(250.0)


def test_no_day_has_more_sunshine_than_daylight() -> None:
    with pytest.raises(ValueError, match="sunshine as a share of daylight"):
        radiation.from_sunshine(13.0, 12.0, 30.0)


def test_a_night_of_months_tells_no_clouds() -> None:
    with pytest.raises(ValueError, match="clear-sky radiation"):
        longwave.cloud_ratio(0.0, 0.0)


def test_a_tmax_below_tmin_is_refused() -> None:
    with pytest.raises(ValueError, match="Tmax minus Tmin"):
        radiation.from_temperature(14.8, 26.6, 40.55)
