"""Hours on the clock: what the gateway measured, laid on whole hours of UTC.  Pure.

An hour of the buffer begins when the gateway's own field time says so, so hours of
two boots begin at different minutes and may share a clock hour.  An hour belongs
to the clock hour that holds its middle.  Viet Nam is seven whole hours ahead of
UTC: clock hours of one are clock hours of the other.

A *night* lasts from noon to noon and is named by the date of its evening.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from rules.history import HOUR_MS, Hour
from rules.text import HERE

EAST_H: Final = 7  # h; Viet Nam before UTC
FIRST_DAY: Final = date(1970, 1, 1).toordinal()
MEASURED: Final = 0.9  # least share of hours that makes a day; FAO-56 days likewise [D]


def by_clock(hours: Iterable[Hour]) -> dict[int, Hour]:
    """Hours that have values, by the number of their clock hour since 1970.

    >>> hour = Hour(7_260_000, 1, 20.0, 20.0, 20.0, 20.0, 20.0)  # 02:01
    >>> list(by_clock([hour]))
    [2]
    """
    found: dict[int, Hour] = {}
    for hour in sorted(hours, key=lambda hour: hour.begin_ms):
        if hour.n > 0:
            number = (hour.begin_ms + HOUR_MS // 2) // HOUR_MS
            found[number] = _joined(found[number], hour) if number in found else hour
    return found


def _joined(a: Hour, b: Hour) -> Hour:
    """Two parts of one clock hour, ``a`` before ``b``."""
    n = a.n + b.n
    return replace(
        a,
        n=n,
        mean=(a.mean * a.n + b.mean * b.n) / n,
        low=min(a.low, b.low),
        high=max(a.high, b.high),
        last=b.last,
        doubtful=a.doubtful + b.doubtful,
        missing=a.missing + b.missing,
    )


def amounts(totals: Mapping[int, Hour]) -> dict[int, float]:
    """What a counter has gained within each clock hour, unknown hours left out.

    A total that did not move over a gap proves the gap's hours to be zero.  One
    that rose over a gap, or fell, says nothing of the single hours.
    """
    found: dict[int, float] = {}
    before: int | None = None
    for number, hour in totals.items():
        if before is None:
            if hour.n > 1:
                found[number] = hour.last - hour.first
        else:
            gain = hour.last - totals[before].last
            if gain == 0:
                found.update(dict.fromkeys(range(before + 1, number + 1), 0.0))
            elif gain > 0 and number == before + 1:
                found[number] = gain
        before = number
    return found


def night_of(clock_hour: int) -> date:
    """Date of the evening of the night that holds ``clock_hour``."""
    return date.fromordinal(FIRST_DAY + (clock_hour + EAST_H - 12) // 24)


def night_over(now_ms: int) -> date:
    """Return the newest night that is over: at noon yesterday's is."""
    return night_of(now_ms // HOUR_MS) - timedelta(days=1)


def first_of(day: date, hour: int) -> int:
    """Clock hour that begins at ``hour`` o'clock of ``day`` in Viet Nam."""
    moment = datetime.combine(day, time(hour), tzinfo=HERE)
    return round(moment.timestamp()) * 1000 // HOUR_MS


def days_before(last: date, count: int) -> Iterator[date]:
    """The ``count`` days that end with ``last``, oldest first."""
    return (last - timedelta(days=back) for back in reversed(range(count)))
