"""A gentle field to pretend with: a month of weather, soil, water and insects.

Made up, and meant to look right on a screen: days and nights, showers, soil that
dries, a paddy that falls dry and is flooded again.  Nothing here is a model of
anything; the numbers are round figures for the Red River delta in spring.
"""

import math
import random
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HOURS: Final = 30 * 24  # the month after which it begins again
HOUR_MS: Final = 3_600_000
_LOCAL_HOURS: Final = 7  # Asia/Ho_Chi_Minh is UTC+7

_FLOODED_CM: Final = 5.0  # where the pump stops
_DRY_CM: Final = -15.0  # where it starts: safe alternate wetting and drying, IRRI
_PUMP_CM_H: Final = 1.5
_SEEP_CM_H: Final = 0.09
_FIELD_CAPACITY: Final = 38.0  # % by volume
_WILTING: Final = 16.0  # % by volume

# How far one sensor may stand from another, each way, in the quantity's unit.
_SPREAD: Final[Mapping[str, float]] = MappingProxyType(
    {
        "soil_moisture": 2.5,
        "soil_temperature": 0.4,
        "soil_conductivity": 40.0,
        "soil_ph": 0.2,
        "water_level": 0.8,
        "water_conductivity": 0.05,
        "air_temperature": 0.3,
        "relative_humidity": 1.5,
        "air_pressure": 0.2,
        "co2": 6.0,
        "battery_voltage": 0.1,
        "supply_voltage": 0.1,
        "enclosure_temperature": 0.8,
    }
)

_TOTALS: Final = frozenset(
    {"rain_total", "water_volume", "pulse_count", "trap_beam_breaks"}
)


class World:
    """Values of every quantity as a pure function of field time and ``seed``."""

    def __init__(self, seed: int = 0) -> None:
        self._tables = _month(random.Random(seed))  # noqa: S311  repeatable on purpose

    def value(self, sensor: str, quantity: str, at_ms: int) -> float | None:
        """What ``sensor`` would read; ``None`` for what the field does not have.

        ``at_ms`` is field time in UTC. [ms]  Values lie on straight lines between
        full hours; totals never fall.
        """
        table = self._tables.get(quantity)
        if table is None:
            return None
        hours = at_ms / HOUR_MS + _LOCAL_HOURS
        months, hour = divmod(hours, HOURS)
        before = int(hour)
        part = hour - before
        low, high = table[before], table[(before + 1) % HOURS]
        if quantity in _TOTALS:
            total = table[-1]
            high += total * (before + 1 == HOURS)
            count = months * total + low + part * (high - low)
            return count if quantity in ("rain_total", "water_volume") else int(count)
        share = zlib.crc32(sensor.encode()) / 2**31 - 1
        return low + part * (high - low) + share * _SPREAD.get(quantity, 0.0)


def _month(dice: random.Random) -> dict[str, list[float]]:
    """Hourly values of every quantity; totals count from the first hour."""
    rain = _showers(dice)
    wander = [dice.gauss(0, 1) for _ in range(HOURS // 24 + 1)]  # day to day
    tables: dict[str, list[float]] = {}
    for hour in range(HOURS):
        day, clock = divmod(hour, 24)
        mood = wander[day] + (wander[day + 1] - wander[day]) * clock / 24
        sun = max(0.0, math.sin(math.pi * (clock - 6) / 12))
        sun *= 0.25 if rain[hour] else 0.8 - 0.1 * mood
        for quantity, value in _weather(clock, sun, mood, rain[hour]).items():
            tables.setdefault(quantity, []).append(value)
    tables |= _water(rain, tables["solar_radiation"])
    tables["rain_total"] = _running(rain)
    breaks = [_insects(dice, hour % 24) for hour in range(HOURS)]
    tables["trap_beam_breaks"] = tables["pulse_count"] = _running(breaks)
    return tables


def _showers(dice: random.Random) -> list[float]:
    """Rain of each hour. [mm]"""
    rain = [0.0] * HOURS
    for day in range(HOURS // 24):
        if dice.random() < 0.3:
            begin = day * 24 + dice.choice((3, 4, 14, 15, 16, 17))
            for hour in range(begin, min(HOURS, begin + dice.randint(1, 4))):
                rain[hour] = round(dice.expovariate(1 / 4.0), 1)
    return rain


def _weather(clock: int, sun: float, mood: float, rain: float) -> dict[str, float]:
    wave = math.cos(2 * math.pi * (clock - 14) / 24)  # 1 in the early afternoon
    air = 25.5 + 4.0 * wave + 1.2 * mood - (1.5 if rain else 0.0)
    humidity = min(99.0, 80.0 - 13.0 * wave + (12.0 if rain else 0.0))
    wind = 0.6 + 1.2 * sun + (1.5 if rain else 0.0)
    return {
        "air_temperature": air,
        "relative_humidity": humidity,
        "leaf_wetness": 100.0 if rain or humidity > 91.0 else 0.0,
        "air_pressure": 1009 - 1.5 * math.cos(math.pi * (clock - 4) / 6) + mood,
        "solar_radiation": 950.0 * sun,
        "illuminance": 105_000.0 * sun,
        "wind_speed": wind,
        "wind_gust": 1.8 * wind,
        "wind_direction": 135.0 + 20.0 * mood,
        "co2": 425.0 - 20.0 * sun - 10.0 * wave,
        "soil_temperature": 25.0 + 1.5 * math.cos(2 * math.pi * (clock - 18) / 24),
        "enclosure_temperature": air + 8.0 * sun,
        "battery_voltage": 12.6 + 0.9 * sun,
        "supply_voltage": 12.2 + 0.3 * sun,
        "soil_ph": 5.9,
        "water_conductivity": 0.55,
    }


def _water(rain: list[float], radiation: list[float]) -> dict[str, list[float]]:
    """Bucket of the upland soil, and the paddy that a pump floods again."""
    names = ("soil_moisture", "soil_conductivity", "water_level", "pump_state")
    tables: dict[str, list[float]] = {name: [] for name in names}
    moisture, level, is_pumping = 30.0, _FLOODED_CM, False
    pumped = []
    for fallen, sun in zip(rain, radiation, strict=True):
        loss = 0.03 + 0.0004 * sun  # mm an hour, evaporation and the rest
        moisture += 0.5 * fallen - loss * (moisture - _WILTING) / _FIELD_CAPACITY
        moisture = min(moisture, _FIELD_CAPACITY)
        is_pumping = level < _DRY_CM or (is_pumping and level < _FLOODED_CM)
        level += _PUMP_CM_H * is_pumping + fallen / 10 - loss / 10 - _SEEP_CM_H
        level = min(level, 10.0)  # the bund's spillway
        pumped.append(5.4 * is_pumping)  # m³ for a plot of 360 m² (one sào)
        row = (moisture, 250 + 14 * (moisture - _WILTING), level, float(is_pumping))
        for name, value in zip(names, row, strict=True):
            tables[name].append(value)
    return tables | {"water_volume": _running(pumped)}


def _insects(dice: random.Random, clock: int) -> float:
    """Beam breaks of one hour; moths fly in the first half of the night."""
    flying = {19: 6.0, 20: 14.0, 21: 11.0, 22: 7.0, 23: 4.0, 0: 2.0, 1: 2.0, 2: 1.0}
    return float(round(flying.get(clock, 0.0) * dice.uniform(0.4, 1.6)))


def _running(amounts: list[float]) -> list[float]:
    total, totals = 0.0, []
    for amount in amounts:
        total += amount
        totals.append(round(total, 3))
    return totals
