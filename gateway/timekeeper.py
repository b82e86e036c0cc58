"""The clock segments of this buffer, and what an answer to hello adds to them."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from gateway import alerts, hints
from gateway.brackets import beyond, brackets
from gateway.hints import Board
from gateway.reader import Reader
from gateway.records import Change, Hint
from gateway.segments import (
    DRIFT_PPM,
    PEOPLE_CLOCK,
    Anchor,
    BootSpan,
    Segment,
    Word,
    after,
    between,
    covering,
    first,
    heard,
    judge,
    lags,
    met,
    own,
    reach_ms,
)
from telemetry import messages
from telemetry.clock import Clock

DAY_MS: Final = 86_400_000
FAR_MS: Final = 7 * DAY_MS  # what a province's clock may have been ahead [D]

log = logging.getLogger(__name__)


class Timekeeper:
    """Knows every segment; makes new ones when the province has told its time.

    ``back_ms`` bounds a step back, see ``gateway.segments``; ``ntp_offset_ms``
    gives UTC - field time by NTP, or ``None``; ``board`` is what other sources say.
    Simulated field time does not drift: both ends derive it from one clock.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        *,
        back_ms: int,
        ntp_offset_ms: Callable[[], int | None],
        board: Board | None = None,
    ) -> None:
        self._clock = clock
        self._back_ms = back_ms
        self._ntp_offset_ms = ntp_offset_ms
        self._board = board or Board()
        self._ppm = 0.0 if clock.is_simulated else DRIFT_PPM
        self._known: Word | None = None  # the province's word in this boot
        self._reach_ms: int | None = None  # up to where the newest segment is true
        self._told: dict[str, int] = {}  # day of the last alert, by source
        self._started_ms = clock.field_ms()
        self.is_catching_up = False  # the next hello is wanted soon
        self.load(reader)

    def load(self, reader: Reader) -> None:
        """Take over what the buffer holds."""
        self._reader = reader
        self.segments = self._reader.segments()
        self.boot = self._reader.boot_id(self._clock.boot)
        known = self._reader.hints()
        for hint in known:
            if hint.boot == self.boot and hint.source == "hello":
                self._known = Word(*hint[2:])
        self._board.load(known, self.segments, self.boot)
        self._board.spans = None

    def by_id(self, segment: int) -> Segment:
        """Return the segment that a batch was cut under."""
        known = (*self.segments, PEOPLE_CLOCK)
        return next(s for s in known if s.id == segment)

    @property
    def offset_ms(self) -> int | None:
        """UTC - field time by the newest segment of this boot, if it has one."""
        mine = [s.offset_ms for s in self.segments if s.boot == self.boot]
        return mine[-1] if mine else None

    @property
    def is_sure(self) -> bool:
        """Whether the error that is stated of a row read now is true.

        It is, until the province has not told its time for so long that the drift
        may have become greater; then hello is to be asked before rows are sent.
        """
        return self._reach_ms is None or self._clock.field_ms() <= self._reach_ms

    def anchored(self, asked_ms: int, answered_ms: int, utc_ms: int) -> Change:
        """Begin the segments that this answer calls for; returns what to commit."""
        change = Change()
        if not own(self.segments, self.boot):
            self._enter(self._ends(), change)
        word, is_contrary = met(
            self._known, heard(asked_ms, answered_ms, utc_ms), self._ppm
        )
        said = self._said(answered_ms)
        wrong = hints.wrong(said, word, self._ppm)
        fine = {s: said[s].offset_ms for s in hints.FINE if s in said}
        anchor = judge(word, fine, is_disputed=bool(wrong))
        self._enter(self._begun(anchor, is_contrary=is_contrary), change)
        last = own(self.segments, self.boot)[-1]
        self.is_catching_up = lags(last, anchor)
        self._known = word
        self._reach_ms = reach_ms(last, word, self._ppm)
        self._board.judged(last, said, wrong)
        self._tell(wrong, change)
        self._bracket(word, change)
        change.hints.append(Hint(self.boot, "hello", *word))
        return change

    # --- inside --------------------------------------------------------------

    def _said(self, now_ms: int) -> dict[str, Word]:
        """What each source says; of NTP and GPS what they say now."""
        ntp = self._ntp_offset_ms()
        if ntp is not None:
            self._board.hear_ntp(now_ms, ntp)
        return self._board.fresh(now_ms)

    def _begun(self, anchor: Anchor, *, is_contrary: bool) -> list[Segment]:
        mine = own(self.segments, self.boot)
        if not mine:
            floor = self._floor_ms(anchor)
            found = first(self.boot, anchor, not_before_ms=floor, ppm=self._ppm)
            return list(found)
        made: list[Segment] = []
        if self._known is not None:
            made += between(
                mine,
                self._known,
                anchor,
                back_ms=self._back_ms,
                ppm=self._ppm,
                is_contrary=is_contrary,
            )
        last = after([*mine, *made], anchor, back_ms=self._back_ms, ppm=self._ppm)
        return made if last is None else [*made, last]

    def _ends(self) -> Iterator[Segment]:
        """Segments for the ends of earlier boots, where hello was long ago."""
        words = {
            hint.boot: Word(*hint[2:])
            for hint in self._reader.hints()
            if hint.source == "hello"
        }
        for span in self._spans():
            mine = own(self.segments, span.boot)
            if mine and span.boot < self.boot and span.boot in words:
                word = words[span.boot]
                yield from beyond(mine, word, span.last_ms, self._ppm)

    def _spans(self) -> list[BootSpan]:
        """Rows of the boots before, and where those of the present one begin."""
        found = self._board.spans
        if found is None:
            found = self._board.spans = self._reader.boot_spans()
        here = BootSpan(self.boot, self._started_ms, self._started_ms)
        is_known = any(span.boot == self.boot for span in found)
        return [*found] if is_known else [*found, here]

    def _floor_ms(self, anchor: Anchor) -> int:
        """Least offset that leaves the stamps of earlier boots behind. [ms]

        A stamp a week ahead of the province's time is no clock's but a flipped bit's
        or another year's: waiting for it would make every later stamp wrong.
        """
        spans = self._spans()
        begin_ms = next(s.first_ms for s in spans if s.boot == self.boot)
        most_ms = begin_ms + anchor.offset_ms + FAR_MS
        end_ms: int | None = None
        for span in sorted(spans, key=lambda s: s.boot):
            if span.boot >= self.boot:
                break
            found = covering(self.segments, span.boot, span.last_ms)
            last_ms = end_ms
            if found is not None:
                dated_ms = span.last_ms + 1 + found.offset_ms
                last_ms = dated_ms if end_ms is None else max(end_ms, dated_ms)
            elif end_ms is not None:  # it is not dated yet and needs room for its own
                last_ms = end_ms + span.last_ms - span.first_ms + 1
            if last_ms is not None and last_ms > most_ms:
                log.warning(
                    "boot %d seems to end in the future: passed over", span.boot
                )
            else:
                end_ms = last_ms
        return 0 if end_ms is None else end_ms - begin_ms

    def _bracket(self, word: Word, change: Change) -> None:
        """Date earlier boots, as soon as every source has been asked once."""
        if not self._reader.boots_without_segment(self.boot):
            return
        if not self._board.is_complete:
            self.is_catching_up = True
            return
        here = [Hint(self.boot, s, *w) for s, w in self._board.words.items()]
        before = [h for h in self._reader.hints() if h.boot != self.boot]
        made = brackets(
            self.segments,
            self._spans(),
            self.boot,
            hints=[*before, *here],
            truth=word,
            ppm=self._ppm,
        )
        self._enter(made, change)

    def _enter(self, made: Iterable[Segment], change: Change) -> None:
        free = max((s.id for s in self.segments), default=0) + 1
        numbered = [replace(s, id=free + at) for at, s in enumerate(made)]
        self.segments += numbered
        change.segments += numbered

    def _tell(self, wrong: dict[str, int], change: Change) -> None:
        """One alert a day and source, however often hello is answered."""
        day = self._clock.field_ms() // DAY_MS
        for source, off_ms in wrong.items():
            if self._told.get(source) == day:
                continue
            self._told[source] = day
            alert = alerts.clock_disputed(self._clock, source, off_ms, day)
            change.alerts[alert.id] = messages.encode(alert)
