"""A recorded past with a cursor: what a gateway would have known at any moment of it.

Series are folded into hours once, so a season can be asked hour by hour.  All that
is later than the cursor is hidden, also within the running hour.  An hour is a whole
hour of UTC; there is one boot, which begins with the first sample.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from rules.history import HOUR_MS, Hour, Place, Run, Sample
from rules.now import Now
from telemetry.reading import Flag

BOOT: Final = "recorded"
FAIL: Final = int(Flag.FAIL)  # plain numbers: every row is compared with them
SUSPECT: Final = int(Flag.SUSPECT)
NONE: Final = -1  # index before the first good value

Taken = tuple[int, float | None, int]  # UTC [ms since 1970], value, flag
Identity = tuple[object, ...]


@dataclass(slots=True)
class _Track:
    """One series: its samples in order, and its hours that have values."""

    ms: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))  # 0 for none
    flags: bytearray = field(default_factory=bytearray)
    good: "array[int]" = field(default_factory=lambda: array("q"))  # newest up to each
    runs: "array[int]" = field(default_factory=lambda: array("q"))  # begin of each run
    hours: list[Hour] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    running: tuple[int, Hour | None] = (NONE, None)  # samples seen, hour up to there


class Recorded:
    """Implements ``rules.history.History`` over what was recorded."""

    def __init__(
        self,
        samples: Mapping[Place, Iterable[Taken]],
        *,
        full_scale: Mapping[Place, float] | None = None,
        hours: Mapping[Place, Iterable[Hour]] | None = None,
        is_kept: bool = False,
    ) -> None:
        """Fold ``samples``: in any order, the last one of a stamp counts.

        ``hours`` are told where their samples are gone: where they hold more values
        than the samples of their hour they stand in its place.  With ``is_kept``
        every level's datum counts as taken on the day of the cursor.
        """
        self._places = self._told = tuple(samples)
        self._full_scale = {_identity(p): v for p, v in (full_scale or {}).items()}
        self._is_kept = is_kept
        self._tracks = {
            _identity(place): _track(some, (hours or {}).get(place, ()))
            for place, some in samples.items()
        }
        firsts = [track.ms[0] for track in self._tracks.values() if track.ms]
        lasts = [track.ms[-1] for track in self._tracks.values() if track.ms]
        self.first_ms = min(firsts, default=0)  # UTC of the first sample
        self.last_ms = max(lasts, default=0)  # … and of the last one
        self._now_ms = self.first_ms - 1
        self._day: date | None = None  # of the datums, where they are kept

    def at(self, utc_ms: int) -> Now:
        """Move the cursor to ``utc_ms``, forth or back; everything later is hidden."""
        now = Now(BOOT, utc_ms - self.first_ms, utc_ms)
        if self._is_kept and self._day != now.day:
            self._day = now.day
            self._told = tuple(
                replace(p, zero_on=now.day) if p.quantity == "water_level" else p
                for p in self._places
            )
        self._now_ms = utc_ms
        return now

    @property
    def places(self) -> Sequence[Place]:
        """Every channel."""
        return self._told

    def hours(self, place: Place, since_ms: int, until_ms: int) -> Sequence[Hour]:
        """Hours that begin within [since, until), as far as the cursor."""
        track = self._tracks.get(_identity(place))
        if track is None:
            return []
        begun = bisect_right(track.begins, self._now_ms)
        first = bisect_left(track.begins, since_ms)
        end = min(begun, bisect_left(track.begins, until_ms))
        found = track.hours[first:end]
        if found and end == begun and self._now_ms < found[-1].begin_ms + HOUR_MS:
            running = self._running(track, found.pop())
            found += [] if running is None else [running]
        return found

    def newest(self, place: Place) -> Sample | None:
        """The newest value up to the cursor that neither failed nor is missing."""
        track, seen = self._seen(place)
        at = track.good[seen - 1] if track is not None and seen else NONE
        if track is None or at == NONE:
            return None
        is_doubtful = track.flags[at] == SUSPECT
        return Sample(track.ms[at] - self.first_ms, track.values[at], is_doubtful)

    def newest_poll_ms(self, place: Place) -> int | None:
        """Time since the first sample of the newest one up to the cursor. [ms]"""
        track, seen = self._seen(place)
        if track is None or not seen:
            return None
        return track.ms[seen - 1] - self.first_ms

    def full_scale(self, place: Place) -> float | None:
        """Full scale of the sensor, as it was given."""
        return self._full_scale.get(_identity(place))

    def run(self, place: Place) -> Run | None:
        """How the newest samples up to the cursor were flagged."""
        track, seen = self._seen(place)
        if track is None or not seen:
            return None
        begin = track.runs[seen - 1]
        since_ms = track.ms[begin] - self.first_ms
        return Run(track.flags[seen - 1], seen - begin, since_ms)

    def samples(self, place: Place) -> Sequence[tuple[int, float]]:
        """Every good value of a channel, whatever the cursor, in order."""
        track = self._tracks[_identity(place)]
        return [
            (ms, value)
            for at, (ms, value) in enumerate(zip(track.ms, track.values, strict=True))
            if track.good[at] == at
        ]

    def _seen(self, place: Place) -> tuple[_Track | None, int]:
        track = self._tracks.get(_identity(place))
        return track, 0 if track is None else bisect_right(track.ms, self._now_ms)

    def _running(self, track: _Track, whole: Hour) -> Hour | None:
        """The running hour as far as the cursor; ``None`` while it has no value."""
        seen = bisect_right(track.ms, self._now_ms)
        if seen == len(track.ms) or track.ms[seen] >= whole.begin_ms + HOUR_MS:
            return whole
        if track.running[0] != seen:
            first = bisect_left(track.ms, whole.begin_ms)
            track.running = seen, _fold(track, whole.begin_ms, first, seen)
        return track.running[1]


def _identity(place: Place) -> Identity:
    """What names a channel, whenever its datum was taken."""
    return (
        *(place.sensor, place.quantity, place.plot, place.z),
        *(place.pest, place.stage),
    )


def _track(some: Iterable[Taken], told: Iterable[Hour]) -> _Track:
    taken: Collection[Taken] = {each[0]: each for each in some}.values()
    track = _Track()
    good, run = NONE, 0
    for at, (ms, value, flag) in enumerate(sorted(taken, key=lambda each: each[0])):
        if value is None:
            flag = max(flag, int(Flag.MISSING))  # noqa: PLW2901  a gap says so itself
        if at and flag != track.flags[-1]:
            run = at
        if flag < FAIL:
            good = at
        track.ms.append(ms)
        track.values.append(0.0 if value is None else value)
        track.flags.append(flag)
        track.good.append(good)
        track.runs.append(run)
    hours = {hour.begin_ms: hour for hour in _folded(track)}
    for hour in told:
        known = hours.get(hour.begin_ms)
        if known is None or hour.n > known.n:
            hours[hour.begin_ms] = hour
    track.begins = sorted(hours)
    track.hours = [hours[begin] for begin in track.begins]
    return track


def _folded(track: _Track) -> Iterable[Hour]:
    first = 0
    while first < len(track.ms):
        begin = track.ms[first] // HOUR_MS * HOUR_MS
        end = bisect_left(track.ms, begin + HOUR_MS, first)
        hour = _fold(track, begin, first, end)
        if hour is not None:
            yield hour
        first = end


def _fold(track: _Track, begin_ms: int, first: int, end: int) -> Hour | None:
    """One hour of the samples from ``first`` to before ``end``."""
    span = range(first, end)
    known = [track.values[at] for at in span if track.flags[at] < FAIL]
    if not known:
        return None
    return Hour(
        begin_ms=begin_ms,
        n=len(known),
        mean=sum(known) / len(known),
        low=min(known),
        high=max(known),
        first=known[0],
        last=known[-1],
        doubtful=sum(track.flags[at] == SUSPECT for at in span),
        missing=len(span) - len(known),
    )
