"""What rules ask of evaporation: ET0 of yesterday, and the crop's share.

Each estimate that stands in for a measurement makes the answer doubtful, and is a
step of its own.
"""

from collections.abc import Mapping
from datetime import timedelta
from statistics import fmean
from typing import Final

from rules.asked_values import LATITUDE
from rules.asked_windows import yesterday
from rules.calendar import BY_ID
from rules.history import Hour
from rules.models import single_day, single_water
from rules.models.crops import CROPS, Crop
from rules.plot import Plot
from rules.scope import Scope
from rules.text import Measure
from rules.vocabulary import Value

ELEVATION_M: Final = 10.0  # m; the coastal plain, where the plot's is not told [D]
ANEMOMETER_M: Final = 2.0  # m; FAO-56's, where the sensor's z is too low to be one
LOWEST_ANEMOMETER_CM: Final = 50  # cm; below, the grass itself steers the wind [D]
ISLANDS: Final = frozenset({"ly-son"})  # places of the calendar
FAO: Final = "FAO-56"

STOOD_IN: Final[Mapping[str, tuple[str, str]]] = {
    single_day.HUMIDITY_IS_TMIN: (
        "Thiếu độ ẩm: lấy điểm sương bằng Tmin",
        "No humidity: the dew point is taken as Tmin",
    ),
    single_day.RADIATION_BY_SPAN: (
        "Thiếu bức xạ: ước từ biên độ nhiệt độ, vùng ven biển",
        "No radiation: estimated by the span of temperature, on a coast",
    ),
    single_day.WIND_IS_2_M_S: (
        "Thiếu gió: lấy 2 m/s",
        "No wind: taken as 2 m/s",
    ),
}
"""What stood in for what was not measured; FAO-56 chapter 3."""


def et0(scope: Scope) -> Value:
    """Reference evapotranspiration of yesterday. [mm/d]"""
    air = yesterday(scope, "air_temperature")
    if not air or scope.plot is None or scope.now.day is None:
        return None
    humid = _measured(scope, "relative_humidity")
    sun, wind = _measured(scope, "solar_radiation"), _measured(scope, "wind_speed")
    if not sun and _is_on_island(scope.plot):
        scope.lack("on a small island no temperature tells the sun: measure radiation")
        return None
    height_m, day = _height_m(scope), scope.now.day - timedelta(days=1)
    elevation_m = scope.plot.elevation_m
    weather = single_day.Day(
        day_of_year=day.timetuple().tm_yday,
        tmax=max(hour.high for hour in air),
        tmin=min(hour.low for hour in air),
        humidity=(max(h.high for h in humid), min(h.low for h in humid))
        if humid
        else None,
        solar=fmean(hour.mean for hour in sun) if sun else None,
        wind=fmean(hour.mean for hour in wind) if wind else None,
        wind_height_m=height_m,
    )
    try:
        found, stood_in = single_day.et0(
            weather, LATITUDE, ELEVATION_M if elevation_m is None else elevation_m
        )
    except ValueError as fault:  # weather that cannot be: a sensor is wrong
        scope.lack(f"ET0 of {day}: {fault}")
        return None
    scope.is_doubtful |= bool(stood_in) or elevation_m is None
    for name in stood_in:
        scope.step(*STOOD_IN[name], source=FAO)
    if elevation_m is None:
        scope.step("Thiếu độ cao: lấy 10 m", "No elevation: taken as 10 m")
    et0_mm = max(found, 0.0)  # below 0 is dew, which no crop drinks
    measure = Measure(et0_mm, "mm/d")
    scope.step("ET0 hôm qua", "ET0 of yesterday", measure, f"{FAO} eq. 6")
    return et0_mm


def _is_on_island(plot: Plot) -> bool:
    """Whether the plot's season is one of an island, where FAO-56 eq. 50 fails."""
    season = BY_ID.get(plot.season)
    return season is not None and season.place in ISLANDS


def _measured(scope: Scope, quantity: str) -> list[Hour]:
    """Yesterday's hours of a quantity that may be missing without a word."""
    before = len(scope.lacks)
    found = yesterday(scope, quantity)
    del scope.lacks[before:]
    return found


def _height_m(scope: Scope) -> float:
    place = scope.place("wind_speed")
    if place is not None and place.z >= LOWEST_ANEMOMETER_CM:
        return place.z / 100
    scope.is_doubtful |= place is not None
    return ANEMOMETER_M


def crop_et(scope: Scope) -> Value:
    """What the crop gives off where it lacks no water, Kc × ET0. [mm/d]"""
    crop = crop_of(scope)
    kc = None if crop is None else _kc(scope, crop)
    reference = None if kc is None else et0(scope)
    if kc is None or reference is None:
        return None
    etc = kc * reference
    measure = Measure(etc, "mm/d")
    scope.step("ETc = Kc × ET0", "ETc = Kc × ET0", measure, f"{FAO} eq. 58")
    return etc


def _kc(scope: Scope, crop: Crop) -> float | None:
    """Kc of today, of the middle of the season where its course is not known."""
    plot = scope.season_plot()
    if plot is None or crop.kc is None or scope.now.day is None:
        scope.lack(f"no crop coefficient is known of {plot.crop if plot else '?'}")
        return None
    if not crop.lengths or plot.sown is None or plot.duration_days is None:
        scope.is_doubtful = True
        scope.step(
            "Chưa rõ giai đoạn: lấy Kc lớn nhất, giữa vụ",
            "Stage unknown: Kc of mid-season, the greatest, is taken",
            Measure(crop.kc.mid, "1"),
            f"{FAO} table 12",
        )
        return crop.kc.mid
    lengths = crop.lengths[0].scaled_to(plot.duration_days)
    age = (scope.now.day - plot.sown).days
    if not 0 <= age <= lengths.total:
        scope.lack(f"today is outside the {plot.duration_days} d of the season")
        return None
    kc = single_water.kc_of_day(age, lengths, crop.kc)
    scope.step("Kc hôm nay", "Kc of today", Measure(kc, "1"), f"{FAO} eq. 66, table 12")
    return kc


def crop_of(scope: Scope) -> Crop | None:
    """The row of FAO-56 for the plot's crop."""
    name = scope.plot.crop if scope.plot is not None else ""
    if name not in CROPS:
        scope.lack(f"FAO-56 has no row for {name or 'this crop'}")
    return CROPS.get(name)
