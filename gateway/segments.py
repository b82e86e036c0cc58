"""Clock segments: how field time of a boot becomes UTC.  Pure.

A Pi has no clock of its own at boot, so rows carry (boot, ms).  A segment says
that from ``from_ms`` of its boot on, UTC is ``ms + offset_ms``, wrong by at most
``err_ms``.  Segments are appended, made before the first send of their rows and
never changed, so a row renders to the same stamp for ever.

Field time itself drifts, so an error is true for a while only: a segment allows
for ``LIFE_MS`` of it, ``reach_ms`` says up to where it is true, and no row is sent
from beyond.  The next answer to hello then looks back and lays segments over the
time between, each with the error that it deserves.

Stamps only move forward: where the anchor says that the clock ran ahead, a new
segment steps back by less than half the shortest poll period, at most once in two
such periods, and leaves the rest to later anchors.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

NTP_AGREES_MS: Final = 5_000  # NTP this near to the province's time is taken instead
DISPUTE_MS: Final = 5 * 60_000  # sources further apart than this are disputed
LEAST_STEP_MS: Final = 250  # an anchor nearer than this to the segment moves no stamp
DRIFT_PPM: Final = 100.0
"""How fast field time may drift from UTC [1e-6]: facts/reliability.md 5.3.

timesyncd's corrections are steps, which field time does not see, or below 0.4 s.
"""
LIFE_MS: Final = 3 * 3_600_000  # drift that a new segment allows for: 1.1 s
REACH_MS: Final = 65 * 60_000  # hello is hourly, and may be asked again
PIECE_MS: Final = (
    6 * 3_600_000
)  # longest segment over time that is past: 2.2 s of drift

FIRST_RELEASE_MS: Final = 1_793_491_200_000  # 2026-11-01: no gateway ran before
DISPUTED: Final = "disputed"


@dataclass(frozen=True, slots=True)
class Segment:
    """UTC = ms + ``offset_ms`` ± ``err_ms``, from ``from_ms`` of ``boot`` on."""

    id: int
    boot: int
    from_ms: int
    offset_ms: int
    source: str
    err_ms: int


PEOPLE: Final = -1
"""The boot of what people count, which is none: its field time is UTC itself.

What a person saw on Tuesday at half past seven was not seen by a clock of ours, may
be older than every boot, and moves with no anchor.
"""
PEOPLE_NAME: Final = "people"
PEOPLE_CLOCK: Final = Segment(2**40, PEOPLE, 0, 0, "person", 2 * 60_000)
"""The one segment of ``PEOPLE``, in no file: its id is above all that are given.

An instant is told to the minute, by a watch that may be a minute wrong.
"""


def order_ms(boot: int | None, ms: int) -> int:
    """Field time by which a row is newer than another; of equal ones the later told.

    What people count is true to the minute.  Its place in the minute keeps points
    apart and goes round with the numbers, so it tells nothing of which came later.
    """
    return ms - ms % 60_000 if boot == PEOPLE else ms


class Word(NamedTuple):
    """At ``ms`` of field time, UTC - field time is ``offset_ms`` ± ``err_ms``."""

    ms: int
    offset_ms: int
    err_ms: int

    def at(self, ms: int, ppm: float) -> "Word":
        """What it is worth at another instant."""
        return Word(ms, self.offset_ms, self.err_ms + drift_ms(ms - self.ms, ppm))


@dataclass(frozen=True, slots=True)
class Anchor:
    """UTC of one instant of the running boot."""

    ms: int  # field time [ms]
    offset_ms: int  # UTC - field time [ms]
    source: str
    err_ms: int


@dataclass(frozen=True, slots=True)
class BootSpan:
    """First and last field time of the rows of a boot. [ms]"""

    boot: int
    first_ms: int
    last_ms: int


def drift_ms(elapsed_ms: int, ppm: float) -> int:
    """How far field time may drift meanwhile, at most. [ms]"""
    return -int(-abs(elapsed_ms) * ppm // 1_000_000)


def own(segments: Sequence[Segment], boot: int) -> list[Segment]:
    """Segments of ``boot`` in the order of field time."""
    return sorted((s for s in segments if s.boot == boot), key=lambda s: s.from_ms)


def covering(segments: Sequence[Segment], boot: int, ms: int) -> Segment | None:
    """Return the segment that covers ``ms`` of ``boot``, of those of all boots."""
    if boot == PEOPLE:
        return PEOPLE_CLOCK
    mine = own(segments, boot)
    at = bisect_right([s.from_ms for s in mine], ms)
    return mine[at - 1] if at else None


# --- what hello tells -----------------------------------------------------------


def heard(asked_ms: int, answered_ms: int, utc_ms: int) -> Word:
    """Make the word out of the province's answer to hello.

    ``asked_ms`` and ``answered_ms`` are field time of sending hello and of the
    answer's arrival; the province's instant ``utc_ms`` lies within that round trip,
    so half of it bounds the error.
    """
    half = (answered_ms - asked_ms + 1) // 2
    return Word(answered_ms, utc_ms - (asked_ms + half), half)


def met(old: Word | None, new: Word, ppm: float) -> tuple[Word, bool]:
    """What two words say together, and whether they contradict each other.

    The truth lies within both, however vague the newer one is.  Where there is no
    such truth the newer one counts: the province has corrected itself.
    """
    if old is None:
        return new, False
    old = old.at(new.ms, ppm)
    low = max(old.offset_ms - old.err_ms, new.offset_ms - new.err_ms)
    high = min(old.offset_ms + old.err_ms, new.offset_ms + new.err_ms)
    if low > high:
        return new, True
    return Word(new.ms, (low + high) // 2, (high - low + 1) // 2), False


def judge(word: Word, fine: Mapping[str, int], *, is_disputed: bool) -> Anchor:
    """Make the anchor out of the province's word.

    ``fine`` holds UTC - field time by sources that jitter less than a network's
    round trip, the best first: the first that agrees within 5 s is taken and
    bounded by its distance on top.
    """
    for source, offset_ms in fine.items():
        apart = abs(offset_ms - word.offset_ms)
        if apart <= NTP_AGREES_MS and not is_disputed:
            return Anchor(word.ms, offset_ms, source, apart + word.err_ms)
    source = DISPUTED if is_disputed else "hello"
    return Anchor(word.ms, word.offset_ms, source, word.err_ms)


# --- segments of the running boot -------------------------------------------------


def reach_ms(segment: Segment, word: Word, ppm: float) -> int | None:
    """Field time up to which ``segment`` is true by ``word``; ``None``: for ever."""
    spare_ms = segment.err_ms - abs(segment.offset_ms - word.offset_ms) - word.err_ms
    if ppm == 0:
        return None if spare_ms >= 0 else word.ms
    return word.ms + int(max(0, spare_ms) * 1_000_000 / ppm)


def first(
    boot: int, anchor: Anchor, *, not_before_ms: int, ppm: float
) -> Iterator[Segment]:
    """Segments for a boot that meets its first anchor; ids are given later.

    All of them have one offset; the further back, the greater the error.
    ``not_before_ms`` is the least offset that leaves earlier boots' stamps behind.
    """
    offset = max(anchor.offset_ms, not_before_ms)
    err = anchor.err_ms + offset - anchor.offset_ms
    count = 1 if ppm == 0 else max(1, -(-anchor.ms // PIECE_MS))
    for at in range(count):
        begin = anchor.ms * at // count
        age = anchor.ms - begin
        if at == count - 1:
            age = max(age, LIFE_MS)  # the last one goes on
        yield Segment(0, boot, begin, offset, anchor.source, err + drift_ms(age, ppm))


def between(
    mine: Sequence[Segment], known: Word, anchor: Anchor, *, back_ms: int, ppm: float,
    is_contrary: bool,
) -> Iterator[Segment]:  # fmt: skip
    """Segments from where the last one is no longer true to ``anchor``; ids later.

    The offsets go over from the one to the other in even steps.  Each is bounded by
    both ends, or by ``anchor`` alone where the two contradict each other.
    """
    last = mine[-1]
    reach = reach_ms(last, known, ppm)
    if reach is None or reach >= anchor.ms:
        return
    begin, span = reach + 1, anchor.ms - reach
    way = anchor.offset_ms - last.offset_ms
    count = 1
    if not is_contrary:
        wanted = max(-(-span // PIECE_MS), -way // max(1, back_ms) + 1)
        count = max(1, min(wanted, span // _calm_ms(back_ms)))
    room = _room_ms(mine, begin, back_ms)
    offset = last.offset_ms
    for at in range(count):
        start, end = begin + span * at // count, begin + span * (at + 1) // count
        offset += max(way // count, -room)
        words = [Word(anchor.ms, anchor.offset_ms, anchor.err_ms).at(start, ppm)]
        words += [] if is_contrary else [known.at(end, ppm)]
        high = min(word.offset_ms + word.err_ms for word in words)
        low = max(word.offset_ms - word.err_ms for word in words)
        err = max(high - offset, offset - low)
        yield Segment(0, last.boot, start, offset, anchor.source, err)


def after(
    mine: Sequence[Segment], anchor: Anchor, *, back_ms: int, ppm: float
) -> Segment | None:
    """Return the segment that ``anchor`` begins, ``None`` if the last one will do.

    ``mine`` are the segments of the boot.  ``back_ms`` bounds a step back; half the
    shortest poll period keeps the stamps of each series in order.
    """
    last = mine[-1]
    step = anchor.offset_ms - last.offset_ms
    room = _room_ms(mine, anchor.ms + 1, back_ms)
    # What the anchor cannot tell from the segment is no reason to move.
    told = max(LEAST_STEP_MS, anchor.err_ms)
    moves = abs(step) > told and (step > 0 or room > 0)
    taken = max(step, -room)
    best = anchor.err_ms + abs(step - taken) + drift_ms(LIFE_MS, ppm)
    least = anchor.err_ms + abs(step) + drift_ms(REACH_MS, ppm)
    turns = (anchor.source == DISPUTED) != (last.source == DISPUTED)
    if not (moves or turns or least > last.err_ms + 1 or 2 * best < last.err_ms):
        return None
    return replace(
        last, id=0, from_ms=anchor.ms + 1, offset_ms=last.offset_ms + taken,
        source=anchor.source, err_ms=best,
    )  # fmt: skip


def lags(segment: Segment, anchor: Anchor) -> bool:
    """Whether ``segment`` runs ahead and is still to be set back."""
    ahead_ms = segment.offset_ms - anchor.offset_ms
    return ahead_ms > max(LEAST_STEP_MS, anchor.err_ms)


def _calm_ms(back_ms: int) -> int:
    """Least time between two steps back: two of the shortest periods. [ms]"""
    return max(1, 4 * back_ms)


def _room_ms(mine: Sequence[Segment], ms: int, back_ms: int) -> int:
    """How far a segment from ``ms`` on may step back. [ms]"""
    for early, late in zip(mine[-2::-1], mine[:0:-1], strict=True):
        if late.offset_ms < early.offset_ms:
            return back_ms if ms - late.from_ms >= _calm_ms(back_ms) else 0
    return back_ms
