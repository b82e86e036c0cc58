"""A season of hours through every model: what ``bench_models`` measures.

A new model gets one line in ``MODELS``: its name, and what takes the season through it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from rules.models import (
    awd,
    blastam,
    comfort,
    daily_evapotranspiration,
    degree_days,
    dual_kc,
    epirice,
    epirice_diseases,
    hourly_evapotranspiration,
    magarey,
    onion_mildew,
    salinity,
    severity_values,
    soil_water,
    soils,
    trap_peaks,
)
from rules.models.crops import Coefficients, Lengths, Span
from rules.models.evapotranspiration import Site
from rules.models.hourly_sky import HourWeather
from rules.quality import defaults, history, ismn

Array = np.ndarray[Any, Any]

DAYS: Final = 120
HOUR_MS: Final = 3_600_000
SITE: Final = Site(  # a plot near Mộ Đức
    latitude=14.95,
    elevation=8.0,
    wind_height=2.0,
    is_coastal=True,
    longitude=108.9,
    utc_offset=7.0,
)
SOIL: Final = soils.Soil(theta_fc=0.30, theta_wp=0.15, rew_mm=9.0)
MAIZE: Final = dual_kc.Growth(
    lengths=Lengths(20, 35, 40, 25),
    kcb=Coefficients(0.15, 1.15, 0.5),
    height_m=Span(0.05, 2.0),
    roots_m=Span(0.2, 1.2),
    p=0.55,
)


class Season:
    """Hours of a warm, wet season, made up; the same in every run."""

    def __init__(self) -> None:
        """Draw them."""
        rng = np.random.default_rng(2)
        n = DAYS * 24
        hour = np.arange(n)
        wave = np.sin((hour % 24 - 8) / 24 * 2 * np.pi)
        self.day_of_year = 10.0 + hour // 24
        self.clock_h = hour % 24 + 0.5
        self.ms = hour * HOUR_MS
        self.air_c = 24 + 5 * wave + rng.normal(0, 0.5, n)
        self.rh = np.clip(82 - 15 * wave + rng.normal(0, 3, n), 30, 100)
        self.wet = (self.rh >= 90).astype(float)
        self.moisture = 30 + np.cumsum(rng.normal(0, 0.02, n))
        self.wind_m_s = np.abs(rng.normal(1.5, 0.8, n))
        self.solar_w_m2 = np.clip(800 * wave, 0, None)
        self.solar_mj = self.solar_w_m2 * 0.0036
        self.rain_mm = np.where(rng.random(n) < 0.03, rng.exponential(4, n), 0.0)
        self.clouds = np.full(n, 0.7)  # of the nights
        self.level_cm = 5 - 18 * (hour % 200) / 200
        self.catch = rng.poisson(20, DAYS).astype(float)
        self.ec_ds_m = np.abs(rng.normal(2, 1, n))

    def days(self, values: Array) -> Array:
        """Hours as (days, 24)."""
        return values.reshape(DAYS, 24)

    def mean(self, values: Array) -> Array:
        """Daily means."""
        means: Array = self.days(values).mean(axis=1)
        return means

    def total(self, values: Array) -> Array:
        """Daily sums."""
        sums: Array = self.days(values).sum(axis=1)
        return sums

    def et0_mm(self) -> Array:
        """Daily ET0."""
        air, rh = self.days(self.air_c), self.days(self.rh)
        day = daily_evapotranspiration.DayWeather(
            day=self.day_of_year[::24],
            tmax=air.max(axis=1),
            tmin=air.min(axis=1),
            humidity_max=rh.max(axis=1),
            humidity_min=rh.min(axis=1),
            solar=self.total(self.solar_mj),
            wind=self.mean(self.wind_m_s),
        )
        result: Array = daily_evapotranspiration.et0(day, SITE).et0_mm
        return result

    def hours(self) -> HourWeather[Any]:
        """What hourly ET0 takes."""
        return HourWeather(
            day=self.day_of_year,
            clock=self.clock_h,
            temperature=self.air_c,
            humidity=self.rh,
            wind=self.wind_m_s,
            solar=self.solar_mj,
        )


def _dual_kc(season: Season) -> None:
    least = season.days(season.rh).min(axis=1)
    wind = season.mean(season.wind_m_s)
    rain = season.total(season.rain_mm)
    dual_kc.season(season.et0_mm(), rain, least, wind, MAIZE, SOIL, 0.25)


def _bucket(season: Season) -> None:
    soil_water.balance(
        20.0, season.et0_mm(), 120.0, 0.5, rain_mm=season.total(season.rain_mm)
    )


def _awd(season: Season) -> None:
    state = None
    for at_ms, level_cm in zip(
        season.ms.tolist(), season.level_cm.tolist(), strict=True
    ):
        facts = awd.Facts(at_ms=at_ms, level_cm=level_cm, days_to_flowering=30.0)
        state = awd.step(state, facts)


def _epirice(season: Season) -> None:
    air, rh, rain = season.mean(season.air_c), season.mean(season.rh), season.rain_mm
    for disease in epirice_diseases.DISEASES.values():
        epirice.epidemic(disease, air, rh, season.total(rain))


def _magarey(season: Season) -> None:
    for pathogen in magarey.PATHOGENS.values():
        magarey.spells(pathogen, season.wet, season.air_c, 2)


def _severity(season: Season) -> None:
    wet = season.days(season.wet)
    mean_c, hours = severity_values.of_hours(wet, season.days(season.air_c))
    severity_values.tomcast(mean_c, hours)
    severity_values.wallin(mean_c, hours)


def _mildew(season: Season) -> None:
    warmest = season.days(season.air_c).max(axis=1)
    least = season.days(season.rh).min(axis=1)
    onion_mildew.sporulates(warmest, least, season.total(season.rain_mm))


def _blastam(season: Season) -> None:
    air = season.mean(season.air_c).tolist()
    for hours, mean_c in zip(season.total(season.wet).tolist(), air, strict=True):
        blastam.classify(int(hours), mean_c, mean_c)


def _checks(season: Season) -> None:
    series = {
        "air_temperature": season.air_c,
        "relative_humidity": season.rh,
        "soil_moisture": season.moisture,
        "wind_speed": season.wind_m_s,
        "solar_radiation": season.solar_w_m2,
    }
    for name, values in series.items():
        history.by_check(defaults.of(name, elevation_m=8), season.ms, values)


MODELS: Final[Mapping[str, Callable[[Season], object]]] = {
    "ET0 by day": Season.et0_mm,
    "ET0 by hour, FAO-56": lambda s: hourly_evapotranspiration.fao56(
        s.hours(), SITE, s.clouds
    ),
    "ET0 by hour, ASCE": lambda s: hourly_evapotranspiration.asce_short(
        s.hours(), SITE, s.clouds
    ),
    "wet bulb": lambda s: comfort.wet_bulb(s.air_c, s.rh, np.full(len(s.ms), 1010.0)),
    "heat index": lambda s: comfort.heat_index(s.air_c, s.rh),
    "single bucket": _bucket,
    "dual Kc": _dual_kc,
    "salinity": lambda s: salinity.relative_yield(s.ec_ds_m, 1.7, 12.0),
    "alternate wetting and drying": _awd,
    "degree-days": lambda s: degree_days.hourly(s.air_c.tolist(), 10.0, 35.0),
    "EPIRICE": _epirice,
    "Magarey": _magarey,
    "TOMCAST and Wallin": _severity,
    "onion downy mildew": _mildew,
    "BLASTAM": _blastam,
    "trap rises": lambda s: trap_peaks.rises(s.catch),
    "trap peaks": lambda s: trap_peaks.peaks(s.catch),
    "quality checks": _checks,
    "soil moisture network": lambda s: ismn.soil_moisture(
        s.moisture, saturation=48.0, water_mm=s.rain_mm
    ),
}
