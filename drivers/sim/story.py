"""Eight days that the demo tells, and the five before them.  Pure.

A tropical field in which little happens by accident: warm days, a shower on the
first, rice that falls dry, and a night of moths on the sixth.  Nothing here is a
model of anything; the numbers are made up so that each rule has one clear case,
and are meant for sensors that are named as in the demo's config.

``story``   water passes -10 cm on day 7, thrice the moths in the night of day 6
``quiet``   neither: the paddy is flooded again in time
``faults``  quiet, but a hygrometer is stuck and a thermometer says 85 °C

A day begins at the begin, which should be midnight of the field.  A probe that
does not answer is not the world's doing: see ``canhdong sim --unplugged``.
"""

import math
import zlib
from types import MappingProxyType
from typing import Final, Literal

from drivers.sim.sources import Curve

Scenario = Literal["story", "quiet", "faults"]
SCENARIOS: Final[tuple[Scenario, ...]] = ("story", "quiet", "faults")

DAYS: Final = 8
DAY_S: Final = 86_400
DAY_MS: Final = 1000 * DAY_S
_LOCAL_HOURS: Final = 7  # Asia/Ho_Chi_Minh is UTC+7

FROZEN: Final = "humid-1"  # of faults: shows for ever what it showed on day 3
FROZEN_DAY: Final = 2.0
WRONG: Final = "air-1"  # of faults: from day 4 on it shows its power-on value
WRONG_DAY: Final = 3.5
POWER_ON_C: Final = 85.0  # Maxim DS18B20 datasheet, 19-7487: register at power-on

_MOTHS: Final = 25  # beam breaks of a usual night
_MOTHS_VARY: Final = 0.15  # share by which nights differ
_RISE_NIGHT: Final = 5  # the evening of day 6
_RISE: Final = 3
_FIRST_NIGHT: Final = -30  # the counter has been counting for so many nights
_FLIGHT: Final = Curve(points=((19, 0), (21, 0.5), (22, 0.75), (24, 0.92), (27, 1)))
"""Share of a night's moths that have come, by hours since its midnight of the day."""


def _days(*points: tuple[float, float], step: bool = False) -> Curve:
    return Curve(points=tuple((day * DAY_S, v) for day, v in points), step=step)


_LEVELS: Final = MappingProxyType(
    {  # cm by days since the begin; it falls, or a pump or shower lifts it
        "story": _days(
            *((-5, 3.5), (-0.9, -4.0), (-0.7, 2.2)),
            *((0.62, -0.3), (0.71, 0.15), (8, -13.7), (9, -15.6), (20, -28)),
        ),
        "quiet": _days(
            *((-5, 1.0), (-0.4, -5.5), (-0.1, 3.15)),
            *((0.62, 2.1), (0.71, 2.7), (6.0, -5.4), (6.25, 3.0), (20, -18)),
        ),
    }
)
_RAIN: Final = _days(  # mm since the gauge was started
    (-3.4, 54.0), (-3.3, 62.0), (0.62, 62.0), (0.71, 68.0)
)


class Story:
    """Values of every quantity from ``begin_ms`` on, UTC. [ms since 1970]"""

    def __init__(self, begin_ms: int, scenario: Scenario) -> None:
        self._begin_ms = begin_ms
        self._scenario = scenario

    def value(self, sensor: str, quantity: str, at_ms: int) -> float | None:
        """What ``sensor`` would read at ``at_ms``, UTC; ``None`` for what is not here.

        Levels waver a little from hour to hour, so that none looks stuck.
        """
        day = (at_ms - self._begin_ms) / DAY_MS
        if self._scenario == "faults":
            if sensor == FROZEN and day > FROZEN_DAY:
                at_ms, day = self._begin_ms + round(FROZEN_DAY * DAY_MS), FROZEN_DAY
            if sensor == WRONG and day > WRONG_DAY:
                return POWER_ON_C
        if quantity == "rain_total":
            return _RAIN.at(day * DAY_S)
        if quantity == "trap_beam_breaks":
            return self._moths(day)
        clock = (at_ms / 3_600_000 + _LOCAL_HOURS) % 24
        waver = _waver(f"{sensor}/{quantity}", at_ms // 3_600_000)
        if quantity == "water_level":
            plot = "story" if self._scenario == "story" else "quiet"
            level = _LEVELS[plot].at(day * DAY_S) or 0.0
            # the crop drinks by day: highest at six, lowest at eighteen
            return level + 0.15 * math.cos(math.tau * (clock - 6) / 24) + 0.04 * waver
        if quantity.startswith("soil_"):
            return _soil(sensor, quantity, day, clock) + 0.15 * waver
        return _weather(quantity, clock, waver)

    def _moths(self, day: float) -> float:
        """Beam breaks since the counter was started."""
        tonight = math.floor(day - 0.5)
        before = sum(self._night(n) for n in range(_FIRST_NIGHT, tonight))
        come = _FLIGHT.at((day - tonight) * 24) or 0.0
        return float(before + round(self._night(tonight) * come))

    def _night(self, night: int) -> int:
        """Moths from the noon of day ``night``, counted from 0, to the next."""
        usual = round(_MOTHS * (1 + _MOTHS_VARY * _waver("moths", night)))
        is_rise = self._scenario == "story" and night == _RISE_NIGHT
        return usual * _RISE if is_rise else usual


def _soil(sensor: str, quantity: str, day: float, clock: float) -> float:
    """Values at 10 cm: the onion is watered every third day, the maize waits."""
    sun = math.cos(math.tau * (clock - 6) / 24)
    onion = 32.0 - 1.2 * (day % 3)
    moisture = 0.3 * sun + (onion if sensor == "soil-a1" else 29.0 - 0.5 * day)
    if quantity == "soil_moisture":
        return moisture
    if quantity == "soil_temperature":
        return 25.5 + 1.5 * math.cos(math.tau * (clock - 18) / 24)
    return 14.0 * moisture  # µS/cm: wetter soil conducts better


def _weather(quantity: str, clock: float, waver: float) -> float | None:
    """A day like the one before: mean 25.5 °C, leaves wet for a while at dawn."""
    wave = math.cos(math.tau * (clock - 14) / 24)  # 1 in the early afternoon
    is_dew = 3.0 <= clock < 5.5
    return {
        "air_temperature": 25.5 + 4.0 * wave + 0.3 * waver,
        "relative_humidity": 80.0 - 12.0 * wave + 1.5 * waver,
        "air_pressure": 1009.0 - 1.5 * math.cos(math.pi * (clock - 4) / 6) + waver / 4,
        "leaf_wetness": (70.0 if is_dew else 4.0) + 3.0 * waver,
        "supply_voltage": 12.3 + 0.2 * wave + 0.02 * waver,
    }.get(quantity)


def _waver(name: str, number: int) -> float:
    """A number between -1 and 1 that is always the same."""
    return zlib.crc32(f"{name}/{number}".encode()) / 2**31 - 1
