import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.crop_coefficients import (
    climate_adjusted,
    cover,
    evaporation,
    evaporation_reduction,
    exposed_wetted,
    stage_curve,
    upper_limit,
)
from rules.models.crops import CROPS, Coefficients, Crop, Lengths

BEAN = Lengths(25, 25, 30, 20), Coefficients(0.15, 1.14, 0.25)  # FAO-56 example 30

kcs = st.floats(0.15, 1.25)
shares = st.floats(0, 1)
winds = st.floats(0, 20)
humidities = st.floats(1, 100)
heights = st.floats(0, 5)


def test_the_curve_of_example_30_at_its_corners() -> None:
    days = np.array([0, 25, 50, 80, 100.0])

    assert stage_curve(days, *BEAN).tolist() == [0.15, 0.15, 1.14, 1.14, 0.25]


def test_mocha_is_dry_and_windy_and_its_maize_drinks_more() -> None:
    # FAO-56 example 27 prints 1.30 for 4.6 m/s and 44 %
    assert climate_adjusted(1.2, 4.6, 44.0, 2.0) == pytest.approx(1.30, abs=0.005)


def test_humid_still_air_lowers_and_a_low_kc_end_stays() -> None:
    assert climate_adjusted(1.15, 1.2, 75.0, 0.6) < 1.15
    assert climate_adjusted(0.35, 1.2, 75.0, 0.6) == 0.35


def test_the_adjustment_holds_at_the_ends_of_its_spans() -> None:
    assert climate_adjusted(1.2, 9.0, 10.0, 12.0) == climate_adjusted(
        1.2, 6.0, 20.0, 10.0
    )
    assert climate_adjusted(1.2, 0.2, 95.0, 0.05) == climate_adjusted(
        1.2, 1.0, 80.0, 0.1
    )


def test_drip_lines_under_the_canopy_expose_less() -> None:
    assert exposed_wetted(0.6, 0.35, drip=True) == pytest.approx(0.35 * 0.6)
    assert exposed_wetted(0.6, 0.35) == 0.35


@given(st.sampled_from([c for c in CROPS.values() if c.lengths]), shares)
def test_a_curve_stays_between_its_corners(crop: Crop, share: float) -> None:
    assert crop.kc is not None
    for lengths in crop.lengths:
        day = share * lengths.total
        k = stage_curve(min(day, lengths.total), lengths, crop.kc)

        assert min(crop.kc) <= k <= max(crop.kc)


@given(kcs, winds, humidities, heights, shares, shares)
def test_soil_and_crop_never_give_off_more_than_their_limit(
    kcb: float, u2: float, rhmin: float, h: float, fw: float, kr: float
) -> None:
    kcmax = upper_limit(kcb, u2, rhmin, h)
    fc = cover(kcb, 0.15, kcmax, h)
    few = exposed_wetted(fc, fw)
    ke = evaporation(kr, kcmax, kcb, few)

    assert 0 <= fc <= 0.99
    assert 0.01 <= few <= 1
    assert 0 <= ke <= few * kcmax + 1e-12
    assert kcb + ke <= kcmax + 1e-12


@given(st.floats(0, 50), st.floats(0, 50))
def test_drier_soil_never_evaporates_faster(a: float, b: float) -> None:
    wetter, drier = sorted((a, b))

    assert evaporation_reduction(wetter, 20, 9) >= evaporation_reduction(drier, 20, 9)


def test_arrays_give_what_their_items_give() -> None:
    kcb, u2 = np.array([[0.2, 0.9], [1.1, 0.5]]), np.array([[1.0, 3.0], [2.0, 5.0]])
    rhmin, h = np.full((2, 2), 60.0), np.array([[0.1, 1.0], [2.0, 0.4]])

    got = upper_limit(kcb, u2, rhmin, h)

    assert got.shape == (2, 2)
    assert got[1, 0] == upper_limit(1.1, 2.0, 60.0, 2.0)
    assert isinstance(upper_limit(1.1, 2.0, 60.0, 2.0), float)


@pytest.mark.parametrize("day", [-1.0, 100.5, float("nan"), float("inf")])
def test_a_day_outside_the_season_is_refused(day: float) -> None:
    with pytest.raises(ValueError, match="day of the season"):
        stage_curve(day, *BEAN)


def test_gaps_in_an_array_are_counted() -> None:
    days = np.array([1.0, np.nan, 3.0, np.nan])

    with pytest.raises(ValueError, match=r"2 of 4 values .*\[1\] nan, \[3\] nan"):
        stage_curve(days, *BEAN)


def test_a_stage_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="stage lengths"):
        stage_curve(3.0, Lengths(10, 0, 20, 10), BEAN[1])


def test_a_humidity_above_one_hundred_is_refused() -> None:
    with pytest.raises(ValueError, match="RHmin"):
        upper_limit(0.9, 2.0, 145.0, 1.0)


def test_an_evaporable_water_below_the_ready_one_is_refused() -> None:
    with pytest.raises(ValueError, match="REW < TEW"):
        evaporation_reduction(5.0, 8, 9)
