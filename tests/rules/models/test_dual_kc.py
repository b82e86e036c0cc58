import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.crops import Coefficients, Lengths, Span
from rules.models.dual_kc import Growth, Season, season
from rules.models.evaporation_layer import Irrigation, evaporation_layer
from rules.models.soils import Soil

SOIL = Soil(theta_fc=0.23, theta_wp=0.10, rew_mm=8)  # FAO-56 example 35
GROUNDNUT = Growth(
    lengths=Lengths(12, 16, 20, 12),
    kcb=Coefficients(0.15, 1.10, 0.50),
    height_m=Span(0.05, 0.4),
    roots_m=Span(0.15, 0.6),
    p=0.5,
)
DAYS = 60


def _season(rain: np.ndarray | float = 0.0, *given: Irrigation) -> Season:
    rain_mm = np.broadcast_to(np.asarray(rain, float), (DAYS,))
    weather = np.full(DAYS, 4.0), rain_mm, np.full(DAYS, 60.0), np.full(DAYS, 2.0)
    return season(*weather, GROUNDNUT, SOIL, 0.2, given)


def test_example_35_wets_and_dries_the_crust() -> None:
    # FAO-56 p. 154: Kr of days 1 to 5 after 40 mm through furrows, fw 0.8
    crust = evaporation_layer(
        np.array([4.5, 5.0, 3.9, 4.2, 4.8]),
        np.zeros(5),
        [Irrigation(day=0, depth_mm=40, fw=0.8)],
        np.array([0.30, 0.31, 0.32, 0.33, 0.34]),
        np.full(5, 1.21),
        1 - np.array([0.92, 0.91, 0.91, 0.90, 0.89]),
        SOIL,
    )

    assert crust.kr == pytest.approx([1.0, 1.0, 0.7, 0.4, 0.2], abs=0.06)
    assert crust.few == pytest.approx([0.8] * 5)


def test_less_than_three_millimetres_leave_the_wetted_share() -> None:
    furrow = Irrigation(day=0, depth_mm=30, fw=0.4)
    rain = np.zeros(DAYS)
    rain[3], rain[6] = 2.9, 3.0

    few = _season(rain, furrow).crust.few

    assert few[5] == pytest.approx(0.4)
    assert few[6] > 0.9


def test_roots_and_height_grow_and_never_shrink() -> None:
    got = _season()

    assert got.roots_m[0] == 0.15
    assert got.roots_m[-1] == pytest.approx(0.6)
    assert (np.diff(got.height_m) >= 0).all()


def test_the_last_values_stay_after_the_last_stage() -> None:
    short = Growth(
        lengths=Lengths(12, 16, 20, 10),
        kcb=GROUNDNUT.kcb,
        height_m=GROUNDNUT.height_m,
        roots_m=GROUNDNUT.roots_m,
        p=0.5,
    )
    et0, rain, rhmin, u2 = (np.full(DAYS, x) for x in (4.0, 0.0, 60.0, 2.0))

    got = season(et0, rain, rhmin, u2, short, SOIL, 0.2)

    assert got.kcb[58:].tolist() == [0.5, 0.5]


@pytest.mark.slow
@given(st.lists(st.floats(0, 80), min_size=DAYS, max_size=DAYS))
def test_a_season_keeps_within_its_bounds(rain: list[float]) -> None:
    got = _season(np.array(rain))

    assert (got.depletion_mm >= 0).all()
    assert (got.depletion_mm <= got.taw_mm + 1e-9).all()
    assert ((got.ks >= 0) & (got.ks <= 1)).all()
    assert (got.kcb + got.crust.ke <= got.kcmax + 1e-9).all()
    assert (got.crust.depletion_mm <= SOIL.tew_mm).all()
    assert (got.percolation_mm >= 0).all()


def test_more_irrigation_never_leaves_less_water() -> None:
    dry = _season()
    wet = _season(0.0, Irrigation(day=30, depth_mm=25))

    assert (wet.depletion_mm <= dry.depletion_mm + 1e-9).all()


@pytest.mark.parametrize("day", [-1, DAYS])
def test_irrigation_outside_the_season_is_refused(day: int) -> None:
    with pytest.raises(ValueError, match=f"irrigation on day {day}"):
        _season(0.0, Irrigation(day=day, depth_mm=10))


def test_two_irrigations_of_a_day_are_refused() -> None:
    one = Irrigation(day=3, depth_mm=10)

    with pytest.raises(ValueError, match="add those of a day together"):
        _season(0.0, one, one)


def test_an_evergreen_is_no_season() -> None:
    with pytest.raises(ValueError, match="evergreen"):
        Growth(
            lengths=Lengths(60, 90, 120, 95),
            kcb=Coefficients(0.65, 0.60, 0.65),  # citrus
            height_m=Span(4, 4),
            roots_m=Span(1.2, 1.2),
            p=0.5,
        )


def test_a_gap_of_the_weather_is_counted() -> None:
    rain = np.zeros(DAYS)
    rain[[4, 9]] = np.nan

    with pytest.raises(ValueError, match=r"rain .*2 of 60"):
        _season(rain)


def test_series_of_several_lengths_and_none_are_refused() -> None:
    few = np.full(3, 2.0)
    with pytest.raises(ValueError, match="one value a day"):
        season(np.full(4, 2.0), few, few, few, GROUNDNUT, SOIL, 0.2)
    none = np.array([])
    with pytest.raises(ValueError, match="one value a day"):
        season(none, none, none, none, GROUNDNUT, SOIL, 0.2)
