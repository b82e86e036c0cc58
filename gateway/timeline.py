"""Field time of any boot into UTC, by the clock segments of all boots."""

from bisect import bisect_right, insort
from collections.abc import Iterable

from gateway.segments import (
    DISPUTE_MS,
    FIRST_RELEASE_MS,
    PEOPLE,
    PEOPLE_CLOCK,
    Segment,
    Word,
)
from telemetry.clock import Clock


class Timeline:
    """Every clock segment, found fast; says what ``segments.covering`` says."""

    def __init__(self, segments: Iterable[Segment] = ()) -> None:
        self._of: dict[int, list[Segment]] = {}
        for segment in sorted(segments, key=lambda s: s.id):
            self.add(segment)

    def __contains__(self, boot: int) -> bool:
        """Whether ``boot`` has a segment."""
        return boot in self._of

    def add(self, segment: Segment) -> None:
        """Take one more; one that is known already changes nothing."""
        own = self._of.setdefault(segment.boot, [])
        if segment not in own:
            insort(own, segment, key=lambda s: s.from_ms)

    def utc_ms(self, boot: int, ms: int) -> int | None:
        """UTC of ``ms`` of ``boot``, ``None`` where no segment covers it."""
        if boot == PEOPLE:
            return ms + PEOPLE_CLOCK.offset_ms
        own = self._of.get(boot, ())
        at = bisect_right(own, ms, key=lambda s: s.from_ms)
        return ms + own[at - 1].offset_ms if at else None


def guess_offset_ms(
    clock: Clock,
    not_before_ms: int,
    words: Iterable[Word] = (),
    refused: Iterable[Word] = (),
) -> int | None:
    """UTC - field time by the best word that can be right, else by this machine.

    ``words`` are what sources of time say, the best first; this machine may have
    been set by one of the ``refused``, and then tells no more than that.  A Pi without
    a clock of its own begins where it was last switched off, or in 1970: what lies
    before ``not_before_ms``, when an earlier boot ran, or before the first release is
    no hint.  A simulated field may lie in any year.
    """
    now_ms = clock.field_ms()
    for word in words:
        if now_ms + word.offset_ms >= not_before_ms:
            return word.offset_ms
    wall_ms = clock.wall_ms()
    if wall_ms is None or wall_ms < not_before_ms:
        return None
    if wall_ms < FIRST_RELEASE_MS and not clock.is_simulated:
        return None
    offset_ms = wall_ms - now_ms
    if any(abs(offset_ms - word.offset_ms) <= DISPUTE_MS for word in refused):
        return None
    return offset_ms
