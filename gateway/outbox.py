"""Alerts on their way: sent on every connection, and again while unanswered.  Pure."""

from collections.abc import Iterable, Mapping


class Outbox:
    """Events that the province has not confirmed, and when each was sent."""

    def __init__(self, bodies: Mapping[str, bytes], *, again_s: float) -> None:
        self._again_s = again_s
        self.load(bodies)

    def load(self, bodies: Mapping[str, bytes]) -> None:
        """Take over what the buffer holds, and forget the rest."""
        self._waiting: dict[str, tuple[bytes, float | None]] = {}
        self.add(bodies)

    @property
    def waiting(self) -> list[str]:
        """Event ids, the oldest first."""
        return list(self._waiting)

    @property
    def bodies(self) -> dict[str, bytes]:
        """What waits, by event id."""
        return {event: body for event, (body, _) in self._waiting.items()}

    def add(self, bodies: Mapping[str, bytes]) -> None:
        """Take events that have been committed."""
        self._waiting |= {event: (body, None) for event, body in bodies.items()}

    def connected(self) -> None:
        """Forget what was sent on an earlier connection."""
        self.add(self.bodies)

    def due(self, at_s: float) -> list[bytes]:
        """Bodies to be sent now; they count as sent."""
        due = {
            event: (body, at_s)
            for event, (body, sent_s) in self._waiting.items()
            if sent_s is None or at_s - sent_s >= self._again_s
        }
        self._waiting |= due
        return [body for body, _ in due.values()]

    def delivered(self, events: Iterable[str]) -> list[str]:
        """Drop what is confirmed; those of ``events`` that were here."""
        return [event for event in events if self._waiting.pop(event, None) is not None]
