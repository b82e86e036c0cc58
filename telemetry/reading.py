"""A reading: what one sensor said about one quantity at one instant."""

from dataclasses import dataclass
from enum import IntEnum


class Flag(IntEnum):
    """Quality of a reading, by the QARTOD scheme (U.S. IOOS)."""

    GOOD = 1
    UNCHECKED = 2  # "not evaluated"
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


@dataclass(frozen=True, slots=True)
class Reading:
    """What one sensor said about one quantity.

    ``value`` is in the quantity's own unit and is ``None`` exactly when
    ``flag`` is ``MISSING``: a gap is a fact, never a NaN and never silence.
    ``boot_ms`` is field time, milliseconds of CLOCK_BOOTTIME; the boot itself is
    that of the process, which the recorder adds.  There is no wall time here:
    at the time of reading nobody may know it.
    """

    sensor: str
    quantity: str
    boot_ms: int
    value: float | None
    flag: Flag = Flag.UNCHECKED

    def __post_init__(self) -> None:
        """Refuse a value without a flag for it, and the reverse."""
        if (self.value is None) != (self.flag is Flag.MISSING):
            msg = f"{self.sensor} {self.quantity}: {self.value} flagged {self.flag}"
            raise ValueError(msg)
