"""What only shows when rows are held against each other and against the registry."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from province.registry.cells import Value
from province.registry.merging import Held
from province.registry.reading import Reading, Row
from province.registry.records import ALL
from province.registry.sheets import Key, Record, many

HINTS: Final = 20  # nearest names looked for; each takes some 0.3 s beside 10,000 plots


def judge(readings: Mapping[str, Reading], held: Held) -> None:
    """Note the faults between rows; the readings are by the sheets' names."""
    for reading in readings.values():
        _judge_keys(reading)
    known = {name: _known(name, readings, held) for name in held}
    for reading in readings.values():
        _judge_references(reading, known)
    if "seasons" in readings:
        _judge_seasons(readings["seasons"], held)
    if "lots" in readings:
        _judge_lots(readings, held)


# --- keys and references -----------------------------------------------------------


def _judge_keys(reading: Reading) -> None:
    first: dict[Key, int] = {}
    for row in reading.rows:
        key = _key(reading, row)
        if key is None:
            continue
        if key in first:
            fact = f"{_said(key)} stands in row {first[key]} already; keep one"
            reading.blame(row.number, reading.sheet.key[-1], fact)
        first.setdefault(key, row.number)


def _key(reading: Reading, row: Row) -> Key | None:
    """Return a row's key, if its cells could be read."""
    if all(name in row.record for name in reading.sheet.key):
        return reading.sheet.key_of(row.record)
    return None


def _known(
    name: str, readings: Mapping[str, Reading], held: Held
) -> frozenset[Key] | None:
    """Return the keys that may be referred to; None where a file told only a part."""
    keys = set(held[name])
    if name in readings:
        reading = readings[name]
        if not reading.is_whole:
            return None
        keys |= {key for row in reading.rows if (key := _key(reading, row))}
    return frozenset(keys)


def _judge_references(
    reading: Reading, known: Mapping[str, frozenset[Key] | None]
) -> None:
    told: dict[tuple[str, Key], str] = {}  # one slip stands in many rows
    for row in reading.rows:
        for column, sheet, key in _references(reading.sheet.name, row.record):
            keys = known[sheet]
            if keys is None or key in keys:
                continue
            if (sheet, key) not in told:
                near = _nearest(key, keys) if len(told) < HINTS else None
                told[sheet, key] = _unknown(sheet, key, near)
            reading.blame(row.number, column, told[sheet, key])


def _references(sheet: str, record: Record) -> Iterable[tuple[str, str, Key]]:
    """Yield column, sheet and key of what a record refers to."""
    coop = record.get("coop")
    if sheet in ("plots", "seasons", "lots") and coop is not None:
        yield "coop", "cooperatives", (coop,)
    if sheet == "seasons" and coop is not None and "plot" in record:
        yield "plot", "plots", (coop, record["plot"])
    if sheet == "lots" and coop is not None:
        for season in many(record, "seasons"):
            yield "seasons", "seasons", (coop, season)
    if sheet == "recipients":
        for one in many(record, "coops"):
            if one != ALL:
                yield "coops", "cooperatives", (one,)


def _unknown(sheet: str, key: Key, near: str | None) -> str:
    hint = f"did you mean {near}?" if near else f"write it into {sheet}.csv"
    return f"{_said(key)} is not in {sheet}.csv nor in the registry; {hint}"


def _nearest(key: Key, known: Iterable[Key]) -> str | None:
    near = difflib.get_close_matches(_said(key), sorted(map(_said, known)), n=1)
    return near[0] if near else None


def _said(key: Key) -> str:
    return " ".join(map(repr, key))


# --- seasons and lots --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    """How long a season stands on its plot; ``row`` is None in the registry."""

    season: str
    sown: date
    harvested: date | None
    row: int | None

    @property
    def place(self) -> str:
        return "the registry" if self.row is None else f"row {self.row}"


def _judge_seasons(reading: Reading, held: Held) -> None:
    for row in reading.rows:
        sown, harvested = row.record.get("sown"), row.record.get("harvested")
        if isinstance(sown, date) and isinstance(harvested, date) and harvested < sown:
            fact = f"{harvested} is before it was sown, {sown}; swap them?"
            reading.blame(row.number, "harvested", fact)
    for stays in _stays(reading, held).values():
        stays.sort(key=lambda one: (one.sown, one.row or 0))
        _judge_stays(reading, stays)


def _stays(reading: Reading, held: Held) -> Mapping[Key, list[_Stay]]:
    """Return what stands on the plots that the file names, and on no other."""
    stays: dict[Key, list[_Stay]] = defaultdict(list)
    told: set[Key] = set()
    for row in reading.rows:
        key = _key(reading, row)
        if key is not None and key not in told:
            told.add(key)
            _add(stays, row.record, row.number)
    plots = set(stays)
    for key, record in held["seasons"].items():
        if key not in told and (record["coop"], record["plot"]) in plots:
            _add(stays, record, None)
    return stays


def _add(stays: dict[Key, list[_Stay]], record: Record, row: int | None) -> None:
    if not {"plot", "sown", "harvested"} <= record.keys():
        return
    sown, harvested = record["sown"], record["harvested"]
    if isinstance(sown, date) and isinstance(harvested, date | None):
        season = str(record["season"])
        stay = _Stay(season=season, sown=sown, harvested=harvested, row=row)
        stays[record["coop"], record["plot"]].append(stay)


def _judge_stays(reading: Reading, stays: list[_Stay]) -> None:
    """Note overlaps; ``stays`` of one plot, the earliest first."""
    longest = stays[0]
    for stay in stays[1:]:
        if longest.harvested is None or stay.sown < longest.harvested:
            _blame_overlap(reading, longest, stay)
        if longest.harvested is not None and (
            stay.harvested is None or stay.harvested > longest.harvested
        ):
            longest = stay


def _blame_overlap(reading: Reading, earlier: _Stay, later: _Stay) -> None:
    row, column = later.row, "sown"
    if row is None:
        row, column = earlier.row, "harvested"
    if row is None:
        return
    until = (
        "stands without a harvest date"
        if earlier.harvested is None
        else f"stands until {earlier.harvested}"
    )
    fact = (
        f"{earlier.season!r} ({earlier.place}) {until}, and {later.season!r}"
        f" ({later.place}) is sown {later.sown} on the same plot"
    )
    reading.blame(row, column, f"{fact}; correct one of the dates")


def _judge_lots(readings: Mapping[str, Reading], held: Held) -> None:
    seasons: dict[Key, Record] = dict(held["seasons"])
    if "seasons" in readings:
        told = readings["seasons"]
        seasons |= {key: row.record for row in told.rows if (key := _key(told, row))}
    for row in readings["lots"].rows:
        record, blame = row.record, readings["lots"].blame
        coop, old = record.get("coop"), held["lots"].get((record.get("lot"),))
        if old is not None and coop not in (None, old["coop"]):
            fact = f"{record['lot']!r} is a lot of {old['coop']!r} in the registry"
            blame(row.number, "lot", f"{fact}; give this one another name")
        for season in many(record, "seasons"):
            sown = seasons.get((coop, season), {}).get("sown")
            _judge_harvest(readings["lots"], row, season, sown)


def _judge_harvest(reading: Reading, row: Row, season: str, sown: Value) -> None:
    harvested = row.record.get("harvested")
    if isinstance(sown, date) and isinstance(harvested, date) and harvested < sown:
        fact = f"{harvested} is before its season {season!r} was sown, {sown}"
        reading.blame(row.number, "harvested", f"{fact}; correct one of them")
