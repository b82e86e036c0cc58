"""How far a replay is: a bar on a terminal, else a line now and then."""

import sys
from datetime import UTC, datetime
from typing import Final

from telemetry.clock import machine_s

WIDTH: Final = 30  # characters of the bar
LINE_EVERY_S: Final = 10.0  # where the output is no terminal


class Progress:
    """Tells on standard error how many of ``total`` rows are done."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._begun_s: float | None = None
        self._shown_s = 0.0

    def show(self, rows: int, utc_ms: int, *, is_last: bool = False) -> None:
        """``rows`` are done, the newest of ``utc_ms``. [ms since 1970]"""
        now_s = machine_s()
        if rows > 1 and self._begun_s is None:
            self._begun_s = now_s  # before, the gateway was not there
        spent_s = now_s - (self._begun_s or now_s)
        pace = rows / spent_s if spent_s else 0.0
        day = datetime.fromtimestamp(utc_ms / 1000, UTC).strftime("%Y-%m-%d")
        words = f"{rows:,} of {self._total:,} rows, {pace:.0f} rows/s, {day}"
        if sys.stderr.isatty():
            filled = WIDTH * rows // self._total
            bar = "█" * filled + "·" * (WIDTH - filled)
            end = "\n" if is_last else ""
            print(f"\r{bar} {words} ", end=end, file=sys.stderr, flush=True)
        elif is_last or now_s - self._shown_s >= LINE_EVERY_S:
            self._shown_s = now_s
            print(words, file=sys.stderr, flush=True)
