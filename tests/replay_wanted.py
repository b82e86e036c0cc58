"""What the database should hold after a replay, worked out from the files alone.

With the ranges and steps of the devices' manuals, and without a line of the code
under test.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

Table = Mapping[str, Any]
Spot = tuple[str, str]
"""Sensor and quantity."""

Stamps = Mapping[int, float | None]
"""UTC [ns] and the value that should be stored there, ``None`` for a gap."""


@dataclass(frozen=True, slots=True)
class Meter:
    """Lowest and highest value that a device can show, and its step."""

    low: float
    high: float
    step: float


# Of the registers in the makers' manuals; µA for the current loops, whose ends
# are those of NAMUR NE 43; pulses for the counter.
METERS: Final = {
    ("cwt-soil-thc-s", "soil_moisture"): Meter(0, 6553.5, 0.1),
    ("cwt-soil-thc-s", "soil_temperature"): Meter(-3276.8, 3276.7, 0.1),
    ("cwt-soil-thc-s", "soil_conductivity"): Meter(0, 65_535, 1),
    ("qdy30a", "water_level"): Meter(-3276.8, 3276.7, 0.1),
    ("waveshare-analog-8ch", "loop"): Meter(3600, 21_000, 1),
    ("wb-mcm8", "pulses"): Meter(0, 2**32 - 1, 1),
}
HAS_GAPS: Final = {"waveshare-analog-8ch"}
"""Devices that can leave out one value; the others refuse to answer at all."""


@dataclass(slots=True)
class Wanted:
    """What should be stored of a recording, and how near."""

    stamps: dict[Spot, Stamps] = field(default_factory=dict)
    near: dict[Spot, float] = field(default_factory=dict)
    device: dict[Spot, str] = field(default_factory=dict)
    rows: int = 0


def wanted(
    gateway: Table, layout: Table, files: Sequence[Path], begin_ms: int, end_ms: int
) -> Wanted:
    """Work out what the database should hold."""
    rows = _joined(layout, files, begin_ms, end_ms)
    result = Wanted(rows=len(rows))
    for device, table in gateway["devices"].items():
        driver, period_ms = table["driver"], round(table["every_s"] * 1000)
        spots = _spots(gateway, layout, device)
        totals: dict[Spot, float] = {}
        shown = {
            at_ms: _shown(gateway, layout, driver, spots, cells, totals)
            for at_ms, cells in rows.items()
        }
        for spot in spots:
            result.device[spot] = device
            result.near[spot] = _nearness(gateway, driver, spot)
            result.stamps[spot] = {
                at_ms * 1_000_000: shown.get(at_ms, {}).get(spot)
                for at_ms in _polls(rows, period_ms)
            }
    return result


def _polls(rows: Iterable[int], period_ms: int) -> Iterator[int]:
    """Instants of every poll, and of every tick that found no row. [ms]"""
    due_ms: int | None = None
    for at_ms in rows:
        due_ms = at_ms if due_ms is None else due_ms
        if at_ms < due_ms:
            continue
        latest_ms = due_ms + (at_ms - due_ms) // period_ms * period_ms
        yield from range(due_ms, latest_ms, period_ms)
        yield at_ms
        due_ms = latest_ms + period_ms


def _shown(
    gateway: Table,
    layout: Table,
    driver: str,
    spots: Mapping[Spot, str],
    cells: Mapping[str, str],
    totals: dict[Spot, float],
) -> dict[Spot, float]:
    """What a device can tell of one row."""
    shown = {}
    for spot, name in spots.items():
        value = _value(cells, name, layout["columns"][name], spot, totals)
        if value is not None and _fits(gateway, driver, spot, value):
            shown[spot] = value
    return shown if driver in HAS_GAPS or len(shown) == len(spots) else {}


def _joined(
    layout: Table, files: Sequence[Path], begin_ms: int, end_ms: int
) -> dict[int, dict[str, str]]:
    """Cells by time; the first of two rows with one stamp counts."""
    zone_ms = round(layout["time"]["utc_offset_h"] * 3_600_000)
    form = layout["time"].get("format", "%Y-%m-%d %H:%M:%S")
    joined: dict[int, dict[str, str]] = {}
    for file in files:
        latest = -1
        with gzip.open(file, "rt", newline="") as text:
            for cells in csv.DictReader(text):
                local = datetime.strptime(cells[layout["time"]["column"]], form)  # noqa: DTZ007
                at_ms = round(local.replace(tzinfo=UTC).timestamp() * 1000) - zone_ms
                if at_ms > latest:
                    latest = at_ms
                    if begin_ms <= at_ms < end_ms:
                        joined.setdefault(at_ms, {}).update(cells)
    return dict(sorted(joined.items()))


def _spots(gateway: Table, layout: Table, device: str) -> dict[Spot, str]:
    """The columns that feed a device, by sensor and quantity."""
    found = {}
    for name, column in layout["columns"].items():
        sensor = gateway["sensors"][column["sensor"]]
        if sensor["device"] == device:
            quantity = column.get("quantity") or sensor["quantity"]
            found[column["sensor"], quantity] = name
    return found


def _value(
    cells: Mapping[str, str],
    name: str,
    column: Table,
    spot: Spot,
    totals: dict[Spot, float],
) -> float | None:
    cell = cells.get(name, "")
    if cell in ("", "NAN"):
        return None
    value: float = float(cell) * column.get("scale", 1) + column.get("offset", 0)
    if column.get("accumulate"):
        value = totals[spot] = totals.get(spot, 0.0) + value
    return value


def _line(gateway: Table, sensor: str) -> tuple[float, float] | None:
    """Slope and value at raw 0 of a sensor's scale."""
    scale = gateway["sensors"][sensor].get("scale")
    if scale is None:
        return None
    (r0, r1), (v0, v1) = scale["raw"], scale["value"]
    slope = (v1 - v0) / (r1 - r0)
    return slope, v0 - r0 * slope


def _meter(driver: str, quantity: str) -> Meter:
    kinds = {"waveshare-analog-8ch": "loop", "wb-mcm8": "pulses"}
    return METERS[driver, kinds.get(driver, quantity)]


def _nearness(gateway: Table, driver: str, spot: Spot) -> float:
    """Half a step of the device; the gateway rounds loops once more, by less."""
    step = _meter(driver, spot[1]).step
    line = _line(gateway, spot[0])
    return step * 0.5 + 1e-6 if line is None else step * abs(line[0]) * 0.56


def _fits(gateway: Table, driver: str, spot: Spot, value: float) -> bool:
    meter = _meter(driver, spot[1])
    line = _line(gateway, spot[0])
    raw: float = value + gateway["sensors"][spot[0]].get("zero", {}).get("value", 0)
    if line is not None:
        raw = (value - line[1]) / line[0]
    half = meter.step / 2
    return meter.low - half <= raw <= meter.high + half
