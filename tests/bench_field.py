"""A field of fifty sensors and a season of weather, for the bench of the rules."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from math import cos, pi
from typing import Final

from rules.history import HOUR_MS, Place
from rules.plot import Plot

BEGIN_MS: Final = 1_767_200_400_000  # 2026-01-01 00:00 in Viet Nam, a whole hour of UTC
CROPS: Final = ("rice", "rice", "rice", "onion", "garlic", "maize", "chilli", "rice")
PERIOD_MS: Final = 60_000

Course = Callable[[int], float]
"""A value by the hour since ``BEGIN_MS``."""


def _day(low: float, high: float) -> Course:
    """A course of days, lowest at 05:00."""
    middle, half = (low + high) / 2, (high - low) / 2
    return lambda hour: middle - half * cos(2 * pi * (hour - 5) / 24)


def _steps(seed: int, share: float, most: float, hours: range = range(24)) -> Course:
    """A counter that now and then gains something, within some hours of the day."""
    rng, totals = random.Random(seed), [0.0]

    def total(hour: int) -> float:
        while len(totals) <= hour:
            is_more = len(totals) % 24 in hours and rng.random() < share
            totals.append(totals[-1] + (rng.uniform(0, most) if is_more else 0.0))
        return totals[hour]

    return total


STATION: Final[dict[str, Course]] = {
    "air_temperature": _day(19.0, 27.0),
    "relative_humidity": _day(98.0, 70.0),
    "rain_total": _steps(1, 0.03, 12.0),
    "wind_speed": _day(0.5, 3.5),
    "wind_gust": _day(1.0, 7.0),
    "solar_radiation": lambda hour: max(0.0, 700 * -cos(2 * pi * hour / 24)),
}
ON_PLOT: Final[dict[str, Course]] = {
    "leaf_wetness": lambda hour: 100.0 if hour % 24 < 7 or hour % 24 > 20 else 0.0,
    "soil_moisture": lambda hour: 12.0 - 0.02 * (hour % 240),
    "soil_temperature": _day(24.0, 27.0),
    "water_level": lambda hour: 5.0 - 0.1 * (hour % 220),
    "trap_beam_breaks": _steps(2, 0.9, 20.0, range(18, 23)),
    "water_conductivity": _day(0.3, 0.6),
}
OF_PROBE: Final[dict[str, Course]] = {"battery_voltage": _day(12.4, 13.2)}


def plots(crops: tuple[str, ...] = CROPS) -> list[Plot]:
    """One plot of each crop."""
    return [
        Plot(
            id=f"p{number}",
            name=f"thửa {number}",
            crop=crop,
            method="sa" if crop == "rice" else "",
            sown=date(2025, 12, 25),
            duration_days=105,
            soil="sand",
            elevation_m=5.0,
        )
        for number, crop in enumerate(crops, 1)
    ]


def channels(of: list[Plot], sensors: int) -> Iterator[tuple[Place, Course]]:
    """A station, a sensor of each quantity on each plot, and supplies for the rest."""
    for quantity, course in STATION.items():
        yield _place("station", quantity, of[0].id, z=200), course
    made = 1
    for plot in of:
        for quantity, course in ON_PLOT.items():
            if made == sensors:
                return
            name = f"{plot.id}-{quantity.replace('_', '-')}"
            yield _place(name, quantity, plot.id, z=-10), course
            made += 1
    for number in range(made, sensors):
        for quantity, course in OF_PROBE.items():
            yield _place(f"supply-{number}", quantity, of[0].id), course


def _place(sensor: str, quantity: str, plot: str, z: int = 0) -> Place:
    return Place(
        sensor=sensor,
        quantity=quantity,
        plot=plot,
        z=z,
        period_ms=PERIOD_MS,
        zero_on=date(2026, 1, 1) if quantity == "water_level" else None,
        bottom=-28.0 if quantity == "water_level" else None,
        rated=(0.0, 99.0),
        alarm_below=11.8 if quantity == "battery_voltage" else None,
    )


def hour_ms(hour: int) -> int:
    """UTC at the begin of an hour of the field."""
    return BEGIN_MS + hour * HOUR_MS
