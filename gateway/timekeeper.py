"""The clock segments of this buffer, and what an answer to hello adds to them."""

from collections.abc import Callable

from gateway import alerts
from gateway.reader import Reader
from gateway.records import Change
from gateway.segments import Segment, after, brackets, judge
from telemetry import messages
from telemetry.clock import Clock


class Timekeeper:
    """Knows every segment; makes new ones when the province has told its time.

    ``back_ms`` bounds a step back, see ``gateway.segments``; ``ntp_offset_ms``
    gives UTC - field time by NTP, or ``None``.
    """

    def __init__(
        self,
        reader: Reader,
        clock: Clock,
        *,
        back_ms: int,
        ntp_offset_ms: Callable[[], int | None],
    ) -> None:
        self._clock = clock
        self._back_ms = back_ms
        self._ntp_offset_ms = ntp_offset_ms
        self.is_catching_up = False  # a step back was due that was not taken whole
        self.load(reader)

    def load(self, reader: Reader) -> None:
        """Take over what the buffer holds."""
        self._reader = reader
        self.segments = self._reader.segments()
        self.boot = self._reader.boot_id(self._clock.boot)

    def by_id(self, segment: int) -> Segment:
        """Return the segment that a batch was cut under."""
        return next(s for s in self.segments if s.id == segment)

    @property
    def offset_ms(self) -> int | None:
        """UTC - field time by the newest segment of this boot, if it has one."""
        own = [s.offset_ms for s in self.segments if s.boot == self.boot]
        return own[-1] if own else None

    def anchored(self, asked_ms: int, answered_ms: int, utc_ms: int) -> Change:
        """Begin the segments that this answer calls for; returns what to commit."""
        change = Change()
        ntp = self._ntp_offset_ms()
        anchor = judge(asked_ms, answered_ms, utc_ms, ntp)
        begun = after(self.segments, self.boot, anchor, back_ms=self._back_ms)
        self.is_catching_up = begun is not None and begun.err_ms > anchor.err_ms
        if begun is not None:
            self.segments.append(begun)
            change.segments.append(begun)
            if begun.source == "disputed" and ntp is not None:
                apart_s = abs(ntp - anchor.offset_ms) / 1000
                alert = alerts.clock_disputed(self._clock, apart_s)
                change.alerts[alert.id] = messages.encode(alert)
        if self._reader.boots_without_segment(self.boot):
            made = brackets(self.segments, self._reader.boot_spans(), self.boot)
            self.segments += made
            change.segments += made
        return change
