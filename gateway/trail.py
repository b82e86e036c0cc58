"""What is known of one series: its hours, its newest value, its newest polls."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from gateway.hours import EMPTY, Taken, Tally, fold, hour_of
from gateway.segments import PEOPLE
from gateway.shelf import Shelf
from rules.history import Run
from telemetry.reading import Flag

KEEP_HOURS: Final = 40 * 24  # in memory; no model looks back further than 21 nights


@dataclass(slots=True)
class Trail:
    """One series; ``open`` hours have changed since they were written.

    What people count is of a boot of its own, whatever boot runs.
    """

    is_of_people: bool = False
    shelf: Shelf = field(default_factory=lambda: Shelf(KEEP_HOURS))
    open: dict[int, Tally] = field(default_factory=dict)
    late: list[Taken] = field(default_factory=list)  # not looked at yet
    newest: tuple[int, int, float, bool] | None = None  # boot, ms, value, is doubtful
    poll: tuple[int, int] | None = None  # boot, ms
    run: Run | None = None  # of polls since the start of this process

    def load(self, boot: int, hour: int, tally: Tally) -> None:
        """Take a written hour; later ones come later."""
        self.shelf.put(boot, hour, tally)
        self.poll = boot, tally.poll_ms
        if tally.n:
            # Which of an hour's values were doubtful is not on record.
            is_doubtful = tally.doubtful == tally.n
            self.newest = boot, tally.last_ms, tally.last, is_doubtful

    def absorb(self, boot: int) -> None:
        """Take what has come of the running ``boot`` since the last time."""
        boot = PEOPLE if self.is_of_people else boot
        late, self.late = self.late, []
        for hour, some in groupby(late, key=_hour_of):
            before = self.open.get(hour) or self.shelf.get(boot, hour) or EMPTY
            self.open[hour] = fold(before, some)
        for ms, value, flag in late:
            if self.poll is None or (boot, ms) >= self.poll:
                self.poll = boot, ms
                self._run_on(ms, flag)
            is_newer = self.newest is None or (boot, ms) >= self.newest[:2]
            if value is not None and flag < Flag.FAIL and is_newer:
                self.newest = boot, ms, value, flag == Flag.SUSPECT

    def newest_by(self, ms: int) -> tuple[int, int, float, bool] | None:
        """The newest count of people that is not of later than ``ms``, UTC."""
        if self.newest is None or self.newest[1] <= ms:
            return self.newest
        self.settle(PEOPLE)
        found = None
        hours = self.shelf.within(PEOPLE, int, 0, hour_of(ms) + 1)
        for _, tally in hours:
            if tally.n and tally.last_ms <= ms:
                is_doubtful = tally.doubtful == tally.n
                found = PEOPLE, tally.last_ms, tally.last, is_doubtful
        return found

    def settle(self, boot: int) -> None:
        """Put the open hours on the shelf; they stay open."""
        self.absorb(boot)
        boot = PEOPLE if self.is_of_people else boot
        for hour, tally in self.open.items():
            self.shelf.put(boot, hour, tally)

    def _run_on(self, ms: int, flag: int) -> None:
        if self.run is None or self.run.flag != flag:
            self.run = Run(flag, 1, ms)
        else:
            self.run = Run(flag, self.run.length + 1, self.run.since_ms)


def _hour_of(taken: Taken) -> int:
    return hour_of(taken[0])
