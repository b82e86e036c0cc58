"""What devices that know the time say, read into UTC.  Pure.

``since_epoch`` is a file of Linux's RTC class, ``cclk`` the answer of a modem
(3GPP TS 27.007, 8.15), ``sentence`` a line of a GPS receiver (NMEA 0183, RMC and
ZDA).  Whether an instant is possible is not judged here.
"""

import functools
import operator
import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

CENTURY: Final = 2000  # both name the year by two digits
QUARTER_MS: Final = 15 * 60_000  # the unit of a modem's zone, TS 27.007 8.15
ZONE_MOST: Final = 96  # quarters of an hour, TS 27.007 8.15: -96 to +96

_SINCE: Final = re.compile(r"\A(0|-?[1-9][0-9]{0,11})\n?\Z")
_CCLK: Final = re.compile(
    r'\+CCLK: ?"(\d\d)/(\d\d)/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d\d?)?"'
)
_SENTENCE: Final = re.compile(
    rb"\A\$([A-Z]{2}(RMC|ZDA),[ -)+-~]{1,100})\*([0-9A-F]{2})\r?\n?\Z"
)
_TIME: Final = re.compile(r"\A(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?\Z")


class NoTime(ValueError):
    """It was read, and tells no time; with the reason."""


def since_epoch(text: str) -> int:
    r"""UTC of ``/sys/class/rtc/rtcN/since_epoch``. [s since 1970]

    >>> since_epoch("1795294053\n")
    1795294053
    """
    match = _SINCE.match(text)
    if match is None:
        msg = f"{text[:40]!r} is no number of seconds"
        raise NoTime(msg)
    return int(match[1])


def cclk(text: str) -> int:
    r"""UTC of the answer to ``AT+CCLK?``, local time with its zone. [ms since 1970]

    >>> cclk('AT+CCLK?\r\r\n+CCLK: "26/11/22,10:05:00+28"\r\n\r\nOK\r\n')
    1795316700000
    """
    match = _CCLK.search(text)
    if match is None:
        msg = f"{text.strip()[:60]!r} is no answer to AT+CCLK?"
        raise NoTime(msg)
    if match[7] is None:
        msg = f"{match[0]} has no zone: the network has not told the modem the time"
        raise NoTime(msg)
    quarters = int(match[7])
    if abs(quarters) > ZONE_MOST:
        msg = f"{match[0]} has an impossible zone"
        raise NoTime(msg)
    year, month, day, hour, minute, second = (int(match[n]) for n in range(1, 7))
    local_ms = _utc_ms(CENTURY + year, month, day, hour, minute, float(second))
    return local_ms - quarters * QUARTER_MS


class Sentence(NamedTuple):
    """What an RMC or a ZDA says."""

    sees: bool | None  # satellites enough; a ZDA does not say
    utc_ms: int | None  # [ms since 1970]


def sentence(line: bytes) -> Sentence | None:
    r"""Read one line of NMEA 0183; ``None`` if it is neither RMC nor ZDA.

    >>> sentence(b"$GPRMC,030500.00,A,1502.1,N,10854.3,E,0.0,,221126,,,A*7E\r\n")
    Sentence(sees=True, utc_ms=1795316700000)
    >>> sentence(b"$GPZDA,030500.00,22,11,2026,00,00*66\r\n")
    Sentence(sees=None, utc_ms=1795316700000)
    """
    match = _SENTENCE.match(line)
    if match is None:
        return None
    if functools.reduce(operator.xor, match[1]) != int(match[3], 16):
        msg = f"{line[:100]!r} is damaged: its checksum is wrong"
        raise NoTime(msg)
    fields = [*match[1].decode("ascii").split(","), *[""] * 9]
    if match[2] == b"ZDA":
        return Sentence(None, _at(fields[1], *fields[2:5]) if fields[4] else None)
    if fields[2] != "A":
        return Sentence(sees=False, utc_ms=None)
    date = fields[9]
    year = f"{CENTURY // 100}{date[4:]}"
    utc_ms = _at(fields[1], date[:2], date[2:4], year) if date else None
    return Sentence(sees=True, utc_ms=utc_ms)


def _at(clock: str, day: str, month: str, year: str) -> int:
    match = _TIME.match(clock)
    digits = (day, month, year)
    if match is None or not all(d.isascii() and d.isdecimal() for d in digits):
        msg = f"{clock!r} of {'-'.join(digits)!r} is no instant"
        raise NoTime(msg)
    seconds = float(f"{match[3]}.{match[4] or 0}")
    return _utc_ms(
        int(year), int(month), int(day), int(match[1]), int(match[2]), seconds
    )


def _utc_ms(
    year: int, month: int, day: int, hour: int, minute: int, seconds: float
) -> int:
    """Milliseconds since 1970; a leap second is the first of the next minute."""
    try:
        begin = datetime(year, month, day, hour, minute, tzinfo=UTC)
        if seconds >= 61:
            msg = f"{seconds} s are no part of a minute"
            raise ValueError(msg)
        return round((begin + timedelta(seconds=seconds)).timestamp() * 1000)
    except (ValueError, OverflowError) as fault:
        raise NoTime(str(fault)) from None
