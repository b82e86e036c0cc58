"""Insect traps that others recorded against our test for a rise; and the blight.

``blight_table`` and ``trap_table`` return the rows of a table, header first, for
tests and for the quality report; ``text`` sets one for people.  Nothing here was
fitted: EPIRICE's numbers are its authors', the trap's are those of
``rules.models.trap``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from rules.models import trap
from rules.models.kinds import Floats
from rules.models.trap_peaks import rises
from tests.rules.recorded_blight import (
    BLIGHT,
    BLIGHT_NOTE,
    BLIGHT_SOURCE,
    Row,
    blight_table,
    rows,
)

__all__ = [
    "BLIGHT",
    "BLIGHT_NOTE",
    "BLIGHT_SOURCE",
    "TRAPS",
    "TRAPS_NOTE",
    "TRAPS_SOURCE",
    "blight_table",
    "text",
    "trap_table",
]

TRAPS: Final = "farmsense_trap_2020"
TRAPS_SOURCE: Final = (
    "Burks, C. S. (2022), Comparison of Navel Orangeworm Adults Detected with Optical"
    " Sensors and Captured with Conventional Sticky Traps, AgriEngineering 4(2),"
    " 523-532, doi 10.3390/agriengineering4020035; data CC BY 4.0"
)
TRAPS_NOTE: Final = (
    "A visit's sticky traps have risen by the trap's own rule where it fits: twice the"
    " median of the visits within 21 nights before, and 10 insects.  A visit is found"
    " if a night in it stands out among the electronic captures.  The 21 nights without"
    " traps are missing, not zero.  Not a pest of Viet Nam: this is about the logic."
)
LOCAL: Final = timedelta(hours=-7)  # Pacific daylight time, to 1 November 2020
FIRST: Final = date(2020, 7, 10)  # the evening from which all traps stood
LAST: Final = date(2020, 10, 27)  # of the last capture
AWAY: Final = (date(2020, 9, 23), date(2020, 10, 14))  # no traps in the orchard
LURES: Final = ("Phero", "PPO", "Peterson")


def captures(folder: Path) -> dict[str, Floats]:
    """Captures of each night since ``FIRST`` by lure; NaN while no traps stood."""
    nights = (LAST - FIRST).days + 1
    found = {lure: np.zeros(nights) for lure in LURES}
    places = _places(folder)
    for row in rows(folder / "sensor_captures.csv"):
        stamp = datetime.fromisoformat(row["Capture Timestamp (UTC)"][:26])
        night = (stamp + LOCAL - timedelta(hours=12)).date()
        if FIRST <= night <= LAST:
            stood = [one for one in places[row["Sensor Name"]] if one[0] <= night]
            found[max(stood)[1]][(night - FIRST).days] += 1
    for counts in found.values():
        counts[(AWAY[0] - FIRST).days : (AWAY[1] - FIRST).days] = np.nan
    return found


def _places(folder: Path) -> dict[str, list[tuple[date, str]]]:
    """Where each sensor stood: since when, with which lure."""
    found: dict[str, list[tuple[date, str]]] = {}
    for row in rows(folder / "trap_positions.csv"):
        if row["SerialCode"]:
            begin = _american(row["StartDate"])
            found.setdefault(row["SerialCode"], []).append((begin, row["Lure"]))
    return found


def _american(text: str) -> date:
    month, day, year = (int(part) for part in text.split("/"))
    return date(2000 + year, month, day)


@dataclass(frozen=True, slots=True)
class Interval:
    """What sticky traps of one lure caught between two visits."""

    begin: date
    end: date
    count: int
    trap_nights: int

    @property
    def rate(self) -> float:
        """Insects per trap and night."""
        return self.count / self.trap_nights


def intervals(folder: Path, lure: str) -> list[Interval]:
    """Visits from ``FIRST`` on, oldest first."""
    found: dict[tuple[date, date], list[int]] = {}
    for row in rows(folder / "sticky_trap_counts.csv"):
        span = _american(row["Start_date"]), _american(row["End_date"])
        if row["Lure_type"] == lure and span[0] >= FIRST:
            found.setdefault(span, []).append(int(row["Count"]))
    return [
        Interval(begin, end, sum(counts), len(counts) * (end - begin).days)
        for (begin, end), counts in sorted(found.items())
    ]


def has_risen(visits: Sequence[Interval], at: int) -> bool | None:
    """The trap's own test where it fits visits: twice their median, no handful."""
    oldest = visits[at].begin - timedelta(days=trap.TRAILING)
    before = [one.rate for one in visits[:at] if one.end > oldest]
    if len(before) < 2:
        return None
    return bool(
        visits[at].rate >= trap.TIMES * np.median(before)
        and visits[at].count >= trap.FLOOR
    )


def trap_table(data: Path) -> list[Row]:
    """Rises of the electronic traps against those of sticky traps beside them."""
    by_lure = captures(data / TRAPS)
    table: list[Row] = [
        ("lure", "captures", "nights judged", "nights risen", "visits judged",
         "sticky rises", "found", "false", "rank correlation")
    ]  # fmt: skip
    for lure in LURES:
        counts, visits = by_lure[lure], intervals(data / TRAPS, lure)
        risen = rises(counts)
        hits, misses, false, judged = 0, 0, 0, 0
        for at, visit in enumerate(visits):
            nights = risen[_span(visit)]
            truth = has_risen(visits, at)
            if truth is None or not len(nights) or np.isnan(nights).mean() > 0.5:
                continue
            is_told = bool((nights > 0).any())
            judged += 1
            hits += truth and is_told
            misses += truth and not is_told
            false += is_told and not truth
        table.append(
            (
                lure,
                f"{np.nansum(counts):.0f}",
                str(int((~np.isnan(risen)).sum())),
                str(int((risen > 0).sum())),
                str(judged),
                str(hits + misses),
                str(hits),
                str(false),
                f"{_agreement(counts, visits):.2f}",
            )
        )
    return table


def _span(visit: Interval) -> slice:
    return slice((visit.begin - FIRST).days, (visit.end - FIRST).days)


def _agreement(counts: Floats, visits: Sequence[Interval]) -> float:
    """Spearman's rank correlation of captures per night and sticky rates."""
    pairs = [
        (float(np.nanmean(nights)), visit.rate)
        for visit in visits
        if len(nights := counts[_span(visit)]) and not np.isnan(nights).all()
    ]
    electronic, sticky = (_ranks(np.array(one)) for one in zip(*pairs, strict=True))
    return float(np.corrcoef(electronic, sticky)[0, 1])


def _ranks(values: Floats) -> Floats:
    """Ranks, ties in the middle of theirs."""
    below = (values[:, None] > values[None, :]).sum(axis=1)
    same = (values[:, None] == values[None, :]).sum(axis=1)
    return np.asarray(below + (same + 1) / 2, dtype=float)


def text(table: Sequence[Row]) -> str:
    """A table for people."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in table
    )
