"""Hourly ET0 by two standards, each by its name, and the sky that a night keeps."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest

from rules.models.evapotranspiration import Site
from rules.models.hourly_evapotranspiration import asce_short, fao56
from rules.models.hourly_sky import HourWeather, before_sunset, last_high_sun, sky
from rules.models.kinds import Floats

NDIAYE: Final = Site(
    latitude=16.2167, elevation=8.0, wind_height=2.0, longitude=-16.25, utc_offset=-1.0
)
QUANG_NGAI: Final = Site(
    latitude=15.12, elevation=8.0, wind_height=2.0, longitude=108.8, utc_offset=7.0
)
AFTERNOON: Final[HourWeather[float]] = HourWeather(
    day=274.0, clock=14.5, temperature=38.0, humidity=52.0, wind=3.3, solar=2.450
)
NIGHT: Final[HourWeather[float]] = HourWeather(
    day=274.0, clock=2.5, temperature=28.0, humidity=90.0, wind=1.9, solar=0.0
)


def days(count: int, first: float = 152.0) -> HourWeather[Floats]:
    """Whole days in a row with a bright sun, from midnight."""
    clock = np.tile(np.arange(24) + 0.5, count)
    bright = np.maximum(0.0, np.sin((clock - 6) / 12 * np.pi)) * 3.0
    return HourWeather(
        day=first + np.repeat(np.arange(float(count)), 24),
        clock=clock,
        temperature=24.0 + 2 * bright,
        humidity=95.0 - 12 * bright,
        wind=1.0 + bright / 2,
        solar=bright,
    )


# --- what is printed -----------------------------------------------------------


def test_example_19_ndiaye_from_two_to_three_in_the_afternoon() -> None:
    terms = fao56(AFTERNOON, NDIAYE)

    assert terms.et0_mm == pytest.approx(0.63, abs=0.005)
    assert terms.extraterrestrial == pytest.approx(3.543, abs=0.001)
    assert terms.clear_sky == pytest.approx(2.658, abs=0.001)
    assert terms.net_longwave == pytest.approx(0.137, abs=0.001)
    assert terms.net == pytest.approx(1.749, abs=0.001)
    assert terms.soil_heat == pytest.approx(0.175, abs=0.001)


def test_example_19_ndiaye_from_two_to_three_at_night() -> None:
    terms = fao56(NIGHT, NDIAYE, 0.8)

    assert terms.et0_mm == pytest.approx(0.0, abs=0.005)
    assert terms.net_longwave == pytest.approx(0.100, abs=0.001)
    assert terms.soil_heat == pytest.approx(-0.050, abs=0.001)


def test_the_two_standards_are_not_the_same() -> None:
    by_day = fao56(AFTERNOON, NDIAYE).et0_mm, asce_short(AFTERNOON, NDIAYE).et0_mm
    windy = replace(NIGHT, humidity=50.0, wind=5.0)
    by_night = fao56(windy, NDIAYE, 0.8).et0_mm, asce_short(windy, NDIAYE, 0.73).et0_mm

    assert by_day[0] < by_day[1]
    assert by_night[0] > by_night[1]


# --- the sky of the night ------------------------------------------------------


def test_a_night_keeps_the_ratio_of_two_to_three_hours_before_sunset() -> None:
    hours = days(2)

    kept = before_sunset(hours, QUANG_NGAI, before=0.5)

    own = sky(hours, QUANG_NGAI).ratio
    evening = next(i for i in range(12, 24) if kept[i] == own[i] != 0.5)
    assert 14 <= hours.clock[evening] <= 16.5
    assert (kept[:evening] == 0.5).all()
    assert (kept[evening : evening + 24] == own[evening]).all()


def test_a_low_sun_keeps_the_clouds_of_the_last_higher_one() -> None:
    hours = days(2)

    kept = last_high_sun(hours, QUANG_NGAI, before=0.4)

    high = sky(hours, QUANG_NGAI).height >= 0.3
    last = np.flatnonzero(high[:24])[-1]
    assert (kept[~high][:6] == 0.4).all()
    assert (kept[last:25] == kept[last]).all()


def test_a_dull_afternoon_makes_a_warmer_night() -> None:
    hours = days(1)
    dull = replace(hours, solar=np.where(hours.clock > 13, 0.3, 1) * hours.solar)

    def night(of: HourWeather[Floats]) -> float:
        ratio = before_sunset(of, QUANG_NGAI, before=0.6)
        return float(fao56(of, QUANG_NGAI, ratio).net_longwave[-3:].sum())

    assert night(dull) < night(hours)


def test_a_day_needs_no_sky_of_another_hour() -> None:
    assert fao56(AFTERNOON, NDIAYE, 0.3) == fao56(AFTERNOON, NDIAYE)


def test_a_new_year_is_no_gap() -> None:
    eve = days(2, first=365.0)
    turned = replace(eve, day=np.where(eve.day > 365, 1.0, 365.0))

    assert before_sunset(turned, QUANG_NGAI, before=0.6).shape == (48,)


# --- shapes --------------------------------------------------------------------


def test_hours_in_a_row_give_what_each_gives() -> None:
    hours = days(1)
    clouds = last_high_sun(hours, QUANG_NGAI, before=1.0)

    row = asce_short(hours, QUANG_NGAI, clouds).et0_mm

    for i in (0, 6, 12, 17, 23):
        values = {
            name: float(getattr(hours, name)[i])
            for name in ("day", "clock", "temperature", "humidity", "wind", "solar")
        }
        one: HourWeather[float] = HourWeather(**values)
        assert asce_short(one, QUANG_NGAI, clouds[i]).et0_mm == pytest.approx(row[i])
    assert 2 < row.sum() < 9


def test_a_number_stays_a_float_and_an_array_its_shape() -> None:
    grid: Any = {
        name: np.full((2, 3), getattr(AFTERNOON, name))
        for name in ("day", "clock", "temperature", "humidity", "wind", "solar")
    }

    assert type(fao56(AFTERNOON, NDIAYE).et0_mm) is float
    assert type(asce_short(AFTERNOON, NDIAYE).net) is float
    assert fao56(HourWeather(**grid), NDIAYE).et0_mm.shape == (2, 3)


# --- bad input -----------------------------------------------------------------


def test_a_night_that_nobody_tells_the_sky_of_is_refused() -> None:
    with pytest.raises(ValueError, match="1 hours tell no clouds; give a ratio"):
        fao56(NIGHT, NDIAYE)
    with pytest.raises(ValueError, match="1 hours tell no clouds; give a factor"):
        asce_short(NIGHT, NDIAYE)
    with pytest.raises(ValueError, match="no day before them; give before"):
        before_sunset(days(1), QUANG_NGAI)


@pytest.mark.parametrize("name", ["longitude", "utc_offset", "wind_height"])
def test_a_site_that_lacks_what_hours_need_is_refused(name: str) -> None:
    lacking: dict[str, Any] = {name: None}

    with pytest.raises(ValueError, match=name):
        fao56(AFTERNOON, replace(NDIAYE, **lacking))


@pytest.mark.parametrize("name", ["clock", "temperature", "humidity", "wind", "solar"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -300.0])
def test_an_hour_that_cannot_be_is_refused(name: str, value: float) -> None:
    changes: dict[str, Any] = {name: value}

    with pytest.raises(ValueError, match="must be a number"):
        fao56(replace(AFTERNOON, **changes), NDIAYE)


def test_watts_are_refused_where_energy_of_an_hour_is_asked() -> None:
    with pytest.raises(ValueError, match=r"solar radiation \[MJ/m²/h\] is 680"):
        fao56(replace(AFTERNOON, solar=680.0), NDIAYE)


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ([1, 0, 2], r"not in a row at \[1\]: -1 h"),
        ([0, 0, 1], r"not in a row at \[1\]: 0 h"),
        ([0, 1, 3], r"not in a row at \[2\]: 2 h"),
    ],
)
def test_hours_unsorted_repeated_or_missing_are_refused(
    order: list[int], told: str
) -> None:
    hours = days(1)
    picked: Any = {
        name: getattr(hours, name)[order]
        for name in ("day", "clock", "temperature", "humidity", "wind", "solar")
    }

    with pytest.raises(ValueError, match=told):
        last_high_sun(HourWeather(**picked), QUANG_NGAI, before=1.0)


def test_an_empty_row_of_hours_is_refused() -> None:
    none: Floats = np.array([])
    nothing = HourWeather(
        day=none, clock=none, temperature=none, humidity=none, wind=none, solar=none
    )

    with pytest.raises(ValueError, match="an hour at least"):
        before_sunset(nothing, QUANG_NGAI)
