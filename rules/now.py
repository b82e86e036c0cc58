"""The instant of a look."""

from dataclasses import dataclass
from datetime import date
from typing import Final

DAY_MS: Final = 86_400_000
EAST_MS: Final = 7 * 3_600_000  # Asia/Ho_Chi_Minh
FIRST_DAY: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Now:
    """The instant of a look; ``utc_ms`` is the best estimate, ``None`` without one."""

    boot: str
    ms: int  # field time [ms]
    utc_ms: int | None

    @property
    def day(self) -> date | None:
        """Today in Viet Nam."""
        if self.utc_ms is None:
            return None
        return date.fromordinal(FIRST_DAY + (self.utc_ms + EAST_MS) // DAY_MS)
