"""The buffer between two commits: age, room, and what a damaged file still holds.

Belongs to the recorder's thread.  Each step is one chunk, so that readings never
wait for it.
"""

import logging
from pathlib import Path
from typing import Final

from gateway import alerts
from gateway.buffer import Buffer
from gateway.quota import Quota, free_bytes, size_of
from gateway.records import BufferFault, is_full
from gateway.recovery import Opened
from gateway.retention import DAY_MS
from gateway.salvage import Salvage
from gateway.schema import WAL_LIMIT_BYTES
from telemetry.clock import Clock
from telemetry.messages import Alert

log = logging.getLogger(__name__)

RELIEF_MAX: Final = 500  # chunks given up at once where nothing can be written
LOG_MOST: Final = 4 * WAL_LIMIT_BYTES  # a log that nobody holds stays far below
SHORT_BYTES: Final = 64 * 1024  # free on the disk: SQLite's index grows by 32 KiB
BALLAST: Final = "ballast"  # a file beside the buffer
AGE_CHUNK: Final = 2000  # rows deleted in one transaction; each costs some pages
AGE_EVERY_S: Final = 3600.0


class Upkeep:
    """Keeps one buffer young, small enough and whole."""

    def __init__(
        self, path: Path, clock: Clock, *, keep_days: float, max_bytes: int
    ) -> None:
        self._path = path
        self._clock = clock
        self._keep_ms = int(keep_days * DAY_MS)
        self._max_bytes = max_bytes
        self._quota = Quota(path.with_name(BALLAST))
        self._salvage: Salvage | None = None
        self._buffer: Buffer
        self._age_s: float | None = None  # machine time of the next look
        self._may_need_room = True
        self._told_ms: dict[str, int] = {}  # when something was last told

    def use(self, opened: Opened) -> None:
        """Go on with this buffer."""
        if self._salvage is not None:
            self._salvage.close()
        self._buffer, self._salvage = opened.buffer, opened.salvage
        self._buffer.limit(self._max_bytes)
        self.size = self._buffer.size

    def stand(self, *, is_up: bool) -> None:
        """Whether the province answers: held rows age out only while it does."""
        if not is_up:
            self._age_s = None
        elif self._age_s is None:
            self._age_s = self._clock.machine_s() + AGE_EVERY_S

    def committed(self) -> None:
        """Something was written."""
        self._quota.written()
        self._may_need_room = True

    def failed(self, fault: BufferFault) -> None:
        """It could not be opened or written."""
        # Without room for its index SQLite speaks of an I/O error.
        if is_full(fault) or free_bytes(self._path.parent) < SHORT_BYTES:
            self._quota.full()

    def make_room(self) -> None:
        """Give up as much as it takes to write again, where there was no room."""
        for _ in range(RELIEF_MAX):
            now_ms = self._clock.field_ms()
            if not self._quota.is_short or not self._quota.relieve(
                self._buffer, self._buffer.size, now_ms
            ):
                return

    def step(self) -> list[Alert]:
        """Do one chunk of what is due; returns what is to be told."""
        self._age()
        if not self._may_need_room:
            return []
        return [*self._relieve(), *self._look_at_log()]

    def salvage(self, next_seq: int) -> tuple[int, list[Alert]]:
        """Bring rows over from a file that was put aside, numbered from ``next_seq``.

        Returns how many, and what is to be told.
        """
        salvage = self._salvage
        if salvage is None:
            return 0, []
        brought = salvage.step(self._buffer, next_seq)
        if not salvage.is_done:
            return brought, []
        self._salvage = None
        log.info("%s", salvage.told)
        return brought, [alerts.buffer_salvaged(self._clock, salvage.told)]

    # --- inside --------------------------------------------------------------

    def _age(self) -> None:
        """Once an hour delete a chunk at a time what is held and old enough."""
        if self._age_s is None or self._clock.machine_s() < self._age_s:
            return
        now_ms = self._clock.field_ms()
        limit = self._buffer.first_younger(now_ms, self._keep_ms)
        gone = self._buffer.delete_held(limit, AGE_CHUNK)
        if max(gone, self._buffer.delete_hours(now_ms, AGE_CHUNK)) < AGE_CHUNK:
            self._age_s = self._clock.machine_s() + AGE_EVERY_S

    def _relieve(self) -> list[Alert]:
        """Give a chunk up where the file nears its cap, and tell it once a day."""
        before, after = self.size, self._buffer.size
        self.size = after
        now_ms = self._clock.field_ms()
        self._may_need_room = self._quota.relieve(self._buffer, after, now_ms)
        has_given = (before.thinned, before.lost) != (after.thinned, after.lost)
        if has_given and self._is_news("thinned", now_ms):
            return [alerts.buffer_thinned(self._clock, after)]
        return []

    def _look_at_log(self) -> list[Alert]:
        """A foreign reader that stays keeps SQLite's log from ending: tell it."""
        log_bytes = size_of(self._path.with_name(f"{self._path.name}-wal"))
        now_ms = self._clock.field_ms()
        if log_bytes > LOG_MOST and self._is_news("held open", now_ms):
            return [alerts.buffer_held_open(self._clock, log_bytes)]
        return []

    def _is_news(self, what: str, now_ms: int) -> bool:
        """Whether ``what`` was not told within a day; then it counts as told."""
        told_ms = self._told_ms.get(what)
        if told_ms is not None and now_ms - told_ms < DAY_MS:
            return False
        self._told_ms[what] = now_ms
        return True
