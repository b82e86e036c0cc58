"""The recorded sites: which file and column is which of our quantities.

What is known of each set, and of its faults, stands in its own README.md.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from rules.history import HOUR_MS
from rules.recorded_sets import Part, Site
from rules.series_cells import Column, stamp

KNOT_M_S: Final = 1852 / 3600  # m/s; by definition
MPH_M_S: Final = 0.44704  # m/s; NIST SP 811
INCH_MM: Final = 25.4  # by definition
US_PER_DS: Final = 1000.0  # µS/cm of one dS/m


def _same(value: float) -> float:
    return value


def _times(factor: float) -> Callable[[float], float]:
    return lambda value: value * factor


def _of(sensor: str, quantity: str, z: int = 0, *, is_amount: bool = False) -> Column:
    return Column(sensor=sensor, quantity=quantity, z=z, is_amount=is_amount)


_PASOH: Final = Site(
    id="pasoh",
    folder="pasoh_weather_2016",
    parts=(
        Part(
            file="pasoh_2016_5min.csv.gz",
            time="TIMESTAMP",
            columns={  # the third sensor stays plausible, says its README
                _of("hc2", "air_temperature"): ("AirTC_3_Avg", _same),
                _of("hc2", "relative_humidity"): ("RH_3", _same),
                _of("li200x", "solar_radiation"): ("SlrW_Avg", _same),
                _of("gauge", "rain_total", is_amount=True): ("Rain_mm_Tot", _same),
            },
        ),
    ),
    is_ours=True,
    about="Malaysia, a clearing in rain forest, 2016",
)


def _singapore(station: str) -> Site:
    quantities: dict[str, tuple[Column, Callable[[float], float]]] = {
        "air-temperature": (_of("air", "air_temperature"), _same),
        "relative-humidity": (_of("air", "relative_humidity"), _same),
        "wind-speed": (_of("wind", "wind_speed"), _times(KNOT_M_S)),
        "rainfall": (_of("gauge", "rain_total", is_amount=True), _same),
    }
    return Site(
        id=f"singapore-{station.lower()}",
        folder="singapore_weather_1min_2016_2017",
        parts=tuple(
            Part(
                file=f"{name}.csv.gz",
                time="timestamp_sgt",
                columns={what: ("value", scale)},
                only=("station_id", station),
            )
            for name, (what, scale) in quantities.items()
        ),
        is_ours=True,
        about=f"Singapore, station {station}, December 2016 and January 2017",
    )


def _eastern(text: str) -> int:
    """A stamp of UTC as the clock of New York showed it, without summer time."""
    return stamp(text)[0] - 5 * HOUR_MS - 7 * HOUR_MS


def _noon(text: str) -> int:
    """Noon of a day that is told as year and day of the year."""
    year, day = text.split("-")
    return stamp(f"{date(int(year), 1, 1) + timedelta(days=int(day) - 1)} 12:00")[0]


def _new_york(airport: str) -> Site:
    return Site(
        id=f"nyc-{airport.lower()}",
        folder="nyc_airport_weather_2013",
        parts=(
            Part(
                file="weather.csv.gz",
                time="time_hour",
                columns={
                    _of("air", "air_temperature"): ("temp", lambda f: (f - 32) / 1.8),
                    _of("air", "relative_humidity"): ("humid", _same),
                    _of("wind", "wind_speed"): ("wind_speed", _times(MPH_M_S)),
                    _of("gauge", "rain_total", is_amount=True): (
                        "precip",
                        _times(INCH_MM),
                    ),
                },
                only=("origin", airport),
                clock=_eastern,
            ),
        ),
        about=f"New York, {airport}, summer of 2013",
    )


def _owc_soil(count: float) -> float:
    """Volumetric water content of a TEROS 12's counts, as its README says. [%]"""
    return 100 * (3.879e-4 * count - 0.6956)


_OWC: Final = Site(
    id="oldwomancreek",
    folder="oldwomancreek_soil_water_weather_2022",
    parts=(
        Part(
            file="owc_w_weather_climavue50.csv.gz",
            time="TIMESTAMP",
            columns={
                _of("climavue", "air_temperature"): ("AirT_C_Avg", _same),
                _of("climavue", "relative_humidity"): ("RH", _same),
                _of("climavue", "wind_speed"): ("WS_ms_S_WVT", _same),
                _of("climavue", "solar_radiation"): ("SlrFD_W_Avg", _same),
                _of("climavue", "rain_total", is_amount=True): ("Rain_mm_Tot", _same),
            },
        ),
        Part(
            file="owc_tr_soil_teros12_15min.csv.gz",
            time="TIMESTAMP",
            columns={
                _of("teros-1", "soil_moisture", -10): ("TerosB(1,1)", _owc_soil),
            },
        ),
    ),
    about="Ohio, the edge of a wet forest, spring and summer of 2022; not irrigated",
)

_MARICOPA: Final = Site(
    id="maricopa",
    folder="maricopa_cotton_2022",
    parts=(
        Part(
            file="soil_water_measured.csv",
            time="Year-DOY",
            columns={
                _of(f"tube-{depth}", "soil_moisture", -depth): (
                    f"SWC{n:02}",
                    _times(100),
                )
                for n, depth in enumerate((20, 40, 60, 80, 100), 1)
            },
            clock=_noon,
        ),
    ),
    is_watered=True,
    field_capacity=24.9,
    about="Arizona, irrigated cotton, 2022: soil water by the week",
)

_LOGAN: Final = Site(
    id="loganriver",
    folder="loganriver_labelled_2014",
    parts=(
        Part(
            file="FranklinBasin2014.csv.gz",
            time="datetime",
            columns={
                _of("intake", "water_conductivity"): (
                    "cond_cor",
                    _times(1 / US_PER_DS),
                )
            },
        ),
    ),
    about="Utah, a mountain river, 2014; taken as the water at an intake",
)

SITES: Final = (
    _PASOH,
    *map(_singapore, ("S107", "S116", "S117")),
    _OWC,
    *map(_new_york, ("EWR", "JFK", "LGA")),
    _MARICOPA,
    _LOGAN,
)
"""Every site that is recorded by the hour or oftener."""

NOT_LAID: Final[Mapping[str, str]] = {
    "taiwan_rice_blb_2018_2022": "weather by the day, in pieces of 19 days",
    "usses_decagon_clock_faults": "winters under snow, with clocks that jump",
    "farmsense_trap_2020": "a moth of pistachios; its rises are judged in tests/rules",
    "nmea0183_wind_capture": "some hours of wind on a ship",
}
"""Sets that no plot is laid over, and why."""
