"""Two clocks: field time and machine time.

*Machine time* counts seconds of this computer's work: serial silence, sockets,
back-off, commits, watchdog.  *Field time* counts milliseconds of the field that
is measured: schedule, stamps, windows, retention.  In service both run alike.
A simulation scales or steps field time and leaves machine time alone.

Durations are never taken from the wall clock, which may jump.
"""

import mmap
import os
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

BOOT_ID_FILE: Final = Path("/proc/sys/kernel/random/boot_id")


class Clock(Protocol):
    """Field time and machine time of one process."""

    @property
    def boot(self) -> str:
        """Name of the boot within which ``field_ms`` is comparable."""

    @property
    def is_simulated(self) -> bool:
        """Whether field time is scaled or stepped."""

    def machine_s(self) -> float:
        """Machine time since an arbitrary start. [s]"""

    def field_ms(self) -> int:
        """Field time since the boot; never runs back. [ms]"""

    def wall_ms(self) -> int | None:
        """Return this machine's own belief of UTC, in field time. [ms since 1970].

        ``None`` where it has none.  It may be wrong: it is a hint, not an anchor.
        """

    def machine_s_until(self, field_ms: int) -> float:
        """Machine time to sleep before looking again at ``field_ms``. [s]"""


def origin(text: str) -> tuple[int, int]:
    """Read ``FIELD_MS=UTC_MS``, an origin of field time, from a command line.

    >>> origin("86400000=1795294053000")
    (86400000, 1795294053000)

    Raises
    ------
    ValueError
        It is of another form.
    """
    field, _, utc = text.partition("=")
    return int(field), int(utc)


def boot_id() -> str:
    """Identity of the running boot.

    The unit passes it as ``BOOT_ID=%b``, because ``ProcSubset=pid`` hides the
    file; systemd writes it without dashes.
    """
    given = os.environ.get("BOOT_ID")
    return (given or BOOT_ID_FILE.read_text(encoding="ascii")).strip().replace("-", "")


def machine_s() -> float:
    """Machine time. [s]"""
    return time.monotonic()


class SystemClock:
    """The clock of service: field time is CLOCK_BOOTTIME, which counts suspend."""

    is_simulated = False

    def __init__(self) -> None:
        self.boot = boot_id()

    def machine_s(self) -> float:
        """Machine time. [s]"""
        return time.monotonic()

    def field_ms(self) -> int:
        """CLOCK_BOOTTIME. [ms]"""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def wall_ms(self) -> int | None:
        """CLOCK_REALTIME. [ms since 1970]"""
        return time.time_ns() // 1_000_000

    def machine_s_until(self, field_ms: int) -> float:
        """The time left. [s]"""
        return (field_ms - self.field_ms()) / 1000


class ScaledClock:
    """Field time that runs ``speed`` times as fast as machine time.

    It needs no state: after a restart within the boot it goes on where it would
    have been.  ``origin`` is (field ms, UTC ms) of one instant and is the
    province's to choose; a gateway leaves it out and learns UTC from hello, or is
    given one that is wrong, as the clock of its board may be.
    """

    is_simulated = True

    def __init__(self, speed: int, origin: tuple[int, int] | None = None) -> None:
        if speed < 1:
            msg = f"speed {speed} is below 1"
            raise ValueError(msg)
        self.speed = speed
        self.boot = f"{boot_id()}x{speed}"
        self._origin = origin

    def machine_s(self) -> float:
        """Machine time, not scaled. [s]"""
        return time.monotonic()

    def field_ms(self) -> int:
        """CLOCK_BOOTTIME times ``speed``. [ms]"""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) * self.speed // 1_000_000

    def wall_ms(self) -> int | None:
        """Field UTC, if an origin was given. [ms since 1970]"""
        if self._origin is None:
            return None
        return self._origin[1] + self.field_ms() - self._origin[0]

    def machine_s_until(self, field_ms: int) -> float:
        """The time left, in machine time. [s]"""
        return (field_ms - self.field_ms()) / 1000 / self.speed


_STEP: Final = struct.Struct("<qq")  # UTC ms at the start, UTC ms now
_LOOK_S: Final = 0.0002  # how often a waiting reader looks at a stepped clock


class SteppedClock:
    """Field time that a replay sets, shared between processes through a file.

    One process writes (``create`` and ``advance``), all others read.  The eight
    bytes of *now* are aligned, so a reader sees the old instant or the new one.
    """

    is_simulated = True

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _STEP.size)
        self._start_ms: int = _STEP.unpack_from(self._map)[0]
        self.boot = f"replay{self._start_ms:x}"

    @classmethod
    def create(cls, path: Path, utc_ms: int) -> "SteppedClock":
        """Make the file with ``utc_ms`` as its first instant."""
        part = path.with_name(path.name + ".part")
        part.write_bytes(_STEP.pack(utc_ms, utc_ms))
        part.replace(path)
        return cls(path)

    def advance(self, utc_ms: int) -> None:
        """Set field time to ``utc_ms``; it must not go back."""
        if utc_ms < self._now_ms():
            msg = f"field time would run back to {utc_ms}"
            raise ValueError(msg)
        self._map[8:16] = struct.pack("<q", utc_ms)

    def close(self) -> None:
        """Let go of the file."""
        with suppress(BufferError):
            self._map.close()

    def _now_ms(self) -> int:
        now: int = struct.unpack_from("<q", self._map, 8)[0]
        return now

    def machine_s(self) -> float:
        """Machine time, not stepped. [s]"""
        return time.monotonic()

    def field_ms(self) -> int:
        """Field time since the first instant of the replay. [ms]"""
        return self._now_ms() - self._start_ms

    def wall_ms(self) -> int | None:
        """UTC of the replayed row. [ms since 1970]"""
        return self._now_ms()

    def machine_s_until(self, field_ms: int) -> float:
        """A short look-again interval, since nobody knows when the step comes. [s]"""
        return 0.0 if field_ms <= self.field_ms() else _LOOK_S
