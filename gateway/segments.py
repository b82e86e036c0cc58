"""Clock segments: how field time of a boot becomes UTC.  Pure.

A Pi has no clock of its own at boot, so rows carry (boot, ms).  A segment says
that from ``from_ms`` of its boot on, UTC is ``ms + offset_ms``, wrong by at most
``err_ms``.  Segments are appended, made before the first send of their rows and
never changed, so a row renders to the same stamp for ever.

Stamps only move forward: where the anchor says that the clock ran ahead, a new
segment steps back by less than half the shortest poll period and leaves the
rest to the next anchor.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NTP_AGREES_MS: Final = 5_000  # NTP this near to the province's time is taken instead
DISPUTE_MS: Final = 5 * 60_000  # sources further apart than this are disputed
LEAST_STEP_MS: Final = 250  # an anchor nearer than this to the segment changes nothing

FIRST_RELEASE_MS: Final = 1_793_491_200_000  # 2026-11-01: no gateway ran before


@dataclass(frozen=True, slots=True)
class Segment:
    """UTC = ms + ``offset_ms`` ± ``err_ms``, from ``from_ms`` of ``boot`` on."""

    id: int
    boot: int
    from_ms: int
    offset_ms: int
    source: str
    err_ms: int


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


def covering(segments: Sequence[Segment], boot: int, ms: int) -> Segment | None:
    """Return the segment that covers ``ms`` of ``boot``, of those of all boots."""
    own = sorted((s for s in segments if s.boot == boot), key=lambda s: s.from_ms)
    at = bisect_right([s.from_ms for s in own], ms)
    return own[at - 1] if at else None


def judge(
    asked_ms: int, answered_ms: int, utc_ms: int, ntp_offset_ms: int | None
) -> Anchor:
    """Make the anchor out of the province's answer to hello.

    Parameters
    ----------
    asked_ms, answered_ms
        Field time of sending hello and of the answer's arrival. [ms]
    utc_ms
        The province's time between the two. [ms since 1970]
    ntp_offset_ms
        UTC - field time by this machine's clock if NTP has set it, else ``None``.

    The province's instant lies within the round trip, so half of it bounds the
    error; an NTP clock that agrees within 5 s jitters less and is bounded by its
    distance on top.
    """
    half = (answered_ms - asked_ms + 1) // 2
    offset = utc_ms - (asked_ms + half)
    if ntp_offset_ms is not None:
        apart = abs(ntp_offset_ms - offset)
        if apart <= NTP_AGREES_MS:
            return Anchor(answered_ms, ntp_offset_ms, "ntp", apart + half)
        if apart > DISPUTE_MS:
            return Anchor(answered_ms, offset, "disputed", half)
    return Anchor(answered_ms, offset, "hello", half)


def after(
    segments: Sequence[Segment], boot: int, anchor: Anchor, *, back_ms: int
) -> Segment | None:
    """Return the segment that ``anchor`` begins, ``None`` if the present one will do.

    ``back_ms`` bounds a step back; half the shortest poll period keeps the
    stamps of each series in order.
    """
    now = covering(segments, boot, anchor.ms)
    new_id = max((s.id for s in segments), default=0) + 1
    if now is None:
        return Segment(new_id, boot, 0, anchor.offset_ms, anchor.source, anchor.err_ms)
    step = anchor.offset_ms - now.offset_ms
    # What the anchor cannot tell from the segment is no reason for another; how
    # wrong the segment itself may be is one.
    told = max(LEAST_STEP_MS, anchor.err_ms)
    if abs(step) <= told and anchor.source != "disputed":
        return None
    if abs(step) <= LEAST_STEP_MS and anchor.source == now.source:
        return None
    taken = max(step, -back_ms)
    err = anchor.err_ms + abs(step - taken)
    return Segment(
        new_id, boot, anchor.ms + 1, now.offset_ms + taken, anchor.source, err
    )


def brackets(
    segments: Sequence[Segment], spans: Sequence[BootSpan], present: int
) -> list[Segment]:
    """Segments for the boots before ``present`` that never met an anchor.

    Such a boot ran between the last row of the boot before it and the start of
    the next boot that has an anchor; the middle of what is possible is taken and
    half its width stated as the error.
    """
    made: list[Segment] = []
    known = list(segments)
    ordered = sorted(spans, key=lambda s: s.boot)
    for at, span in enumerate(ordered):
        if span.boot >= present or any(s.boot == span.boot for s in known):
            continue
        latest = _latest_offset(known, ordered[at + 1 :], span, present)
        if latest is None:
            continue
        earliest = min(_end_before(known, ordered[:at]) - span.first_ms, latest)
        offset = (earliest + latest) // 2
        segment = Segment(
            max((s.id for s in known), default=0) + 1,
            span.boot,
            0,
            offset,
            "bracket",
            latest - offset + 1,
        )
        made.append(segment)
        known.append(segment)
    return made


def _end_before(known: Sequence[Segment], earlier: Sequence[BootSpan]) -> int:
    """UTC before which ``earlier`` boots' last row cannot lie. [ms]"""
    for span in reversed(earlier):
        segment = covering(known, span.boot, span.last_ms)
        if segment is not None:
            return span.last_ms + segment.offset_ms
    return FIRST_RELEASE_MS


def _latest_offset(
    known: Sequence[Segment], later: Sequence[BootSpan], span: BootSpan, present: int
) -> int | None:
    """Return the greatest offset that lets ``span`` end before the next boots ran."""
    between = span.last_ms
    for boot in [*(s.boot for s in later), present]:
        own = [s for s in known if s.boot == boot]
        if own:
            return min(own, key=lambda s: s.from_ms).offset_ms - between
        between += next((s.last_ms for s in later if s.boot == boot), 0)
    return None
