"""Words for weather that a station measured, in Vietnamese and English.

The station may say "here 38.2 °C were measured: nắng nóng gay gắt".  Forecasts,
warnings and levels of disaster belong to the hydrometeorological service, and no word
here is one of them.  A word is of one place; the service gives it to a region.

Read in pages that quote the services, not in their regulations.  No word of salt: the
1 and 4 g/L of bulletins were found in no source.  No word of rain beyond "very heavy"
for the same reason.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from telemetry.quantity import QUANTITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word, and the measured values for which it is right.

    Exactly one of the thresholds is given, in the unit of the word's list.
    """

    vi: str
    en: str
    at_least: float | None = None
    above: float | None = None
    below: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a measured value has this word."""
        if self.at_least is not None:
            return value >= self.at_least
        if self.above is not None:
            return value > self.above
        return self.below is not None and value < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is measured, and its words from the mildest to the strongest."""

    about: str
    unit: str
    span: tuple[float, float]  # of values that are possible
    source: str
    words: tuple[Word, ...]

    def word(self, value: float) -> Word | None:
        """The strongest word that a measured value has, ``None`` if it has none.

        Raises
        ------
        ValueError
            The value is NaN, infinite or impossible.

        Examples
        --------
        >>> HEAT.word(38.2).vi, HEAT.word(34.9)
        ('nắng nóng gay gắt', None)
        """
        low, high = self.span
        if not (math.isfinite(value) and low <= value <= high):
            msg = f"{self.about} is {value}; it must be from {low:g} to {high:g}"
            raise ValueError(f"{msg} {self.unit}")
        return next((w for w in reversed(self.words) if w.holds(value)), None)


_AIR: Final = (QUANTITIES["air_temperature"].low, QUANTITIES["air_temperature"].high)
_WIND: Final = (QUANTITIES["wind_speed"].low, QUANTITIES["wind_speed"].high)
_RAIN: Final = (0.0, 2000.0)  # mm in 24 h; more was never measured anywhere [D]

HEAT: Final = Words(
    about="the day's greatest air temperature",
    unit="°C",
    span=_AIR,
    source="forecasts of the national centre for hydrometeorological forecasting:"
    " 35-37 and 37-39 °C; nld.com.vn 196240428101800043: 39-42 °C",
    words=(
        Word(at_least=35.0, vi="nắng nóng", en="hot"),
        Word(at_least=37.0, vi="nắng nóng gay gắt", en="very hot"),
        Word(at_least=39.0, vi="nắng nóng đặc biệt gay gắt", en="extremely hot"),
    ),
)

COLD: Final = Words(
    about="the day's mean air temperature",
    unit="°C",
    span=_AIR,
    source="the service's terms as danviet.vn 943090 has them",
    words=(
        Word(below=20.0, vi="rét", en="cold"),
        Word(below=15.0, vi="rét đậm", en="very cold"),
        Word(below=13.0, vi="rét hại", en="harmfully cold"),
    ),
)

COLD_FOR_RICE: Final = Words(
    about="the day's mean air temperature",
    unit="°C",
    span=_AIR,
    source="Crop Production Department by hoinongdan.org.vn 121481; an extension sheet",
    words=(
        Word(below=15.0, vi="không gieo cấy", en="do not sow or transplant"),
        Word(below=13.0, vi="thân lá lúa ngừng lớn", en="stems and leaves stop"),
        Word(
            below=10.0,
            vi="rễ lúa ngừng lớn, 7–10 ngày thì mạ chết",
            en="roots stop, 7 to 10 days of it kill seedlings",
        ),
    ),
)

RAIN: Final = Words(
    about="rain in 24 h",
    unit="mm",
    span=_RAIN,
    source="kttv.angiang.gov.vn, terms of the provincial service: 16-50, 51-100, > 100",
    words=(
        Word(at_least=16.0, vi="mưa vừa", en="moderate rain"),
        Word(at_least=51.0, vi="mưa to", en="heavy rain"),
        Word(above=100.0, vi="mưa rất to", en="very heavy rain"),
    ),
)

FORCES: Final = (
    *(0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2),  # forces 1 to 8
    *(20.8, 24.5, 28.5, 32.7, 37.0, 41.5, 46.2, 51.0, 56.1),  # 9 to 17
)
"""Least mean wind of each force from 1 on, 10 m above the ground [m/s]; the scale of
Beaufort to 17 as printed in Viet Nam (hhnghia0206.blogspot.com 2021/06, from
vnbaolut.com; 6 is 39 km/h, 8 is 62 km/h)."""


def force(mean_wind: float) -> int:
    """Force of the wind, 0 to 17, by its mean over 10 minutes.

    Parameters
    ----------
    mean_wind : float
        10 m above the ground. [m/s]  A mast of 2 m in the lee of trees reads less and
        gives a lower force.

    Returns
    -------
    int
        As in "gió cấp 6", "wind force 6".

    Raises
    ------
    ValueError
        The value is NaN, infinite or impossible.

    Examples
    --------
    >>> force(0.2), force(10.8), force(17.2)
    (0, 6, 8)
    """
    low, high = _WIND
    if not (math.isfinite(mean_wind) and low <= mean_wind <= high):
        msg = f"mean wind is {mean_wind}; it must be from {low:g} to {high:g} m/s"
        raise ValueError(msg)
    return bisect_right(FORCES, mean_wind)
