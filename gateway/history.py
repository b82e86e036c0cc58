"""The past of this gateway: hours and newest values, as rules ask for them.

Belongs to the recorder's thread.  Every reading is taken once, in the order of
its number, as soon as it has one; ``due`` hands over what the buffer must be
told, to go into the same transaction as the readings.  The last days stay in
memory, older ones on the card.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from gateway.hints import Board
from gateway.hours import as_hour, hour_of
from gateway.people import place_of
from gateway.records import Entry, HourRow
from gateway.segments import DISPUTE_MS, PEOPLE, Segment, order_ms
from gateway.timeline import Timeline, guess_offset_ms
from gateway.trail import Trail
from rules.history import HOUR_MS, Hour, Place, Run, Sample
from telemetry.clock import Clock

EVERY_HOURS: Final = 6  # between two writings; each costs some pages, whatever it holds
MOST_LATE: Final = 10_000  # readings put down before they are looked at; 1 MB
AFTER_MS: Final = 5 * 60_000  # of an hour, before it is written: buses lag by a cycle
MOST_UNWRITTEN: Final = 20_000  # readings; to fold them again takes 0.1 s on a PC
LONG_AGO_MS: Final = -(2**62)  # before any window


class Past:
    """What rules may know of the past, see ``rules.history.History``."""

    def __init__(
        self,
        places: Sequence[Place],
        heads: Mapping[tuple[str, str], str],
        clock: Clock,
        *,
        full_scale: Mapping[tuple[str, str], float | None],
        board: Board | None = None,
    ) -> None:
        """Begin without a past; ``heads`` and ``full_scale`` by sensor and quantity.

        ``full_scale`` is looked at anew each time, and so is ``board``, where the
        sources of time say what UTC is before the province has.
        """
        self._board = board or Board()
        self._places = tuple(places)
        self._heads = {p: heads[p.sensor, p.quantity] for p in self._places}
        self._of_people: set[str] = set()  # heads
        self._clock = clock
        self._full_scale = full_scale
        self.load(0, (), ())

    # --- from the buffer -----------------------------------------------------

    def load(
        self,
        boot: int,
        hours: Iterable[tuple[int, HourRow]],
        segments: Iterable[Segment],
    ) -> None:
        """Forget everything and begin with what the buffer holds.

        ``boot`` is the running one's id there; ``hours`` are as ``Reader.hours``
        gives them.  How long a sensor has been silent is not among it.
        """
        self._boot = boot
        self._kept_ms: int | None = None  # UTC - field time, as a lost file had it
        self._timeline = Timeline(segments)
        self._trails: dict[str, Trail] = {}
        self._seq: int | None = None  # newest number that was taken
        self._late = 0  # readings taken and perhaps not looked at
        self._unwritten = 0  # readings taken since the last writing
        self._written_hour: int | None = None
        self._newest_ms = 0
        for of_boot, (head, hour, tally, *_) in hours:
            self._trail(head).load(of_boot, hour, tally)
        self._earlier = self._ends_before(boot)

    def begin_anew(
        self,
        boot: int,
        hours: Iterable[tuple[int, HourRow]],
        segments: Iterable[Segment],
    ) -> None:
        """Begin with what another file holds; the time stays known."""
        now_ms = self._clock.field_ms()
        utc_ms = self.utc_ms(now_ms)
        self.load(boot, hours, segments)
        self._kept_ms = None if utc_ms is None else utc_ms - now_ms

    def heads(self) -> set[str]:
        """The series whose hours are to be loaded."""
        return {*self._heads.values()}

    def meet(self, heads: Iterable[str]) -> None:
        """Learn of series; those that people count are places from now on."""
        for head in heads:
            place = None if head in self._of_people else place_of(head)
            if place is not None:
                self._of_people.add(head)
                self._heads[place] = head
                self._places = (*self._places, place)

    def segment(self, segment: Segment) -> None:
        """Take a new clock segment."""
        self._timeline.add(segment)

    def take(self, entry: Entry) -> None:
        """Take one reading of the running boot, or what somebody has counted.

        It is only put down: to look at many at once costs a fraction.
        """
        if entry.boot == PEOPLE:
            self.meet([entry.head])
        else:
            self._newest_ms = max(self._newest_ms, entry.ms)
        ms = order_ms(entry.boot, entry.ms)
        self._trail(entry.head).late.append((ms, entry.value, entry.flag))
        self._seq = entry.seq
        self._unwritten += 1
        self._late += 1
        if self._late >= MOST_LATE:
            self._late = 0
            for trail in self._trails.values():
                trail.absorb(self._boot)

    def due(self, *, all_: bool = False) -> tuple[list[HourRow], int | None]:
        """What is to be written now: hours, and the number that they have seen.

        Every few hours, all hours that have changed, the running one among them;
        ``all_`` at the end.  What is handed over counts as written.
        """
        if not self._unwritten:
            return [], None
        hour = hour_of(max(0, self._newest_ms - AFTER_MS))
        if self._written_hour is None:
            self._written_hour = hour
        is_time = hour >= self._written_hour + EVERY_HOURS
        if not (is_time or all_ or self._unwritten >= MOST_UNWRITTEN):
            return [], None
        rows = []
        for head, trail in self._trails.items():
            trail.settle(self._boot)
            boot = PEOPLE if trail.is_of_people else None
            rows += [HourRow(head, *each, boot) for each in trail.open.items()]
            trail.open.clear()
        self._written_hour, self._unwritten = hour, 0
        return rows, self._seq

    # --- for the rules -------------------------------------------------------

    @property
    def places(self) -> Sequence[Place]:
        """Every channel of the gateway."""
        return self._places

    @property
    def is_guess(self) -> bool:
        """Whether UTC rests on this machine's own clock alone, or is unknown."""
        return self._boot not in self._timeline

    def utc_ms(self, field_ms: int) -> int | None:
        """Best estimate of UTC at ``field_ms`` of the running boot."""
        known = self._timeline.utc_ms(self._boot, field_ms)
        guess_ms = self._guess_ms(self._boot)
        return known if guess_ms is None else field_ms + guess_ms

    def trusted_utc_ms(self, field_ms: int) -> int | None:
        """UTC where it rests on more than a clock of this machine that nobody has set.

        What people count keeps its stamp for ever, so it waits for this.
        """
        words = self._board.trusted(self._clock.field_ms())
        is_told = not self.is_guess or self._clock.is_simulated or bool(words)
        return self.utc_ms(field_ms) if is_told else None

    def hours(self, place: Place, since_ms: int, until_ms: int) -> Sequence[Hour]:
        """Hours that begin within [since, until), UTC [ms], gaps left out.

        The running hour is among them as far as it has come.  Hours of two boots
        may overlap: each boot's begin with its own field time.
        """
        trail = self._of(place)
        if trail is None:
            return []
        trail.settle(self._boot)
        found = []
        for boot in trail.shelf.boots:
            begin_ms = self._begins(boot)
            found += [
                as_hour(*each)
                for each in trail.shelf.within(boot, begin_ms, since_ms, until_ms)
                if each[1].n
            ]
        return sorted(found, key=lambda hour: hour.begin_ms)

    def newest(self, place: Place) -> Sample | None:
        """The newest value that neither failed nor is missing."""
        trail = self._of(place)
        newest = None if trail is None else self._by_now(trail)
        if newest is None:
            return None
        boot, ms, value, is_doubtful = newest
        here_ms = self._here_ms(boot, ms)
        return None if here_ms is None else Sample(here_ms, value, is_doubtful)

    def newest_poll_ms(self, place: Place) -> int | None:
        """Field time of the newest poll, answered or not. [ms]"""
        trail = self._of(place)
        if trail is None or trail.poll is None:
            return None
        return self._here_ms(*trail.poll)

    def full_scale(self, place: Place) -> float | None:
        """Full scale that the device itself states, in the quantity's unit."""
        return self._full_scale.get((place.sensor, place.quantity))

    def run(self, place: Place) -> Run | None:
        """How the newest polls were flagged, ``None`` before the first one."""
        trail = self._of(place)
        return None if trail is None else trail.run

    # --- inside --------------------------------------------------------------

    def _trail(self, head: str) -> Trail:
        found = self._trails.get(head)
        if found is None:
            found = self._trails[head] = Trail(is_of_people=head in self._of_people)
        return found

    def _of(self, place: Place) -> Trail | None:
        trail = self._trails.get(self._heads[place])
        if trail is not None and trail.late:
            trail.absorb(self._boot)
        return trail

    def _by_now(self, trail: Trail) -> tuple[int, int, float, bool] | None:
        """The newest value; a count that a wrong clock dated ahead hides no other."""
        utc_ms = self.utc_ms(self._clock.field_ms()) if trail.is_of_people else None
        return trail.newest if utc_ms is None else trail.newest_by(utc_ms + DISPUTE_MS)

    def _begins(self, boot: int) -> Callable[[int], int]:
        """UTC [ms] at which each hour of ``boot`` begins; long ago if unknown."""
        guess_ms = self._guess_ms(boot)

        def begin_ms(hour: int) -> int:
            known = self._timeline.utc_ms(boot, hour * HOUR_MS)
            if known is not None:
                return known
            return LONG_AGO_MS if guess_ms is None else hour * HOUR_MS + guess_ms

        return begin_ms

    def _guess_ms(self, boot: int) -> int | None:
        """UTC - field time by guess, for the running boot if no segment tells it."""
        if boot != self._boot or not self.is_guess:
            return None
        if self._kept_ms is not None:
            return self._kept_ms
        now_ms = self._clock.field_ms()
        words, refused = self._board.trusted(now_ms), self._board.refused(now_ms)
        return guess_offset_ms(self._clock, self._ended_ms(), words, refused)

    def _here_ms(self, boot: int, ms: int) -> int | None:
        """Field time of the running boot at ``ms`` of any boot, if it is known."""
        if boot == self._boot:
            return ms
        then, begin = self._timeline.utc_ms(boot, ms), self.utc_ms(0)
        if then is None or begin is None:
            return None
        if boot == PEOPLE:
            return then - begin
        return min(-1, then - begin)  # it was before, whatever the clocks say

    def _ends_before(self, boot: int) -> dict[int, int]:
        """Field time of the last poll of each earlier boot. [ms]"""
        ends: dict[int, int] = {}
        for trail in self._trails.values():
            for of_boot in trail.shelf.boots:
                if of_boot < boot and of_boot != PEOPLE:
                    end_ms = trail.shelf.end_ms(of_boot)
                    ends[of_boot] = max(ends.get(of_boot, 0), end_ms)
        return ends

    def _ended_ms(self) -> int:
        """UTC at which an earlier boot still ran. [ms since 1970]"""
        known = (self._timeline.utc_ms(*each) for each in self._earlier.items())
        return max((utc for utc in known if utc is not None), default=0)
