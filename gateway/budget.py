"""Bytes of a metered link: a budget for each local day, and hours that stay quiet.

Pure.  A day is one of the local calendar as far as time is known, else 24 h of
field time.  Where the reckoning changes from one to the other, or time is set back,
what was spent stays spent: a budget is rather kept too well.
"""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal

from rules.text import HERE

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
LOCAL_MS: Final = int(HERE.utcoffset(None).total_seconds() * 1000)  # of UTC
LEAST_BYTES: Final = 200_000  # a day of hello, keepalive and a state of 1 kB in 15 min
_SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

Reason = Literal["budget", "quiet hours"]


@dataclass(frozen=True, slots=True)
class Spent:
    """How many bytes went in a day, and by which reckoning that day is counted."""

    day: int = 0
    is_local: bool = False  # else field time of a boot that has no other time
    count: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """What the link may cost."""

    daily_bytes: int | None = None
    quiet: tuple[int, int] | None = None  # minutes of the local day: from, to

    @property
    def is_set(self) -> bool:
        """Whether anything is limited at all."""
        return self.daily_bytes is not None or self.quiet is not None

    def holds_back(self, spent: Spent, utc_ms: int | None) -> Reason | None:
        """Why readings wait now, if they do; alerts, hello and health never do."""
        if self.daily_bytes is not None and spent.count >= self.daily_bytes:
            return "budget"
        if self.quiet is None or utc_ms is None:
            return None
        since, until = self.quiet
        minute = (utc_ms + LOCAL_MS) % DAY_MS // MINUTE_MS
        if since < until:
            is_quiet = since <= minute < until
        else:
            is_quiet = minute >= since or minute < until
        return "quiet hours" if is_quiet else None


def spend(spent: Spent, more: int, field_ms: int, utc_ms: int | None) -> Spent:
    """Add ``more`` bytes, in a new day from 0 on."""
    is_local = utc_ms is not None
    day = (field_ms if utc_ms is None else utc_ms + LOCAL_MS) // DAY_MS
    if is_local is spent.is_local and day > spent.day:
        return Spent(day, is_local, more)
    return replace(spent, day=day, is_local=is_local, count=spent.count + more)


def quiet_hours(text: str) -> tuple[int, int]:
    """Minutes of the day of ``"22:00-05:00"``.

    >>> quiet_hours("22:00-05:30")
    (1320, 330)

    Raises
    ------
    ValueError
        It is of another form, or spans no time.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        msg = 'write local hours such as "22:00-05:00"'
        raise ValueError(msg)
    hour, minute, to_hour, to_minute = map(int, found.groups())
    since, until = hour * 60 + minute, to_hour * 60 + to_minute
    if since == until:
        msg = "begins and ends at the same time; leave it out, or set daily_bytes"
        raise ValueError(msg)
    return since, until
