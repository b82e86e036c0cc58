"""The forms of the recordings' files: how each is read, and what is known to be wrong.

A form reads one file into series in our units.  What is known comes from the sets'
own notes and labels, or from a sensor beside; nothing of it is shown to a check.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from rules.quality import consistency
from telemetry.quantity import QUANTITIES
from tests.recorded_soil import owc_soil, owc_well, usses
from tests.recordings import (
    GAPS,
    Agreement,
    Array,
    Series,
    numbers,
    rows,
    stamps,
    texts,
)

Reader = Callable[[Path, str | None], list[Series]]

MPH: Final = 0.44704  # m/s; NIST SP 811
KNOT: Final = 1852 / 3600  # m/s; by definition


def pasoh(path: Path, quantity: str | None) -> list[Series]:
    """Three thermo-hygrometers side by side; the third stays plausible all year."""
    table = rows(path)
    ms = stamps(texts(table, "TIMESTAMP"))
    columns = {
        "air_temperature": (["AirTC_Avg", "AirTC_2_Avg", "AirTC_3_Avg"], 5.0),
        "relative_humidity": (["RH", "RH_2", "RH_3"], 20.0),
    }
    found = []
    for name, (parts, apart) in columns.items():
        sensors = [numbers(table, part) for part in parts]
        for k, values in enumerate(sensors):
            bad = {f"over {apart:g} from sensor 3": abs(values - sensors[2]) > apart}
            if name == "relative_humidity":
                bad["over 100 %"] = values > 100
            else:
                bad["over 45 °C"] = values > 45
            found.append(
                Series(
                    name=f"{name} {k + 1}",
                    quantity=name,
                    ms=ms,
                    values=values,
                    bad=bad,
                    others=tuple(s for i, s in enumerate(sensors) if i != k),
                    apart=apart,
                )
            )
    return found


def owc_weather(path: Path, quantity: str | None) -> list[Series]:
    """An all-in-one weather station without known faults."""
    table = rows(path)
    ms = stamps(texts(table, "TIMESTAMP"))
    columns = {
        "air_temperature": "AirT_C_Avg",
        "relative_humidity": "RH",
        "air_pressure": "BP_mbar",
        "wind_speed": "WS_ms_S_WVT",
        "solar_radiation": "SlrFD_W_Avg",
    }
    speed, gust = (numbers(table, name) for name in ("WS_ms_S_WVT", "MaxWS_ms_Max"))
    pair = ("gust", consistency.gust, (gust, speed))
    return [
        Series(
            name=ours,
            quantity=ours,
            ms=ms,
            values=numbers(table, theirs),
            agrees=pair if ours == "wind_speed" else None,
        )
        for ours, theirs in columns.items()
    ]


LOGAN: Final = {
    "temp": (-5.0, 50.0),  # °C
    "cond": (0.0, 100_000.0),  # µS/cm
    "ph": (0.0, 14.0),
    "do": (0.0, 50.0),  # mg/L
    "turb": (0.0, 4000.0),  # NTU
    "stage": (-100.0, 1000.0),  # cm
}


def logan(path: Path, quantity: str | None) -> list[Series]:
    """A river with the codes that technicians gave."""
    table = rows(path)
    ms = stamps(texts(table, "datetime"))
    found = []
    for name, span in LOGAN.items():
        if f"{name}_qual" not in table[0]:
            continue
        codes = np.array([row[f"{name}_qual"] for row in table])
        known = sorted({code for code in codes if code not in GAPS}, key=float)
        found.append(
            Series(
                name=name,
                quantity=None,
                span=span,
                ms=ms,
                values=numbers(table, name),
                bad={f"code {code}": codes == code for code in known},
                is_learned=True,
            )
        )
    return found


def nyc(path: Path, quantity: str | None) -> list[Series]:
    """Hourly airports in American units."""
    table = rows(path)
    columns: Mapping[str, tuple[str, Callable[[Array], Array]]] = {
        "air_temperature": ("temp", lambda f: (f - 32) / 1.8),
        "relative_humidity": ("humid", lambda x: x),
        "wind_speed": ("wind_speed", lambda x: x * MPH),
        "air_pressure": ("pressure", lambda x: x),
    }
    found = []
    for place in sorted(set(texts(table, "origin"))):
        here = [row for row in table if row["origin"] == place]
        ms = stamps(texts(here, "time_hour"))
        dew, air, gust, wind = (
            numbers(here, name) for name in ("dewp", "temp", "wind_gust", "wind_speed")
        )
        agrees: dict[str, Agreement] = {
            "air_temperature": (
                "dew point",
                consistency.dew_point,
                ((dew - 32) / 1.8, (air - 32) / 1.8),
            ),
            "wind_speed": ("gust", consistency.gust, (gust * MPH, wind * MPH)),
        }
        for ours, (theirs, converted) in columns.items():
            values = converted(numbers(here, theirs))
            is_wind = ours == "wind_speed"  # a hurricane has 1-min winds below 100 m/s
            bad = {"faster than any storm": values > 100} if is_wind else {}
            found.append(
                Series(
                    name=f"{ours} {place}",
                    quantity=ours,
                    ms=ms,
                    values=values,
                    bad=bad,
                    agrees=agrees.get(ours),
                    group=f"{ours} {'EWR' if place == 'EWR' else 'others'}",
                )
            )
    return found


SINGAPORE: Final = {
    "air-temperature": ("air_temperature", 1.0),
    "relative-humidity": ("relative_humidity", 1.0),
    "wind-speed": ("wind_speed", KNOT),
}


def singapore(path: Path, quantity: str | None) -> list[Series]:
    """One quantity of several stations, every minute."""
    kind = path.name.partition(".")[0]
    if quantity is None and kind not in SINGAPORE:
        msg = f"{path.name}: name its --quantity; by name known: {', '.join(SINGAPORE)}"
        raise ValueError(msg)
    ours, scale = SINGAPORE.get(kind, (quantity, 1.0))
    table = rows(path)
    found = []
    for place in sorted(set(texts(table, "station_id"))):
        here = [row for row in table if row["station_id"] == place]
        values = numbers(here, "value") * scale
        found.append(
            Series(
                name=f"{ours} {place}",
                quantity=ours,
                ms=stamps(texts(here, "timestamp_sgt")),
                values=values,
                bad={"over 100 %": values > 100} if ours == "relative_humidity" else {},
                group=ours or "",
            )
        )
    return found


def plain(path: Path, quantity: str | None) -> list[Series]:
    """Any file whose first column is an ISO stamp, the second a number."""
    table = rows(path)
    first, *others = table[0]
    if not others:
        msg = f"a plain file has a stamp and a number, split by commas; not {first:.80}"
        raise ValueError(msg)
    second = others[0]
    known = quantity in QUANTITIES
    return [
        Series(
            name=quantity or second,
            quantity=quantity if known else None,
            span=None if known else (-1e12, 1e12),
            ms=stamps([row[first] for row in table]),
            values=numbers(table, second),
            is_learned=not known,
        )
    ]


FORMS: Final[Mapping[str, Reader]] = {
    "pasoh": pasoh,
    "owc-soil": owc_soil,
    "owc-well": owc_well,
    "owc-weather": owc_weather,
    "logan": logan,
    "nyc": nyc,
    "singapore": singapore,
    "usses": usses,
    "plain": plain,
}
