"""The past that a gateway's own buffer holds: its rows, and hours of rows long gone."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final

from gateway import wiring
from gateway.config import Config
from gateway.hours import Tally, as_hour
from gateway.past_found import Found
from gateway.people import place_of
from gateway.reader import SCAN_S, Reader
from gateway.records import Row
from gateway.segments import PEOPLE, PEOPLE_CLOCK, Segment, order_ms
from gateway.soundness import refuse_foreign
from gateway.timeline import Timeline
from rules.history import HOUR_MS, Hour, Place
from rules.recorded import Taken
from telemetry.reading import Flag
from telemetry.settings import ConfigError

CHUNK: Final = 50_000  # rows of one question; 0.1 s on a PC
MOST_HOURS: Final = 400 * 24  # of a series; as long as they are kept


def read(
    config: Config,
    wanted: Callable[[Place], bool] = lambda _: True,
    within: tuple[int, int] | None = None,
    guesses: Sequence[Segment] = (),
) -> Found:
    """Read all that is of the config's sensors and of people.

    ``wanted`` says of which of them; ``within`` gives the time of the rows, UTC [ms],
    and what was before it comes as hours, which is much less.  ``guesses`` date rows
    whose time the province has not told yet.

    Raises
    ------
    ConfigError
        There is no buffer, or nothing in it has a time.
    """
    if not config.buffer_path.exists():
        why = f"{config.buffer_path} does not exist: the gateway has not run yet"
        raise ConfigError([why])
    refuse_foreign(config.buffer_path)
    with closing(Reader(config.buffer_path, SCAN_S)) as reader:
        return _Reading(config, reader, wanted, within, guesses).found()


class _Reading:
    """One pass over a buffer."""

    def __init__(
        self,
        config: Config,
        reader: Reader,
        wanted: Callable[[Place], bool],
        within: tuple[int, int] | None,
        guesses: Sequence[Segment],
    ) -> None:
        self._reader = reader
        self._within = within
        self._heads = reader.heads()
        self._segments = [*reader.segments(), *guesses]
        self._time = Timeline(self._segments)
        channels = wiring.channels(config)
        self._places = {
            channels[place.sensor, place.quantity].head: place
            for place in wiring.places(config)
        }
        for head in self._heads.values():
            counted = place_of(head)
            if counted is not None:
                self._places[head] = counted
        self._places = {h: p for h, p in self._places.items() if wanted(p)}
        self._full_scale = {
            place: scale
            for place in self._places.values()
            if (scale := wiring.full_scales(config).get((place.sensor, place.quantity)))
        }
        self._undated = 0
        self._in_minute: Counter[tuple[int, int]] = Counter()  # of series, by people
        self._moved: set[str] = set()

    def found(self) -> Found:
        """Rows, then hours where no row is left."""
        samples: dict[Place, list[Taken]] = {p: [] for p in self._places.values()}
        for row in self._rows():
            head = self._heads[row.series]
            place, at_ms = self._places.get(head), self._time.utc_ms(row.boot, row.ms)
            if place is None:
                self._moved.add(head)
            elif at_ms is None:
                self._undated += 1
            else:
                samples[place].append((self._told_ms(row, at_ms), row.value, row.flag))
        firsts = {p: min(some)[0] for p, some in samples.items() if some}
        hours = {place: [] for place in samples}  # type: dict[Place, list[Hour]]
        for place, hour, told in self._old(firsts):
            hours[place].append(hour)
            samples[place] += told
        kept = {place: some for place, some in samples.items() if some}
        if not kept:
            why = f"{self._reader.path}: holds nothing that has a time"
            if self._undated:
                why += f"; {self._undated} rows wait for the province to tell it"
            raise ConfigError([why])
        return Found(kept, hours, self._full_scale, tuple(self._notes(hours)))

    def _told_ms(self, row: Row, at_ms: int) -> int:
        """The instant; counts of one minute follow each other as they were told."""
        if row.boot != PEOPLE:
            return at_ms
        minute = row.series, order_ms(PEOPLE, at_ms)
        self._in_minute[minute] += 1
        return minute[1] + self._in_minute[minute] - 1

    def _rows(self) -> Iterator[Row]:
        if self._within is not None:
            yield from self._some_rows(*self._within)
            return
        ledger = self._reader.ledger()
        first = self._reader.oldest(ledger)
        while first < ledger.next:
            yield from self._reader.rows(first, first + CHUNK - 1)
            first += CHUNK

    def _some_rows(self, since_ms: int, until_ms: int) -> Iterator[Row]:
        series = [id_ for id_, head in self._heads.items() if head in self._places]
        offsets: dict[int, list[int]] = {PEOPLE: [PEOPLE_CLOCK.offset_ms]}
        for segment in self._segments:
            offsets.setdefault(segment.boot, []).append(segment.offset_ms)
        for boot, of_it in offsets.items():
            first_ms, last_ms = since_ms - max(of_it), until_ms - min(of_it)
            yield from self._reader.rows_within(series, boot, first_ms, last_ms)

    def _old(
        self, firsts: dict[Place, int]
    ) -> Iterator[tuple[Place, Hour, list[Taken]]]:
        """Hours of before the first row of their series, with what was last in them."""
        heads = self._places.keys()
        for boot, (head, number, tally, *_) in self._reader.hours(heads, MOST_HOURS):
            place = self._places[head]
            begin_ms = self._time.utc_ms(boot, number * HOUR_MS)
            last_ms = self._time.utc_ms(
                boot, tally.last_ms if tally.n else tally.poll_ms
            )
            if begin_ms is None or last_ms is None:
                continue
            begin_ms = (begin_ms + HOUR_MS // 2) // HOUR_MS * HOUR_MS  # on the clock
            if begin_ms + HOUR_MS > firsts.get(place, last_ms + HOUR_MS):
                continue
            yield place, as_hour(begin_ms, tally), [_last(last_ms, tally)]

    def _notes(self, hours: dict[Place, list[Hour]]) -> Iterator[str]:
        old = sum(map(len, hours.values()))
        if old:
            yield f"buffer: {old} hours whose rows are gone were read as hours"
        if self._undated:
            yield f"buffer: {self._undated} rows of boots without a clock are left out"
        for head in sorted(self._moved):
            yield f"buffer: {head} is of no sensor of this config and is left out"


def _last(at_ms: int, tally: Tally) -> Taken:
    """The newest value of an hour; which of its values were doubtful is not known."""
    if not tally.n:
        return at_ms, None, int(Flag.MISSING)
    is_doubtful = tally.doubtful == tally.n
    return at_ms, tally.last, int(Flag.SUSPECT if is_doubtful else Flag.GOOD)
