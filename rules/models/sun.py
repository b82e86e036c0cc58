"""Where the sun stands, and what it sends to the top of the air.

FAO-56 chapter 3 [1]_, by equation number; what is cut at sunrise and sunset is cut as
ASCE-EWRI has it [2]_.  Longitudes are positive **east**; the book prints them west.

References
----------
.. [1] R. G. Allen, L. S. Pereira, D. Raes, M. Smith, "Crop evapotranspiration", FAO
   Irrigation and Drainage Paper 56, Rome, 1998.
.. [2] ASCE-EWRI, "The ASCE standardized reference evapotranspiration equation",
   Reston, 2005.
"""

from typing import Final

import numpy as np

from rules.models.kinds import Floats, Numeric, checked, like

SOLAR: Final = 0.0820  # MJ/m²/min; solar constant, eq. 21
DAY_OF_YEAR: Final = (1.0, 366.0)  # d; 1 January to 31 December
LATITUDE: Final = (-90.0, 90.0)  # °; south is negative
LONGITUDE: Final = (-180.0, 180.0)  # °; west is negative
UTC_OFFSET_H: Final = (-12.0, 14.0)  # h; Baker Island to Kiribati


def relative_distance(day: Numeric) -> Numeric:
    """Inverse relative distance between earth and sun; FAO-56 eq. 23 [1]_.

    >>> round(relative_distance(246.0), 3)  # FAO-56 example 8
    0.985
    """
    J = checked("day of the year", day, *DAY_OF_YEAR)
    dr: Numeric = like(J, 1 + 0.033 * np.cos(2 * np.pi / 365 * J))  # eq. 23
    return dr


def declination(day: Numeric) -> Numeric:
    """Solar declination [rad]; FAO-56 eq. 24 [1]_.

    >>> round(declination(246.0), 2)  # FAO-56 example 8
    0.12
    """
    J = checked("day of the year", day, *DAY_OF_YEAR)
    delta: Numeric = like(J, 0.409 * np.sin(2 * np.pi / 365 * J - 1.39))  # eq. 24
    return delta


def sunset_hour_angle(latitude: float, day: Numeric) -> Numeric:
    """Hour angle of the sun at sunset [rad]; FAO-56 eq. 25 [1]_.

    0 where the sun stays below the horizon, π where it never sets; latitude in [°].

    >>> round(sunset_hour_angle(-20.0, 246.0), 3)  # FAO-56 example 8
    1.527
    """
    phi = np.radians(checked("latitude [°]", latitude, *LATITUDE))
    delta = declination(day)
    ws = np.arccos(np.clip(-np.tan(phi) * np.tan(delta), -1, 1))  # eq. 25
    out: Numeric = like(ws, ws)
    return out


def daylight_hours(latitude: float, day: Numeric) -> Numeric:
    """Longest possible sunshine of a day [h]; FAO-56 eq. 34 [1]_.

    >>> round(daylight_hours(-20.0, 246.0), 1)  # FAO-56 example 9
    11.7
    """
    ws = sunset_hour_angle(latitude, day)
    N: Numeric = like(ws, 24 / np.pi * ws)  # eq. 34
    return N


def extraterrestrial(latitude: float, day: Numeric) -> Numeric:
    """Radiation of a day at the top of the air.

    Parameters
    ----------
    latitude : float
        [°]  North is positive.
    day : float or array
        Day of the year, 1 to 366.

    Returns
    -------
    float or array, shape of ``day``
        Ra. [MJ/m²/d]

    Notes
    -----
    FAO-56 eq. 21 [1]_.

    Examples
    --------
    >>> round(extraterrestrial(-20.0, 246.0), 1)  # FAO-56 example 8
    32.2
    """
    J = checked("day of the year", day, *DAY_OF_YEAR)
    ws = sunset_hour_angle(latitude, J)
    Ra = 12 * 60 / np.pi * SOLAR * _light(latitude, J, -ws, ws)  # eq. 21
    out: Numeric = like(Ra, Ra)
    return out


# --- by the hour ---------------------------------------------------------------


def seasonal_correction(day: Numeric) -> Numeric:
    """How far the sun is ahead of the clocks [h]; FAO-56 eq. 32 and 33 [1]_.

    >>> round(seasonal_correction(274.0), 4)  # FAO-56 example 19
    0.1889
    """
    J = checked("day of the year", day, *DAY_OF_YEAR)
    b = 2 * np.pi * (J - 81) / 364  # eq. 33
    Sc = 0.1645 * np.sin(2 * b) - 0.1255 * np.cos(b) - 0.025 * np.sin(b)  # eq. 32
    out: Numeric = like(Sc, Sc)
    return out


def hour_angle(
    day: Numeric, clock: Numeric, longitude: float, utc_offset: float
) -> Numeric:
    """Hour angle of the sun, 0 when it stands highest.

    Parameters
    ----------
    day : float or array
        Day of the year, of the same clock.
    clock : float or array
        Time on the clock. [h]  From 0 to 24; of an hour its middle.
    longitude : float
        [°]  East is positive.
    utc_offset : float
        Of the clock. [h]  7 in Viet Nam.

    Returns
    -------
    float or array
        ω, from -π to π. [rad]

    Notes
    -----
    FAO-56 eq. 31 [1]_, with longitudes turned to east.

    Examples
    --------
    >>> round(hour_angle(274.0, 14.5, -16.25, -1.0), 3)  # FAO-56 example 19
    0.682
    """
    t = checked("time on the clock [h]", clock, 0.0, 24.0)
    east = checked("longitude [°]", longitude, *LONGITUDE)
    offset = checked("offset of the clock from UTC [h]", utc_offset, *UTC_OFFSET_H)
    ahead = (east - 15 * offset) / 15  # h; 0.06667 h a degree in the book
    omega = np.pi / 12 * (t + ahead + seasonal_correction(day) - 12)  # eq. 31
    omega = (omega + np.pi) % (2 * np.pi) - np.pi
    out: Numeric = like(omega, omega)
    return out


def extraterrestrial_of_hour(latitude: float, day: Numeric, angle: Numeric) -> Numeric:
    """Radiation of an hour at the top of the air.

    Parameters
    ----------
    latitude : float
        [°]
    day : float or array
        Day of the year.
    angle : float or array
        ω of the middle of the hour. [rad]

    Returns
    -------
    float or array
        Ra. [MJ/m²/h]

    Notes
    -----
    FAO-56 eq. 28 to 30 [1]_; an hour with sunrise or sunset counts from or to it,
    ASCE-EWRI eq. 56 [2]_.

    Examples
    --------
    >>> half_past_two = hour_angle(274.0, 14.5, -16.25, -1.0)
    >>> round(extraterrestrial_of_hour(16.2167, 274.0, half_past_two), 3)  # ex. 19
    3.543
    """
    omega = checked("hour angle [rad]", angle, -np.pi, np.pi)
    J = checked("day of the year", day, *DAY_OF_YEAR)
    ws = sunset_hour_angle(latitude, J)
    begin = np.clip(omega - np.pi / 24, -ws, ws)  # eq. 29
    end = np.clip(omega + np.pi / 24, -ws, ws)  # eq. 30
    Ra = 12 * 60 / np.pi * SOLAR * _light(latitude, J, begin, end)  # eq. 28
    out: Numeric = like(Ra, Ra)
    return out


def sine_of_height(latitude: float, day: Numeric, angle: Numeric) -> Numeric:
    """Sine of the sun's height over the horizon; ASCE-EWRI eq. 62 [2]_.

    >>> round(sine_of_height(90.0, 172.0, 0.0), 2)  # midsummer at the pole
    0.4
    """
    omega = checked("hour angle [rad]", angle, -np.pi, np.pi)
    phi = np.radians(checked("latitude [°]", latitude, *LATITUDE))
    delta = declination(day)
    height = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(omega)
    out: Numeric = like(height, height)
    return out


def _light(latitude: float, day: Floats, begin: Floats, end: Floats) -> Floats:
    """The bracket of eq. 28, with dr; never below 0, where rounding would take it."""
    phi = np.radians(checked("latitude [°]", latitude, *LATITUDE))
    delta = declination(day)
    light = (end - begin) * np.sin(phi) * np.sin(delta)
    light = light + np.cos(phi) * np.cos(delta) * (np.sin(end) - np.sin(begin))
    return np.asarray(np.maximum(relative_distance(day) * light, 0.0))
