"""Daily ET0 by the printed examples of FAO-56, and what it stood on."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.models.daily_evapotranspiration import DayWeather, Et0, Substitution, et0
from rules.models.evapotranspiration import Site, hargreaves, penman_monteith

UCCLE: Final = Site(latitude=50.8, elevation=100.0, wind_height=10.0)
LYON: Final = Site(latitude=45.72, elevation=200.0, is_coastal=False)
QUANG_NGAI: Final = Site(latitude=15.12, elevation=8.0, wind_height=2.0)

JULY: Final[DayWeather[float]] = DayWeather(
    day=187.0,
    tmax=21.5,
    tmin=12.3,
    humidity_max=84.0,
    humidity_min=63.0,
    wind=2.78,
    sunshine=9.25,
)
HOT: Final[DayWeather[float]] = DayWeather(
    day=152.0,
    tmax=33.4,
    tmin=25.1,
    humidity_max=92.0,
    humidity_min=58.0,
    wind=1.6,
    solar=21.8,
)


# --- what the book prints ------------------------------------------------------


def test_example_17_bangkok_in_april_by_monthly_means() -> None:
    bangkok = Site(latitude=13.73, elevation=2.0, wind_height=2.0)
    april: DayWeather[float] = DayWeather(
        day=105.0,
        tmax=34.8,
        tmin=25.6,
        vapour_pressure=2.85,
        wind=2.0,
        sunshine=8.5,
        soil_heat=0.14,
    )

    assert et0(april, bangkok).et0_mm == pytest.approx(5.72, abs=0.01)


def test_example_18_uccle_on_6_july() -> None:
    told = et0(JULY, UCCLE)

    assert told.et0_mm == pytest.approx(3.88, abs=0.005)
    assert told.substitutions == (Substitution.RADIATION_FROM_SUNSHINE,)


def test_example_20_lyon_by_temperatures_alone() -> None:
    july: DayWeather[float] = DayWeather(day=196.0, tmax=26.6, tmin=14.8)

    told = et0(july, LYON)

    assert told.et0_mm == pytest.approx(4.56, abs=0.01)
    assert told.substitutions == (
        Substitution.DEW_POINT_IS_TMIN,
        Substitution.RADIATION_FROM_TEMPERATURE,
        Substitution.WIND_IS_2_M_S,
    )


def test_hargreaves_is_taken_when_asked_for_and_nothing_else_was_measured() -> None:
    july: DayWeather[float] = DayWeather(day=196.0, tmax=26.6, tmin=14.8)

    bare = et0(july, LYON, "hargreaves")
    windy = et0(replace(july, wind=3.0), replace(LYON, wind_height=2.0), "hargreaves")

    assert bare.et0_mm == pytest.approx(5.03, abs=0.01)
    assert bare.substitutions == (Substitution.HARGREAVES,)
    assert Substitution.HARGREAVES not in windy.substitutions


# --- what it stood on ----------------------------------------------------------


def test_a_whole_station_needs_no_substitution() -> None:
    assert et0(HOT, QUANG_NGAI).substitutions == ()


@pytest.mark.parametrize(
    ("lacking", "given", "by"),
    [
        (("humidity_min",), {}, "humidity_max_only"),
        (
            ("humidity_min", "humidity_max"),
            {"humidity_mean": 76.0},
            "humidity_mean_only",
        ),
        (("humidity_min", "humidity_max"), {}, "dew_point_is_tmin"),
        (("humidity_min", "humidity_max"), {"dew_point": 24.0}, None),
        (("solar",), {"sunshine": 8.0}, "radiation_from_sunshine"),
        (("solar",), {}, "radiation_from_temperature"),
        (("wind",), {}, "wind_is_2_m_s"),
    ],
)
def test_each_thing_that_lacks_is_named_and_changes_little(
    lacking: tuple[str, ...], given: dict[str, float], by: str | None
) -> None:
    changes: dict[str, Any] = dict.fromkeys(lacking) | given
    coast = replace(QUANG_NGAI, is_coastal=True)

    told = et0(replace(HOT, **changes), coast)

    assert told.substitutions == (() if by is None else (Substitution(by),))
    assert told.et0_mm == pytest.approx(5.12, abs=0.6)


def test_the_coast_has_more_sun_for_its_span_of_temperature() -> None:
    bare: DayWeather[float] = replace(HOT, solar=None)

    inland = et0(bare, replace(QUANG_NGAI, is_coastal=False)).et0_mm
    coast = et0(bare, replace(QUANG_NGAI, is_coastal=True)).et0_mm

    assert inland < coast


# --- what must hold ------------------------------------------------------------


@given(st.floats(10.0, 38.0), st.floats(0.0, 15.0), st.floats(0.0, 28.0))
def test_more_sun_never_takes_less_water(tmin: float, span: float, sun: float) -> None:
    day = replace(HOT, tmax=tmin + span, tmin=tmin, solar=sun)

    less, more = et0(day, QUANG_NGAI), et0(replace(day, solar=sun + 5.0), QUANG_NGAI)

    assert less.et0_mm < more.et0_mm
    assert -1.0 < less.et0_mm < 20.0


def test_more_wind_takes_more_water_from_dry_air() -> None:
    winds = np.array([0.0, 1.0, 2.0, 5.0, 10.0])
    dry = replace(HOT, humidity_max=40.0, humidity_min=20.0)

    found = [et0(replace(dry, wind=u), QUANG_NGAI).et0_mm for u in winds]

    assert found == sorted(found)


def test_a_series_gives_what_its_days_give() -> None:
    tmax, solar = np.array([33.4, 23.6, 37.9]), np.array([21.8, 7.9, 24.6])
    whole = DayWeather(
        day=np.array([152.0, 336.0, 196.0]),
        tmax=tmax,
        tmin=tmax - 7.0,
        solar=solar,
        wind=np.array([1.6, 2.4, 3.1]),
    )

    told = et0(whole, QUANG_NGAI)

    one_by_one = [
        et0(DayWeather(day=d, tmax=x, tmin=x - 7.0, solar=s, wind=u), QUANG_NGAI).et0_mm
        for d, x, s, u in zip(
            (152.0, 336.0, 196.0), tmax.tolist(), solar, (1.6, 2.4, 3.1), strict=True
        )
    ]
    assert told.et0_mm.tolist() == pytest.approx(one_by_one)
    assert told.substitutions == (Substitution.DEW_POINT_IS_TMIN,)


@pytest.mark.parametrize("shape", [(0,), (1,), (4,), (2, 3)])
def test_the_shape_of_a_series_is_kept(shape: tuple[int, ...]) -> None:
    days = DayWeather(
        day=np.full(shape, 152.0),
        tmax=np.full(shape, 33.0),
        tmin=np.full(shape, 25.0),
        solar=np.full(shape, 20.0),
        wind=np.full(shape, 2.0),
    )

    assert et0(days, QUANG_NGAI).et0_mm.shape == shape


def test_a_number_stays_a_float() -> None:
    told: Et0[float] = et0(HOT, QUANG_NGAI)

    assert type(told.et0_mm) is float
    assert type(hargreaves(30.0, 20.0, 35.0)) is float
    assert type(penman_monteith(10.0, 25.0, 2.0, 1.0, 0.19, 0.067)) is float


# --- bad input -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tmax": float("nan")}, "Tmax"),
        ({"tmax": None}, "Tmax"),
        ({"tmin": float("-inf")}, "Tmin"),
        ({"tmax": 20.0}, "Tmax minus Tmin"),
        ({"dew_point": 36.0}, "Tmax's saturation minus vapour pressure"),
        ({"vapour_pressure": 25.0}, r"vapour pressure \[kPa\]"),
        ({"humidity_max": 101.0}, "greatest humidity"),
        ({"solar": 252.0}, "solar radiation"),
        ({"solar": 45.0}, "top of the air"),
        ({"solar": float("nan")}, "solar radiation"),
        ({"wind": -1.0}, "wind speed"),
        ({"wind": float("nan")}, "wind speed"),
        ({"day": 0.0}, "day of the year"),
        ({"soil_heat": float("nan")}, "soil heat"),
    ],
)
def test_weather_that_cannot_be_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        et0(replace(HOT, **changes), QUANG_NGAI)


def test_a_gap_in_a_series_is_told_with_its_place() -> None:
    days = DayWeather(
        day=np.array([1.0, 2.0]),
        tmax=np.array([30.0, np.nan]),
        tmin=np.array([20.0, 20.0]),
        solar=np.array([20.0, 20.0]),
    )

    with pytest.raises(ValueError, match=r"Tmax \[°C\]: 1 of 2 values .* \[1\] nan"):
        et0(days, QUANG_NGAI)


@pytest.mark.parametrize("name", ["latitude", "elevation"])
@pytest.mark.parametrize("value", [None, float("nan"), 1e6])
def test_a_site_without_latitude_or_elevation_is_refused(
    name: str, value: float | None
) -> None:
    place: dict[str, Any] = {"latitude": 15.0, "elevation": 8.0} | {name: value}

    with pytest.raises(ValueError, match=f"{name} of the site"):
        Site(**place)


def test_wind_without_the_height_of_its_mast_is_refused() -> None:
    with pytest.raises(ValueError, match="wind_height of the site is missing"):
        et0(HOT, Site(latitude=15.0, elevation=8.0))


def test_radiation_by_temperature_asks_whether_the_sea_is_near() -> None:
    with pytest.raises(ValueError, match="is_coastal of the site is missing"):
        et0(replace(HOT, solar=None), QUANG_NGAI)
