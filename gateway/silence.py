"""How long the province has owed an answer while the link was up.  Pure."""

from typing import Final

LONG_S: Final = 600.0  # facts/reliability.md 5.2; the wait of a resend ends there too
MOST_STEP_S: Final = 60.0  # a thread that stood still was no silence of the province


class Silence:
    """Adds up the time in which something waited for an answer and none came."""

    def __init__(self) -> None:
        self.lasted_s = 0.0
        self._looked_s: float | None = None

    def look(self, at_s: float, *, waits: bool) -> None:
        """Look again; ``waits``: the link is up and something sent is unanswered."""
        since_s = self._looked_s
        self._looked_s = at_s if waits else None
        if waits and since_s is not None:
            self.lasted_s += min(at_s - since_s, MOST_STEP_S)

    def heard(self) -> None:
        """The province has acknowledged something."""
        self.lasted_s = 0.0
        self._looked_s = None

    @property
    def is_long(self) -> bool:
        """Whether it is time to say so."""
        return self.lasted_s >= LONG_S
