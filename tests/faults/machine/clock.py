"""True time, and the clocks that believe something of it."""

from dataclasses import dataclass
from typing import Final

START_MS: Final = 1_795_294_053_000  # 2026-11-22T03:47:33+07:00; any instant would do


@dataclass(slots=True)
class Instant:
    """True time, turned by the world. [ms since 1970]"""

    ms: int = START_MS


class StationClock:
    """A gateway's clocks in one boot: field time drifts, the wall may lie."""

    is_simulated = False

    def __init__(
        self,
        now: Instant,
        boot: str,
        *,
        uptime_ms: int,
        wall_error_ms: int | None,
        drift_ppm: int,
    ) -> None:
        self.boot = boot
        self.ntp_error_ms: int | None = None  # None: NTP has not set the wall clock
        self._now = now
        self._began_ms = now.ms - uptime_ms
        self._wall_error_ms = wall_error_ms
        self._rate = 1 + drift_ppm / 1_000_000

    def machine_s(self) -> float:
        return self._now.ms / 1000

    def field_ms(self) -> int:
        return int((self._now.ms - self._began_ms) * self._rate)

    def wall_ms(self) -> int | None:
        if self._wall_error_ms is None:
            return None
        return self._now.ms + self._wall_error_ms

    def machine_s_until(self, field_ms: int) -> float:
        return (field_ms - self.field_ms()) / 1000

    @property
    def true_offset_ms(self) -> int:
        """UTC - field time, which nobody in the boot knows."""
        return self._now.ms - self.field_ms()

    def ntp_offset_ms(self) -> int | None:
        """UTC - field time by NTP, if it has set the wall clock."""
        if self.ntp_error_ms is None:
            return None
        return self.true_offset_ms + self.ntp_error_ms


class CentreClock:
    """The province's clock, which may be set."""

    boot = "centre"
    is_simulated = False

    def __init__(self, now: Instant) -> None:
        self.skew_ms = 0
        self._now = now

    def machine_s(self) -> float:
        return self._now.ms / 1000

    def field_ms(self) -> int:
        return self._now.ms

    def wall_ms(self) -> int | None:
        return self._now.ms + self.skew_ms

    def machine_s_until(self, field_ms: int) -> float:
        return (field_ms - self._now.ms) / 1000
