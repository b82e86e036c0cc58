"""What would have given a number or an answer in silence, and is refused."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import numpy as np
import pytest

from rules.models import (
    arrays,
    awd,
    blastam,
    crop_coefficients,
    degree_days,
    epirice,
    fruit_flies,
    hourly_sky,
    humidity,
    kinds,
    magarey,
    onion_mildew,
    salinity,
    soil_water,
    trap_peaks,
    trend,
    water,
)
from rules.models.daily_evapotranspiration import DayWeather, et0
from rules.models.degree_days import Development
from rules.models.evaporation_layer import evaporation_layer
from rules.models.evapotranspiration import Site
from rules.models.fruit_flies import Visit
from rules.models.hourly_sky import HourWeather
from rules.models.magarey import PATHOGENS, Pathogen
from rules.models.soils import Soil
from rules.models.trap import Catch

NAN: Final = math.nan
FIVE: Final = np.full(5, 5.0)
ROW: Final = list(range(48))
ANY: Final[Any] = None
GRAPE: Final = PATHOGENS["Plasmopara viticola"]
QUIET: Final = Visit(flies=8, traps=4, days=7)
SITE: Final = Site(
    latitude=15.1, elevation=8, is_coastal=True, longitude=108.8, utc_offset=7
)
EVER: Final[Any] = "Early"


def hours(days: list[float], clocks: list[float]) -> HourWeather[kinds.Floats]:
    """Hours at clocks of days, in other respects alike."""
    same = dict.fromkeys(("temperature", "humidity", "wind", "solar"), np.ones(2))
    return HourWeather(day=np.array(days), clock=np.array(clocks), **same)


def rainy_days(events: Any) -> Any:
    return soil_water.balance(10, FIVE, 100, 0.5, rain_mm=9.0, events=events)


def crust(events: Any) -> Any:
    soil = Soil(theta_fc=0.25, theta_wp=0.1, rew_mm=9)
    k = {"kcb": FIVE / 50, "kcmax": FIVE / 5, "fc": FIVE / 50}
    return evaporation_layer(FIVE, FIVE, [], soil=soil, events=events, **k)


@pytest.mark.parametrize(
    "asked",
    [
        lambda: water.to_do(NAN, 30),
        lambda: water.to_do(0, NAN),
        lambda: water.to_do(-30, 30, NAN),
        lambda: awd.held(NAN),
        lambda: trend.reaches(ROW, [-0.1 * h for h in ROW], NAN, 47),
        lambda: trend.reaches(ROW, [-0.1 * h for h in ROW], -7, NAN),
        lambda: onion_mildew.sporulates(20, 97, 0, has_dew=None),
        lambda: onion_mildew.sporulates(20, 97, 0, has_dew=NAN),
        lambda: onion_mildew.sporulates(20, 0.97, 0),  # of 1, not of 100
        lambda: Development(threshold_c=NAN, constant_dd=50, source=""),
        lambda: Development(threshold_c=10, constant_dd=NAN, source=""),
        lambda: Development(threshold_c=10, constant_dd=5, source="").in_an_hour(NAN),
        lambda: degree_days.hourly([20.0], 10, NAN),
        lambda: degree_days.hourly([20.0], 30, 10),
        lambda: blastam.classify(12, 21, math.inf),
        lambda: magarey.spells(GRAPE, [1, 0, 1], [20.0] * 3, ANY or NAN),
        lambda: Pathogen(tmin_c=1, topt_c=20, tmax_c=math.inf, wmin_h=1, wmax_h=2),
        lambda: Pathogen(tmin_c=-math.inf, topt_c=20, tmax_c=30, wmin_h=1, wmax_h=2),
        lambda: fruit_flies.change([QUIET, Visit(flies=ANY or NAN, traps=4, days=7)]),
        lambda: fruit_flies.change([QUIET, Visit(flies=8, traps=ANY or NAN, days=7)]),
        lambda: rainy_days(EVER),
        lambda: crust(EVER),
        lambda: et0(DayWeather(day=9.0, tmax=22.0, tmin=12.0), SITE, EVER),
        lambda: humidity.from_mean_humidity(25.0, 18.0, 0.68),
        lambda: crop_coefficients.climate_adjusted(1.2, 2.0, 0.45, 1.0),
        lambda: epirice.wet_day(0.95, 0.0),
        lambda: salinity.relative_yield(1500.0, 1.7, 12),  # µS/cm
        lambda: salinity.from_irrigation(1500.0, 0.15),
        lambda: hourly_sky.before_sunset(hours([365, 10], [23.5, 0.5]), SITE, 0.6),
        lambda: hourly_sky.before_sunset(hours([200, 100], [12.5, 13.5]), SITE, 0.6),
    ],
)
def test_what_is_no_number_or_of_another_unit_or_order_is_refused(
    asked: Callable[[], object],
) -> None:
    with pytest.raises(ValueError, match=r"\w+ .*\w"):
        asked()


@pytest.mark.parametrize("days", [365.0, 366.0])
def test_the_new_year_is_no_break_in_a_row_of_hours(days: float) -> None:
    row = hours([days, 1], [23.5, 0.5])

    assert hourly_sky.before_sunset(row, SITE, 0.6).tolist() == [0.6, 0.6]


def test_masked_values_are_missing_and_not_what_stands_under_the_mask() -> None:
    masked = np.ma.masked_array([20, 999, 21], mask=[0, 1, 0])
    catches = np.ma.masked_array([5, 6, 5, 6, 5, 999], mask=[0] * 5 + [1])

    assert np.isnan(trap_peaks.rises(catches)[-1])
    with pytest.raises(ValueError, match=r"1 of 3 values are no numbers.* nan"):
        kinds.checked("T", masked)
    with pytest.raises(ValueError, match=r"1 of 3 values are no numbers.* nan"):
        arrays.classify([12, 12, 12], masked, [22, 22, 22])
    assert trap_peaks.by_night([Catch(date(2026, 3, 1), 2)])[1].tolist() == [2.0]


def test_drip_under_a_closed_canopy_exposes_no_more_than_is_bare() -> None:
    few = crop_coefficients.exposed_wetted(0.95, 0.4, drip=True)

    assert few == pytest.approx(0.05)
