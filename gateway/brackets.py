"""Clock segments for boots that never met the province.  Pure.

Such a boot ran between the last row of the boot before it and the start of the next
boot that is dated.  A time source that was heard in it, and that the province has
found right since, dates it within that bracket; else the middle of the bracket is
taken and half its width stated as the error.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from gateway.records import Hint
from gateway.segments import (
    FIRST_RELEASE_MS,
    NTP_AGREES_MS,
    PIECE_MS,
    BootSpan,
    Segment,
    Word,
    covering,
    drift_ms,
    own,
    reach_ms,
)

TRUST: Final = ("gps", "ntp", "modem", "rtc", "person")  # the best first
BRACKET: Final = "bracket"


def is_right(hint: Hint, truth: Word, apart_ms: int, ppm: float) -> bool:
    """Whether a source has kept time, as the province's word tells.

    It may be off by its own error, by the 5 s within which sources agree, and by the
    drift of a crystal over ``apart_ms``, the time since it can last have been set.
    """
    off_ms = abs(hint.offset_ms - truth.at(hint.ms, ppm).offset_ms)
    return off_ms <= hint.err_ms + NTP_AGREES_MS + drift_ms(apart_ms, ppm)


def brackets(
    segments: Sequence[Segment],
    spans: Sequence[BootSpan],
    present: int,
    *,
    hints: Collection[Hint] = (),
    truth: Word | None = None,
    ppm: float = 0.0,
) -> list[Segment]:
    """Segments for the boots before ``present`` that have none.

    ``hints`` are of all boots, ``truth`` is the province's word in the present one.
    A source counts if it was right in the present boot; then its distance there,
    and the drift since, bound its error.  First the boots with such a hint are
    dated, the most trusted source first, each within what is known by then.
    """
    made: list[Segment] = []
    ordered = sorted(spans, key=lambda s: s.boot)
    undated = [
        at
        for at, span in enumerate(ordered)
        if span.boot < present and all(s.boot != span.boot for s in segments)
    ]
    judged = {h.source: h for h in hints if h.boot == present}
    hinted = sorted(
        (TRUST.index(h.source), at, h)
        for at in undated
        for h in hints
        if h.boot == ordered[at].boot and h.source in TRUST and h.source in judged
    )
    for _, at, hint in hinted:
        known = [*segments, *made]
        bounds = _bounds(known, ordered, at, present, ppm)
        if truth is None or bounds is None:
            continue
        now = judged[hint.source]
        found = _by_hint(ordered[at], bounds, hint, now, truth, ppm)
        if found is not None:
            made.append(_numbered(found, known))
    for at in undated:
        known = [*segments, *made]
        bounds = _bounds(known, ordered, at, present, ppm)
        if bounds is not None:
            made.append(_numbered(_middle(ordered[at], bounds), known))
    return made


def beyond(
    mine: Sequence[Segment], word: Word, last_ms: int, ppm: float
) -> Iterator[Segment]:
    """Segments for the end of an earlier boot, whose last word of the province is old.

    Stamps go on as they were; the error grows.  Nothing of it has been sent.
    """
    last = max(mine, key=lambda s: s.from_ms)
    reach = reach_ms(last, word, ppm)
    if reach is None:
        return
    for start in range(reach + 1, last_ms + 1, PIECE_MS):
        end = min(start + PIECE_MS, last_ms)
        off_ms = abs(last.offset_ms - word.offset_ms)
        err = off_ms + word.err_ms + drift_ms(end - word.ms, ppm)
        yield replace(last, id=0, from_ms=start, err_ms=err)


class _Bounds(NamedTuple):
    """Within which offsets a boot must lie to follow and precede its neighbours."""

    least_ms: int
    most_ms: int
    err_ms: int  # how wrong the neighbours may be themselves


def _middle(span: BootSpan, bounds: _Bounds) -> Segment:
    offset = (bounds.least_ms + bounds.most_ms) // 2
    err = bounds.most_ms - offset + 1 + bounds.err_ms
    return Segment(0, span.boot, 0, offset, BRACKET, err)


def _by_hint(
    span: BootSpan, bounds: _Bounds, hint: Hint, now: Hint, truth: Word, ppm: float
) -> Segment | None:
    """Date a boot by a source; ``None`` if that is wrong or worse than the bracket."""
    there = truth.at(now.ms, ppm)
    now_utc_ms = now.ms + there.offset_ms
    if not is_right(now, truth, now_utc_ms - bounds.least_ms, ppm):
        return None
    off_ms = abs(now.offset_ms - there.offset_ms) + there.err_ms
    apart_ms = now_utc_ms - hint.ms - hint.offset_ms
    within_ms = max(hint.ms, span.last_ms - hint.ms)
    err = hint.err_ms + off_ms + drift_ms(apart_ms, ppm) + drift_ms(within_ms, ppm)
    offset = min(max(hint.offset_ms, bounds.least_ms), bounds.most_ms)
    moved_ms = abs(offset - hint.offset_ms)
    if moved_ms > err + bounds.err_ms:
        return None  # it contradicts the order of the boots
    if err + moved_ms >= _middle(span, bounds).err_ms:
        return None
    return Segment(0, span.boot, 0, offset, hint.source, err + moved_ms)


def _bounds(
    known: Sequence[Segment],
    ordered: Sequence[BootSpan],
    at: int,
    present: int,
    ppm: float,
) -> _Bounds | None:
    """Where a boot can lie; ``None`` if it is dated, or while no later boot is.

    Its rows lie after those of the boot before it and before those of the next,
    and what is not dated between them needs its time too.
    """
    span = ordered[at]
    later = _start_after(known, ordered[at + 1 :], present)
    if later is None or own(known, span.boot):
        return None
    end, end_err = _end_before(known, ordered[:at])
    start, start_err = later
    least, most = end - span.first_ms, start - span.last_ms
    err = max(end_err, start_err) + drift_ms(span.last_ms - span.first_ms, ppm)
    return _Bounds(min(least, most), most, err + max(0, least - most))


def _end_before(
    known: Sequence[Segment], earlier: Sequence[BootSpan]
) -> tuple[int, int]:
    """UTC from which on rows after ``earlier`` can lie, and its error. [ms]"""
    between = 0
    for span in reversed(earlier):
        segment = covering(known, span.boot, span.last_ms)
        if segment is not None:
            return span.last_ms + 1 + segment.offset_ms + between, segment.err_ms
        between += span.last_ms - span.first_ms + 1
    return FIRST_RELEASE_MS + between, 0


def _start_after(
    known: Sequence[Segment], later: Sequence[BootSpan], present: int
) -> tuple[int, int] | None:
    """UTC up to which rows before ``later`` can lie, and its error. [ms]"""
    between = 0
    rest = [] if any(s.boot == present for s in later) else [BootSpan(present, 0, 0)]
    for span in [*later, *rest]:
        segment = covering(known, span.boot, span.first_ms)
        if segment is not None:
            return span.first_ms - 1 + segment.offset_ms - between, segment.err_ms
        between += span.last_ms - span.first_ms + 1
    return None


def _numbered(segment: Segment, known: Sequence[Segment]) -> Segment:
    return replace(segment, id=max((s.id for s in known), default=0) + 1)
