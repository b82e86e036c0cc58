"""What sources of time say in this boot, and what it is worth.

A source is a real-time clock, a modem, a GPS receiver, NTP or a person.  Each word
is a hint until the province has answered hello.  The board is where four threads
meet, those of ``gateway.hint_work``, uplink, recorder and main: each entry is
replaced whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.brackets import BRACKET, TRUST
from gateway.records import Hint
from gateway.segments import (
    DISPUTE_MS,
    FIRST_RELEASE_MS,
    BootSpan,
    Segment,
    Word,
    covering,
)

BY_HINT: Final = ("modem", "rtc", "person", BRACKET)  # segments that judge nobody
FINE: Final[Sequence[str]] = (
    "ntp",
    "gps",
)  # jitter less than hello's round trip; the best first
NTP_ERR_MS: Final = 5_400
"""timesyncd takes servers up to 5 s from their root (RootDistanceMaxSec=, see
timesyncd.conf(5)) and only slews what is less than 0.4 s off (its NTP_MAX_ADJUST)."""
FRESH_MS: Final = 20 * 60_000  # a GPS or NTP word is of now; twice the time between two
LAST_YEARS_MS: Final = 10 * 31_556_952_000  # no gateway runs ten years after release
LOCAL_MS: Final = 7 * 3_600_000  # Asia/Ho_Chi_Minh is ahead of UTC, without summer time
LOCAL_WITHIN_MS: Final = 5_000


def is_possible(utc_ms: int) -> bool:
    """Whether a gateway can live then: from the first release on, for ten years."""
    return FIRST_RELEASE_MS <= utc_ms <= FIRST_RELEASE_MS + LAST_YEARS_MS


def wrong(said: Mapping[str, Word], truth: Word, ppm: float) -> dict[str, int]:
    """Sources more than five minutes off, and by how much: positive is ahead. [ms]"""
    found = {}
    for source, word in said.items():
        off_ms = word.offset_ms - truth.offset_ms
        if abs(off_ms) > DISPUTE_MS + word.err_ms + truth.at(word.ms, ppm).err_ms:
            found[source] = off_ms
    return found


def is_local(off_ms: int) -> bool:
    """Whether a source keeps Vietnamese time instead of UTC."""
    return abs(off_ms - LOCAL_MS) <= LOCAL_WITHIN_MS


class Board:
    """The newest word of each source, and what hello has found of it."""

    def __init__(self) -> None:
        self.words: dict[str, Word] = {}
        self.faults: dict[str, str] = {}  # why a source says nothing
        self.off_ms: dict[str, int] = {}  # distance from the province's time [ms]
        self.distrusted: frozenset[str] = frozenset()  # found wrong by hello
        self.in_force: Segment | None = None
        self.is_complete = True  # every source has been asked once
        self.spans: Sequence[BootSpan] | None = None  # of the boots before

    def load(
        self, hints: Iterable[Hint], segments: Sequence[Segment], boot: int
    ) -> None:
        """Take over what the buffer holds; ``boot`` is the running one."""
        newest: dict[str, bool] = {}
        for hint in sorted(hints):
            if hint.source not in TRUST:
                continue
            if hint.boot == boot:
                self.words.setdefault(hint.source, Word(*hint[2:]))
            dated = covering(segments, hint.boot, hint.ms)
            if dated is not None and dated.source not in BY_HINT:
                truth = Word(hint.ms, dated.offset_ms, dated.err_ms)
                said = {hint.source: Word(*hint[2:])}
                newest[hint.source] = bool(wrong(said, truth, 0.0))
        self.distrusted = frozenset(s for s, is_wrong in newest.items() if is_wrong)
        mine = [s for s in segments if s.boot == boot]
        self.in_force = max(mine, key=lambda s: s.from_ms, default=None)

    def hear(self, source: str, word: Word) -> None:
        """Take a source's newest word."""
        self.words[source] = word
        self.faults.pop(source, None)

    def hear_ntp(self, now_ms: int, offset_ms: int) -> None:
        """Take UTC - field time by this machine's clock, which NTP has set."""
        self.hear("ntp", Word(now_ms, offset_ms, NTP_ERR_MS))

    def fresh(self, now_ms: int) -> dict[str, Word]:
        """What is said; of NTP and GPS only what was heard lately."""
        return {
            source: word
            for source, word in list(self.words.items())
            if source not in FINE or now_ms - word.ms <= FRESH_MS
        }

    def trusted(self, now_ms: int) -> list[Word]:
        """Words that an estimate may rest on, the best first."""
        said = self.fresh(now_ms)
        return [said[s] for s in TRUST if s in said and s not in self.distrusted]

    def refused(self, now_ms: int) -> list[Word]:
        """Words that hello has found wrong; this machine's clock may follow them."""
        return [w for s, w in self.fresh(now_ms).items() if s in self.distrusted]

    def judged(
        self, segment: Segment, said: Mapping[str, Word], found: Mapping[str, int]
    ) -> None:
        """Note which segment is in force, and what hello thinks of the sources."""
        self.in_force = segment
        self.off_ms = {s: w.offset_ms - segment.offset_ms for s, w in said.items()}
        self.distrusted = frozenset((self.distrusted - said.keys()) | found.keys())

    def report(self, now_ms: int, utc_ms: int | None) -> dict[str, object]:
        """What ``status.json`` says; ``utc_ms`` is the best estimate of now."""
        told, best = self.in_force, self.trusted(now_ms)
        sources = {
            source: {
                "ms": word.ms,
                "utc_ms": now_ms + word.offset_ms,
                "err_ms": word.err_ms,
                "off_ms": None if utc_ms is None else now_ms + word.offset_ms - utc_ms,
                "distrusted": source in self.distrusted,
            }
            for source, word in list(self.words.items())
        }
        source, err_ms = _in_force(told, best, list(self.words.items()), utc_ms)
        return {
            "utc_ms": utc_ms,
            "source": source,
            "err_ms": err_ms,
            "confirmed": told is not None,
            "sources": sources,
            "faults": dict(self.faults),
        }


def _in_force(
    told: Segment | None,
    best: Sequence[Word],
    words: Sequence[tuple[str, Word]],
    utc_ms: int | None,
) -> tuple[str | None, int | None]:
    if told is not None:
        return told.source, told.err_ms
    if utc_ms is None:
        return None, None
    for word in best:
        name = next((s for s, w in words if w == word), None)
        return name, word.err_ms
    return "machine", None
