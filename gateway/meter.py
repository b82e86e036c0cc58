"""What the link has cost today, kept over restarts in a file beside the buffer.

The file is written when another fiftieth of the budget is spent, at a new day and at
the end, and is not flushed: a power cut forgets at most that much, and the card is
not worn by a count.
"""

import contextlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from gateway.budget import Budget, Reason, Spent, spend
from telemetry.clock import Clock

FILE: Final = "budget.json"
PARTS: Final = 50  # of a day's budget, after each of which the file is written


class Meter:
    """Counts bytes against ``budget``.  Belongs to the uplink's thread."""

    def __init__(self, folder: Path, budget: Budget, clock: Clock) -> None:
        self.budget = budget
        self.waits: Reason | None = None  # why readings are held back
        self._path = folder / FILE
        self._clock = clock
        self._traffic = 0
        self._spent = Spent()
        if budget.daily_bytes is not None:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                kept = json.loads(self._path.read_text(encoding="utf-8"))
                self._spent = Spent(
                    int(kept["day"]), bool(kept["is_local"]), int(kept["count"])
                )
        self._kept = self._spent

    def look(self, traffic: int, offset_ms: int | None) -> Reason | None:
        """Count up to ``traffic`` bytes of this process; why readings wait, if so."""
        if not self.budget.is_set:
            return None
        more, self._traffic = traffic - self._traffic, traffic
        field_ms = self._clock.field_ms()
        utc_ms = None if offset_ms is None else field_ms + offset_ms
        self._spent = spend(self._spent, more, field_ms, utc_ms)
        self.waits = self.budget.holds_back(self._spent, utc_ms)
        if self.budget.daily_bytes is not None and (
            self._spent.day != self._kept.day
            or self._spent.count - self._kept.count >= self.budget.daily_bytes / PARTS
        ):
            self.keep()
        return self.waits

    def keep(self) -> None:
        """Write the count; a card that fails now is the recorder's to tell."""
        self._kept = self._spent
        if self.budget.daily_bytes is None:
            return
        part = self._path.with_name(FILE + ".part")
        with contextlib.suppress(OSError):
            part.write_bytes(json.dumps(asdict(self._spent)).encode())
            part.replace(self._path)

    def told(self) -> dict[str, Any] | None:
        """For ``status.json`` and ``up/state``; ``None`` where nothing is limited."""
        if not self.budget.is_set:
            return None
        return {
            "daily_bytes": self.budget.daily_bytes,
            "spent_bytes": self._spent.count,
            "waits": self.waits,
        }
