"""The sky of an hour: sun, clouds, and what of them the night keeps.

By night, and with a low sun, radiation does not tell clouds.  FAO-56 [1]_ and
ASCE-EWRI [2]_ both keep the sky of an earlier hour, each in its own way.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998, chapter 4.
.. [2] ASCE-EWRI, "The ASCE standardized reference evapotranspiration equation",
   Reston, 2005; read in the sources of refet 0.5.0 and pyfao56 1.4.3.
"""

from dataclasses import dataclass
from typing import Final, Generic

import numpy as np
from numpy.typing import NDArray

from rules.models import sun
from rules.models.evapotranspiration import Site
from rules.models.kinds import Floats, Numeric, checked
from rules.models.longwave import CLOUDY, cloudiness
from rules.models.radiation import clear_sky

LOW_SUN: Final = 0.3  # rad; below, no ratio is taken, ASCE-EWRI text of eq. 45
BEFORE_SUNSET: Final = (0.52, 0.79)  # rad; 2 to 3 h before sunset, FAO-56 chapter 4
HOURLY: Final = (0.0, 5.2)  # MJ/m²/h; the solar constant gives 5.1 at the nearest sun


@dataclass(frozen=True, slots=True, kw_only=True)
class HourWeather(Generic[Numeric]):
    """Weather of an hour, or of many as arrays of one shape; nothing may lack."""

    day: Numeric  # day of the year, by the site's clock
    clock: Numeric  # h on that clock in the middle of the hour: 14.5 is 14 to 15 h
    temperature: Numeric  # °C, mean
    humidity: Numeric  # %, mean
    wind: Numeric  # m/s at the site's wind_height, mean
    solar: Numeric  # MJ/m²/h


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """What sun and clouds are in an hour."""

    angle: Floats  # ω [rad]
    height: Floats  # of the sun over the horizon [rad]
    top: Floats  # Ra [MJ/m²/h]
    clear: Floats  # Rso [MJ/m²/h]
    ratio: Floats  # Rs/Rso within its limits; 1 where the sun gives nothing


def sky(hour: HourWeather[Numeric], site: Site) -> Sky:
    """Sun and clouds of an hour by its radiation."""
    if site.longitude is None or site.utc_offset is None:
        msg = "hours need longitude and utc_offset of the site; give both"
        raise ValueError(msg)
    day = checked("day of the year", hour.day, *sun.DAY_OF_YEAR)
    clock = checked("middle of the hour [h]", hour.clock, 0.0, 24.0)
    Rs = checked("solar radiation [MJ/m²/h]", hour.solar, *HOURLY)
    angle = sun.hour_angle(day, clock, site.longitude, site.utc_offset)
    Ra = sun.extraterrestrial_of_hour(site.latitude, day, angle)
    Rso = np.asarray(clear_sky(Ra, site.elevation))
    ratio = np.divide(Rs, Rso, out=np.ones(np.shape(Rso)), where=Rso > 0)
    height = np.arcsin(sun.sine_of_height(site.latitude, day, angle))
    return Sky(
        angle=np.asarray(angle),
        height=np.asarray(height),
        top=np.asarray(Ra),
        clear=Rso,
        ratio=np.clip(ratio, *CLOUDY),
    )


def before_sunset(
    hours: HourWeather[Floats], site: Site, before: float | None = None
) -> Floats:
    """Rs/Rso that FAO-56 lets a night have, for hours in a row.

    Parameters
    ----------
    hours : HourWeather
        Arrays of one dimension, an hour from one to the next.
    site : Site
        With longitude and offset of its clock.
    before : float, optional
        The ratio of the evening before the first hour.

    Returns
    -------
    array
        For each hour the ratio of the last one whose middle has
        ωs - 0.79 ≤ ω ≤ ωs - 0.52, 2 to 3 h before sunset [1]_.

    Raises
    ------
    ValueError
        Hours not in a row, or a night first and ``before`` missing.
    """
    seen = sky(hours, site)
    to_sunset = sun.sunset_hour_angle(site.latitude, hours.day) - seen.angle
    is_then = (to_sunset >= BEFORE_SUNSET[0]) & (to_sunset <= BEFORE_SUNSET[1])
    return _carried(hours, seen.ratio, is_then, seen.height <= 0, before)


def last_high_sun(
    hours: HourWeather[Floats], site: Site, before: float | None = None
) -> Floats:
    """Factor of clouds that ASCE-EWRI lets a low sun have, for hours in a row.

    As ``before_sunset``, but the factor of eq. 45 [2]_ of the last hour in which the
    sun stood 0.3 rad high or higher.
    """
    seen = sky(hours, site)
    is_high = seen.height >= LOW_SUN
    return _carried(hours, cloudiness(seen.ratio), is_high, ~is_high, before)


def _carried(
    hours: HourWeather[Floats],
    values: Floats,
    is_told: NDArray[np.bool_],
    is_wanted: NDArray[np.bool_],
    before: float | None,
) -> Floats:
    """The last value that was told, at each hour."""
    _in_a_row(hours)
    last = np.maximum.accumulate(np.where(is_told, np.arange(len(values)), -1))
    unknown = is_wanted & (last < 0)
    if before is None and unknown.any():
        msg = (
            f"the first {int(unknown.sum())} hours without a sky of their own have no"
            " day before them; give before, or begin by day"
        )
        raise ValueError(msg)
    first = 1.0 if before is None else before
    return np.where(last < 0, first, values[np.maximum(last, 0)])


def _in_a_row(hours: HourWeather[Floats]) -> None:
    if np.ndim(hours.clock) != 1 or len(hours.clock) == 0:
        msg = "hours in a row must be arrays of one dimension with an hour at least"
        raise ValueError(msg)
    steps = np.diff(hours.day * 24.0 + hours.clock)
    is_new_year = (hours.day[1:] == 1) & (hours.day[:-1] >= 365)
    steps = np.where(is_new_year, steps % 24.0, steps)
    bad = np.flatnonzero(np.abs(steps - 1.0) > 0.01)  # h; clocks in fractions
    if len(bad):
        msg = (
            f"hours are not in a row at [{bad[0] + 1}]: {steps[bad[0]]:g} h after the"
            " one before; sort them and cut the series at its gaps"
        )
        raise ValueError(msg)
