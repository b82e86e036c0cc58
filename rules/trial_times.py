"""Times of a rule's test as people write them: 2027-01-20 00:00, +7d02h.  Pure."""

import re
from datetime import datetime
from typing import Final

from rules.text import HERE

MINUTE_MS: Final = 60_000
_SPAN: Final = re.compile(
    r"(?:(?P<d>[0-9]{1,5})d)?(?:(?P<h>[0-9]{1,5})h)?(?:(?P<m>[0-9]{1,5})m)?"
)
_MINUTES: Final = {"d": 1440, "h": 60, "m": 1}


def span(text: str) -> int | None:
    """A span of time, ``None`` if it is not one. [ms]

    >>> span("7d02h") == (7 * 24 + 2) * 3_600_000, span("7x"), span("")
    (True, None, None)
    """
    found = _SPAN.fullmatch(text)
    if found is None or not text:
        return None
    return MINUTE_MS * sum(
        minutes * int(found[unit] or 0) for unit, minutes in _MINUTES.items()
    )


def instant(text: str) -> int | None:
    """A local time in UTC, ``None`` if it is not one. [ms since 1970]

    >>> instant("1970-01-01 08:30") == 90 * MINUTE_MS
    True
    """
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=HERE)
    except ValueError:
        return None
    return round(moment.timestamp()) * 1000


def since(text: str, start_ms: int) -> int | None:
    """A time of a test since its start, given as ``+7d02h`` or as a local time. [ms]

    >>> since("+1h", 0), since("1970-01-01 08:00", 0)
    (3600000, 3600000)
    """
    if text.startswith("+"):
        return span(text[1:])
    found = instant(text)
    return None if found is None else found - start_ms


def offset(ms: int) -> str:
    """A span as ``since`` reads it.

    >>> offset((7 * 24 + 2) * 3_600_000), offset(5_400_000), offset(0)
    ('+7d02h', '+1h30m', '+0h')
    """
    minutes = round(ms / MINUTE_MS)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    told = f"{days}d" * (days > 0)
    if hours or not (days or minutes):
        told += f"{hours:02d}h" if days else f"{hours}h"
    return f"+{told}{minutes}m" if minutes else f"+{told}"
