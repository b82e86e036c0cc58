"""What waits for its commit: one change, when it is due, and who waits for it.

While the file fails it stays here, bounded, and its alerts go out all the same.
"""

import logging
from collections.abc import Callable
from itertools import islice
from typing import Final

from gateway.records import Change, Entry
from gateway.segments import PEOPLE
from telemetry import messages, ranges
from telemetry.clock import Clock
from telemetry.messages import Alert

log = logging.getLogger(__name__)

WAITING_MAX: Final = 20_000  # rows kept in memory while the file fails, some 5 MB
LOOK_S: Final = 0.2  # how long the recorder sleeps at most
LEAST_S: Final = 0.001  # … and at least, or a due commit would be asked for in a spin


class Waiting:
    """The next transaction's contents.  Belongs to the recorder's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.change = Change()
        self.due_s: float | None = None  # machine time
        self.lost = 0  # rows that were given up before they were stored
        self._done: list[Callable[[], None]] = []
        self._told: set[str] = set()  # alerts that went out before they were stored

    # --- when ----------------------------------------------------------------

    def wish(self, within_s: float) -> None:
        """Have it committed within this time."""
        due_s = self._clock.machine_s() + within_s
        self.due_s = due_s if self.due_s is None else min(self.due_s, due_s)

    def patience_s(self, *, is_stopping: bool) -> float:
        """How long the recorder may sleep."""
        if is_stopping:
            return LEAST_S
        if self.due_s is None:
            return LOOK_S
        return min(LOOK_S, max(LEAST_S, self.due_s - self._clock.machine_s()))

    # --- what ----------------------------------------------------------------

    def merge(self, more: Change) -> None:
        """Take what the uplink asks for."""
        mine, held, lacking = self.change, more.held, more.lacking
        mine.segments += more.segments
        mine.cut += more.cut
        mine.closed += more.closed
        mine.held = ranges.union([*ranges.subtract(mine.held, lacking), *held])
        mine.lacking = ranges.union([*ranges.subtract(mine.lacking, held), *lacking])
        mine.lost += more.lost
        mine.hints += more.hints
        mine.quarantined |= more.quarantined
        mine.alerts |= more.alerts
        mine.delivered += more.delivered

    def alert(self, message: Alert) -> None:
        """Tell the technician, at once."""
        self.change.alerts[message.id] = messages.encode(message)
        self.wish(0.0)

    def then(self, done: Callable[[], None] | None) -> None:
        """Call ``done`` once it is committed."""
        if done is not None:
            self._done.append(done)

    def renumber(self, first: int) -> list[Entry]:
        """Begin with another file: rows get its numbers, what names others goes."""
        old = self.change
        rows = [entry._replace(seq=seq) for seq, entry in enumerate(old.rows, first)]
        self.change = Change(
            rows=rows, taken=old.taken, alerts=old.alerts, episodes=old.episodes
        )
        return rows

    # --- what becomes of it --------------------------------------------------

    def written(self) -> tuple[Change, dict[str, bytes], list[Callable[[], None]]]:
        """It is committed; returns it, its alerts that nobody heard, and who waits."""
        change, self.change = self.change, Change()
        new = self._untold(change)
        done, self._done = self._done, []
        self._told = set()
        return change, new, done

    def failed(self) -> None:
        """It could not be written: what is too much for memory goes as lost.

        What people counted stays: its file goes with the commit that notes its digest.
        """
        change = self.change
        polled = (row for row in change.rows if row.boot != PEOPLE)
        excess = max(0, len(change.rows) - WAITING_MAX)
        surplus = [row.seq for row in islice(polled, excess)]
        if not surplus:
            return
        gone = {*surplus}
        change.rows[:] = [row for row in change.rows if row.seq not in gone]
        change.lost = ranges.union([*change.lost, *((seq, seq) for seq in surplus)])
        self.lost += len(surplus)
        log.error("the buffer has failed for long: %d readings lost", self.lost)

    def tell(self) -> dict[str, bytes]:
        """Alerts that are to go out before they are stored, each once."""
        new = self._untold(self.change)
        self._told |= new.keys()
        return new

    def _untold(self, change: Change) -> dict[str, bytes]:
        told = self._told
        return {
            event: body for event, body in change.alerts.items() if event not in told
        }
