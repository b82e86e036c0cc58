"""Series of a rule's test, written as promtool writes them.  Pure.

A series is a line of words, and each word stands for polls one period apart::

    2        one value                      2-0.1x170   it, and 170 more, each 0.1 less
    5x20     it, and 20 more of the same    +0.5x10     10 more, each 0.5 more than the
    _ _x4    1 or 4 polls unanswered                    last value before (for counters)
    ! !x4    1 or 4 values that failed      . .x30      1 or 30 times nobody asked
    ?31.2    a suspect value; also ?5x20    (+0x18 +5x5 +0)x7   the whole 7 times
    day(22,30)x10d    ten days between a minimum at 5 h and a maximum at 14 h
    clock(19-7,100,0)x10d    ten days: 100 from 19 to 7 h, otherwise 0

As in promtool ``x`` after a value counts what follows it, so that ``5x20`` is 21
values; after ``_``, ``!``, ``.``, ``+`` and ``)`` it counts all of them.
"""

import math
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from telemetry.reading import Flag

DAY_MS: Final = 86_400_000
COLDEST_H: Final = 5  # h, local; about sunrise at 15° N, when a day is coldest
WARMEST_H: Final = 14  # h, local; two to three hours after the sun's highest stand
MOST_LETTERS: Final = 100_000  # of one series; a season by the hour has fewer
DIGITS: Final = 9  # behind the point: 2-0.1x170 means tenths, not what is near them

_PLAIN: Final = r"[0-9]{1,9}(?:\.[0-9]{1,9})?"
_NUMBER: Final = rf"-?{_PLAIN}"
_TIMES: Final = r"(?:x(?P<times>[0-9]{1,7}))"
_WORD: Final = re.compile(
    r"\s*(\(|\)x[0-9]{1,7}(?![^\s)])|[^\s()]+(?:\([^()]*\)[^\s()]*)?)\s*"
)
_GAP: Final = re.compile(rf"(?P<what>[_!.]){_TIMES}?")
_VALUE: Final = re.compile(
    rf"(?P<doubt>\??)(?P<first>{_NUMBER})(?:(?P<by>[+-]{_PLAIN})?{_TIMES})?"
)
_MORE: Final = re.compile(rf"(?P<doubt>\??)\+(?P<by>{_NUMBER}){_TIMES}?")
_COURSE: Final = re.compile(
    rf"day\(\s*(?P<low>{_NUMBER})\s*,\s*(?P<high>{_NUMBER})\s*\)x(?P<n>[0-9]{{1,5}})"
    r"(?P<unit>[dh])"
)
_CLOCK: Final = re.compile(
    rf"clock\(\s*(?P<on>[0-9][0-9]?)-(?P<off>[0-9][0-9]?)\s*,\s*(?P<inside>{_NUMBER})\s*,"
    rf"\s*(?P<outside>{_NUMBER})\s*\)x(?P<n>[0-9]{{1,5}})(?P<unit>[dh])"
)
_HOW: Final = (
    "write a value, 2-0.1x170, 5x20, +0.5x10, _x4, !, .x30, ?31.2, day(22,30)x10d,"
    " clock(19-7,100,0)x10d or (…)x7"
)


class SeriesError(ValueError):
    """A series that cannot be read, with the remedy."""


class Poll(NamedTuple):
    """One poll; one that failed or was not answered has no value."""

    value: float | None
    flag: Flag


Course = Callable[[float], float]
"""A value by the local hour of the day."""


def read(
    text: str, *, start_ms: int, every_ms: int, most: int
) -> list[tuple[int, Poll]]:
    """Read a series: when each poll was, and what it gave.

    Parameters
    ----------
    text : str
        A series as this module's head tells.
    start_ms : int
        When its first poll is, by a count whose days begin at local midnight. [ms]
    every_ms : int
        From one poll to the next. [ms]
    most : int
        Polls that it may have, those that nobody asked for among them.

    Raises
    ------
    SeriesError
        A word cannot be read, or there are more polls.

    Examples
    --------
    >>> [poll.value for _, poll in
    ...  read("2-0.5x2 _ 5x1", start_ms=0, every_ms=3_600_000, most=10)]
    [2.0, 1.5, 1.0, None, 5.0, 5.0]
    """
    if len(text) > MOST_LETTERS:
        msg = f"has {len(text)} letters; write at most {MOST_LETTERS}"
        raise SeriesError(msg)
    reader = _Reader(start_ms, every_ms, most)
    reader.take(_words(text))
    return reader.polls


def _words(text: str) -> list[str]:
    words, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            msg = f"{text[at : at + 20]!r} cannot be read; {_HOW}"
            raise SeriesError(msg)
        words.append(found[1])
        at = found.end()
    return words


class _Reader:
    """Writes polls down, word by word."""

    def __init__(self, start_ms: int, every_ms: int, most: int) -> None:
        self.polls: list[tuple[int, Poll]] = []
        self._at_ms = start_ms
        self._every_ms = every_ms
        self._most = self._left = most
        self._last = 0.0  # the value that ``+0.5`` goes on from

    def take(self, words: list[str]) -> None:
        """Take every word; a group that is opened is taken as often as it says."""
        group: list[str] | None = None
        for word in words:
            if word == "(" and group is None:
                group = []
            elif word == "(":
                msg = "a group within a group; write it out"
                raise SeriesError(msg)
            elif not word.startswith(")x"):
                self._word(word) if group is None else group.append(word)
            elif group is None:
                msg = f"{word!r} ends a group that was not opened"
                raise SeriesError(msg)
            else:
                self._group(group, int(word[2:]))
                group = None
        if group is not None:
            msg = "a group is not closed; end it with )x and how often it comes"
            raise SeriesError(msg)

    def _group(self, words: list[str], times: int) -> None:
        for _ in range(times):
            before = self._left
            for word in words:
                self._word(word)
            if self._left == before:  # it adds nothing, however often
                return

    def _word(self, word: str) -> None:
        if found := _GAP.fullmatch(word):
            self._gap(found["what"], _times(found, 1))
        elif found := _VALUE.fullmatch(word):
            first, by = float(found["first"]), float(found["by"] or 0)
            self._steps(first, by, range(_times(found, 0) + 1), found["doubt"])
        elif found := _MORE.fullmatch(word):
            by = float(found["by"])
            self._steps(self._last, by, range(1, _times(found, 1) + 1), found["doubt"])
        elif found := _COURSE.fullmatch(word):
            low, high = float(found["low"]), float(found["high"])
            self._course(found, lambda hour: course(hour, low, high))
        elif (found := _CLOCK.fullmatch(word)) and _is_clock(found):
            on, off = int(found["on"]), int(found["off"])
            inside, outside = float(found["inside"]), float(found["outside"])
            self._course(
                found, lambda hour: inside if is_within(hour, on, off) else outside
            )
        else:
            msg = f"{word!r} cannot be read; {_HOW}"
            raise SeriesError(msg)

    def _gap(self, what: str, times: int) -> None:
        flag = {"_": Flag.MISSING, "!": Flag.FAIL}.get(what)
        for at_ms in self._times(times):
            if flag is not None:
                self.polls.append((at_ms, Poll(None, flag)))

    def _steps(self, first: float, by: float, steps: range, doubt: str) -> None:
        flag = Flag.SUSPECT if doubt else Flag.GOOD
        for step, at_ms in zip(steps, self._times(len(steps)), strict=True):
            self._put(at_ms, first + by * step, flag)

    def _course(self, found: re.Match[str], course: Course) -> None:
        span_ms = int(found["n"]) * (DAY_MS if found["unit"] == "d" else DAY_MS // 24)
        times, rest = divmod(span_ms, self._every_ms)
        if rest:
            msg = f"{found[0]!r} is no whole number of steps; write another span"
            raise SeriesError(msg)
        for at_ms in self._times(times):
            hour = (at_ms % DAY_MS) / (DAY_MS / 24)
            self._put(at_ms, course(hour), Flag.GOOD)

    def _put(self, at_ms: int, value: float, flag: Flag) -> None:
        self._last = round(value, DIGITS)
        self.polls.append((at_ms, Poll(self._last, flag)))

    def _times(self, times: int) -> Iterator[int]:
        """When the next polls are; refused at once where they are too many."""
        self._left -= times
        if self._left < 0:
            msg = f"is too long: there is room for {self._most} polls"
            raise SeriesError(msg)
        begin_ms = self._at_ms
        self._at_ms += times * self._every_ms
        yield from range(begin_ms, self._at_ms, self._every_ms)


def course(hour: float, low: float, high: float) -> float:
    """Value at ``hour`` of a day that runs between ``low`` and ``high``.

    Half a cosine up and half a one down, as the temperature of a clear day nearly
    does; that of relative humidity runs the other way: ``day(95,60)``.

    >>> [course(hour, 20, 30) for hour in (5, 9.5, 14)]
    [20.0, 25.0, 30.0]
    """
    rise_h = WARMEST_H - COLDEST_H
    since_h = (hour - COLDEST_H) % 24
    if since_h <= rise_h:
        share = since_h / rise_h
    else:
        share = 1 - (since_h - rise_h) / (24 - rise_h)
    return (low + high) / 2 - (high - low) / 2 * math.cos(math.pi * share)


def is_within(hour: float, on: int, off: int) -> bool:
    """Whether ``hour`` is from ``on`` until ``off``, over midnight where off < on."""
    return (hour - on) % 24 < (off - on) % 24


def _is_clock(found: re.Match[str]) -> bool:
    on, off = int(found["on"]), int(found["off"])
    return on <= 24 and off <= 24 and on % 24 != off % 24


def _times(found: re.Match[str], otherwise: int) -> int:
    return otherwise if found["times"] is None else int(found["times"])
