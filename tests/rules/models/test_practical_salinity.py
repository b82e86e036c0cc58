import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.practical_salinity import conductivity_of, practical_salinity


def test_standard_sea_water_is_35_by_definition() -> None:
    # UNESCO technical papers 44 (1983): R = 1 at 15 °C and 0 dbar
    assert practical_salinity(42.914, 15.0) == pytest.approx(35.0, abs=0.0005)


def test_a_salinometer_at_ten_degrees() -> None:
    # documentation of gsw::practical_salinity::sp_salinometer: Rt 0.9 at 10 °C of
    # ITS-90 gives 31.130296542699828; IPTS-68 is 1.00024 times that
    t68 = 10 * 1.00024
    conductivity = 0.9 * conductivity_of(35.0, t68)

    assert practical_salinity(conductivity, t68) == pytest.approx(31.1303, abs=1e-4)


def test_a_brackish_reading_just_below_the_surface() -> None:
    # R package gsw, gsw_SP_from_C(34.5487, 28.7856, 10): 20.009869599086951, at
    # 10 dbar, whose effect is 0.002
    t68 = 28.7856 * 1.00024

    assert practical_salinity(34.5487, t68) == pytest.approx(20.0099, abs=0.003)


def test_no_salt_is_no_salinity() -> None:
    assert practical_salinity(0.0) == 0.0
    assert conductivity_of(0.0) == pytest.approx(0.0, abs=0.002)  # dS/m


def test_the_factor_of_the_meters_is_wrong_for_the_sea_s_salt() -> None:
    fresh, brackish, sea = practical_salinity(np.array([1.0, 7.0, 53.06]))

    assert 1.0 * 0.64 / fresh == pytest.approx(1.30, abs=0.01)
    assert 7.0 * 0.64 / brackish == pytest.approx(1.17, abs=0.01)
    assert 53.06 * 0.64 / sea == pytest.approx(0.97, abs=0.01)


@pytest.mark.slow
@given(st.floats(0, 42), st.floats(0, 35))
def test_the_way_back_ends_where_it_began(salinity: float, warm: float) -> None:
    back = practical_salinity(conductivity_of(salinity, warm), warm)

    assert back == pytest.approx(salinity, abs=1e-6)


@pytest.mark.slow
@given(st.floats(0, 62), st.floats(0, 62))
def test_more_conductivity_is_never_less_salt(a: float, b: float) -> None:
    less, more = sorted((a, b))

    assert practical_salinity(less) <= practical_salinity(more) + 1e-12


def test_arrays_keep_their_shape() -> None:
    got = practical_salinity(np.array([[1.0, 2.0, 3.0]]))

    assert got.shape == (1, 3)
    assert got[0, 1] == pytest.approx(practical_salinity(2.0))


@pytest.mark.parametrize("conductivity", [-0.1, 63.0, float("nan"), float("inf")])
def test_what_is_off_the_scale_is_refused(conductivity: float) -> None:
    with pytest.raises(ValueError, match="conductivity at 25 °C"):
        practical_salinity(conductivity)


@pytest.mark.parametrize("warm", [-1.0, 36.0, float("nan")])
def test_a_temperature_off_the_scale_is_refused(warm: float) -> None:
    with pytest.raises(ValueError, match="water temperature"):
        practical_salinity(5.0, warm)
