"""What is known of a lot, ready to be told.  Instants are UTC. [ns since 1970]"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from province.episodes import Episode
from province.registry import records
from province.summary import Summary
from telemetry.ranges import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Where values come from; ``period_ns`` is ``None`` where nobody has told it."""

    gateway: str
    sensor: str
    period_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Rows of one local day: values flagged 1 or 2, those flagged 3 or 4, gaps."""

    day: date
    good: int
    doubtful: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One quantity at one height, of one pest in one stage; nothing else is mixed in.

    A counter or state is of one sensor, a level of all probes at that height.
    ``due`` polls fall into the season, ``due_since_first`` of them not before the
    first row; both are ``None`` where a period is not known.  ``gaps`` are those of
    all probes together, the longest first; ``None`` where no period is known.
    """

    quantity: str
    z: int
    pest: str | None
    stage: str | None
    sensor: str | None
    probes: Sequence[Probe]
    summary: Summary | None
    days: Sequence[Day]
    due: int | None
    due_since_first: int | None
    gaps: Sequence[Range] | None

    @property
    def good(self) -> int:
        """Values that count: flagged 1 or 2."""
        return sum(one.good for one in self.days)

    @property
    def doubtful(self) -> int:
        """Values flagged 3 or 4."""
        return sum(one.doubtful for one in self.days)

    @property
    def missing(self) -> int:
        """Polls without a value."""
        return sum(one.missing for one in self.days)

    @property
    def is_silent(self) -> bool:
        """Whether its gateway polls it, and nothing of it is stored."""
        return not self.days


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """One season, from sowing until the lot was harvested, or until now.

    ``strangers`` are gateways that sent readings and have never spoken for
    themselves: neither hello nor ``up/meta``.
    """

    grown: records.Season
    commune: str  # its name; the code where it has none
    start_ns: int
    end_ns: int
    measured: Sequence[Measured]
    alerts: Sequence[Episode]
    strangers: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A lot with what its seasons went through, as known at ``at_ms``. [UTC]"""

    about: records.Lot
    at_ms: int
    is_simulated: bool
    seasons: Sequence[Season]
