"""A batch on its way: its bytes, and when it was sent.  Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.records import Batch
from telemetry.ranges import Range

RESEND_MAX_S: Final = 600.0  # the wait for an acknowledgement doubles up to this


@dataclass(slots=True)
class Open:
    """A batch that is recorded and not acknowledged.

    ``payload`` is what is published and ``numbers`` those of its lines; ``None``
    until an earlier run's batch is rendered again.
    """

    batch: Batch
    payload: bytes | None
    numbers: Sequence[int] | None = None
    sent_s: float | None = None  # on this connection, the last time …
    since_s: float = 0.0  # … and the first
    sends: int = 0  # on this connection
    wait_s: float = 0.0
    is_new: bool = False  # it does not wait for backlog

    @property
    def span(self) -> Range:
        """Its numbers."""
        return self.batch.first, self.batch.last

    @property
    def rows(self) -> int:
        """How many lines it has."""
        return self.batch.last - self.batch.first + 1 - self.batch.merged

    def connected(self, resend_after_s: float) -> None:
        """Another connection: nothing was sent on it yet."""
        self.sent_s, self.sends = None, 0
        self.wait_s = resend_after_s

    def is_due(self, at_s: float) -> bool:
        """Whether it was not sent on this connection, or stays unanswered."""
        return self.sent_s is None or at_s - self.sent_s >= self.wait_s

    def sent(self, at_s: float) -> None:
        """It has been published."""
        if self.sent_s is None:
            self.since_s = at_s
        else:
            self.wait_s = min(self.wait_s * 2, RESEND_MAX_S)
        self.sent_s = at_s
        self.sends += 1
