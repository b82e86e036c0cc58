"""The checks of one series as its readings come, each flagged from the past only.

Plain Python with a small, bounded state; ``history`` gives the same flags for whole
series at once.
"""

import math

from rules.quality.checks import Checks
from rules.quality.flat_line import Still
from telemetry.reading import Flag


class Stream:
    """One series."""

    __slots__ = (
        "_checks",
        "_expected",
        "_last",
        "_last_ms",
        "_possible",
        "_still",
    )

    def __init__(self, checks: Checks) -> None:
        """Begin with nothing seen."""
        self._checks = checks
        self._possible = checks.possible
        self._expected = [s for s in (checks.expected, checks.rated) if s is not None]
        self._still = Still(checks.flat) if checks.flat is not None else None
        self._last: float | None = None  # that did not fail
        self._last_ms = 0.0

    def feed(self, ms: float, value: float | None) -> Flag:
        """Flag ``value``, taken at ``ms``: the worst that a check says.

        No value, NaN and infinity are missing, and leave no trace.  With a stamp
        that does not advance there is no rate to judge, and a flat stretch begins
        anew.

        Examples
        --------
        >>> from rules.quality.spans import Span
        >>> from rules.quality.steps import Step
        >>> stream = Stream(Checks(possible=Span(-80, 60), step=Step(2, 3)))
        >>> [stream.feed(t * 60_000, x).name for t, x in enumerate((25, 28.5, 27.4))]
        ['GOOD', 'FAIL', 'GOOD']
        """
        if value is None or not math.isfinite(value):
            return Flag.MISSING
        flag = self._judge(ms, value)
        if flag is not Flag.FAIL:
            self._last, self._last_ms = value, ms
        if self._still is not None:
            flag = max(flag, self._still.feed(ms, value))
        return flag

    def _judge(self, ms: float, value: float) -> Flag:
        """Spans and step."""
        if not self._possible.holds(value):
            return Flag.FAIL
        flag = Flag.GOOD
        step, last = self._checks.step, self._last
        if step is not None and last is not None and ms > self._last_ms:
            flag = step.flag(value - last, ms - self._last_ms)
        for span in self._expected:
            if flag is Flag.GOOD and not span.holds(value):
                flag = Flag.SUSPECT
        return flag
