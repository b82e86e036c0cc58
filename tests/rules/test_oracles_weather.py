"""ET0 beside pyet, refet and pyfao56, over years of weather that others recorded.

Maricopa: K. R. Thorp, USDA-ARS, pyfao56, CC0; weather of AZMET.  Pasoh: Yao Tze Leong,
ForestGEO Climate Data Portal, CC BY 4.0; its third thermo-hygrometer is the sound one.
``pytest -s`` shows the greatest differences.
"""

import math
import warnings
from functools import cache
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from rules.models.daily_evapotranspiration import DayWeather, Substitution, et0
from rules.models.evapotranspiration import Site
from rules.models.hourly_evapotranspiration import asce_short
from rules.models.hourly_sky import LOW_SUN, HourWeather, last_high_sun, sky
from rules.models.humidity import from_humidity
from rules.models.kinds import Floats
from rules.models.radiation import per_day, per_hour
from rules.models.sun import sine_of_height
from tests.replay import data_folder

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # theirs
    import pandas as pd  # type: ignore[import-untyped]  # no stubs, as those below
    import pyet  # type: ignore[import-untyped]
    import refet  # type: ignore[import-untyped]
    from pyfao56.refet import (  # type: ignore[import-untyped]
        ascedaily,
        ascehourly,
    )

MARICOPA: Final = data_folder() / "maricopa_cotton_2022" / "azmet_daily_2003_2020.csv"
PASOH: Final = data_folder() / "pasoh_weather_2016" / "pasoh_2016_5min.csv.gz"
ARIZONA: Final = Site(latitude=33.069, elevation=361.0, wind_height=3.0)
MALAYA: Final = Site(
    latitude=2.98, elevation=100.0, wind_height=2.0, longitude=102.31, utc_offset=8.0
)
WIND_M_S: Final = 2.0  # Pasoh measures none
MOST_MM_D: Final = 0.05  # from pyet, on every day
MOST_MM_H: Final = 0.005  # from refet and pyfao56, in every hour
WHOLE: Final = 0.9  # least share of the samples of a day or an hour

pytestmark = pytest.mark.skipif(
    not MARICOPA.is_file() or not PASOH.is_file(),
    reason="CANHDONG_DATA has no recordings",
)


@cache
def maricopa() -> Any:
    table = pd.read_csv(MARICOPA)
    dates = table["Year"].astype(str) + table["DOY"].astype(str).str.zfill(3)
    return table.set_index(pd.to_datetime(dates, format="%Y%j"))


@cache
def pasoh() -> Any:
    """Five minutes each, by their begin."""
    names = ["AirTC_3_Avg", "RH_3", "SlrW_Avg"]
    table = pd.read_csv(PASOH, usecols=["TIMESTAMP", *names], index_col=0)
    table.index = pd.to_datetime(table.index) - pd.Timedelta("5min")
    table.columns = pd.Index(["temperature", "humidity", "watts"])
    table["humidity"] = table["humidity"].clip(upper=100.0)
    table["watts"] = table["watts"].clip(lower=0.0)  # the pyranometer's zero by night
    return table


def whole(step: str, samples: int) -> Any:
    """Which days or hours have enough samples."""
    return pasoh().resample(step).count().min(axis=1) >= WHOLE * samples


def report(what: str, ours: Floats, theirs: Any) -> float:
    apart = float(np.max(np.abs(ours - np.asarray(theirs, dtype=float))))
    print(f"{what}: {ours.size:,} values, at most {apart:.1e} mm apart")
    return apart


def by_pyet(table: Any, site: Site, wind: Any, **moist: Any) -> Any:
    return pyet.pm_fao56(
        (table["Tmax"] + table["Tmin"]) / 2,
        wind,
        rs=table["Srad"],
        tmax=table["Tmax"],
        tmin=table["Tmin"],
        elevation=site.elevation,
        lat=math.radians(site.latitude),
        clip_zero=False,
        **moist,
    )


# --- by the day ----------------------------------------------------------------


def test_et0_by_dew_point_is_that_of_others_on_every_day_of_eighteen_years() -> None:
    table = maricopa()
    day = {name: table[name].to_numpy(float) for name in table}
    dew = table["Tdew"]

    ours = et0(
        DayWeather(
            day=day["DOY"],
            tmax=day["Tmax"],
            tmin=day["Tmin"],
            dew_point=day["Tdew"],
            solar=day["Srad"],
            wind=day["Wndsp"],
        ),
        ARIZONA,
    )

    wind = table["Wndsp"] * 4.87 / math.log(67.8 * 3.0 - 5.42)
    vapour = 0.6108 * np.exp(17.27 * dew / (dew + 237.3))
    pyets = by_pyet(table, ARIZONA, wind, ea=vapour)
    fao56s = [
        ascedaily("S", 361.0, 33.069, d, r, x, n, tdew=t, wndsp=u, wndht=3.0)
        for d, r, x, n, t, u in zip(
            *(day[k] for k in ("DOY", "Srad", "Tmax", "Tmin", "Tdew", "Wndsp")),
            strict=True,
        )
    ]
    assert ours.substitutions == ()
    assert ours.et0_mm.shape == (6575,)
    assert report("pyet, Maricopa, dew point", ours.et0_mm, pyets) <= MOST_MM_D
    assert report("pyfao56, Maricopa", ours.et0_mm, fao56s) <= MOST_MM_D
    assert report("ETref of the set itself", ours.et0_mm, day["ETref"]) <= MOST_MM_D


def test_et0_by_both_humidities_is_pyets_on_every_day_of_eighteen_years() -> None:
    table = maricopa()
    day = {name: table[name].to_numpy(float) for name in table}

    ours = et0(
        DayWeather(
            day=day["DOY"],
            tmax=day["Tmax"],
            tmin=day["Tmin"],
            humidity_max=day["RHmax"],
            humidity_min=day["RHmin"],
            solar=day["Srad"],
            wind=day["Wndsp"],
        ),
        ARIZONA,
    )

    wind = table["Wndsp"] * 4.87 / math.log(67.8 * 3.0 - 5.42)
    theirs = by_pyet(table, ARIZONA, wind, rhmax=table["RHmax"], rhmin=table["RHmin"])
    assert report("pyet, Maricopa, humidities", ours.et0_mm, theirs) <= MOST_MM_D


@pytest.mark.slow
def test_et0_of_a_tropical_year_without_wind_is_pyets_with_two_metres_a_second() -> (
    None
):
    daily = pasoh().resample("1D")[["temperature", "humidity", "watts"]]
    is_whole = whole("1D", 288)
    high, low, mean = (
        table[is_whole] for table in (daily.max(), daily.min(), daily.mean())
    )
    table = pd.DataFrame({"Tmax": high["temperature"], "Tmin": low["temperature"]})
    table["Srad"] = per_day(mean["watts"].to_numpy())

    ours = et0(
        DayWeather(
            day=table.index.dayofyear.to_numpy(float),
            tmax=table["Tmax"].to_numpy(),
            tmin=table["Tmin"].to_numpy(),
            humidity_max=high["humidity"].to_numpy(),
            humidity_min=low["humidity"].to_numpy(),
            solar=table["Srad"].to_numpy(),
        ),
        MALAYA,
    )

    moist = {"rhmax": high["humidity"], "rhmin": low["humidity"]}
    theirs = by_pyet(table, MALAYA, WIND_M_S, **moist)
    assert ours.substitutions == (Substitution.WIND_IS_2_M_S,)
    assert len(table) >= 350
    assert report("pyet, Pasoh", ours.et0_mm, theirs) <= MOST_MM_D


# --- by the hour ---------------------------------------------------------------


def rows_of_hours() -> list[HourWeather[Floats]]:
    """Pasoh 2016 by the hour, cut where hours are missing."""
    means, is_whole = pasoh().resample("1h").mean(), whole("1h", 12)
    runs = means[is_whole].groupby((~is_whole).cumsum()[is_whole])
    return [
        HourWeather(
            day=run.index.dayofyear.to_numpy(float),
            clock=run.index.hour.to_numpy(float) + 0.5,
            temperature=run["temperature"].to_numpy(),
            humidity=run["humidity"].to_numpy(),
            wind=np.full(len(run), WIND_M_S),
            solar=per_hour(run["watts"].to_numpy()),
        )
        for _, run in runs
    ]


@pytest.mark.slow
def test_asce_hours_with_carried_clouds_are_pyfao56s_in_every_hour_of_a_year() -> None:
    for hours in rows_of_hours():
        clouds = last_high_sun(hours, MALAYA, before=1.0)

        ours = asce_short(hours, MALAYA, clouds)

        vapour = from_humidity(hours.temperature, hours.humidity)
        theirs, carried = [], 1.0
        for day, clock, solar, warmth, ea in zip(
            hours.day, hours.clock, hours.solar, hours.temperature, vapour, strict=True
        ):
            place = 100.0, 2.98, -102.31, -120.0  # their longitudes count westwards
            mm, carried = ascehourly(
                "S", *place, day, clock, solar, warmth,
                vapr=ea, wndsp=WIND_M_S, csreq="S", fcdpt=carried,
            )  # fmt: skip
            theirs.append(mm)
        assert report("pyfao56, Pasoh", ours.et0_mm, theirs) <= MOST_MM_H


def test_asce_hours_under_clear_low_suns_are_refets_where_both_call_them_low() -> None:
    for hours in rows_of_hours():
        ours = asce_short(hours, MALAYA, np.ones(len(hours.day)))

        theirs = refet.Hourly(
            tmean=hours.temperature,
            ea=from_humidity(hours.temperature, hours.humidity),
            rs=hours.solar,
            uz=hours.wind,
            zw=2.0,
            elev=100.0,
            lat=2.98,
            lon=102.31,
            doy=hours.day,
            time=hours.clock - 0.5 - 8.0,
            method="asce",
        ).eto()
        same = is_low_at_begin(hours) == (sky(hours, MALAYA).height < LOW_SUN)
        assert same.mean() > 0.9
        what = "refet, Pasoh, same hours of low sun"
        assert report(what, ours.et0_mm[same], theirs[same]) <= MOST_MM_H


def is_low_at_begin(hours: HourWeather[Floats]) -> NDArray[np.bool_]:
    """Whether refet calls the sun low: it looks when the hour begins."""
    angle = sky(hours, MALAYA).angle - np.pi / 24
    angle = (angle + np.pi) % (2 * np.pi) - np.pi
    return sine_of_height(2.98, hours.day, angle) < math.sin(LOW_SUN)
