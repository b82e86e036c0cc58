"""What ``canhdong sim`` reads: scripted values, and maps of recordings."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from drivers.poller import Device
from drivers.sim.rows import Column, Layout, Spot
from drivers.sim.sources import Curve
from telemetry import settings
from telemetry.settings import ConfigError, unknown

HOUR_MS: Final = 3_600_000


class CurveTable(msgspec.Struct, frozen=True, kw_only=True):
    """A value over time: points of [seconds, value], joined by lines or in steps."""

    points: list[Annotated[list[float], Meta(min_length=2, max_length=2)]]
    step: bool = False
    repeat_s: Annotated[float, Meta(gt=0)] | None = None


class ValuesFile(msgspec.Struct, frozen=True, kw_only=True):
    """``[sensors.NAME]`` with a number or a curve for each quantity."""

    version: Literal[1]
    sensors: dict[str, dict[str, float | CurveTable]]


class TimeTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[time]``: the column of stamps, its form and its distance from UTC."""

    column: str
    format: str = "%Y-%m-%d %H:%M:%S"
    utc_offset_h: Annotated[float, Meta(ge=-12, le=14)]


class ColumnTable(msgspec.Struct, frozen=True, kw_only=True):
    """``[columns."NAME"]``: whose value it is; cell * scale + offset gives the unit."""

    sensor: str
    quantity: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    accumulate: bool = False  # cells are amounts per row, the sensor counts them up


class ReplayMap(msgspec.Struct, frozen=True, kw_only=True):
    """The whole map of a recording."""

    version: Literal[1]
    time: TimeTable
    gaps: list[str] = msgspec.field(default_factory=lambda: ["", "NAN"])
    columns: dict[str, ColumnTable]


def spots(devices: Sequence[Device]) -> list[Spot]:
    """Every sensor and quantity that ``devices`` deliver."""
    return [(o.sensor, o.quantity) for device in devices for o in device.outlets]


def load_values(path: Path, devices: Sequence[Device]) -> dict[Spot, Curve]:
    """Read scripted values for sensors of ``devices``.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    file = settings.load(path, ValuesFile)
    known, curves, faults = spots(devices), {}, []
    for sensor, quantities in file.sensors.items():
        for quantity, given in quantities.items():
            place = f"{path}: sensors.{sensor}.{quantity}"
            try:
                spot = _spot(known, sensor, quantity)
                curves[spot] = _curve(given)
            except ValueError as fault:
                faults.append(f"{place}: {fault}")
    if faults:
        raise ConfigError(faults)
    return curves


def load_map(path: Path, devices: Sequence[Device]) -> Layout:
    """Read the map of a recording for sensors of ``devices``.

    Raises
    ------
    ConfigError
        With every fault of the map.
    """
    table = settings.load(path, ReplayMap)
    known = spots(devices)
    columns: dict[str, Column] = {}
    faults = list(_column_faults(table, known, columns))
    if faults:
        raise ConfigError(f"{path}: {fault}" for fault in faults)
    return Layout(
        where=str(path),
        time_column=table.time.column,
        time_format=table.time.format,
        utc_offset_ms=round(table.time.utc_offset_h * HOUR_MS),
        gaps=frozenset(table.gaps),
        columns=columns,
    )


def _column_faults(
    table: ReplayMap, known: Sequence[Spot], columns: dict[str, Column]
) -> Iterator[str]:
    """Fill ``columns`` and yield what is wrong with them."""
    taken: dict[Spot, str] = {}
    for name, column in table.columns.items():
        try:
            spot = _spot(known, column.sensor, column.quantity)
        except ValueError as fault:
            yield f"columns.{name}: {fault}"
            continue
        other = taken.setdefault(spot, name)
        if other != name:
            yield f"columns.{name}: {' '.join(spot)} is also {other}'s; keep one"
        columns[name] = Column(
            spot=spot,
            scale=column.scale,
            offset=column.offset,
            accumulate=column.accumulate,
        )


def _spot(known: Sequence[Spot], sensor: str, quantity: str | None) -> Spot:
    """The one spot that is meant, or ``ValueError`` with the remedy."""
    mine = [spot for spot in known if spot[0] == sensor]
    if not mine:
        msg = f"unknown sensor {sensor!r}; {unknown(sensor, {s for s, _ in known})}"
        raise ValueError(msg)
    if quantity is None and len(mine) == 1:
        return mine[0]
    if quantity is None:
        have = ", ".join(sorted(q for _, q in mine))
        msg = f"{sensor} has several quantities; say quantity = one of {have}"
        raise ValueError(msg)
    if (sensor, quantity) not in mine:
        msg = f"{sensor} has no {quantity!r}; {unknown(quantity, {q for _, q in mine})}"
        raise ValueError(msg)
    return sensor, quantity


def _curve(given: float | CurveTable) -> Curve:
    if isinstance(given, CurveTable):
        points = tuple((at, value) for at, value in given.points)
        return Curve(points=points, step=given.step, repeat_s=given.repeat_s)
    return Curve(points=((0.0, given),))
