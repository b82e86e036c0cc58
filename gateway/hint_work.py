"""The worker that asks what knows the time, and never makes anybody wait."""

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from gateway.hints import Board, is_possible
from gateway.segments import BootSpan, Word
from telemetry.clock import Clock

log = logging.getLogger(__name__)

ASK_EVERY_S: Final = 600.0  # a crystal drifts by 60 ms meanwhile


class Source(Protocol):
    """A device that knows UTC, asked by one thread."""

    name: str  # rtc | modem | gps | ntp
    is_written_by_ntp: bool

    def ask(self) -> tuple[int, int]:
        """UTC now and its error, both in ms; ``OSError`` if it does not tell."""


class HintWork:
    """One thread's work: asks the sources, at the start and every ten minutes.

    ``store`` puts a word on record; ``spans`` reads the whole buffer for the rows of
    each boot, which would hold up the uplink at its first hello.  The clock on board
    is asked until NTP has set this machine's own: from then on the kernel writes NTP's
    time into it, and what it says is no word of its own any more.
    """

    name = "time sources"
    patience_s = 60.0  # a source answers within 5 s or not at all

    def __init__(
        self,
        sources: Sequence[Source],
        clock: Clock,
        board: Board,
        *,
        is_ntp: Callable[[], bool],
        store: Callable[[str, Word], None],
        spans: Callable[[], Sequence[BootSpan]] = list,
    ) -> None:
        self._sources = sources
        self._clock = clock
        self._board = board
        self._is_ntp = is_ntp
        self._store = store
        self._spans = spans
        self._due_s = clock.machine_s()
        self._is_new = True
        # NTP is asked at hello too, so nobody needs to wait for its first word here.
        board.is_complete = all(source.name == "ntp" for source in sources)

    def step(self, stop: threading.Event) -> None:
        """Ask each source if it is time to, then rest a little."""
        if self._clock.machine_s() >= self._due_s:
            self._due_s = self._clock.machine_s() + ASK_EVERY_S
            for source in self._sources:
                if not stop.is_set():
                    self._ask(source)
            if self._is_new:
                self._is_new = False
                with contextlib.suppress(OSError):  # then the uplink reads them
                    self._board.spans = self._spans()
            self._board.is_complete = True
        stop.wait(max(1.0, self._due_s - self._clock.machine_s()))

    def close(self) -> None:
        """Nothing is held between two askings."""

    def _ask(self, source: Source) -> None:
        if source.is_written_by_ntp and self._is_ntp():
            return
        asked_ms = self._clock.field_ms()
        try:
            utc_ms, err_ms = source.ask()
        except OSError as fault:
            self._missed(source.name, str(fault))
            return
        now_ms = self._clock.field_ms()
        if not is_possible(utc_ms):
            said = datetime.fromtimestamp(utc_ms / 1000, UTC)
            self._missed(
                source.name,
                f"{source.name} says {said:%Y-%m-%d %H:%M} UTC, which cannot be;"
                " has its battery gone flat?",
            )
            return
        if source.name in self._board.faults:
            log.info("time source %s tells the time again", source.name)
        word = Word(now_ms, utc_ms - now_ms, err_ms + now_ms - asked_ms)
        self._board.hear(source.name, word)
        self._store(source.name, word)

    def _missed(self, name: str, why: str) -> None:
        if name not in self._board.faults:  # told once, not at every asking
            log.warning("time source %s: %s", name, why)
        self._board.faults[name] = why
