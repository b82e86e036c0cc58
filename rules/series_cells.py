"""Cells of a table of measurements: columns' names, stamps and numbers.  Pure."""

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from rules.text import HERE
from telemetry.quantity import INSECT_COUNTS, QUANTITIES
from telemetry.series import PEST, STAGES, Z_LIMIT_CM
from telemetry.settings import ConfigError, unknown

RAIN: Final = "rain"  # a column of amounts [mm]; rain_total is their running total
MISSING: Final = frozenset({"nan", "na", "n/a", "null", "none", "-", "* * *"})
EPOCH_S_FROM: Final = 1e8  # s; 1973.  Less is a sheet's day number, not an epoch
EPOCH_MS_FROM: Final = 1e11  # s would be the year 5138; ms is 1973
MOST_MS: Final = 4_102_444_800_000  # 2100-01-01; later ones are no measurements

FORMS: Final[Mapping[str, str]] = {
    "iso": "2026-12-31 07:30",
    "zone": "2026-12-31T00:30Z",
    "day": "31/12/2026 07:30",
    "s": "seconds since 1970",
    "ms": "milliseconds since 1970",
}
"""Forms of a stamp, each by an example."""

_COLUMN: Final = re.compile(
    r"(?:(?P<sensor>[a-z0-9][a-z0-9_-]{0,39}):)?(?P<quantity>\w+)"
    r"(?:/(?P<pest>\w+)(?:/(?P<stage>\w+))?)?(?:@(?P<z>[+-]?\d{1,5}))?"
)
_DAY: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ ,T]+(\d{1,2}):(\d\d)(?::(\d\d))?)?"
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
MONTHS: Final = 12
_DATE_LETTERS: Final = 10  # of a date without an hour


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds, by its name: ``sensor:quantity/PEST/stage@z``."""

    sensor: str
    quantity: str
    z: int = 0
    pest: str | None = None
    stage: str | None = None
    is_amount: bool = False  # rain since the row before

    @property
    def name(self) -> str:
        """What a note calls it."""
        own = usual_sensor(self.quantity)
        return self.quantity if self.sensor == own else f"{self.sensor}:{self.quantity}"


def column(name: str) -> Column:
    """Read a column's name.

    Raises
    ------
    ValueError
        It is none of ours, with the remedy.

    Examples
    --------
    >>> column("soil_moisture@-10").z, column("t1:air_temperature").sensor
    (-10, 't1')
    >>> column("trap_count/LAPHEG/adult").pest
    'LAPHEG'
    """
    match = _COLUMN.fullmatch(name)
    if match is None:
        msg = "write it as quantity, sensor:quantity or quantity@z"
        raise ValueError(msg)
    quantity = match["quantity"]
    is_amount = quantity == RAIN
    if not is_amount and quantity not in QUANTITIES:
        near = difflib.get_close_matches(quantity, [*QUANTITIES, RAIN], n=1)
        msg = f"did you mean {near[0]!r}?" if near else "no quantity has this name"
        raise ValueError(msg)
    return checked(
        Column(
            sensor=match["sensor"]
            or usual_sensor("rain_total" if is_amount else quantity),
            quantity="rain_total" if is_amount else quantity,
            z=int(match["z"] or 0),
            pest=match["pest"],
            stage=match["stage"] or ("all" if match["pest"] else None),
            is_amount=is_amount,
        )
    )


def usual_sensor(quantity: str) -> str:
    """Name of the sensor of a column that names none."""
    return quantity.replace("_", "-")


def checked(one: Column) -> Column:
    """Return the column if its place and insect are sound, else ``ValueError``."""
    if abs(one.z) > Z_LIMIT_CM:
        msg = f"z = {one.z} cm is beyond ±{Z_LIMIT_CM}"
        raise ValueError(msg)
    if one.quantity in INSECT_COUNTS:
        if one.pest is None or not PEST.fullmatch(one.pest):
            msg = f"say which insect, as {one.quantity}/NILALU/nymph"
            raise ValueError(msg)
        if one.stage not in STAGES:
            msg = f"unknown stage {one.stage!r}; {unknown(str(one.stage), STAGES)}"
            raise ValueError(msg)
    elif one.pest is not None:
        msg = f"{one.quantity} is no count of insects"
        raise ValueError(msg)
    return one


def stamp(text: str, zone: timezone = HERE) -> tuple[int, str]:
    """UTC [ms since 1970] of a stamp, and its form; ``ValueError`` if it is none.

    Days stand before months.  What has no zone is of ``zone``.

    >>> stamp("1970-01-01 07:00"), stamp("1/1/1970 07:01")
    ((0, 'iso'), (60000, 'day'))
    >>> stamp("1767200400"), stamp("1767200400000")
    ((1767200400000, 's'), (1767200400000, 'ms'))
    """
    if text[4:5] == "-":
        at = datetime.fromisoformat(text)
        form = "zone"
        if at.tzinfo is None:
            at, form = at.replace(tzinfo=zone), "iso"
    elif "/" in text:
        match = _DAY.fullmatch(text)
        if match is None:
            raise ValueError(text)
        day, month, year, h, m, sec = (int(part or 0) for part in match.groups())
        at, form = datetime(year, month, day, h, m, sec, tzinfo=zone), "day"
    else:
        number = float(text)
        if abs(number) < EPOCH_S_FROM:
            raise ValueError(text)
        form = "ms" if abs(number) >= EPOCH_MS_FROM else "s"
        ms = round(number if form == "ms" else number * 1000)
        return _possible(ms), form
    return _possible((at - _EPOCH) // _MS), form


def refuse_months_first(text: str, where: str) -> None:
    """Refuse a table with a date that is one only if its month stands first.

    Its days up to the twelfth would be read as months, and nobody would notice.
    """
    match = _DAY.match(text)
    if match is not None and int(match[1]) <= MONTHS < int(match[2]):
        raise ConfigError([f"{where}: {text!r} has its month first; days go first"])


def _possible(ms: int) -> int:
    if not 0 <= ms <= MOST_MS:
        raise ValueError(ms)
    return ms


def is_date_only(text: str) -> bool:
    """Whether a stamp names a day and no hour."""
    return len(text) <= _DATE_LETTERS and not text.isdigit()


def number(text: str, *, has_comma: bool) -> float | None:
    """A cell's number, ``None`` where it says that there is none.

    ``ValueError`` where it is anything else.  ``has_comma``: 31,2 is a number.

    >>> number("31,2", has_comma=True), number("NaN", has_comma=False)
    (31.2, None)
    """
    if text.lower() in MISSING:
        return None
    value = float(text.replace(",", ".") if has_comma else text)
    if not math.isfinite(value) or "_" in text:
        raise ValueError(text)
    return value
